//! Addresses of stores that stand in code: `new Pool({connectionString: "postgres://…"})`, `create_engine("sqlite:///x.db")`, and the
//! engines of Django's settings.
//!
//! A text is only taken for an address where the code says that it is one: what it is given to is called so, or it is the first
//! thing given to a call that connects. Any other text is words.

use super::python::Token;
use crate::toolkit::canon::{Canon, Ecosystem};
use crate::toolkit::connection::{Connection, Target};
use crate::toolkit::rules::against;
use crate::toolkit::stores::Judge;
use crate::toolkit::variables::UNKNOWN;
use crate::tree::{Draft, FileView};
use std::ops::Range;

/// A text that code gives to something with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// What it is given to: a variable, a property, an argument, a setting, or the call itself.
    pub(super) name: String,
    /// The text.
    pub(super) value: String,
    /// Where it stands, quotes included.
    pub(super) span: Range<usize>,
}

impl Literal {
    /// A text given to something that is called after an address.
    pub(super) fn named(name: &str, value: String, span: Range<usize>) -> Option<Self> {
        says_address(name).then(|| Self {
            name: name.to_owned(),
            value,
            span,
        })
    }
}

/// Findings for the addresses and engines among `literals`. Those of tests are made up.
pub(super) fn verdicts(literals: &[Literal], file: &FileView<'_>, canon: &Canon) -> Vec<Draft> {
    if canon.is_test(file.path) {
        return Vec::new();
    }
    let judge = Judge::new(canon, file);
    let verdict = |literal: &Literal| {
        let (name, span) = (literal.name.as_str(), literal.span.clone());
        if ENGINES.contains(&name) {
            return engine(literal, &judge);
        }
        let connection = Connection::parse(&literal.value);
        let written = connection.scheme.is_some() && connection.target != Target::Unknown;
        written
            .then(|| judge.address(name, &literal.value, false, span, &literal.span))
            .flatten()
    };
    literals.iter().filter_map(verdict).collect()
}

/// `django.db.backends.sqlite3`, `channels_redis.core.RedisChannelLayer`
/// (<https://docs.djangoproject.com/en/stable/ref/settings/#engine>).
fn engine(literal: &Literal, judge: &Judge<'_, '_>) -> Option<Draft> {
    let (value, span) = (literal.value.as_str(), literal.span.clone());
    let (module, engine) = match value.split_once(".backends.") {
        Some((_, engine)) => (engine, engine.split('.').next()),
        None => (value, None),
    };
    let dialect = engine.and_then(|engine| judge.dialect(&literal.name, engine, span.clone()));
    dialect.or_else(|| {
        let category = judge.canon.module(Ecosystem::Python, module)?;
        let shown = module.split('.').next().unwrap_or(module);
        against(judge.canon, category, judge.file, span, shown)
    })
}

/// Whether some text of a file can be an address of a store. Never wrong when it says no.
pub(super) fn may_hold(text: &[u8], canon: &Canon) -> bool {
    memchr::memmem::find_iter(text, b"://").any(|at| {
        let before = &text[at.saturating_sub(LONGEST_SCHEME)..at];
        let length = before
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte))
            .count();
        let scheme = before.get(before.len() - length..).unwrap_or_default();
        let scheme = std::str::from_utf8(scheme).unwrap_or_default();
        let plain = scheme.split('+').next().unwrap_or(scheme);
        !plain.starts_with("http")
            && (plain.starts_with("postgres") || canon.scheme(plain).is_some())
    })
}

/// Whether a file may name an engine of Django's.
pub(super) fn may_name_engine(text: &[u8]) -> bool {
    memchr::memmem::find(text, b".backends.").is_some()
}

/// Texts of Python that are given to something called after an address, or to a call that connects.
pub(super) fn python(tokens: &[Token<'_>]) -> Vec<Literal> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Token::Text(value, span) = token else {
            continue;
        };
        if !value.contains("://") && !value.contains('.') {
            continue;
        }
        let before = tokens.get(..at).unwrap_or_default();
        // Only what stands near can name it.
        let near = before.get(before.len().saturating_sub(NEAR)..);
        let Some(name) = given_to(near.unwrap_or_default()) else {
            continue;
        };
        let engine = ENGINES.contains(&name);
        if engine || CALLS.contains(&name) || says_address(name) {
            found.push(Literal {
                name: name.to_owned(),
                value: fields_unknown(value),
                span: span.clone(),
            });
        }
    }
    found
}

/// What a text is given to, by what stands before it.
fn given_to<'t>(before: &[Token<'t>]) -> Option<&'t str> {
    match before {
        // `{"LOCATION": "…"}`
        [.., Token::Text(key, _), Token::Mark(b':')] => Some(*key),
        // `env("X", default="…")`, `getenv("X", "…")`
        [.., Token::Name("default", _), Token::Mark(b'=')] | [.., Token::Mark(b',')] => {
            setting(before)
        }
        [.., Token::Mark(b'=')] => assigned(before),
        [.., Token::Name(call, _), Token::Mark(b'(')] => Some(*call),
        // `environ.get("X") or "…"`
        [
            ..,
            Token::Text(name, _),
            Token::Mark(b')'),
            Token::Name("or", _),
        ] => Some(*name),
        _ => None,
    }
}

/// `x = `, `x: str = `, `x: str | None = `, `f(x=`
fn assigned<'t>(before: &[Token<'t>]) -> Option<&'t str> {
    let line = before
        .iter()
        .rposition(|token| matches!(token, Token::Line(_)))
        .map_or(0, |at| at + 1);
    match (before.get(line..)?, before) {
        ([Token::Name(name, _), Token::Mark(b':'), ..], _)
        | (
            _,
            [
                ..,
                Token::Name(name, _),
                Token::Mark(b':'),
                Token::Name(..),
                Token::Mark(b'='),
            ],
        )
        | (_, [.., Token::Name(name, _), Token::Mark(b'=')]) => Some(*name),
        _ => None,
    }
}

/// The setting whose default stands in an open call: its first argument, or what the call is assigned to.
fn setting<'t>(before: &[Token<'t>]) -> Option<&'t str> {
    let mut depth = 0_usize;
    let open = before.iter().rposition(|token| match token {
        Token::Mark(b')' | b']' | b'}') => {
            depth += 1;
            false
        }
        Token::Mark(b'(' | b'[' | b'{') if depth > 0 => {
            depth -= 1;
            false
        }
        Token::Mark(b'(' | b'[' | b'{') => true,
        _ => false,
    })?;
    match before.get(open..)? {
        [Token::Mark(b'('), Token::Text(name, _), ..] => Some(*name),
        [Token::Mark(b'('), ..] => {
            let callee = before.get(..open)?;
            let start = callee
                .iter()
                .rposition(|token| !matches!(token, Token::Name(..) | Token::Mark(b'.')))?;
            let before = callee.get(..=start)?;
            matches!(before.last(), Some(Token::Mark(b'=')))
                .then(|| assigned(before))
                .flatten()
        }
        _ => None,
    }
}

/// What is computed in an f-string is unknown.
fn fields_unknown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for letter in text.chars() {
        match letter {
            '{' => {
                if depth == 0 {
                    out.push(UNKNOWN);
                }
                depth += 1;
            }
            '}' => depth = depth.saturating_sub(1),
            letter if depth == 0 => out.push(letter),
            _ => {}
        }
    }
    out
}

/// Whether something of that name holds an address.
fn says_address(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    has(ADDRESSES) && !has(MADE_UP)
}

/// Whether a call of that name connects to what it is given first.
pub(super) fn connects(call: &str) -> bool {
    CALLS.contains(&call)
}

/// Words in the names of what holds an address.
const ADDRESSES: &[&str] = &[
    "url", "uri", "dsn", "conn", "database", "broker", "backend", "location", "redis", "valkey",
    "postgres", "mysql", "mongo", "sqlite",
];
/// Words in the names of what only looks like one.
const MADE_UP: &[&str] = &[
    "example",
    "sample",
    "placeholder",
    "mock",
    "fake",
    "dummy",
    "test",
    "pattern",
    "regex",
    "prefix",
    "help",
    "description",
];
/// Calls that connect to what they are given first.
const CALLS: &[&str] = &[
    "Pool",
    "Client",
    "Cluster",
    "Connection",
    "Database",
    "DataSource",
    "MongoClient",
    "AsyncIOMotorClient",
    "AsyncMongoClient",
    "Redis",
    "IORedis",
    "RedisClient",
    "SQL",
    "Sequelize",
    "connect",
    "createClient",
    "createConnection",
    "createPool",
    "create_async_engine",
    "create_engine",
    "create_pool",
    "drizzle",
    "from_url",
    "knex",
    "neon",
    "postgres",
];
/// Keys of Django's settings that name an engine.
const ENGINES: &[&str] = &["ENGINE", "BACKEND"];
/// Longest scheme there is, in bytes, with a driver's name behind it.
const LONGEST_SCHEME: usize = 32;
/// Most pieces of code before a text that are looked at for its name.
const NEAR: usize = 64;
