//! All that a script does to tables, in order, blocks of code included.

use super::lex::{Kind, Statement, Token, statements};
use super::read::{Act, NotUnderstood, Placed, acts};
use std::ops::Range;

/// One step of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A statement as it stands.
    Act(Placed),
    /// Code that builds its statements when it runs, and turns row level security on with them.
    Dynamic(Dynamic),
    /// A function with such code in it.
    Function(String, Dynamic),
}

/// Which tables code that builds its statements turns row level security on for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Dynamic {
    /// The texts written in it: the names of the tables, when it goes over a list.
    pub(super) names: Vec<String>,
    /// Whether it asks the catalog for tables, so all that are there.
    pub(super) all: bool,
}

/// A script that was read.
#[derive(Debug, Default)]
pub(super) struct Script {
    /// What it does, in order.
    pub(super) steps: Vec<Step>,
    /// Where something stands that was not understood, and why.
    pub(super) trouble: Vec<(usize, &'static str)>,
}

impl Script {
    /// Reads a script.
    #[must_use]
    pub(super) fn read(text: &[u8]) -> Self {
        let mut script = Self::default();
        script.top(text, 0..text.len(), 0);
        script
    }

    fn top(&mut self, text: &[u8], range: Range<usize>, depth: usize) {
        let (all, cut) = statements(text, range.clone());
        if cut {
            self.trouble
                .push((range.end, "a string or comment never ends"));
        }
        for statement in &all {
            self.take(statement, text, depth);
        }
    }

    fn take(&mut self, statement: &Statement<'_>, text: &[u8], depth: usize) {
        match acts(statement, text) {
            Err(NotUnderstood) => self.trouble.push((
                statement.first().map_or(0, |first| first.span.start),
                "a statement about a table or policy is in a form not known here",
            )),
            Ok(found) => {
                for placed in found {
                    match &placed.act {
                        Act::Block(body) => self.block(text, body.clone(), depth),
                        Act::Function(name, body) => {
                            let (statements, _) = statements(text, body.clone());
                            self.steps.extend(
                                dynamic(&statements)
                                    .map(|dynamic| Step::Function(name.clone(), dynamic)),
                            );
                        }
                        _ => self.steps.push(Step::Act(placed)),
                    }
                }
            }
        }
    }

    /// The statements of a `do` block. Conditions are taken to hold and loops to run.
    fn block(&mut self, text: &[u8], body: Range<usize>, depth: usize) {
        if depth >= DEPTH {
            self.trouble.push((body.start, "code is nested too deep"));
            return;
        }
        let (all, _) = statements(text, body);
        for statement in &all {
            let head = head(statement);
            let rest: Statement<'_> = statement.get(head..).unwrap_or_default().to_vec();
            let Some(first) = rest.first() else { continue };
            if first.is("execute") {
                self.execute(&rest, depth);
            } else if CHANGES.iter().any(|keyword| first.is(keyword)) {
                self.take(&rest, text, depth);
            }
        }
        self.steps.extend(dynamic(&all).map(Step::Dynamic));
    }

    /// `execute '…'`: a text that is a statement as it stands is read like one.
    fn execute(&mut self, statement: &Statement<'_>, depth: usize) {
        let Some(literal) = statement
            .get(1)
            .filter(|token| matches!(token.kind, Kind::Text | Kind::Body))
        else {
            self.opaque(statement);
            return;
        };
        let Some(script) = literal.string().filter(|_| {
            statement.len() == 2 || statement.get(2).is_some_and(|next| next.is("using"))
        }) else {
            self.opaque(statement);
            return;
        };
        let mut inner = Self::default();
        inner.top(script.as_bytes(), 0..script.len(), depth + 1);
        let place = literal.span.clone();
        self.trouble
            .extend(inner.trouble.into_iter().map(|(_, why)| (place.start, why)));
        self.steps
            .extend(inner.steps.into_iter().map(|step| match step {
                Step::Act(placed) => Step::Act(Placed {
                    span: place.clone(),
                    ..placed
                }),
                other => other,
            }));
    }

    /// A built statement that makes a table: which one shows only when it runs.
    fn opaque(&mut self, statement: &[Token<'_>]) {
        let makes = statement
            .iter()
            .find(|token| says(token, "create table") || says(token, "create unlogged table"));
        if let Some(token) = makes {
            self.trouble.push((
                token.span.start,
                "a table is created by a statement that is put together when it runs",
            ));
        }
    }
}

/// Where the last statement that changes something begins: after `begin`, `then`, `else`, `loop`, or at once.
fn head(statement: &[Token<'_>]) -> usize {
    let opens = |token: &Token<'_>| {
        ["begin", "then", "else", "loop"]
            .iter()
            .any(|keyword| token.is(keyword))
    };
    let begins =
        |token: &Token<'_>| token.is("execute") || CHANGES.iter().any(|keyword| token.is(keyword));
    (1..statement.len())
        .rev()
        .find(|at| opens(&statement[at - 1]) && begins(&statement[*at]))
        .unwrap_or(0)
}

/// What code that builds its statements turns on; none when it turns nothing on.
fn dynamic(statements: &[Statement<'_>]) -> Option<Dynamic> {
    let tokens = || statements.iter().flatten();
    if !tokens().any(|token| says(token, "enable row level security")) {
        return None;
    }
    let mut found = Dynamic::default();
    for token in tokens() {
        let text = match token.kind {
            Kind::Text | Kind::Body => token.string().unwrap_or_default(),
            Kind::Word | Kind::Name => String::from_utf8_lossy(token.text),
            Kind::Sign => continue,
        };
        let lower = text.to_ascii_lowercase();
        found.all |= CATALOG.iter().any(|name| lower.contains(name));
        if matches!(token.kind, Kind::Text | Kind::Body) {
            found.names.extend(names(&text));
        }
    }
    Some(found)
}

/// The table names a text may stand for: `orders`, `public.orders`, `{orders,"items"}`.
pub(super) fn names(text: &str) -> impl Iterator<Item = String> + '_ {
    let plain =
        |part: &&str| !part.is_empty() && part.len() <= 63 && !part.contains(char::is_whitespace);
    let parts = text
        .trim_matches(['{', '}'])
        .split(',')
        .map(|part| part.trim().trim_matches('"'));
    parts
        .filter_map(|part| part.rsplit('.').next())
        .map(|part| part.trim_matches('"'))
        .filter(plain)
        .map(str::to_owned)
}

/// Whether a string says these words, whatever the case and the space between them.
fn says(token: &Token<'_>, words: &str) -> bool {
    if !matches!(token.kind, Kind::Text | Kind::Body) {
        return false;
    }
    let text = String::from_utf8_lossy(token.text).to_ascii_lowercase();
    text.split_ascii_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .contains(words)
}

/// Statements a block can hold that matter here.
const CHANGES: &[&str] = &["create", "alter", "drop", "perform"];

/// Where code finds out which tables there are.
const CATALOG: &[&str] = &[
    "pg_tables",
    "pg_class",
    "information_schema",
    "pg_event_trigger_ddl_commands",
    "pg_stat_user_tables",
];

/// Statements inside strings inside statements: nobody goes deeper.
const DEPTH: usize = 4;
