//! The environments a text names.

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
        for part in text.split(['/', '-', '+', '&']) {
            if let Some(name) = canonical(part)
                && !named.iter().any(|known| known == name)
            {
                named.push(name.to_owned());
            }
        }
    }
    named
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
