//! `--scrub-file`: what to replace when the history is rewritten.

use super::{authored, history};
use crate::harness::{Run, Sandbox, secret};

/// Runs with a scrub file at this path.
fn scrub(sandbox: &Sandbox, path: &std::path::Path) -> Run {
    let path = path.display().to_string();
    history(sandbox, &["--scrub-file", &path])
}

/// Secrets long and short, and over several lines.
fn leaky() -> (Sandbox, Vec<String>) {
    let token = secret("token", "shpat_{hex:32}");
    let long = secret("long", "{base62:20}");
    let short = secret("short", "{base62:8}");
    let key = [
        "-----BEGIN RSA PRIVATE KEY-----".to_owned(),
        secret("key", "MIIEpAIBAAKCAQEA{base64:48}"),
        secret("more", "{base64:64}"),
        secret("end", "{base64:31}="),
        "-----END RSA PRIVATE KEY-----".to_owned(),
    ]
    .join("\n");
    let sandbox = Sandbox::repo_of(&[
        (
            "a.env",
            &format!("TOKEN={token}\nDB=postgres://app:{short}@db.acme-prod.io/main\n"),
        ),
        ("key.pem", &format!("{key}\n")),
        (
            "b.env",
            &format!("DB=postgres://app:{long}@db.acme-prod.io/main\n"),
        ),
    ]);
    sandbox.write(
        "a.env",
        format!("x\ny\nTOKEN={token}\n# postgres://app:{short}@db.acme-prod.io/other\n"),
    );
    sandbox.git(&["rm", "-q", "key.pem"]);
    sandbox.commit(&format!("use {token}"));
    (sandbox, vec![token, long, short, key])
}

/// One line, as git filter-repo understands it: what stands before, the value, what stands after.
fn parsed(line: &[u8]) -> [Vec<u8>; 3] {
    let line = line
        .strip_suffix(b"==>***REMOVED***")
        .expect("what to put there");
    if let Some(value) = line.strip_prefix(b"literal:") {
        return [Vec::new(), value.to_vec(), Vec::new()];
    }
    let text = std::str::from_utf8(line)
        .expect("escaped")
        .strip_prefix("regex:")
        .expect("a kind");
    let (before, rest) = match text.strip_prefix("(?<=") {
        Some(rest) => rest.split_once(')').expect("it is closed"),
        None => ("", text),
    };
    let (value, after) = match rest.split_once("(?=") {
        Some((value, after)) => (value, after.strip_suffix(')').expect("it is closed")),
        None => (rest, ""),
    };
    [before, value, after].map(|text| {
        let mut out = Vec::new();
        let mut rest = text;
        while let Some(byte) = rest.bytes().next() {
            if let Some(hex) = rest.strip_prefix("\\x") {
                out.push(u8::from_str_radix(&hex[..2], 16).expect("two digits"));
                rest = &hex[2..];
            } else {
                assert!(byte.is_ascii_alphanumeric(), "{text}");
                out.push(byte);
                rest = &rest[1..];
            }
        }
        out
    })
}

fn replaced(text: &[u8], lines: &[[Vec<u8>; 3]]) -> Vec<u8> {
    let mut text = text.to_vec();
    for [before, value, after] in lines {
        let all = [&before[..], value, after].concat();
        while let Some(at) = memchr::memmem::find(&text, &all) {
            let start = at + before.len();
            text.splice(start..start + value.len(), *b"***REMOVED***");
        }
    }
    text
}

#[test]
fn what_it_says_to_replace_leaves_nothing() {
    let (sandbox, secrets) = leaky();
    let path = sandbox.outside("scrub.txt");
    let before = history(&sandbox, &["--no-cache"]);
    let run = scrub(&sandbox, &path);
    assert_eq!(run.code, 1, "{}", run.all());
    assert_eq!(before.hits(), run.hits());
    assert!(
        run.err().contains("warning: ") && run.err().contains("Rotate them first"),
        "{}",
        run.err()
    );
    for secret in &secrets {
        assert!(!run.all().contains(secret.as_str()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path)
            .expect("it is there")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let text = std::fs::read(&path).expect("it is there");
    let lines: Vec<_> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(parsed)
        .collect();
    let clean = Sandbox::repo();
    let objects = sandbox.git(&["rev-list", "--all", "--objects"]);
    for (number, line) in objects.lines().enumerate() {
        let (id, name) = line.split_once(' ').unwrap_or((line, ""));
        let kind = sandbox.git(&["cat-file", "-t", id]);
        if kind == "tree" {
            continue;
        }
        let bytes = replaced(sandbox.git(&["cat-file", &kind, id]).as_bytes(), &lines);
        for secret in &secrets {
            assert_eq!(
                memchr::memmem::find(&bytes, secret.as_bytes()),
                None,
                "{name}"
            );
        }
        clean.write(format!("{number}/{name}x"), bytes);
    }
    clean.commit("what is left");
    let left = history(&clean, &[]);
    assert_eq!(left.hits(), [], "{}", left.all());
}

#[test]
fn a_clean_history_needs_no_file() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let path = sandbox.outside("scrub.txt");
    let run = scrub(&sandbox, &path);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        !path.exists() && run.err().contains("nothing to replace"),
        "{}",
        run.err()
    );
}

#[test]
fn it_is_refused_inside_a_repository_and_over_a_file() {
    let (sandbox, _) = leaky();
    let outside = sandbox.outside("kept.txt");
    std::fs::write(&outside, "kept").expect("it can be written");
    let mut places = vec![
        sandbox.path("scrub.txt"),
        sandbox.path(".git/scrub.txt"),
        sandbox.path(".git/objects/scrub.txt"),
        // The same place, by a way round.
        sandbox.path(".git/../scrub.txt"),
        outside.clone(),
        sandbox.outside("no/such/directory"),
    ];
    #[cfg(unix)]
    {
        let link = sandbox.outside("link");
        std::os::unix::fs::symlink(sandbox.dir(), &link).expect("links can be made");
        places.push(link.join("scrub.txt"));
        // A link to a file that is not there yet.
        let dangling = sandbox.outside("dangling");
        std::os::unix::fs::symlink(sandbox.path("target.txt"), &dangling)
            .expect("links can be made");
        places.push(dangling);
    }
    for place in places {
        let run = scrub(&sandbox, &place);
        assert_eq!(run.code, 2, "{}: {}", place.display(), run.all());
    }
    assert_eq!(
        std::fs::read_to_string(&outside).expect("it is there"),
        "kept"
    );
    assert_eq!(sandbox.git(&["status", "--porcelain", "--ignored"]), "");
    assert!(!sandbox.path("target.txt").exists() && !sandbox.path(".git/scrub.txt").exists());
}

#[test]
fn who_wrote_a_commit_is_not_replaced_and_that_is_said() {
    let sandbox = Sandbox::repo_of(&[("a.txt", "nothing\n")]);
    let token = authored(&sandbox);
    let path = sandbox.outside("scrub.txt");
    let run = scrub(&sandbox, &path);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(
        run.err().contains("1 place cannot be replaced"),
        "{}",
        run.err()
    );
    assert!(run.err().contains("--mailmap"), "{}", run.err());
    assert!(!run.all().contains(&token));
    assert!(!path.exists());
}
