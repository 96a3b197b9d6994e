use super::super::{Format, fixture};
use super::*;
use crate::exit::ExitStatus;
use crate::policy::Severity;
use unicode_width::UnicodeWidthStr as _;

fn rendered(report: &Report, change: impl Fn(&mut View<'_>)) -> String {
    let policy = fixture::policy();
    let mut view = View::new(&policy, report.verdict(Some(Severity::Medium), false));
    change(&mut view);
    let mut out = Vec::new();
    Format::Human
        .render(report, &view, &mut out)
        .expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({snapshot_path => "../../../tests/snapshots", prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!(name, text);
    });
}

#[test]
fn looks_as_it_should() {
    snapshot("human", &rendered(&fixture::hostile(), |_| ()));
    snapshot(
        "human-verbose",
        &rendered(&fixture::hostile(), |view| view.verbose = true),
    );
    snapshot(
        "human-ascii",
        &rendered(&fixture::hostile(), |view| {
            (view.ascii, view.width) = (true, 60)
        }),
    );
}

#[test]
fn a_clean_run_has_one_line_or_none() {
    let clean = fixture::clean();
    assert_eq!(
        rendered(&clean, |_| ()),
        "Clean: no findings (1,234 files, 12.3 MiB in 412 ms)\n"
    );
    assert_eq!(rendered(&clean, |view| view.quiet = true), "");
}

#[test]
fn quiet_says_what_was_found_and_no_more() {
    let text = rendered(&fixture::hostile(), |view| view.quiet = true);
    for label in [
        "why: ",
        "help: ",
        "allow: ",
        "see: ",
        "note: ",
        "known: ",
        "allowed: ",
    ] {
        assert!(!text.contains(label), "{label}{text}");
    }
    assert!(!text.contains("Rotate first"));
    assert!(text.contains("unseen: "), "{text}");
    let rules = rendered(&fixture::hostile(), |_| ());
    for line in rules.lines().filter(|line| line.contains("  × ")) {
        assert!(text.contains(line), "{line}");
    }
}

#[test]
fn lines_fit_the_terminal() {
    for width in [60, 80, 120] {
        for line in rendered(&fixture::hostile(), |view| view.width = width).lines() {
            // Words are not broken in the place of a finding and in references, so that they can be opened.
            let whole = line.contains("─[") || line.contains("https://");
            assert!(
                whole || line.width() <= width,
                "{} columns: {line}",
                line.width()
            );
        }
    }
}

#[test]
fn colour_only_decorates() {
    let plain = rendered(&fixture::hostile(), |_| ());
    let colored = rendered(&fixture::hostile(), |view| view.color = true);
    assert!(colored.contains("\u{1b}["));
    assert_eq!(anstream::adapter::strip_str(&colored).to_string(), plain);
}

#[test]
fn nothing_in_it_acts_on_a_terminal_or_a_log() {
    for verbose in [false, true] {
        let text = rendered(&fixture::hostile(), |view| view.verbose = verbose);
        assert!(!text.contains(|letter: char| letter != '\n' && letter.is_control()));
        assert!(!text.contains('\u{202e}') && !text.contains("##["));
        assert!(!text.lines().any(|line| line.trim_start().starts_with("::")));
        assert!(!text.contains(&fixture::secret()));
        let ascii = rendered(&fixture::hostile(), |view| view.ascii = true);
        assert!(ascii.is_ascii());
    }
}

#[test]
fn says_what_matters() {
    let text = rendered(&fixture::hostile(), |_| ());
    assert_eq!(text.matches("Rotate first").count(), 1);
    assert_eq!(
        text.matches("Whoever reads it can read and change").count(),
        1,
        "a rule's advice is given once"
    );
    assert!(text.contains("and 2 more places (-v lists them)"));
    assert!(
        !text.contains("legacy/.env"),
        "known findings are counted, not listed"
    );
    assert!(text.contains("stackguard.toml:12 ×2") && text.contains("inline app/x.ts:40"));
    let verbose = rendered(&fixture::hostile(), |view| view.verbose = true);
    assert!(verbose.contains("legacy/.env") && verbose.contains("worker-7"));
    let accepted = rendered(&fixture::hostile(), |view| {
        view.verdict = ExitStatus::Findings
    });
    assert!(accepted.contains("accepted with --allow-incomplete"));
}
