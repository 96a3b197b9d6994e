use super::super::{Format, fixture};
use super::*;

fn rendered(report: &Report, change: impl Fn(&mut View<'_>)) -> String {
    let policy = fixture::policy();
    let mut view = View::new(&policy, report.verdict(Some(Severity::Medium), false));
    change(&mut view);
    let mut out = Vec::new();
    Format::Github
        .render(report, &view, &mut out)
        .expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

/// What the runner makes of a command: its name, properties and message.
fn parsed(line: &str) -> (String, Vec<(String, String)>, String) {
    let decode = |text: &str| {
        text.replace("%3A", ":")
            .replace("%2C", ",")
            .replace("%0D", "\r")
            .replace("%0A", "\n")
            .replace("%25", "%")
    };
    let (head, message) = line
        .strip_prefix("::")
        .expect("a command")
        .split_once("::")
        .expect("a message");
    let (name, properties) = head.split_once(' ').expect("properties");
    let properties = properties
        .split(',')
        .map(|pair| pair.split_once('=').expect("a value"))
        .map(|(key, value)| (key.to_owned(), decode(value)));
    (name.to_owned(), properties.collect(), decode(message))
}

#[test]
fn looks_as_it_should() {
    insta::with_settings!({snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("github", rendered(&fixture::hostile(), |_| ()));
    });
}

#[test]
fn hostile_text_stays_inside_its_command() {
    let report = fixture::hostile();
    let text = rendered(&report, |view| view.verbose = true);
    let commands: Vec<_> = text
        .lines()
        .filter(|line| line.trim_start().starts_with("::"))
        .collect();
    assert_eq!(
        commands.len(),
        report.findings.len() + 1,
        "one for each finding and one for all gaps"
    );
    let mut files = Vec::new();
    for line in &commands {
        let (name, properties, _) = parsed(line);
        assert!(
            ["error", "warning", "notice"].contains(&name.as_str()),
            "{name}"
        );
        assert!(properties.iter().all(|(key, _)| {
            ["file", "line", "endLine", "col", "endColumn", "title"].contains(&key.as_str())
        }));
        files.extend(
            properties
                .into_iter()
                .filter(|(key, _)| key == "file")
                .map(|(_, value)| value),
        );
    }
    for path in fixture::PATHS {
        let exact = !path.contains(|letter: char| letter.is_control() && letter != '\n');
        assert_eq!(files.iter().any(|file| file == path), exact, "{path:?}");
    }
    assert!(
        !text.contains(|letter: char| letter != '\n' && letter.is_control())
            && !text.contains('\u{202e}')
    );
    assert!(!text.contains(&fixture::secret()));
    assert!(
        text.lines()
            .filter(|line| !line.starts_with("::"))
            .all(|line| !line.contains("##["))
    );
}

#[test]
fn the_worst_come_first_and_levels_follow_the_threshold() {
    let report = fixture::hostile();
    let names = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|line| line.starts_with("::"))
            .map(|line| parsed(line).0)
            .collect()
    };
    let all = names(&rendered(&report, |_| ()));
    assert!(all.is_sorted_by_key(|name| {
        ["error", "warning", "notice"]
            .iter()
            .position(|level| level == name)
    }));
    assert_eq!(
        all.last().map(String::as_str),
        Some("notice"),
        "the low finding does not fail"
    );
    let never = names(&rendered(&report, |view| {
        (view.fail_on, view.verdict) = (None, ExitStatus::Clean)
    }));
    assert!(
        !never.contains(&"error".to_owned()),
        "accepted gaps are warnings"
    );
    let text = rendered(&report, |_| ());
    let second = parsed(text.lines().nth(1).expect("findings"));
    assert!(
        second
            .1
            .iter()
            .any(|(key, value)| key == "title" && value.starts_with("critical: "))
    );
}

#[test]
fn lines_that_are_gone_are_not_annotated() {
    let text = rendered(&fixture::hostile(), |_| ());
    let of = |path: &str| {
        let line = text
            .lines()
            .find(|line| line.contains(&format!("file={path},")))
            .expect("annotated");
        parsed(line).1
    };
    assert!(of("old/config.yml").iter().all(|(key, _)| key != "line"));
    assert!(of("app/db.ts").contains(&("line".into(), "41".into())));
    assert!(of("apps/web/fly.toml").contains(&("line".into(), "1".into())));
}

#[test]
fn the_step_summary_is_appended_and_bounded() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("summary.md");
    std::fs::write(&path, "before\n").expect("written");
    let policy = fixture::policy();
    let mut report = fixture::hostile();
    let mut view = View::new(&policy, ExitStatus::Incomplete);
    view.step_summary = Some(&path);
    Format::Github
        .render(&report, &view, &mut Vec::new())
        .expect("written");
    let text = std::fs::read_to_string(&path).expect("there");
    assert!(text.starts_with("before\n### stackguard\n") && !text.contains("did not fit"));

    let more = report.findings.clone();
    while report.findings.len() < 10_000 {
        report.findings.extend_from_slice(&more);
    }
    Format::Github
        .render(&report, &view, &mut Vec::new())
        .expect("written");
    let text = std::fs::read_to_string(&path).expect("there");
    assert!(text.len() <= 1024 * 1024 && text.contains("did not fit here"));

    std::fs::write(&path, vec![b'x'; 1024 * 1024 - 10]).expect("written");
    let mut log = Vec::new();
    Format::Github
        .render(&report, &view, &mut log)
        .expect("written");
    assert!(String::from_utf8_lossy(&log).contains("the step summary is full"));
    assert_eq!(
        std::fs::metadata(&path).expect("there").len(),
        1024 * 1024 - 10
    );
}
