//! Commands that set up a database or Redis of the hosting provider: in scripts, workflows, and the instructions people follow.

mod words;

use std::ops::Range;
use words::{Word, commands};

/// What a command does.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    /// `fly postgres create`, `fly mpg attach` …
    FlyPostgres,
    /// `fly redis create`
    FlyRedis,
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
    commands(text, range).iter().filter_map(|words| fly(words).or_else(|| docker(words))).collect()
}

/// `fly [flags] postgres create`: flyctl's names and aliases (<https://fly.io/docs/flyctl/>).
fn fly(words: &[Word]) -> Option<Command> {
    let program = words.first()?.text.rsplit(['/', '\\']).next().unwrap_or_default();
    if !matches!(program, "fly" | "flyctl" | "fly.exe" | "flyctl.exe") {
        return None;
    }
    let plain = plain(words.get(1..)?, FLY_VALUES);
    let (group, verb) = (plain.first()?, plain.get(1)?);
    let deed = match (group.text.as_str(), verb.text.as_str()) {
        ("postgres" | "pg" | "mpg" | "managed-postgres", "create" | "attach" | "launch") => Deed::FlyPostgres,
        ("redis", "create" | "launch") => Deed::FlyRedis,
        _ => return None,
    };
    let shown = format!("{} {} {}", program.trim_end_matches(".exe"), group.text, verb.text);
    Some(Command { deed, shown, span: words.first()?.span.start..verb.span.end })
}

/// `docker run [flags] IMAGE`.
fn docker(words: &[Word]) -> Option<Command> {
    let program = words.first()?.text.as_str();
    if !matches!(program, "docker" | "podman" | "nerdctl") {
        return None;
    }
    let verb = words.get(1).filter(|verb| matches!(verb.text.as_str(), "run" | "create"))?;
    let mut value = false;
    let image = words.get(2..)?.iter().find(|word| {
        let flag = word.text.starts_with('-');
        let found = !flag && !value;
        value = flag && !word.text.contains('=') && !DOCKER_SWITCHES.contains(&word.text.as_str());
        found
    })?;
    Some(Command { deed: Deed::Image(image.text.clone()), shown: format!("{program} {}", verb.text), span: image.span.clone() })
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
const FLY_VALUES: &[&str] = &["-a", "--app", "-c", "--config", "-o", "--org", "-t", "--access-token", "-r", "--region", "-n", "--name"];

/// Flags of `docker run` that take no value.
const DOCKER_SWITCHES: &[&str] = &["-d", "--detach", "-i", "--interactive", "-t", "--tty", "-it", "-ti", "-dit", "-itd", "-dt", "-di", "-P", "--publish-all", "--rm", "--init", "--privileged", "-q", "--quiet", "--read-only", "--no-healthcheck"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deeds_are_seen() {
        for (text, expected) in [
            ("fly postgres create --name x", Some((Deed::FlyPostgres, "fly postgres create"))),
            ("flyctl -a app pg attach db", Some((Deed::FlyPostgres, "flyctl -a app pg attach"))),
            ("cd x && ./bin/flyctl mpg attach y", Some((Deed::FlyPostgres, "./bin/flyctl mpg attach"))),
            ("fly mpg \\\n create", Some((Deed::FlyPostgres, "fly mpg \\\n create"))),
            ("fly redis create", Some((Deed::FlyRedis, "fly redis create"))),
            ("docker run -d --rm -p 6379:6379 --name cache redis:7", Some((Deed::Image("redis:7".to_owned()), "redis:7"))),
            ("fly deploy", None),
            ("fly postgres list", None),
            ("fly pg connect", None),
            ("# fly postgres create", None),
            ("echo fly postgres create", None),
            ("echo 'fly postgres create'", None),
            ("docker ps", None),
            ("fly", None),
        ] {
            let found = deeds(text, 0..text.len());
            assert_eq!(found.first().map(|one| (one.deed.clone(), &text[one.span.clone()])), expected, "{text}");
        }
    }
}
