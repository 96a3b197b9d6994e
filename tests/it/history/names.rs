//! Secrets in the names of files.

use super::{history, only};
use crate::harness::{Sandbox, token};

const MASK: &str = "****************";

#[test]
fn a_name_is_found_and_not_shown() {
    let token = token("name");
    let sandbox = Sandbox::repo_of(&[("a.txt", "x\n")]);
    sandbox.write(format!("keys/{token}.txt"), "x\n");
    sandbox.commit("named");
    let id = sandbox.git(&["rev-parse", "HEAD"]);
    sandbox.git(&["mv", &format!("keys/{token}.txt"), "b.txt"]);
    sandbox.commit("renamed");
    for args in [None, Some(&["repack", "-adfq"])] {
        if let Some(args) = args {
            sandbox.git(args);
        }
        for _ in 0..2 {
            let run = history(&sandbox, &[]);
            let found = only(&run);
            assert!(!run.all().contains(&token), "{}", run.all());
            let place = &found["location"];
            assert_eq!(place["path"], format!("keys/{MASK}.txt"));
            assert_eq!(place["commit"]["id"], id.as_str());
            assert_eq!(place["commit"]["presence"], "history");
            assert_eq!(found["rule"], "shopify-access-token");
        }
    }
}

#[test]
fn a_directory_and_what_is_in_it() {
    let (name, inside) = (token("directory"), token("inside"));
    let sandbox = Sandbox::repo_of(&[
        (&format!("x/{name}/a.env"), &format!("TOKEN={inside}\n")),
        (&format!("x/{name}/b.txt"), "nothing\n"),
    ]);
    let shown = format!("x/{MASK}");
    let wanted = [shown.clone(), format!("{shown}/a.env")];
    for args in [
        &["--history"][..],
        &["--guard", "secrets"],
        &["--range", "HEAD~1..HEAD"],
    ] {
        if args[0] == "--range" {
            sandbox.write(format!("y/{name}/a.env"), format!("TOKEN={inside}\n"));
            sandbox.commit("once more");
        }
        let run = sandbox.run(&[&["check", "--format", "json"], args].concat());
        assert_eq!(run.code, 1, "{}", run.all());
        assert!(!run.all().contains(&name), "{}", run.all());
        let mut paths: Vec<String> = run.hits().into_iter().map(|hit| hit.path).collect();
        paths.sort();
        paths.dedup();
        let first = wanted.clone().map(|path| match args[0] {
            "--range" => path.replacen('x', "y", 1),
            _ => path,
        });
        assert_eq!(paths, first, "{args:?}: {}", run.all());
    }
}

#[test]
fn a_ref_may_name_a_blob() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "x\n")]);
    sandbox.write("b.env", format!("TOKEN={}\n", token("blob")));
    let blob = sandbox.git(&["hash-object", "-w", "b.env"]);
    std::fs::remove_file(sandbox.path("b.env")).expect("it is there");
    sandbox.git(&["update-ref", "refs/keys/one", &blob]);
    for args in [&["--ref", "refs/keys/one"][..], &[]] {
        let found = only(&history(&sandbox, args));
        assert_eq!(found["location"]["path"], format!("<object {blob}>"));
    }
    let none = history(&sandbox, &["--ref", "main"]);
    assert_eq!(none.hits(), [], "{}", none.all());
}

#[test]
fn a_message_is_no_file_to_github() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "x\n")]);
    sandbox.commit(&format!("use {}", token("message")));
    let run = sandbox.run(&["check", "--history", "--format", "github"]);
    assert!(run.out().contains("::error title="), "{}", run.all());
    assert!(!run.out().contains("file="), "{}", run.all());
}
