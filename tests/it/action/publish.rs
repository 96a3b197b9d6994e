//! What the action shows on a pull request, and that it never changes the verdict.

use super::{Runner, pull_request, push};
use crate::harness::secret;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

#[test]
fn every_event_has_its_places() {
    let runner = Runner::new();
    let (first, main, branch) = (
        runner.main[0].as_str(),
        runner.main[1].as_str(),
        runner.branch.as_str(),
    );
    let mut of_seven = pull_request(main, branch, false);
    of_seven["pull_request"]["number"] = json!(7);
    let mut odd = of_seven.clone();
    odd["pull_request"]["number"] = json!("7; touch pwned");
    let group = json!({"merge_group": {"base_sha": first, "head_sha": main}});
    let bin = writes_a_report(&runner);
    let both = [("INPUT_COMMENT", "true"), ("INPUT_CHECK_RUN", "true")];
    for (name, event, inputs, places) in [
        (
            "pull_request",
            &of_seven,
            &both[..],
            format!("--comment 7 --check-run {branch}"),
        ),
        (
            "pull_request",
            &of_seven,
            &both[..1],
            "--comment 7".to_owned(),
        ),
        (
            "pull_request",
            &of_seven,
            &both[1..],
            format!("--check-run {branch}"),
        ),
        (
            "pull_request",
            &odd,
            &both[..],
            format!("--check-run {branch}"),
        ),
        (
            "push",
            &push(first, main),
            &both[..],
            format!("--check-run {main}"),
        ),
        (
            "merge_group",
            &group,
            &both[..],
            format!("--check-run {main}"),
        ),
        (
            "schedule",
            &json!({}),
            &both[..],
            format!("--check-run {main}"),
        ),
        ("pull_request", &of_seven, &[], String::new()),
        ("push", &push(first, main), &both[..1], String::new()),
    ] {
        let mut more = vec![("GITHUB_SHA", main)];
        more.extend(inputs);
        shown_at(&runner, &bin, (name, event, &more), &places);
    }
    assert!(!runner.sandbox.path("pwned").exists());
}

/// Runs the action on an event, and holds what it published to the arguments given; none for nothing.
fn shown_at(
    runner: &Runner,
    bin: &Path,
    (name, event, more): (&str, &Value, &[(&str, &str)]),
    places: &str,
) {
    let ended = runner.run(bin, name, event, more);
    let shown: Vec<&String> = ended
        .calls
        .iter()
        .filter(|call| call.starts_with("publish "))
        .collect();
    if places.is_empty() {
        assert!(shown.is_empty(), "{name} {shown:?}");
    } else {
        let report = runner.sandbox.outside("home/stackguard.json");
        let wanted = format!("publish {} --name stackguard {places} ", report.display());
        assert_eq!(shown, [&wanted], "{name} {}", ended.out);
    }
    assert_eq!(ended.code, 0, "{}", ended.out);
}

/// A program that notes its arguments, and the token it is shown; to check is to write a report.
fn writes_a_report(runner: &Runner) -> PathBuf {
    let bin = runner.fake(0);
    let text = format!(
        "#!/bin/sh\nprintf '%s ' \"$@\" >> '{0}/calls'\necho >> '{0}/calls'\n\
         echo \"$1 ${{GITHUB_TOKEN:-none}} ${{GH_TOKEN:-none}}\" >> '{0}/tokens'\n\
         [ \"$1\" != check ] || echo '{{}}' | tee '{1}/stackguard.json' > '{1}/stackguard.sarif'\n",
        runner.sandbox.outside("").display(),
        runner.sandbox.outside("home").display()
    );
    super::executable(&bin.join("stackguard"), &text);
    bin
}

/// Also where the repository brings a file that looks like one.
#[test]
fn without_a_report_there_is_a_warning() {
    let runner = Runner::new();
    let clean = json!({"version": 1, "findings": [], "incomplete": [], "verdict": "clean"});
    runner.sandbox.write("report.json", clean.to_string());
    let kept = runner.sandbox.outside("home/stackguard.json");
    std::fs::write(kept, clean.to_string()).expect("written");
    let event = push(&runner.main[0], &runner.main[1]);
    let more = [
        ("INPUT_CHECK_RUN", "true"),
        ("INPUT_JSON", "report.json"),
        ("GITHUB_SHA", runner.main[1].as_str()),
    ];
    let ended = runner.run(&runner.fake(2), "push", &event, &more);
    assert!(
        ended.code == 2
            && ended.out.contains("::warning")
            && ended.out.contains("no report to show"),
        "{}",
        ended.out
    );
}

/// What the repository brings is no report: it is neither handed on nor, where it is a link, followed.
#[test]
fn only_a_report_of_this_run_is_handed_out() {
    let runner = Runner::new();
    let event = push(&runner.main[0], &runner.main[1]);
    let more = [
        ("INPUT_SARIF", "made/out.sarif"),
        ("INPUT_JSON", "report.json"),
    ];
    let away = runner.sandbox.outside("away");
    std::fs::write(&away, "theirs").expect("written");
    for made in [false, true] {
        let bin = if made {
            writes_a_report(&runner)
        } else {
            runner.fake(2)
        };
        runner.sandbox.write("report.json", "theirs");
        let link = runner.sandbox.path("made/out.sarif");
        std::fs::create_dir_all(link.parent().expect("a directory")).expect("made");
        std::os::unix::fs::symlink(&away, &link).expect("linked");
        let ended = runner.run(&bin, "push", &event, &more);
        assert_eq!(
            ended.outputs.contains("sarif=made/out.sarif"),
            made,
            "{}",
            ended.outputs
        );
        for path in ["report.json", "made/out.sarif"] {
            let there = std::fs::read_to_string(runner.sandbox.path(path)).ok();
            assert_eq!(there.as_deref(), made.then_some("{}\n"), "{path}");
        }
    }
    assert_eq!(std::fs::read_to_string(away).expect("readable"), "theirs");
    // A directory is not uploaded with whatever else is in it.
    runner.sandbox.write("dir.sarif/theirs.sarif", "theirs");
    let more = [("INPUT_SARIF", "dir.sarif")];
    let ended = runner.run(&writes_a_report(&runner), "push", &event, &more);
    assert!(
        ended.code == 2 && ended.out.contains("could not be written to dir.sarif"),
        "{}",
        ended.out
    );
    assert!(!ended.outputs.contains("sarif="), "{}", ended.outputs);
    assert!(!runner.sandbox.path("dir.sarif/stackguard.sarif").exists());
}

/// A server that takes everything with `status`, and the requests it got.
struct Fake {
    runtime: tokio::runtime::Runtime,
    server: MockServer,
}

impl Fake {
    fn new(status: u16) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            Mock::given(any())
                .respond_with(move |request: &Request| {
                    let answer = match request.method.as_str() {
                        "GET" => json!([]),
                        _ => json!({"id": 1}),
                    };
                    ResponseTemplate::new(status).set_body_json(answer)
                })
                .mount(&server)
                .await;
            server
        });
        Self { runtime, server }
    }

    fn requests(&self) -> Vec<Request> {
        self.runtime
            .block_on(self.server.received_requests())
            .unwrap_or_default()
    }
}

#[test]
fn the_real_program_comments_and_its_verdict_stands() {
    let runner = Runner::new();
    let leaked = secret("action", "ghp_{base62:30}{crc62}");
    runner.sandbox.git(&["checkout", "-q", "topic"]);
    runner.sandbox.write("d.env", format!("TOKEN={leaked}\n"));
    runner.sandbox.commit("a leak");
    let head = runner.sandbox.git(&["rev-parse", "HEAD"]);
    let mut event = pull_request(&runner.main[1], &head, false);
    event["pull_request"]["number"] = json!(7);
    let bin = Path::new(env!("CARGO_BIN_EXE_stackguard"))
        .parent()
        .expect("a directory");
    let token = secret("runner", "ghs_{base62:36}");
    for (status, said) in [(201, "a comment was made"), (403, "pull-requests: write")] {
        let fake = Fake::new(status);
        let address = fake.server.uri();
        let more = [
            ("INPUT_COMMENT", "true"),
            ("INPUT_CHECK_RUN", "true"),
            ("GH_TOKEN", token.as_str()),
            ("GITHUB_API_URL", address.as_str()),
            ("GITHUB_REPOSITORY", "acme/shop"),
        ];
        let ended = runner.run(bin, "pull_request", &event, &more);
        assert_eq!(ended.code, 1, "{}", ended.out);
        assert!(ended.out.contains(said), "{}", ended.out);
        assert_eq!(
            status == 403,
            ended.out.contains("::warning"),
            "{}",
            ended.out
        );
        assert!(ended.outputs.contains("exit-code=1\n"), "{}", ended.outputs);
        assert!(!ended.out.contains(&token) && !ended.out.contains(&leaked));
        let sent = fake.requests();
        let places = [
            "/repos/acme/shop/issues/7/comments",
            "/repos/acme/shop/check-runs",
        ];
        assert!(
            sent.iter()
                .all(|request| places.contains(&request.url.path())),
            "{sent:?}"
        );
        assert!(
            sent.iter()
                .all(|request| !String::from_utf8_lossy(&request.body).contains(&leaked))
        );
        let bearer = format!("Bearer {token}");
        assert!(
            sent.iter()
                .all(|request| request.headers["authorization"] == bearer.as_str())
        );
        let run = sent.last().expect("asked");
        let body: Value = serde_json::from_slice(&run.body).expect("JSON");
        assert_eq!(
            (&body["head_sha"], &body["conclusion"]),
            (&json!(head), &json!("failure"))
        );
    }
}

/// The token is for what needs one: the program that reads everybody's files is not shown it.
#[test]
fn the_check_is_not_shown_the_token() {
    let runner = Runner::new();
    let bin = writes_a_report(&runner);
    let more = [
        ("INPUT_CHECK_RUN", "true"),
        ("GITHUB_SHA", runner.main[1].as_str()),
        ("GH_TOKEN", "the-token"),
        ("GITHUB_TOKEN", "another"),
    ];
    runner.run(&bin, "push", &push(&runner.main[0], &runner.main[1]), &more);
    let seen = std::fs::read_to_string(runner.sandbox.outside("tokens")).expect("called");
    assert_eq!(seen, "check none none\npublish the-token none\n");
}
