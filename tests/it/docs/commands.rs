//! Every command block of the pages is run, and says what the page says.

use super::blocks::{Block, Marker, blocks};
use super::{around, pages, read, scenes, steps};
use std::path::Path;

#[test]
fn every_command_block_is_run() {
    let (mut run, mut wrong) = (0, Vec::new());
    for page in pages() {
        let name = page.file_name().expect("a name").to_string_lossy();
        if GENERATED.contains(&&*name) {
            continue;
        }
        for block in blocks(&read(&page)) {
            match prove(&block) {
                Ok(shows_commands) => run += usize::from(shows_commands),
                Err(why) => wrong.push(format!("{}:{}: {why}", page.display(), block.line)),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(run >= 35, "{run} blocks of commands");
}

/// Pages that `generated_pages_are_fresh` compares as a whole.
const GENERATED: [&str; 2] = ["cli.md", "rules.md"];

/// Whether the block shows commands, which were run; what is wrong with it, if something is.
fn prove(block: &Block) -> Result<bool, String> {
    match &block.marker {
        None if block.is_shell() => {
            Err("a command block needs `<!-- run: SCENE -->` or `<!-- run by: PROGRAM -->`".into())
        }
        None => Ok(false),
        Some(Marker::RunBy(program)) => steps::does(program, &block.text).map(|()| true),
        Some(Marker::Output {
            scene,
            command,
            exit,
        }) => {
            let (said, code) = scenes::lay_out(scene).shell(command);
            agree(normal, command, &block.text, *exit, (&said, code))
        }
        Some(Marker::Run { scene, .. }) if scene == "measured" && around::python().is_none() => {
            Ok(false)
        }
        Some(Marker::Run { scene, exit }) => {
            let laid = scenes::lay_out(scene);
            let normal = if scene == "measured" { shape } else { normal };
            if block.info != "console" {
                let (said, code) = laid.shell(&format!("set -e\n{}", block.text));
                return same_code(&block.text, *exit, &said, code);
            }
            let session = session(&block.text)?;
            let last = session.len() - 1;
            for (number, (command, shown)) in session.iter().enumerate() {
                let (said, code) = laid.shell(command);
                let exit = if number == last { *exit } else { 0 };
                agree(normal, command, shown, exit, (&said, code))?;
            }
            Ok(true)
        }
    }
}

/// The commands of a `console` block, each with what it says.
fn session(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut found: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match (line.strip_prefix("$ "), found.last_mut()) {
            (Some(command), _) => found.push((command.to_owned(), String::new())),
            (None, Some((_, said))) => {
                said.push_str(line);
                said.push('\n');
            }
            (None, None) => return Err("a console block begins with `$ `".into()),
        }
    }
    if found.is_empty() {
        return Err("it is empty".into());
    }
    Ok(found)
}

fn same_code(command: &str, exit: i32, said: &str, code: i32) -> Result<bool, String> {
    if code == exit {
        return Ok(true);
    }
    Err(format!(
        "`{}` ended with {code}, not {exit}:\n{said}",
        command.trim_end()
    ))
}

fn agree(
    normal: fn(&str) -> String,
    command: &str,
    shown: &str,
    exit: i32,
    (said, code): (&str, i32),
) -> Result<bool, String> {
    same_code(command, exit, said, code)?;
    let (shown, said) = (normal(shown), normal(said));
    if fits(
        &shown.lines().collect::<Vec<_>>(),
        &said.lines().collect::<Vec<_>>(),
    ) {
        return Ok(true);
    }
    let diff = similar::TextDiff::from_lines(&shown, &said);
    Err(format!(
        "`{command}` says something else:\n{}",
        diff.unified_diff().header("the page", "the program")
    ))
}

/// Whether the lines said are those shown, where `…` alone on a line stands for any number of lines.
fn fits(shown: &[&str], said: &[&str]) -> bool {
    match (shown.split_first(), said.split_first()) {
        (None, rest) => rest.is_none(),
        (Some((&"…", rest)), _) => (0..=said.len()).any(|skip| fits(rest, &said[skip..])),
        (Some((first, shown)), Some((line, said))) => first == line && fits(shown, said),
        (Some(_), None) => false,
    }
}

/// Without what differs from run to run: times, days, and where the scene stands; and without blank lines at the end.
fn normal(text: &str) -> String {
    let times = r"\b(\d[\d,.]* (ms|s|min)|\d{4}-\d\d-\d\d( \d\d:\d\d UTC)?|\d{8}T\d{6}Z|\d+d)\b";
    let times = regex::Regex::new(times).expect("a pattern");
    let temporary = std::env::temp_dir();
    let places = format!(
        "{}/it[A-Za-z0-9]+/",
        regex::escape(&Path::new(&temporary).display().to_string())
    );
    let places = regex::Regex::new(&places).expect("a pattern");
    let text = times.replace_all(text, "[time]");
    let text = places.replace_all(&text, "[place]/");
    text.trim_end()
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}

/// Without the numbers, and without the blanks that line them up.
fn shape(text: &str) -> String {
    let numbers = regex::Regex::new(r" +\d[\d.e+-]*").expect("a pattern");
    let text = numbers.replace_all(text, " [number]");
    let blanks = regex::Regex::new(r"(\S) {2,}").expect("a pattern");
    normal(&blanks.replace_all(&text, "$1 "))
}

#[test]
fn a_wrong_page_is_told() {
    let block = |info: &str, text: &str, marker: Option<Marker>| Block {
        line: 1,
        info: info.into(),
        text: text.into(),
        marker,
    };
    let run = |exit| {
        Some(Marker::Run {
            scene: "small".into(),
            exit,
        })
    };
    let check = "$ stackguard check -q\n";
    assert_eq!(prove(&block("console", check, run(0))), Ok(true));
    for (wrong, says) in [
        (block("", "stackguard check\n", None), "needs `<!-- run"),
        (block("console", check, run(1)), "ended with 0, not 1"),
        (
            block("console", "$ stackguard check -q\nClean\n", run(0)),
            "-Clean",
        ),
        (block("sh", "stackguard chekc\n", run(0)), "ended with 2"),
        (
            block("console", "stackguard check\n", run(0)),
            "begins with",
        ),
        (
            block("sh", "a\n", Some(Marker::RunBy("make".into()))),
            "nothing is known of make",
        ),
        (
            block(
                "sh",
                "cargo install --path .\n",
                Some(Marker::RunBy(".ci/run".into())),
            ),
            ".ci/run does not run `cargo install --path .`",
        ),
    ] {
        let said = prove(&wrong).expect_err(says);
        assert!(said.contains(says), "{said}");
    }
    assert!(fits(&["a", "…", "c"], &["a", "b", "b", "c"]));
    assert!(!fits(&["a", "…", "c"], &["a", "b"]));
    assert_eq!(normal("5 files in 12 ms\n\n"), "5 files in [time]\n");
    assert_eq!(
        shape("rg, n = 9   cpu\n  a    0.5  1e-05\n"),
        shape("rg, n = 2 cpu\n  a 0.25 12.5\n")
    );
    assert_ne!(shape("rg, n = 9   cpu\n"), shape("git, n = 9   cpu\n"));
}
