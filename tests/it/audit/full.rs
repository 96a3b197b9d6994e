//! One audit with everything in it, with either vault: leaked and rotated, leaked and live, overdue, due soon, of unknown age, and
//! an app that runs with less memory than file and policy say.

use super::{Kind, World, fakes, findings, gaps};
use crate::harness::{FORMATS, Run, secret};
use regex::Regex;
use serde_json::{Value, json};

const APP: &str = "acme-web";

fn world(kind: Kind) -> World {
    let mut world = World::new(kind);
    world.fly = Some(fakes::fly(
        APP,
        Some(json!([fakes::machine("m1", 512)])),
        &["LIVE_KEY"],
    ));
    world.configure(&format!("[[fly]]\napp = \"{APP}\"\nmemory_min = \"2gb\"\n"));
    let every = "rotate_every = \"90d\"";
    world.map(&[
        (
            "LIVE_KEY",
            "live",
            &format!("{every}\nfly = {{ app = \"{APP}\" }}"),
        ),
        ("ROTATED_KEY", "rotated", every),
        ("OVERDUE_KEY", "overdue", every),
        ("SOON_KEY", "soon", every),
        ("AGELESS_KEY", "ageless", every),
    ]);
    let [live, old, new] = ["live", "old", "new"].map(|name| secret(name, "{base62:36}"));
    world.put("live", 10, &[("LIVE_KEY", &live)]);
    world.put("rotated", 40, &[("ROTATED_KEY", &old)]);
    world.put("rotated", 5, &[("ROTATED_KEY", &new)]);
    world.put(
        "overdue",
        100,
        &[("OVERDUE_KEY", &secret("overdue", "{base62:36}"))],
    );
    world.put("soon", 80, &[("SOON_KEY", &secret("soon", "{base62:36}"))]);
    // A time that has not come yet says that a clock is wrong, and nothing else.
    world.put(
        "ageless",
        -400,
        &[("AGELESS_KEY", &secret("ageless", "{base62:36}"))],
    );
    world.commit(&[
        ("fly.toml", &format!("app = \"{APP}\"\nprimary_region = \"fra\"\n[[vm]]\nmemory = \"2gb\"\ncpus = 1\ncpu_kind = \"shared\"\n")),
        ("deploy.sh", &format!("export ROTATED_KEY={old}\n")),
        ("notes.md", &format!("the key is {live}\n")),
    ]);
    world.commit(&[
        ("deploy.sh", "export ROTATED_KEY=$1\n"),
        ("notes.md", "see the vault\n"),
    ]);
    world
}

/// What takes time, and the times.
fn timeless(text: &str) -> String {
    let times = Regex::new(
        r#"in [\d.,]+ (ms|s|min)\b[^)<|"]*|"milliseconds": ?\d+|\btime="[\d.]+"|\d{8}T\d{6}Z"#,
    )
    .expect("good");
    times.replace_all(text, "T").into_owned()
}

fn everything(kind: Kind) {
    let world = world(kind);
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert_eq!(gaps(&run), Vec::<String>::new());

    let exposed = findings(&run, "credential-exposed");
    let live =
        "critical notes.md: the value in use of `LIVE_KEY` (staging) stands in the repository";
    let leaks = leaks(&run);
    if kind == Kind::Kv {
        assert_eq!(exposed.len(), 2, "{exposed:?}");
        assert!(
            exposed[0]
                .starts_with("low deploy.sh: an older value of `ROTATED_KEY` (staging), set on "),
            "{exposed:?}"
        );
        assert_eq!(exposed[1], live);
        assert_eq!(leaks, ["rotated value ROTATED_KEY deploy.sh"]);
    } else {
        // A directory keeps no older values, so that it is not known whose the old one was.
        assert_eq!(exposed, [live]);
        assert_eq!(leaks, ["unknown name ROTATED_KEY deploy.sh"]);
    }
    for (rule, what) in [
        (
            "credential-overdue",
            "high ops/map.toml: `OVERDUE_KEY` (staging) was due 10 days ago: 100 days old by ",
        ),
        (
            "credential-due-soon",
            "low ops/map.toml: `SOON_KEY` (staging) is due in 10 days: 80 days old by ",
        ),
        (
            "credential-age-unknown",
            "medium ops/map.toml: `AGELESS_KEY` (staging) is to be rotated every 90d, and no store tells when it last was; owner: reliability",
        ),
        (
            "fly-drift",
            "high fly.toml: memory of group `app` of `acme-web`: the file has 2 GB, the policy asks for at least 2 GB, Fly has 512 MB on 1 machine",
        ),
    ] {
        let found = findings(&run, rule);
        assert!(
            found.len() == 1 && found[0].starts_with(what),
            "{rule}: {found:?}"
        );
    }
    places(&run);
    ages(&run);

    reports(&world);
    // Nothing that is asked to fail the run; and something that cannot be seen.
    assert_eq!(
        world.run(&["audit", "--exposure", "--fail-on=never"]).code,
        0
    );
    let world = World {
        fly: Some(fakes::fly(APP, None, &["LIVE_KEY"])),
        ..world
    };
    let run = world.run(&["audit", "--exposure", "--format=json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(
        gaps(&run)
            .iter()
            .any(|gap| gap.starts_with("fly:acme-web: what it runs is not known: "))
    );
    assert_eq!(
        findings(&run, "credential-exposed"),
        exposed,
        "and the findings are reported"
    );
}

/// The live leak is told with line, commit and author date, and that it stands at HEAD no more.
fn places(run: &Run) {
    let report = run.json();
    let all = report["findings"].as_array().expect("a list").iter();
    let live = all
        .filter(|finding| finding["rule"] == "credential-exposed")
        .find(|finding| finding["severity"] == "critical")
        .expect("it is there");
    let place = &live["location"];
    assert_eq!(
        (&place["line"], &place["column"], &place["key"]),
        (&json!(1), &json!(12), &json!("LIVE_KEY"))
    );
    let commit = &place["commit"];
    assert_eq!(
        (&commit["date"], &commit["presence"]),
        (&json!("2026-01-02T03:04:05+00:00"), &json!("history"))
    );
    assert_eq!(commit["id"].as_str().map(str::len), Some(40));
    assert_eq!(live["snippet"], "the key is ****************");
}

/// Last rotated, age, interval, due date and owner of a credential.
fn ages(run: &Run) {
    let report = run.json();
    let all = report["credentials"].as_array().expect("a list");
    let of = |name: &str| all.iter().find(|row| row["name"] == name).expect("listed");
    let day = |days: i64| {
        let now = jiff::Timestamp::now()
            .to_zoned(jiff::tz::TimeZone::UTC)
            .date();
        let then = now.checked_add(jiff::Span::new().days(days));
        then.expect("a day").to_string()
    };
    let overdue = of("OVERDUE_KEY");
    assert_eq!(
        (
            &overdue["age_days"],
            &overdue["rotate_every"],
            &overdue["owner"],
            &overdue["due"]
        ),
        (
            &json!(100),
            &json!("90d"),
            &json!("reliability"),
            &json!(day(-10))
        )
    );
    let at = overdue["rotated"]["at"].as_str().expect("known");
    assert!(at.starts_with(&day(-100)), "{at}");
    assert!(
        ["vault", "file"]
            .iter()
            .any(|by| overdue["rotated"]["by"] == *by)
    );
    let ageless = of("AGELESS_KEY");
    assert_eq!(
        (&ageless["rotated"], &ageless["age_days"], &ageless["due"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

/// `verdict tie credentials path` of each leak.
fn leaks(run: &Run) -> Vec<String> {
    let report = run.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = report["leaks"].as_array().expect("a list");
    all.iter()
        .map(|leak| {
            let names: Vec<String> = leak["credentials"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|one| text(&one["name"]))
                .collect();
            format!(
                "{} {} {} {}",
                text(&leak["verdict"]),
                text(&leak["by"]),
                names.join(" "),
                text(&leak["location"]["path"])
            )
        })
        .collect()
}

/// Every format in one run, twice: the same bytes but for times, and no value in any.
fn reports(world: &World) {
    let rounds: Vec<Vec<String>> = (1..=2)
        .map(|round| {
            let file = |format: &str| world.sandbox.outside(&format!("{format}.{round}"));
            let mut arguments = vec!["audit".to_owned(), "--exposure".to_owned()];
            arguments.extend(
                FORMATS
                    .iter()
                    .map(|format| format!("--format={format}={}", file(format).display())),
            );
            arguments.push(format!("--calendar={}", file("ics").display()));
            arguments.push(format!("--evidence={}", file("log").display()));
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            let run = world.run(&arguments);
            assert_eq!(run.code, 1, "{}", run.all());
            let mut texts: Vec<String> = FORMATS
                .iter()
                .map(|format| std::fs::read_to_string(file(format)).expect("written"))
                .collect();
            texts.push(std::fs::read_to_string(file("ics")).expect("written"));
            let evidence = std::fs::read_dir(file("log"))
                .expect("made")
                .next()
                .expect("one")
                .expect("readable")
                .path();
            assert_eq!(
                world
                    .run(&["audit", "verify", evidence.to_str().expect("text")])
                    .code,
                0
            );
            for name in ["report.json", "report.md", "report.html"] {
                texts.push(std::fs::read_to_string(evidence.join(name)).expect("written"));
            }
            for text in &texts {
                world.hides(text);
            }
            texts.iter().map(|text| timeless(text)).collect()
        })
        .collect();
    for (number, (first, second)) in rounds[0].iter().zip(&rounds[1]).enumerate() {
        assert_eq!(first, second, "text {number} of {FORMATS:?} and more");
    }
    tells_all(&rounds[0]);
}

/// What is asked of an audit is in every format.
fn tells_all(texts: &[String]) {
    for (format, text) in FORMATS.iter().zip(texts) {
        for rule in [
            "credential-exposed",
            "credential-overdue",
            "credential-due-soon",
            "credential-age-unknown",
            "fly-drift",
        ] {
            // gitleaks' own formats know secrets in files only; what people read leaves out what is low.
            let left_out = format.starts_with("gitleaks") && rule != "credential-exposed"
                || *format == "human" && rule == "credential-due-soon";
            assert!(left_out || text.contains(rule), "{format}: {rule}\n{text}");
        }
    }
    for (format, part) in [
        ("human", "leaked"),
        ("markdown", "**What leaked before:**"),
        ("html", "What leaked before"),
        ("jsonl", "\"type\":\"leak\""),
    ] {
        let at = FORMATS
            .iter()
            .position(|one| *one == format)
            .expect("a format");
        assert!(texts[at].contains(part), "{format}: {}", texts[at]);
    }
}

#[test]
fn with_a_vault_of_files() {
    everything(Kind::Directory);
}

#[test]
fn with_a_vault_of_versions() {
    everything(Kind::Kv);
}
