//! What a cell names: vault paths and names of secrets, each with what is said right behind it.

use super::super::guess::SkippedKind;
use super::super::words;
use super::environment;
use super::table::{Cell, Token};

/// A vault path or a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    /// What it is.
    pub what: What,
    /// The environment said in brackets behind it.
    pub environment: Option<String>,
    /// Whether `(if activated)` stands behind it.
    pub optional: bool,
    /// Whether it stood without back-quotes.
    pub unquoted: bool,
    /// The column it stood in.
    pub column: Column,
}

/// The two kinds of item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A path in the vault, and the key in it.
    Path {
        /// The path.
        path: String,
        /// The key, where it is said (`path#KEY`).
        key: Option<String>,
        /// Whether the path has no ending, as those of KV engines have none.
        engine: bool,
    },
    /// A name of a secret, or a glob over names.
    Name(String),
}

/// How generous to be: what stands in the column of secrets is a secret, what stands in the notes may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    /// Secret names and paths.
    Secrets,
    /// Anything else.
    Notes,
}

/// Reads a cell; what is not understood goes to `skipped`.
pub(super) fn items(cell: &Cell, column: Column, skipped: &mut Vec<SkippedKind>) -> Vec<Item> {
    let mut found = Vec::new();
    for (at, token) in cell.tokens.iter().enumerate() {
        let (text, unquoted) = match token {
            Token::Code(text) => (expression(text), false),
            Token::Word(text) if column == Column::Secrets || is_vault_file(text) => {
                (text.as_str(), true)
            }
            _ => continue,
        };
        if column == Column::Notes && is_past(&cell.tokens[..at]) {
            continue;
        }
        let mut read = Vec::new();
        for part in parts(text) {
            if !expand(part, MOST_BRACES, &mut |word| {
                read.extend(what(word, column, unquoted, skipped));
            }) {
                skipped.push(SkippedKind::NotUnderstood);
            }
        }
        if read.is_empty() && !unquoted && column == Column::Secrets && !is_aside(text) {
            skipped.push(SkippedKind::NotUnderstood);
        }
        let behind = Behind::read(&cell.tokens[at + 1..]);
        if behind.non_secret {
            continue;
        }
        found.extend(read.into_iter().map(|what| Item {
            what,
            environment: behind.environment.clone(),
            optional: behind.optional,
            unquoted,
            column,
        }));
    }
    if column == Column::Secrets && says_more(cell) {
        skipped.push(SkippedKind::EtCetera);
    }
    found
}

/// What is in `${{ … }}`, as workflows write a reference.
fn expression(text: &str) -> &str {
    let inner = text
        .strip_prefix("${{")
        .and_then(|rest| rest.strip_suffix("}}"));
    inner.map_or(text, str::trim)
}

/// What is no word, wherever it stands.
fn is_vault_file(text: &str) -> bool {
    text.starts_with("vault/") && (text.ends_with(".env") || text.ends_with(".json"))
}

/// A name of a secret: upper case, digits and `_`, perhaps a glob.
pub(super) fn is_name(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, b'_' | b'*');
    text.len() >= 2
        && text.len() <= 200
        && text.bytes().all(plain)
        && text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_' || c == '*')
        && text.bytes().filter(u8::is_ascii_uppercase).count() >= 2
}

/// What is said in brackets right behind an item.
#[derive(Default)]
struct Behind {
    environment: Option<String>,
    optional: bool,
    non_secret: bool,
}

impl Behind {
    fn read(tokens: &[Token]) -> Self {
        let mut behind = Self::default();
        if tokens.first() != Some(&Token::Mark('(')) {
            return behind;
        }
        let inner: Vec<Token> = tokens[1..]
            .iter()
            .take_while(|token| **token != Token::Mark(')'))
            .take(MOST_BEHIND)
            .cloned()
            .collect();
        behind.optional = is_optional(&inner);
        behind.non_secret = is_non_secret(&inner);
        let mut named = environment::all(&inner);
        if named.len() == 1 {
            behind.environment = named.pop();
        }
        behind
    }
}

/// Whether something is said that it may be absent; "not optional" says the contrary.
pub(super) fn is_optional(tokens: &[Token]) -> bool {
    const SAID: &[[&str; 2]] = &[
        ["if", "activated"],
        ["if", "enabled"],
        ["if", "used"],
        ["if", "active"],
        ["when", "activated"],
        ["when", "enabled"],
        ["once", "activated"],
    ];
    const DENIED: &[&str] = &["not", "never", "longer", "isn't", "isn’t", "hardly"];
    clauses(tokens).any(|words| {
        let bare = words.iter().enumerate().any(|(at, word)| {
            let before = at.checked_sub(1).and_then(|at| words.get(at));
            word == "optional" && !before.is_some_and(|before| DENIED.contains(&before.as_str()))
        });
        bare || words
            .windows(2)
            .any(|pair| SAID.iter().any(|said| pair == said))
    })
}

/// Whether a clause says of what it is about that it is no secret. One that only speaks of secrets ("no secrets are kept in
/// CI") says nothing of the kind: what is skipped for it would never be looked at.
pub(super) fn is_non_secret(tokens: &[Token]) -> bool {
    const COMPOUND: &[&str] = &["non-secret", "non-secrets", "nonsecret"];
    const ENDS: &[&[&str]] = &[
        &["non", "secret"],
        &["not", "secret"],
        &["not", "a", "secret"],
    ];
    const VERBS: &[&str] = &["is", "are", "contains", "contain"];
    let is = |word: Option<&String>, among: &[&str]| {
        word.is_some_and(|word| among.contains(&word.as_str()))
    };
    clauses(tokens).any(|words| {
        let compound = is(words.first(), COMPOUND) || is(words.last(), COMPOUND);
        let ends = ENDS.iter().any(|end| {
            let start = words.len().checked_sub(end.len());
            start
                .and_then(|start| words.get(start..))
                .is_some_and(|tail| tail == *end)
        });
        let none = match words.as_slice() {
            [rest @ .., no, secret] => {
                no == "no"
                    && matches!(secret.as_str(), "secret" | "secrets")
                    && (rest.is_empty() || is(rest.last(), VERBS))
            }
            _ => false,
        };
        compound && !words.iter().any(|word| word == "secret") || ends || none
    })
}

/// The words between marks, in lower case.
fn clauses(tokens: &[Token]) -> impl Iterator<Item = Vec<String>> {
    tokens
        .split(|token| matches!(token, Token::Mark(_)))
        .map(|clause| {
            let words = clause.iter().filter_map(|token| match token {
                Token::Word(text) | Token::Code(text) => Some(text.to_lowercase()),
                Token::Mark(_) => None,
            });
            words.collect()
        })
}

/// Whether the cell says that there are more than it names.
fn says_more(cell: &Cell) -> bool {
    let word = |token: &Token| match token {
        Token::Word(word) => word.to_lowercase(),
        Token::Mark(mark) => mark.to_string(),
        Token::Code(_) => String::new(),
    };
    let words: Vec<String> = cell.tokens.iter().map(word).collect();
    words.iter().any(|word| word == "etc" || word == "…")
        || words
            .windows(2)
            .any(|pair| pair[0] == "and" && (pair[1] == "others" || pair[1] == "more"))
        || words
            .windows(3)
            .any(|three| three.iter().all(|word| word == "."))
}

/// Whether what stands before speaks of something that is gone: `replaces`, `formerly`, `instead of`.
fn is_past(before: &[Token]) -> bool {
    const PAST: &[&str] = &[
        "replaces",
        "replaced",
        "formerly",
        "was",
        "instead",
        "deprecated",
        "renamed",
        "never",
        "not",
        "no",
        "retired",
        "old",
        "legacy",
    ];
    before.iter().rev().take(2).any(|token| match token {
        Token::Word(word) => PAST.contains(&word.to_lowercase().as_str()),
        _ => false,
    })
}

/// A remark in back-quotes that is neither a path nor a name, and not meant as one: a command, an environment, an app.
fn is_aside(text: &str) -> bool {
    text.contains(char::is_whitespace)
        || environment::canonical(text).is_some()
        || is_dotenv(text)
        || !text.contains(['/', '_', '*', '='])
            && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

/// `.env`, `.env.local` and the like: in no directory, so it is where somebody works, and no store of anybody.
pub(super) fn is_dotenv(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    text.strip_prefix(".env")
        .is_some_and(|rest| (rest.is_empty() || rest.starts_with('.')) && rest.chars().all(plain))
}

/// Several things in one pair of back-quotes.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    text.split(move |c: char| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c.is_whitespace() || matches!(c, ';' | '|' | '+') || c == ',' && depth == 0
    })
    .filter(|part| !part.is_empty())
}

/// `a/{b,c}.env` as `a/b.env` and `a/c.env`; false when there are more than `left` pairs of braces, or they are not closed or hold
/// no choice: `{env}` stands for something.
pub(super) fn expand(text: &str, left: usize, give: &mut dyn FnMut(&str)) -> bool {
    // `${NAME}` is a reference to NAME.
    let text = text
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .unwrap_or(text);
    let Some((before, rest)) = text.split_once('{') else {
        give(text);
        return true;
    };
    let closed = rest.split_once('}').filter(|_| left > 0);
    let Some((choices, after)) = closed.filter(|(choices, _)| choices.contains(',')) else {
        return false;
    };
    choices
        .split(',')
        .take(MOST_CHOICES)
        .all(|choice| expand(&format!("{before}{}{after}", choice.trim()), left - 1, give))
}

fn what(
    word: &str,
    column: Column,
    unquoted: bool,
    skipped: &mut Vec<SkippedKind>,
) -> Option<What> {
    let word = REFERENCES
        .iter()
        .find_map(|prefix| word.strip_prefix(prefix))
        .unwrap_or(word);
    let word = word
        .strip_prefix("./")
        .unwrap_or(word)
        .trim_start_matches('$');
    let (bare, key) = match word.split_once('#') {
        Some((bare, key)) => (bare, Some(key)),
        None => (word, None),
    };
    let given = word
        .split_once(['=', ':'])
        .filter(|(name, _)| is_name(name));
    if given.is_none() && bare.contains('/') {
        let file = bare.rsplit('/').next().unwrap_or_default();
        let ends = file.ends_with(".env") || file.starts_with(".env") || file.ends_with(".json");
        let first = bare.split('/').next().unwrap_or_default();
        let engine = !ends && ENGINES.contains(&first);
        let vaulted = first == "vault" || engine;
        let wanted = match column {
            Column::Secrets => ends || vaulted,
            // A secret of an engine may be meant, but no policy over many, and no directory of the repository.
            Column::Notes if engine => {
                !["vault", "secrets"].contains(&first)
                    && words::is_place(bare)
                    && !bare.contains(['*', '.'])
            }
            Column::Notes => file.ends_with(".env") || ends && vaulted,
        };
        if !wanted {
            return None;
        }
        if !words::is_place(bare) || bare.contains('*') || unquoted && bare.contains("//") {
            skipped.push(SkippedKind::NotUnderstood);
            return None;
        }
        return Some(What::Path {
            path: bare.to_owned(),
            key: key.filter(|key| is_key(key)).map(str::to_owned),
            engine: !ends,
        });
    }
    let (name, beside) = match given {
        Some((name, rest)) => (name, !rest.is_empty()),
        None => (word, false),
    };
    // Without back-quotes, or in the notes, a word in capitals may be an abbreviation.
    let sure = column == Column::Secrets && !unquoted || name.contains(['_', '*']);
    if !is_name(name) || !sure {
        return None;
    }
    if name.starts_with('_') {
        // The end of another name: `MAIL_USER` / `_PASSWORD`.
        if column == Column::Secrets {
            skipped.push(SkippedKind::NotUnderstood);
        }
        return None;
    }
    if beside {
        skipped.push(SkippedKind::BesideName);
    }
    Some(What::Name(name.to_owned()))
}

fn is_key(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

/// How other files refer to a secret.
const REFERENCES: &[&str] = &["secrets.", "vars.", "env.", "process.env."];
/// Where the KV engines of HashiCorp Vault are usually mounted.
const ENGINES: &[&str] = &[
    "vault", "secret", "secrets", "kv", "kv1", "kv2", "kv-v1", "kv-v2",
];
/// Pairs of braces in one name.
pub(super) const MOST_BRACES: usize = 2;
/// Choices in one pair of braces.
const MOST_CHOICES: usize = 16;
/// Tokens read in brackets behind an item.
const MOST_BEHIND: usize = 12;
