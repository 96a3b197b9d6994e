use super::*;

use crate::policy::Severity;
use crate::toolkit::fixture::look;

fn run(path: &str, text: &str) -> Vec<Draft> {
    look(wants, inspect, path, text).drafts
}

fn shown(path: &str, text: &str) -> Vec<String> {
    let place = |draft: &Draft| {
        draft
            .mark
            .as_ref()
            .map_or((0, 0), |mark| (mark.start.line, mark.start.column))
    };
    run(path, text)
        .iter()
        .map(|draft| format!("{:?} {} {}", place(draft), draft.rule, draft.content))
        .collect()
}

#[test]
fn commands_are_judged() {
    for (text, expected) in [
        (
            "\nfly postgres create --name x",
            vec!["(2, 1) fly-postgres fly postgres create"],
        ),
        (
            "flyctl -a app pg attach db",
            vec!["(1, 1) fly-postgres flyctl pg attach"],
        ),
        (
            "cd x && ./bin/flyctl mpg attach y",
            vec!["(1, 9) fly-postgres flyctl mpg attach"],
        ),
        (
            "fly mpg \\\n create",
            vec!["(1, 1) fly-postgres fly mpg create"],
        ),
        (
            "if ! fly redis create; then exit; fi",
            vec!["(1, 6) direct-redis fly redis create"],
        ),
        (
            "docker run -d --rm -p 6379:6379 --name cache redis:7 --x",
            vec!["(1, 46) direct-redis redis"],
        ),
        ("docker run -d supabase/postgres", vec![]),
        ("fly deploy", vec![]),
        ("fly postgres list", vec![]),
        ("fly pg connect", vec![]),
        ("# fly postgres create", vec![]),
        ("true # fly postgres create", vec![]),
        ("echo fly postgres create", vec![]),
        ("echo 'fly postgres create'", vec![]),
        ("cat <<EOF\nfly postgres create\nEOF\n", vec![]),
        ("docker ps", vec![]),
        ("fly", vec![]),
    ] {
        assert_eq!(shown("deploy.sh", text), expected, "{text}");
    }
    assert_eq!(
        shown("Makefile", "db:\n\t@fly postgres create\n"),
        ["(2, 3) fly-postgres fly postgres create"]
    );
    assert_eq!(
        shown("bin/setup", "#!/usr/bin/env bash\nfly pg create\n"),
        ["(2, 1) fly-postgres fly pg create"]
    );
    assert_eq!(
        shown("bin/setup", "#!/usr/bin/env ruby\nfly pg create\n"),
        Vec::<String>::new()
    );
    assert_eq!(
        shown(
            "package.json",
            "{\"scripts\":{\n\"db\":\"a && fly pg create\"}}"
        ),
        ["(2, 6) fly-postgres fly pg create"]
    );
}

#[test]
fn instructions_weigh_less() {
    let text = "Run `fly postgres create`:\n\n```sh\n$ fly postgres create\n# fly postgres attach\ndocker run redis\n```\n\n    fly postgres attach\n```json\nfly postgres attach\n```\n";
    let found = run("README.md", text);
    assert_eq!(
        shown("README.md", text),
        ["(4, 3) fly-postgres fly postgres create"]
    );
    assert_eq!(found[0].severity, Some(Severity::Low));
}

proptest::proptest! {
    #[test]
    fn nothing_panics(name in proptest::sample::select(vec!["a.sh", "a.md", "package.json", "Makefile", "bin/x"]), text in "(#!sh\n)?(fly pg |docker run )?[a-z`~\n{}\"'\\\\$(<é -]{0,60}fly ") {
        run(name, &text);
    }
}
