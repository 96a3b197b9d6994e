//! What one statement does to tables and their row level security.
//!
//! Only the heads of statements matter here (`create table NAME`, not its columns), so they are read word by word: a full
//! parser would refuse every clause it does not know, and each refusal would be a file not looked at.

use super::lex::{Kind, Statement, Token};
use super::truth;
use super::words::Words;
use std::ops::Range;

/// A table as a statement names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableName {
    /// The schema, when written.
    pub(super) schema: Option<String>,
    /// The table.
    pub(super) table: String,
}

/// What a statement does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Act {
    /// `create table`, also `… as`, `… partition of` and `select … into`.
    Create(TableName, Creation),
    /// `enable row level security`
    Enable(TableName),
    /// `disable row level security`
    Disable(TableName),
    /// `alter table … rename to …`
    Rename(TableName, String),
    /// `alter table … set schema …`
    Move(TableName, String),
    /// `drop table`
    Drop(TableName),
    /// `drop schema`
    DropSchema(String),
    /// `alter schema … rename to …`
    RenameSchema(String, String),
    /// `set search_path`: where names without a schema go from here on; none when it is not written out.
    SearchPath(Option<String>),
    /// `create policy` or `alter policy`
    Policy(Policy),
    /// `drop policy`
    DropPolicy(TableName, String),
    /// `create function`: one that may be run later.
    Function(String, Range<usize>),
    /// `create event trigger … execute function`
    EventTrigger(String),
    /// A call with these texts among its arguments.
    Call(String, Vec<String>),
    /// `do`: code that is run here and now.
    Block(Range<usize>),
}

/// The kinds of tables that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Creation {
    /// A table.
    Plain,
    /// A partition of another table, which its parent's policies do not cover.
    Partition,
}

/// A row level security policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Policy {
    /// The table it is about.
    pub(super) table: TableName,
    /// Its name.
    pub(super) name: String,
    /// Whether it is new, rather than changed.
    pub(super) new: bool,
    /// Whether it only narrows what others permit.
    pub(super) restrictive: bool,
    /// `select`, `insert`, `update`, `delete` or `all`; none when not written.
    pub(super) command: Option<String>,
    /// The roles it holds for; empty when not written (which means everyone).
    pub(super) roles: Vec<String>,
    /// Whether `using (…)` is always true; none when there is no such clause.
    pub(super) using: Option<bool>,
    /// Whether `with check (…)` is always true; none when there is no such clause.
    pub(super) check: Option<bool>,
}

/// An act and where it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Placed {
    /// What is done.
    pub(super) act: Act,
    /// From the statement's first word to the end of the name it is about.
    pub(super) span: Range<usize>,
}

/// A statement that should be one of ours but could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotUnderstood;

/// What `statement` does, if anything that matters here. `text` is the file.
///
/// # Errors
/// When it creates, alters or drops a table or policy, but not in a form that is known.
pub(super) fn acts(statement: &Statement<'_>, text: &[u8]) -> Result<Vec<Placed>, NotUnderstood> {
    let mut words = Words {
        tokens: statement,
        at: 0,
    };
    let mut acts = Vec::new();
    let span = |words: &Words<'_, '_>| {
        words.tokens.first().map_or(0, |first| first.span.start)..words.last_end()
    };
    let mut one = |act: Act, words: &Words<'_, '_>| {
        acts.push(Placed {
            act,
            span: span(words),
        })
    };
    if words.take("create") {
        create(&mut words, text, &mut one)?;
    } else if words.take("alter") {
        alter(&mut words, text, &mut one)?;
    } else if words.take("drop") {
        drop_things(&mut words, &mut one)?;
    } else if words.take("set") {
        search_path(&mut words, &mut one);
    } else if words.take("do") {
        if let Some(body) = statement
            .iter()
            .find(|token| matches!(token.kind, Kind::Body | Kind::Text))
        {
            words.at = 1;
            one(Act::Block(inner(body)), &words);
        }
    } else if words.is("select") || words.is("perform") || words.is("with") {
        select(&mut words, &mut one);
    }
    Ok(acts)
}

/// Takes an act and the words read so far.
type Sink<'s> = dyn FnMut(Act, &Words<'_, '_>) + 's;

fn create(words: &mut Words<'_, '_>, text: &[u8], one: &mut Sink<'_>) -> Result<(), NotUnderstood> {
    let mut temporary = false;
    while let Some(word) = words.take_any(&[
        "or",
        "replace",
        "global",
        "local",
        "temp",
        "temporary",
        "unlogged",
    ]) {
        temporary |= word.starts_with("temp");
    }
    if words.take("table") {
        words.take_all(&["if", "not", "exists"]);
        let name = words.table()?;
        let creation = if words.is("partition") && words.next_is("of") {
            Creation::Partition
        } else {
            Creation::Plain
        };
        if !temporary && name.schema.as_deref() != Some("pg_temp") {
            one(Act::Create(name, creation), words);
        }
    } else if words.take("policy") {
        policy(words, text, true, one)?;
    } else if words.take("function") || words.take("procedure") {
        let name = words.table()?;
        if let Some(body) = words
            .tokens
            .iter()
            .rev()
            .find(|token| token.kind == Kind::Body)
        {
            one(Act::Function(name.table, inner(body)), words);
        }
    } else if words.take("event") && words.take("trigger") {
        let called = words
            .tokens
            .iter()
            .position(|token| token.is("function") || token.is("procedure"));
        if let Some(at) = called {
            words.at = at + 1;
            one(Act::EventTrigger(words.table()?.table), words);
        }
    }
    Ok(())
}

fn alter(words: &mut Words<'_, '_>, text: &[u8], one: &mut Sink<'_>) -> Result<(), NotUnderstood> {
    if words.take("schema") {
        let from = words.name().ok_or(NotUnderstood)?;
        if words.take("rename") && words.take("to") {
            one(
                Act::RenameSchema(from, words.name().ok_or(NotUnderstood)?),
                words,
            );
        }
    } else if words.take("policy") {
        policy(words, text, false, one)?;
    } else if words.take("table") {
        if words.take("all") {
            // `alter table all in tablespace` is about storage.
            return Ok(());
        }
        words.take_all(&["if", "exists"]);
        words.take("only");
        let name = words.table()?;
        words.take_sign(b'*');
        loop {
            if words.take("rename") && words.take("to") {
                one(
                    Act::Rename(name.clone(), words.name().ok_or(NotUnderstood)?),
                    words,
                );
            } else if words.take("set") && words.take("schema") {
                one(
                    Act::Move(name.clone(), words.name().ok_or(NotUnderstood)?),
                    words,
                );
            } else if words.take_all(&["enable", "row", "level", "security"]) {
                one(Act::Enable(name.clone()), words);
            } else if words.take_all(&["disable", "row", "level", "security"]) {
                one(Act::Disable(name.clone()), words);
            }
            if !words.skip_past_comma() {
                break;
            }
        }
    }
    Ok(())
}

fn drop_things(words: &mut Words<'_, '_>, one: &mut Sink<'_>) -> Result<(), NotUnderstood> {
    if words.take("table") {
        words.take_all(&["if", "exists"]);
        loop {
            one(Act::Drop(words.table()?), words);
            if !words.take_sign(b',') {
                break;
            }
        }
    } else if words.take("schema") {
        words.take_all(&["if", "exists"]);
        loop {
            one(Act::DropSchema(words.name().ok_or(NotUnderstood)?), words);
            if !words.take_sign(b',') {
                break;
            }
        }
    } else if words.take("policy") {
        words.take_all(&["if", "exists"]);
        let name = words.name().ok_or(NotUnderstood)?;
        if words.take("on") {
            one(Act::DropPolicy(words.table()?, name), words);
        }
    }
    Ok(())
}

fn policy(
    words: &mut Words<'_, '_>,
    text: &[u8],
    new: bool,
    one: &mut Sink<'_>,
) -> Result<(), NotUnderstood> {
    let name = words.name().ok_or(NotUnderstood)?;
    if !words.take("on") {
        return Err(NotUnderstood);
    }
    let table = words.table()?;
    let end = words.at;
    let mut found = Policy {
        table,
        name,
        new,
        restrictive: false,
        command: None,
        roles: Vec::new(),
        using: None,
        check: None,
    };
    while words.at < words.tokens.len() {
        if words.take("as") {
            found.restrictive = words.take("restrictive");
        } else if words.take("for") {
            found.command = words.name();
        } else if words.take("to") {
            while let Some(role) = words.name() {
                found.roles.push(role);
                if !words.take_sign(b',') {
                    break;
                }
            }
        } else if words.take("using") {
            found.using = Some(truth::always(words.parenthesis(text).unwrap_or_default()));
        } else if words.take_all(&["with", "check"]) {
            found.check = Some(truth::always(words.parenthesis(text).unwrap_or_default()));
        } else {
            words.at += 1;
        }
    }
    words.at = end;
    one(Act::Policy(found), words);
    Ok(())
}

fn search_path(words: &mut Words<'_, '_>, one: &mut Sink<'_>) {
    let _ = words.take("local") || words.take("session");
    if !words.take("search_path") || !(words.take("to") || words.take_sign(b'=')) {
        return;
    }
    let first = words.peek();
    let path = match first {
        Some(token) if token.kind == Kind::Text => token.string().map(|path| {
            path.split(',')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"')
                .to_owned()
        }),
        Some(token) => token.name(),
        None => None,
    };
    one(
        Act::SearchPath(path.filter(|path| !matches!(path.as_str(), "" | "default" | "$user"))),
        words,
    );
}

/// `select … into NAME` makes a table; `select set_config('search_path', …)` changes where names go; `select f('a')` runs code.
fn select(words: &mut Words<'_, '_>, one: &mut Sink<'_>) {
    let perform = words.is("perform");
    words.at = 1;
    let mut depth = 0_usize;
    let mut inserts = false;
    for (at, token) in words.tokens.iter().enumerate() {
        inserts |= token.is("insert") || token.is("merge");
        match token.text {
            b"(" if token.kind == Kind::Sign => depth += 1,
            b")" if token.kind == Kind::Sign => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 && !perform && !inserts && token.is("into") {
            words.at = at + 1;
            let temporary = words.take_any(&["temp", "temporary"]).is_some();
            words.take_any(&["unlogged"]);
            words.take("table");
            if let (false, Ok(name)) = (temporary, words.table()) {
                one(Act::Create(name, Creation::Plain), words);
            }
            return;
        }
    }
    words.at = 1;
    let Ok(called) = words.table() else { return };
    if !words.take_sign(b'(') {
        return;
    }
    let texts: Vec<String> = words
        .tokens
        .iter()
        .filter_map(|token| token.string().map(std::borrow::Cow::into_owned))
        .collect();
    if called.table == "set_config" {
        if let Some([name, path]) = texts
            .get(..2)
            .and_then(|pair| <&[String; 2]>::try_from(pair).ok())
            && name == "search_path"
        {
            let first = path
                .split(',')
                .next()
                .unwrap_or_default()
                .trim()
                .trim_matches('"');
            one(
                Act::SearchPath((!first.is_empty()).then(|| first.to_owned())),
                words,
            );
        }
    } else {
        one(Act::Call(called.table, texts), words);
    }
}

/// The file's bytes between the quotes of a literal.
fn inner(token: &Token<'_>) -> Range<usize> {
    let margin = token.span.len().saturating_sub(token.text.len()) / 2;
    let start = if token.kind == Kind::Body {
        token.span.start + margin
    } else {
        token.span.end.saturating_sub(token.text.len() + 1)
    };
    start..(start + token.text.len()).min(token.span.end)
}
