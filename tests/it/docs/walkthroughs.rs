//! The walk-throughs of CONTRIBUTING.md. The one for a rule is done; those for a store and a format, which need Rust, name
//! only what is there, and every file that tells one store or format from another.

use super::{blocks, read, root};
use crate::harness::{FORMATS, Sandbox};
use clap::ValueEnum as _;
use stackguard::policy::pack::Pack;
use stackguard::policy::{Policy, embedded};
use stackguard::report::Format;
use stackguard::secrets::{Scanner, prove};
use std::path::Path;

/// The text under a heading.
fn section(title: &str) -> String {
    let page = read(&root().join("CONTRIBUTING.md"));
    let (_, rest) = page
        .split_once(&format!("## {title}\n"))
        .unwrap_or_else(|| panic!("there is a walk-through `{title}`"));
    rest.split("\n## ").next().expect("a part").to_owned()
}

/// What stands in backquotes outside of blocks.
fn quoted(text: &str) -> Vec<String> {
    let outside: String = text.split("```").step_by(2).collect();
    let each = outside.split('`').skip(1).step_by(2);
    each.map(str::to_owned).collect()
}

/// Every Rust file below a directory, with its path from the root.
fn sources(directory: &str) -> Vec<(String, String)> {
    let walk = ignore::WalkBuilder::new(root().join(directory)).build();
    let files = walk.map(|entry| entry.expect("readable").into_path());
    let mut found: Vec<(String, String)> = files
        .filter(|path| path.extension().is_some_and(|end| end == "rs"))
        .map(|path| {
            let name = path.strip_prefix(root()).expect("below the root");
            (name.to_string_lossy().replace('\\', "/"), read(&path))
        })
        .collect();
    found.sort();
    found
}

/// The part of a file that is no test.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(text)
}

#[test]
fn a_secret_rule_is_added_as_the_page_says() {
    let steps = section("Add a secret rule");
    let pack = quoted(&steps)
        .into_iter()
        .find(|word| word.starts_with("policies/") && word.ends_with(".toml"))
        .expect("the page names a pack");
    let shown = blocks::blocks(&steps);
    let [entry] = &shown[..] else {
        panic!("one block, with the entry");
    };
    // Step 2, in the pack that step 1 names.
    let text = read(&root().join(&pack)) + "\n" + &entry.text;
    let with_entry = || Pack::parse(&text).expect("it is read");
    let (mut packs, mut replaced) = (embedded(), false);
    for (name, shipped) in &mut packs {
        if pack.ends_with(name.as_str()) || name.ends_with(&pack) {
            assert_eq!(shipped.secrets.len() + 1, with_entry().secrets.len());
            *shipped = with_entry();
            replaced = true;
        }
    }
    assert!(replaced, "{pack} is a shipped pack");
    // Step 3: all examples of all rules, in one policy.
    let policy = Policy::new(packs).expect("the packs go together");
    let scanner = Scanner::new(&policy).expect("the rules run");
    let failures: Vec<String> = prove(&policy, &scanner)
        .iter()
        .map(|failure| format!("{}: {}", failure.rule, failure.problem))
        .collect();
    assert_eq!(failures, [""; 0]);
    // The entry alone, through the command.
    let sandbox = Sandbox::repo_of(&[("acme.toml", &entry.text)]);
    let run = sandbox.run(&["policy", "test", "acme.toml"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(run.out(), "3 of 3 examples of 1 rule came out as written\n");
}

/// Every path a walk-through names is there, and every name in it stands in some source.
#[test]
fn walkthroughs_name_what_is_there() {
    let mut all: String = ["src", "tests"]
        .iter()
        .flat_map(|directory| sources(directory))
        .filter(|(name, _)| !name.ends_with("docs/walkthroughs.rs"))
        .map(|(_, text)| text)
        .collect();
    for page in [
        "policies/toolkit.toml",
        "policies/fly-rules.toml",
        "docs/rules.md",
    ] {
        all += &read(&root().join(page));
    }
    let (mut paths, mut names) = (0, 0);
    for title in [
        "Add a secret rule",
        "Add a toolkit or fly rule",
        "Add a source",
        "Add a store",
        "Add a report format",
    ] {
        for word in quoted(&section(title)) {
            let is_path = ["src/", "tests/", "policies/", "docs/"]
                .iter()
                .any(|start| word.starts_with(start));
            if is_path && !word.contains(char::is_uppercase) {
                assert!(root().join(&word).exists(), "{title}: there is no {word}");
                paths += 1;
            } else if let Some(last) = symbol(&word) {
                let defined = ["fn ", "struct ", "enum ", "trait ", "const ", "mod "]
                    .iter()
                    .any(|kind| has_word(&all, &format!("{kind}{last}")))
                    || has_word(&all, &format!("    {last}("))
                    || has_word(&all, &format!("    {last},"));
                assert!(defined, "{title}: nothing defines {word}");
                names += 1;
            }
        }
    }
    assert!(paths > 25 && names > 12, "{paths} paths, {names} names");
}

/// The last part of a name that looks like one of Rust's: `Answer::Unknown`, `every_site`.
fn symbol(word: &str) -> Option<&str> {
    let plain = word
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "_:".contains(letter));
    let last = word.rsplit("::").next()?;
    let telling = last.contains('_') || last.starts_with(|letter: char| letter.is_uppercase());
    // Git's, and what is written in a pack.
    let foreign = ["HEAD", "Write"].contains(&last);
    (plain && telling && !foreign).then_some(last)
}

fn has_word(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(at, _)| {
        let next = text[at + word.len()..].chars().next();
        word.ends_with(['(', ','])
            || !next.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}

#[test]
fn the_walkthrough_for_a_store_names_every_place_that_knows_one() {
    let steps = quoted(&section("Add a store"));
    let named = |file: &str| {
        steps
            .iter()
            .any(|word| word == file || word.ends_with('/') && file.starts_with(word.as_str()))
    };
    let (mut checked, mut missing) = (0, Vec::new());
    for (file, text) in sources("src") {
        // The store itself, and tests.
        if file.starts_with("src/stores/github/") || is_test(&file) {
            continue;
        }
        let code = code(&text);
        let knows = [
            "StoreKind::Github",
            "StorePlace::Github",
            "StoreName::Github",
            "GithubPlace {",
        ]
        .iter()
        .any(|word| code.contains(word));
        if knows {
            checked += 1;
            if !named(&file) {
                missing.push(file);
            }
        }
    }
    assert!(missing.is_empty(), "not in the walk-through: {missing:?}");
    assert!(checked > 8, "{checked}");
    // Every store there is went that way.
    for store in ["fly", "github", "vault", "vault_dir"] {
        let suites = sources("src/stores").into_iter().filter(|(file, text)| {
            file.starts_with(&format!("src/stores/{store}/")) && text.contains("every_store_does")
        });
        assert_eq!(suites.count(), 1, "{store} runs the conformance suite");
    }
    let rooms = std::fs::read_dir(root().join("src/stores")).expect("readable");
    let rooms = rooms.filter(|room| {
        let path = room.as_ref().expect("readable").path();
        sources_implement_store(&path)
    });
    // The four, and listings made by hand.
    assert_eq!(rooms.count(), 5, "a new store belongs in this test");
}

fn sources_implement_store(room: &Path) -> bool {
    let name = room.strip_prefix(root()).expect("below the root");
    room.is_dir()
        && sources(&name.to_string_lossy())
            .iter()
            .any(|(file, text)| !is_test(file) && code(text).contains("impl Store for "))
}

/// Files that are compiled for tests only.
fn is_test(file: &str) -> bool {
    file.contains("/tests/")
        || ["/tests.rs", "/fixture.rs", "/conformance.rs", "/timing.rs"]
            .iter()
            .any(|end| file.ends_with(end))
        || file.contains("/fixture/")
}

#[test]
fn every_format_is_where_the_walkthrough_says() {
    let names: Vec<String> = Format::value_variants()
        .iter()
        .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
        .collect();
    let mut tested = FORMATS.to_vec();
    tested.sort_unstable();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, tested, "FORMATS of tests/it/harness.rs");
    let help = read(&root().join("docs/cli.md"));
    let (_, help) = help.split_once("--format <FORMAT").expect("the option");
    let help = help.split("[env:").next().expect("a part");
    let readme = read(&root().join("README.md"));
    let (_, reports) = readme.split_once("## Reports").expect("the section");
    let reports = reports.split("\n## ").next().expect("a part");
    let render = read(&root().join("src/report/mod.rs"));
    let steps = quoted(&section("Add a report format"));
    for file in [
        "src/report/mod.rs",
        "src/cli/global.rs",
        "tests/it/harness.rs",
        "src/report/fixture/mod.rs",
    ] {
        assert!(steps.iter().any(|word| word == file), "{file}");
    }
    for name in &names {
        let words = help.split(|letter: char| !letter.is_alphanumeric() && letter != '-');
        assert!(
            words.clone().any(|word| word == name),
            "{name} in the help of --format"
        );
        assert!(
            reports.contains(&format!("`{name}`")),
            "{name} under Reports"
        );
    }
    assert_eq!(render.matches(", view, out),").count(), names.len());
}
