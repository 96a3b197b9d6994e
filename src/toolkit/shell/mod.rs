//! Commands that set up a database or Redis of the hosting provider: in scripts, workflows, and the instructions people follow.

mod markdown;
mod words;

use super::canon::Canon;
use super::document::json;
use super::stores::Judge;
use super::{Found, LARGEST, text_of};
use crate::finding::RepoPath;
use crate::tree::{Draft, FileView};
use memchr::memmem;
use std::ops::Range;
use words::{Word, commands};

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A script, or a file of recipes in which scripts stand as they are.
    Script,
    /// Perhaps a script: its first line tells.
    Nameless,
    /// package.json, whose `scripts` are run.
    Package,
    /// Instructions.
    Markdown,
}

/// Scripts, Makefiles and their like, package.json and Markdown.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    kind(path).is_some()
}

/// Judges the commands of a file. A command in instructions is no command run, but soon will be.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    // Few files run any of this.
    let Some(kind) = kind(file.path).filter(|_| {
        PROGRAMS
            .iter()
            .any(|program| memmem::find(file.text, program).is_some())
    }) else {
        return Found::default();
    };
    if kind == Kind::Nameless && !is_shell(file.text) {
        return Found::default();
    }
    let text = match text_of(file, LARGEST) {
        Ok(text) => text,
        Err(why) => return Found::unread(file, why),
    };
    let weight = canon
        .is_docs(file.path)
        .then_some(canon.weights().docs)
        .flatten();
    let judge = Judge::new(canon, file).at_most(weight);
    match kind {
        Kind::Script | Kind::Nameless => Found::drafts(self::judge(text, 0..text.len(), &judge)),
        Kind::Package => match json(text) {
            Ok(root) => {
                let scripts = root
                    .get("scripts")
                    .map(super::document::Node::entries)
                    .unwrap_or_default();
                Found::drafts(scripts.iter().flat_map(|script| {
                    script_of(
                        script.value.text().unwrap_or_default(),
                        &script.value.span,
                        &judge,
                    )
                }))
            }
            // The reader of manifests says so.
            Err(_) => Found::default(),
        },
        Kind::Markdown => Found::drafts(
            markdown::fences(text)
                .into_iter()
                .flat_map(|fence| self::judge(text, fence, &judge))
                .filter(|draft| {
                    draft.rule == super::rules::FLY_POSTGRES || draft.content.starts_with("fly")
                }),
        ),
    }
}

/// The findings about commands in `text[range]`.
pub(super) fn judge(text: &str, range: Range<usize>, judge: &Judge<'_, '_>) -> Vec<Draft> {
    deeds(text, range)
        .into_iter()
        .filter_map(|command| verdict(&command, command.span.clone(), judge))
        .collect()
}

/// A script that stands in a string, at `span`.
fn script_of(script: &str, span: &Range<usize>, judge: &Judge<'_, '_>) -> Vec<Draft> {
    deeds(script, 0..script.len())
        .into_iter()
        .filter_map(|command| verdict(&command, span.clone(), judge))
        .collect()
}

fn verdict(command: &Command, span: Range<usize>, judge: &Judge<'_, '_>) -> Option<Draft> {
    if let Deed::Image(image) = &command.deed {
        // A container someone starts by hand is gone tomorrow; it says what the code expects, though.
        return judge.image(image, span).map(|draft| Draft {
            severity: super::rules::lesser(draft.severity, judge.canon.weights().development),
            ..draft
        });
    }
    let plain = command
        .shown
        .replacen("flyctl ", "fly ", 1)
        .replacen(" pg ", " postgres ", 1)
        .replacen(" managed-postgres ", " mpg ", 1);
    let category = judge.canon.categories().find(|category| {
        category.commands.contains(&plain) || category.commands.contains(&command.shown)
    })?;
    let message = format!(
        "`{}` sets up {}; {}",
        command.shown, category.store, category.instead
    );
    judge.draft(category, span, &[], message, command.shown.clone(), None)
}

fn kind(path: &RepoPath) -> Option<Kind> {
    let name = path.file_name();
    let extension = path.extension();
    if matches!(extension, "sh" | "bash" | "zsh" | "ksh" | "mk")
        || matches!(
            name,
            "Makefile"
                | "makefile"
                | "GNUmakefile"
                | "justfile"
                | "Justfile"
                | ".justfile"
                | "Procfile"
        )
        || name.starts_with("Makefile.")
    {
        return Some(Kind::Script);
    }
    match extension {
        "md" | "mdx" | "markdown" => Some(Kind::Markdown),
        "" => Some(Kind::Nameless),
        _ => (name == "package.json").then_some(Kind::Package),
    }
}

fn is_shell(text: &[u8]) -> bool {
    let line = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len()).min(200)];
    line.starts_with(b"#!") && memmem::find(line, b"sh").is_some()
}

/// What every command that matters begins with.
const PROGRAMS: &[&[u8]] = &[
    b"fly ",
    b"flyctl ",
    b"docker ",
    b"podman ",
    b"nerdctl ",
    b".exe ",
];

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    /// `fly postgres create` and the like: what it sets up is for the canon to say.
    Fly,
    /// `docker run IMAGE`
    Image(String),
}

/// A command that matters.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Command {
    deed: Deed,
    /// The words that say so: `fly postgres create`.
    shown: String,
    span: Range<usize>,
}

/// The commands that matter in `text[range]`.
fn deeds(text: &str, range: Range<usize>) -> Vec<Command> {
    commands(text, range)
        .iter()
        .filter_map(|words| fly(words).or_else(|| docker(words)))
        .collect()
}

/// `fly [flags] postgres create`: flyctl's names and aliases (<https://fly.io/docs/flyctl/>).
fn fly(words: &[Word]) -> Option<Command> {
    let program = words
        .first()?
        .text
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default();
    if !matches!(program, "fly" | "flyctl" | "fly.exe" | "flyctl.exe") {
        return None;
    }
    let plain = plain(words.get(1..)?, FLY_VALUES);
    let (group, verb) = (plain.first()?, plain.get(1)?);
    let verb = if group.text == "ext" || group.text == "extensions" {
        plain.get(2)?
    } else {
        verb
    };
    let named: Vec<&str> = plain
        .iter()
        .take_while(|word| word.span.start <= verb.span.start)
        .map(|word| word.text.as_str())
        .collect();
    let shown = format!("{} {}", program.trim_end_matches(".exe"), named.join(" "));
    Some(Command {
        deed: Deed::Fly,
        shown,
        span: words.first()?.span.start..verb.span.end,
    })
}

/// `docker run [flags] IMAGE`.
fn docker(words: &[Word]) -> Option<Command> {
    let program = words.first()?.text.as_str();
    if !matches!(program, "docker" | "podman" | "nerdctl") {
        return None;
    }
    let verb = words
        .get(1)
        .filter(|verb| matches!(verb.text.as_str(), "run" | "create"))?;
    let mut value = false;
    let image = words.get(2..)?.iter().find(|word| {
        let flag = word.text.starts_with('-');
        let found = !flag && !value;
        value = flag && !word.text.contains('=') && !DOCKER_SWITCHES.contains(&word.text.as_str());
        found
    })?;
    Some(Command {
        deed: Deed::Image(image.text.clone()),
        shown: format!("{program} {}", verb.text),
        span: image.span.clone(),
    })
}

/// The words that are neither flags nor the values of those flags that take one.
fn plain<'w>(words: &'w [Word], with_value: &[&str]) -> Vec<&'w Word> {
    let mut found = Vec::new();
    let mut value = false;
    for word in words {
        if word.text.starts_with('-') {
            value = with_value.contains(&word.text.as_str());
        } else if !std::mem::take(&mut value) {
            found.push(word);
        }
    }
    found
}

/// Flags of flyctl that take their value from the next word.
const FLY_VALUES: &[&str] = &[
    "-a",
    "--app",
    "-c",
    "--config",
    "-o",
    "--org",
    "-t",
    "--access-token",
    "-r",
    "--region",
    "-n",
    "--name",
];

/// Flags of `docker run` that take no value.
const DOCKER_SWITCHES: &[&str] = &[
    "-d",
    "--detach",
    "-i",
    "--interactive",
    "-t",
    "--tty",
    "-it",
    "-ti",
    "-dit",
    "-itd",
    "-dt",
    "-di",
    "-P",
    "--publish-all",
    "--rm",
    "--init",
    "--privileged",
    "-q",
    "--quiet",
    "--read-only",
    "--no-healthcheck",
];

#[cfg(test)]
mod tests;
