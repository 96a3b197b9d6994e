//! The environments a text names.

use super::super::guess::SkippedKind;
use super::super::words;
use super::table::Token;

/// The usual name of an environment, whatever people call it; none for a word that is no environment.
pub(super) fn canonical(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "production" | "prod" | "prd" => "production",
        "staging" | "stage" | "stg" => "staging",
        "preview" => "preview",
        "development" | "dev" => "development",
        "test" | "testing" => "test",
        "qa" => "qa",
        "uat" => "uat",
        "sandbox" => "sandbox",
        "demo" => "demo",
        _ => return None,
    })
}

/// Whether a word is a usual name of an environment.
pub(in super::super) fn is_usual(word: &str) -> bool {
    canonical(word).is_some()
}

/// The usual name, or else the name in lower case.
pub(in super::super) fn usual(name: &str) -> String {
    canonical(name).map_or_else(|| name.to_lowercase(), str::to_owned)
}

/// Whether two names are of one environment.
pub(in super::super) fn same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
        || canonical(one).is_some_and(|name| canonical(other) == Some(name))
}

/// Every environment that words or back-quoted words name, each once; `staging/production` is two.
pub(super) fn all(tokens: &[Token]) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    for token in tokens {
        let (Token::Word(text) | Token::Code(text)) = token else {
            continue;
        };
        // A path or a name of a secret speaks for itself only.
        if text.contains(['.', '_']) {
            continue;
        }
        let parts = || text.split(['/', '-', '+', '&']);
        // `non-prod` and `pre-production` are environments of their own.
        if parts().any(|part| matches!(part.to_lowercase().as_str(), "non" | "pre" | "not")) {
            continue;
        }
        for part in parts() {
            if let Some(name) = canonical(part)
                && !named.iter().any(|known| known == name)
            {
                named.push(name.to_owned());
            }
        }
    }
    named
}

/// The environment that stands in brackets at the start of `tokens`, and what follows.
pub(super) fn in_brackets(tokens: &[Token]) -> Option<(&'static str, &[Token])> {
    let [
        Token::Mark('('),
        Token::Word(word) | Token::Code(word),
        Token::Mark(')'),
        rest @ ..,
    ] = tokens
    else {
        return None;
    };
    Some((canonical(word)?, rest))
}

/// The environments of a column about them: between marks and `and` the usual ones, or else what stands there as one of the team's
/// own. What names none goes to `skipped`.
pub(super) fn of_column(tokens: &[Token], skipped: &mut Vec<SkippedKind>) -> Vec<String> {
    let mut named: Vec<String> = Vec::new();
    let mut depth = 0_usize;
    let mut parts: Vec<Vec<Token>> = vec![Vec::new()];
    for token in tokens {
        match token {
            Token::Mark('(') => depth += 1,
            Token::Mark(')') => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            Token::Mark(_) => parts.push(Vec::new()),
            Token::Word(word) if ["and", "or"].contains(&word.to_lowercase().as_str()) => {
                parts.push(Vec::new());
            }
            token => {
                if let Some(part) = parts.last_mut() {
                    part.push(token.clone());
                }
            }
        }
    }
    for part in parts.iter().filter(|part| !part.is_empty()) {
        let usual = all(part);
        let words = part.iter().filter_map(|token| match token {
            Token::Word(word) | Token::Code(word) => Some(word.to_lowercase()),
            Token::Mark(_) => None,
        });
        let own = words.collect::<Vec<_>>().join(" ");
        let found = match usual.is_empty() {
            false => usual,
            true if NONE.contains(&own.as_str()) => continue,
            true if is_own(&own) => vec![own],
            true => {
                skipped.push(SkippedKind::ColumnNotUnderstood);
                continue;
            }
        };
        for name in found {
            if !named.contains(&name) {
                named.push(name);
            }
        }
    }
    named
}

/// Whether a text may be what a team calls an environment.
fn is_own(text: &str) -> bool {
    let several = text.split(' ').any(|word| MANY.contains(&word));
    !several && words::is_label(text) && text.chars().any(char::is_alphabetic)
}

/// The environment that the end of a name tells: `database_url_staging`, `SHOPIFY_TOKEN_PROD`.
pub(super) fn of_name(name: &str) -> Option<&'static str> {
    name.trim_end_matches('*')
        .rsplit(['_', '-', '.'])
        .next()
        .and_then(canonical)
        .filter(|_| name.contains(['_', '-', '.']))
}

/// The environment a path tells: by the end of the file's name, or by a directory.
pub(super) fn of_path(path: &str) -> Option<&'static str> {
    let stem = stem(path);
    let by_file = of_name(stem).or_else(|| canonical(stem));
    let start = || stem.split(['_', '-', '.']).next().and_then(canonical);
    by_file
        .or_else(start)
        .or_else(|| path.rsplit('/').skip(1).find_map(canonical))
}

/// The file's name without directory and ending: `x/.env.staging` and `x/staging.env` are both `staging`.
pub(super) fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let bare = file
        .strip_prefix(".env")
        .unwrap_or(file)
        .trim_start_matches('.');
    let bare = bare
        .strip_suffix(".env")
        .or_else(|| bare.strip_suffix(".json"))
        .unwrap_or(bare);
    if bare == "env" { "" } else { bare }
}

/// What stands in a cell for every place there is.
pub(super) const MANY: &[&str] = &["all", "any", "both", "each", "every", "various", "several"];
/// What stands in a cell that is empty.
pub(super) const NONE: &[&str] = &["no", "none", "n/a", "na", "tbd", "unknown"];
