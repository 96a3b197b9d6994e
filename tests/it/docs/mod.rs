//! The pages: every link of them leads somewhere, every page is in the book, and what they promise of the program is there.

#[cfg(unix)]
mod around;
mod blocks;
#[cfg(unix)]
mod book;
#[cfg(unix)]
mod commands;
mod keys;
#[cfg(unix)]
mod scenes;
#[cfg(unix)]
mod steps;
mod walkthroughs;

use crate::harness::Sandbox;
use pulldown_cmark::{Event, Parser, Tag, TagEnd};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages at the root and below `docs/`.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    for directory in [root().to_owned(), root().join("docs")] {
        for entry in std::fs::read_dir(directory).expect("readable") {
            let path = entry.expect("readable").path();
            if path.extension().is_some_and(|end| end == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    assert!(pages.len() > 15, "{pages:?}");
    pages
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Where the links of a page lead, and the anchors its headings make as GitHub makes them.
fn links_and_anchors(text: &str) -> (Vec<String>, BTreeSet<String>) {
    let (mut links, mut anchors) = (Vec::new(), BTreeSet::new());
    let mut heading: Option<String> = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                links.push(dest_url.into_string())
            }
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::Text(words) | Event::Code(words) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&words);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let words = heading
                    .take()
                    .unwrap_or_default()
                    .to_lowercase()
                    .replace(' ', "-");
                anchors.insert(
                    words
                        .chars()
                        .filter(|letter| letter.is_alphanumeric() || "-_".contains(*letter))
                        .collect(),
                );
            }
            _ => {}
        }
    }
    (links, anchors)
}

#[test]
fn every_link_leads_somewhere() {
    let mut checked = 0;
    for page in pages() {
        let (links, _) = links_and_anchors(&read(&page));
        for link in links {
            if link.contains("://") || link.starts_with("mailto:") {
                assert!(
                    link.starts_with("https://") || link.starts_with("http://"),
                    "{link}"
                );
                continue;
            }
            let (path, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                page.with_file_name("").join(path)
            };
            assert!(target.exists(), "{}: {link}", page.display());
            if !anchor.is_empty() && target.extension().is_some_and(|end| end == "md") {
                let (_, anchors) = links_and_anchors(&read(&target));
                assert!(
                    anchors.contains(anchor),
                    "{}: {link}: {anchors:?}",
                    page.display()
                );
            }
            checked += 1;
        }
    }
    assert!(checked > 40, "{checked}");
}

#[test]
fn every_page_is_in_the_book() {
    let (links, _) = links_and_anchors(&read(&root().join("docs/SUMMARY.md")));
    let listed: BTreeSet<String> = links.into_iter().collect();
    for page in pages()
        .iter()
        .filter(|page| page.parent() == Some(&root().join("docs")))
    {
        let name = page
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        assert!(
            name == "SUMMARY.md" || listed.contains(&name),
            "{name} is not in docs/SUMMARY.md"
        );
    }
}

/// Every `stackguard …` line of a command block is a command line that the program understands.
#[test]
fn every_command_shown_is_one() {
    let sandbox = Sandbox::new();
    let mut shown = BTreeSet::new();
    for page in pages() {
        let text = read(&page);
        for block in text.split("```").skip(1).step_by(2) {
            for line in block.lines().filter(|line| line.starts_with("stackguard ")) {
                let line = line.split('#').next().unwrap_or(line);
                let words: Vec<&str> = line
                    .split_whitespace()
                    .skip(1)
                    .take_while(|word| !["|", "&&", ">", ";"].contains(word))
                    .collect();
                // Usage lines of the generated reference are no calls.
                let usage = words.iter().any(|word| {
                    word.starts_with(['[', '<', '$', '"', '\'']) || word.contains('\u{2026}')
                });
                if !usage {
                    shown.insert(words.into_iter().map(str::to_owned).collect::<Vec<_>>());
                }
            }
        }
    }
    assert!(shown.len() > 10, "{shown:?}");
    for words in shown {
        // `--help` comes first: the words before it are judged, nothing is run.
        let said = sandbox.run(&[&words[..], &["--color".to_owned(), "wrong".to_owned()]].concat());
        assert!(
            said.code == 2 && said.err().contains("invalid value 'wrong'"),
            "{words:?}: {}",
            said.all()
        );
    }
}

#[test]
fn forms_ask_for_masked_samples() {
    for name in ["missed", "wrong", "problem"] {
        let text = read(&root().join(format!(".github/ISSUE_TEMPLATE/{name}.yml")));
        assert!(
            text.contains("Nothing on this page is or was a secret")
                && text.contains("required: true"),
            "{name}"
        );
    }
}

/// A tag of an action can be moved; a commit cannot.
#[test]
fn actions_are_pinned_to_commits() {
    let mut uses = 0;
    for entry in std::fs::read_dir(root().join(".github/workflows")).expect("readable") {
        let path = entry.expect("readable").path();
        for line in read(&path)
            .lines()
            .map(str::trim)
            .filter(|line| !line.starts_with('#'))
        {
            let Some((_, action)) = line.split_once("uses: ") else {
                continue;
            };
            let (_, at) = action
                .split_once('@')
                .unwrap_or_else(|| panic!("{}: {line}", path.display()));
            let commit = at.split(' ').next().unwrap_or_default();
            let pinned = commit.len() == 40
                && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
                && at.contains(" # v");
            assert!(pinned, "{}: {line}", path.display());
            uses += 1;
        }
    }
    assert!(uses > 5, "{uses}");
}

#[test]
fn the_workflow_shown_is_the_one_that_init_writes() {
    let sandbox = Sandbox::repo();
    let run = sandbox.run(&["init", "--yes", "--action", "OWNER/stackguard@COMMIT"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let page = blocks::blocks(&read(&root().join("docs/ci.md")));
    let shown = page.iter().find(|block| block.info == "yaml");
    assert_eq!(
        shown.expect("the page shows it").text,
        sandbox.read(".github/workflows/stackguard.yml")
    );
}
