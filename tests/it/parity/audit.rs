//! `audit`: a live leak, due dates, evidence.

use super::Scene;

#[test]
#[expect(clippy::too_many_lines, reason = "one story from beginning to end")]
fn an_audit_tells_a_live_leak_and_leaves_evidence() {
    let scene = Scene::new();
    let value = &scene.values[0];
    scene
        .sandbox
        .write("old/leak.sh", format!("export KEY={value}\n"));
    scene.commit("leak");
    scene.sandbox.git(&["rm", "-q", "old/leak.sh"]);
    scene.commit("gone");
    scene.sandbox.write(
        "notes.txt",
        format!("see {}\n", base64(scene.values[1].as_bytes())),
    );
    let run = scene.run(&["audit", "--exposure", "--format=json"]);
    assert_eq!(run.code, 1, "{}", run.all());
    let exposed: Vec<_> = run
        .hits()
        .into_iter()
        .filter(|hit| hit.rule == "credential-exposed")
        .collect();
    let places: Vec<_> = exposed
        .iter()
        .map(|hit| {
            (
                hit.path.as_str(),
                hit.commit.is_some(),
                hit.severity.as_str(),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("notes.txt", false, "critical"),
            ("old/leak.sh", true, "critical")
        ]
    );

    let base = scene.sandbox.outside("log");
    let calendar = scene.sandbox.outside("due.ics");
    let run = scene.run(&[
        "audit",
        &format!("--evidence={}", base.display()),
        &format!("--calendar={}", calendar.display()),
    ]);
    assert!(
        run.out().contains("### ") && run.out().contains("- Evidence: `"),
        "{}",
        run.all()
    );
    let text = std::fs::read_to_string(&calendar).expect("it was written");
    assert!(
        text.contains("SUMMARY:Rotate API_KEY (staging)") && !text.contains("TOKEN"),
        "{text}"
    );
    let directory = std::fs::read_dir(&base)
        .expect("it was made")
        .next()
        .expect("one")
        .expect("readable")
        .path();
    let mut names: Vec<_> = std::fs::read_dir(&directory)
        .expect("there")
        .map(|entry| {
            entry
                .expect("readable")
                .file_name()
                .into_string()
                .expect("text")
        })
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "SHA256SUMS",
            "command.json",
            "report.html",
            "report.json",
            "report.md"
        ]
    );
    for name in names {
        let text = std::fs::read_to_string(directory.join(name)).expect("text");
        assert!(scene.values.iter().all(|value| !text.contains(value)));
    }
    let verify = || {
        scene
            .sandbox
            .run(&["audit", "verify", directory.to_str().expect("text")])
    };
    assert_eq!(verify().code, 0, "{}", verify().all());
    std::fs::write(directory.join("report.md"), "all is well\n").expect("written");
    assert!(verify().code == 1 && verify().out().contains("report.md: it was changed"));
}

#[test]
fn what_is_due_is_told_with_its_owner() {
    let scene = Scene::new();
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(80 * 86_400);
    let set = |days: u64| {
        let time = old - std::time::Duration::from_secs(days * 86_400);
        let file = std::fs::File::options()
            .append(true)
            .open(scene.sandbox.path("vault/a.env"))
            .expect("there");
        file.set_modified(time).expect("ours");
    };
    for (more, rule, code) in [(0, "credential-due-soon", 0), (30, "credential-overdue", 1)] {
        set(more);
        let run = scene.run(&["audit", "--format=json"]);
        let found = run.json()["findings"]
            .as_array()
            .expect("a list")
            .iter()
            .find(|finding| finding["rule"] == rule)
            .cloned();
        let found = found.unwrap_or_else(|| panic!("{rule}: {}", run.all()));
        assert!(
            found["message"]
                .as_str()
                .is_some_and(|said| said.contains("owner: reliability")),
            "{found}"
        );
        assert_eq!(run.code, code, "{}", run.all());
    }
}

fn base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for three in bytes.chunks(3) {
        let number = three
            .iter()
            .fold(0_u32, |number, byte| number << 8 | u32::from(*byte))
            << (8 * (3 - three.len()));
        for place in 0..=three.len() {
            out.push(char::from(
                letters[(number >> (18 - 6 * place) & 63) as usize],
            ));
        }
    }
    out
}
