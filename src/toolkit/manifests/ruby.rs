//! Gemfile, gemspec and Gemfile.lock (<https://bundler.io/man/gemfile.5.html>).

use super::{Dependency, Need, Of, no_conflict};
use crate::finding::RepoPath;
use crate::toolkit::canon::Ecosystem;
use crate::toolkit::document::Unreadable;
use crate::toolkit::imports::ruby::{Token, lex};

/// Reads the `gem` calls of a Gemfile and the `add_dependency` calls of a gemspec.
pub(super) fn gemfile(text: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let tokens = whole(text)?;
    let mut found = Vec::new();
    // What each open block is: a group for development, or anything else.
    let mut blocks: Vec<bool> = Vec::new();
    let mut groups = 0_usize;
    for line in tokens.split(|token| *token == Token::Line) {
        let development = groups > 0;
        let call = line.iter().enumerate().find_map(|(at, token)| match token {
            Token::Name(
                name @ ("gem"
                | "add_dependency"
                | "add_runtime_dependency"
                | "add_development_dependency"),
            ) => Some((at, *name)),
            _ => None,
        });
        if let Some((at, name)) = call {
            let rest = line.get(at + 1..).unwrap_or_default();
            let rest = if let [Token::Mark(b'('), rest @ ..] = rest {
                rest
            } else {
                rest
            };
            if let [Token::Text(gem, span), options @ ..] = rest {
                let need =
                    if development || name == "add_development_dependency" || grouped(options) {
                        Need::Development
                    } else {
                        Need::Runtime
                    };
                let version = match options {
                    [Token::Mark(b','), Token::Text(version, _), ..] => Some(*version),
                    _ => None,
                };
                found.push(
                    Dependency::new(Ecosystem::Ruby, *gem, need, span.clone(), Of::Manifest)
                        .version(version),
                );
            }
        }
        let opens = line.contains(&Token::Name("do"))
            || matches!(
                line.first(),
                Some(Token::Name(
                    "if" | "unless"
                        | "case"
                        | "begin"
                        | "def"
                        | "class"
                        | "module"
                        | "while"
                        | "until"
                        | "for"
                ))
            );
        if opens {
            let group = line.first() == Some(&Token::Name("group")) && only_development(line);
            groups += usize::from(group);
            blocks.push(group);
        }
        if line.first() == Some(&Token::Name("end")) && blocks.pop() == Some(true) {
            groups -= 1;
        }
    }
    Ok(found)
}

/// The words of a file that is not cut off within one.
fn whole(text: &str) -> Result<Vec<Token<'_>>, Unreadable> {
    no_conflict(text)?;
    let (tokens, unended) = lex(text);
    match unended {
        None => Ok(tokens),
        Some(at) => {
            let before = text.get(..at).unwrap_or_default();
            Err(Unreadable {
                line: memchr::memchr_iter(b'\n', before.as_bytes()).count() + 1,
                why: "a text in it does not end",
            })
        }
    }
}

/// Reads the section DEPENDENCIES, which is what the Gemfile asks for.
pub(super) fn gemfile_lock(text: &str, _path: &RepoPath) -> Result<Vec<Dependency>, Unreadable> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut start = 0;
    no_conflict(text)?;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        if !line.starts_with(' ') {
            inside = line.trim_end() == "DEPENDENCIES";
        } else if inside {
            let name = line
                .trim_start()
                .split([' ', '!', '\r', '\n'])
                .next()
                .unwrap_or_default();
            let from = at + line.len() - line.trim_start().len();
            // Which group a gem is of is not told.
            found.push(Dependency::new(
                Ecosystem::Ruby,
                name,
                Need::Runtime,
                from..from + name.len(),
                Of::Lock(String::new()),
            ));
        }
    }
    Ok(found)
}

/// `gem "x", group: :test` or `groups: [:development, :test]`.
fn grouped(options: &[Token<'_>]) -> bool {
    let Some(at) = options
        .iter()
        .position(|token| matches!(token, Token::Symbol("group" | "groups")))
    else {
        return false;
    };
    only_development(options.get(at..).unwrap_or_default())
}

fn only_development(tokens: &[Token<'_>]) -> bool {
    let mut groups = tokens.iter().skip(1).filter_map(|token| match token {
        Token::Symbol(name) => Some(*name),
        _ => None,
    });
    let known = |name: &str| matches!(name, "development" | "test" | "ci" | "lint" | "docs");
    groups.next().is_some_and(known)
        && groups
            .take_while(|name| !matches!(*name, "require" | "platforms" | "optional"))
            .all(known)
}
