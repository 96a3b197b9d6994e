//! A rule of gitleaks as a rule of a pack.

use super::dialect::of_go;
use super::tables::{get, is_set, strings, text_of};
use super::{Left, OwnRule, example, path_glob, value};
use crate::commands::init::quoted;
use crate::policy::Policy;
use crate::policy::masking::mask_words;
use crate::policy::pack::Pack;
use crate::secrets::{Scanner, prove};
use regex_syntax::ast::{self, Ast};
use std::fmt::Write as _;
use toml::de::DeTable;

/// The rule as text, proved by an example made for it; what differs goes to `left`.
pub(super) fn translate(
    table: &DeTable<'_>,
    policy: &Policy,
    line: usize,
    left: &mut Vec<Left>,
) -> Result<OwnRule, String> {
    let described = || text_of(get(table, "description"));
    let name = text_of(get(table, "id"))
        .filter(|id| !id.trim().is_empty())
        .or_else(described)
        .unwrap_or_default();
    let id = free_id(&name, policy)?;
    let Some(regex) = text_of(get(table, "regex")) else {
        return Err("a rule about paths alone has no counterpart".to_owned());
    };
    if is_set(get(table, "required")) || is_set(get(table, "skipReport")) {
        return Err("rules that need other rules have no counterpart".to_owned());
    }
    let group = text_of(get(table, "secretGroup"))
        .and_then(|text| text.parse().ok())
        .unwrap_or(0);
    let pattern = grouped(&of_go(&regex), group)?;
    value::without_secret(&pattern)?;
    let summary = described()
        .filter(|text| !text.trim().is_empty())
        .unwrap_or(name);
    let mut text = format!(
        "[[secret]]\nid = {}\nsummary = {}\nseverity = \"high\"\npattern = {}\n",
        quoted(&id),
        quoted(&mask_words(summary.trim())),
        literal(&pattern)
    );
    let entropy = text_of(get(table, "entropy")).and_then(|text| text.parse::<f32>().ok());
    if let Some(entropy) = entropy.filter(|least| *least > 0.0) {
        let _ = writeln!(text, "entropy = {entropy:?}");
    }
    if let Some(path) = text_of(get(table, "path")) {
        let glob = path_glob::of_regex(&of_go(&path)).map_err(|why| format!("its path: {why}"))?;
        let _ = writeln!(text, "paths = [{}]", quoted(&glob));
    }
    let mut leak = example::of(&pattern).ok_or(
        "no example could be made for its pattern; write the rule by hand (docs/writing-rules.md)",
    )?;
    let keywords = keywords(table);
    if keywords.iter().any(|word| value::looks_secret(word)) {
        return Err("one of its keywords looks like a secret".to_owned());
    }
    let first = keywords.first().filter(|_| {
        !keywords
            .iter()
            .any(|word| example::always_holds(&pattern, word))
    });
    if let Some(first) = first {
        let words: Vec<String> = keywords.iter().map(|word| quoted(word)).collect();
        let _ = writeln!(
            text,
            "near = {{ any = [{}], lines = {NEAR} }}",
            words.join(", ")
        );
        left.push(Left {
            line,
            what: format!("rule `{id}`"),
            why: format!(
                "a keyword must stand within {NEAR} lines; gitleaks took any in the whole file"
            ),
        });
        leak = format!("{first} {leak}");
    }
    text.push_str("rotate = \"Replace it where it was issued, then everywhere it is used.\"\n");
    finished(&id, &text, &leak).map(|text| OwnRule { id, text })
}

/// The id for packs; one that a rule of ours has gets a prefix.
fn free_id(name: &str, policy: &Policy) -> Result<String, String> {
    let id = kebab(name);
    if id.is_empty() {
        return Err("it has no id".to_owned());
    }
    if value::looks_secret(&id) {
        return Err("its id looks like a secret".to_owned());
    }
    // Imported before, it may be imported again.
    let taken = policy
        .meta(&id)
        .is_some_and(|meta| !meta.pack.ends_with(super::write::PACK));
    Ok(if taken { format!("gitleaks-{id}") } else { id })
}

fn keywords(table: &DeTable<'_>) -> Vec<String> {
    let words = strings(get(table, "keywords")).into_iter();
    words
        .map(|(word, _)| word.to_ascii_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// The entry with the first dress of the example that proves it.
fn finished(id: &str, text: &str, leak: &str) -> Result<String, String> {
    let mut said = String::new();
    for dress in [
        leak.to_owned(),
        format!("key = \"{leak}\""),
        format!(" {leak} "),
        format!("'{leak}'"),
    ] {
        let all = format!(
            "{text}leaks = [{}]\nsafe = [\"nothing of that kind\"]\n",
            quoted(&dress)
        );
        let pack = match Pack::parse(&all) {
            Ok(pack) => pack,
            Err(problems) => {
                let problem = problems.into_iter().next();
                let why = problem.map(|problem| problem.message).unwrap_or_default();
                return Err(format!("stackguard cannot run it: {}", mask_words(&why)));
            }
        };
        let Ok(policy) = Policy::new(vec![("import".to_owned(), pack)]) else {
            return Err(format!("`{id}` is there twice"));
        };
        let scanner =
            Scanner::new(&policy).map_err(|_| "stackguard cannot compile it".to_owned())?;
        match prove(&policy, &scanner).first() {
            None => return Ok(all),
            Some(failure) => said = failure.problem.to_string(),
        }
    }
    Err(format!(
        "the example made for it does not prove it ({said}); write the rule by hand (docs/writing-rules.md)"
    ))
}

/// The pattern with the group of the secret named. Without a group of its own the first that takes part is the secret here, and
/// the first that is not empty there.
fn grouped(pattern: &str, group: u32) -> Result<String, String> {
    let parsed = ast::parse::ParserBuilder::new()
        .nest_limit(64)
        .build()
        .parse(pattern);
    let parsed = parsed
        .map_err(|error| format!("its pattern is none that Rust knows ({})", error.kind()))?;
    let mut starts = Vec::new();
    groups(&parsed, &mut starts);
    if group == 0 {
        return Ok(pattern.to_owned());
    }
    let Some((_, at)) = starts.iter().find(|(index, _)| *index == group) else {
        return Err(format!("secretGroup {group} is not there"));
    };
    // A name of its own gives way.
    let (head, rest) = pattern.split_at((at + 1).min(pattern.len()));
    let rest = match rest
        .strip_prefix('?')
        .and_then(|named| named.find('>').map(|end| (named, end)))
    {
        Some((named, end)) if named.starts_with("P<") || named.starts_with('<') => {
            named.get(end + 1..).unwrap_or_default()
        }
        _ => rest,
    };
    Ok(format!("{head}?P<secret>{rest}"))
}

/// Index and first byte of every group; the parser limits how deep they lie.
fn groups(ast: &Ast, out: &mut Vec<(u32, usize)>) {
    match ast {
        Ast::Group(group) => {
            if let Some(index) = group.capture_index() {
                out.push((index, group.span.start.offset));
            }
            groups(&group.ast, out);
        }
        Ast::Repetition(repetition) => groups(&repetition.ast, out),
        Ast::Alternation(all) => all.asts.iter().for_each(|ast| groups(ast, out)),
        Ast::Concat(all) => all.asts.iter().for_each(|ast| groups(ast, out)),
        _ => {}
    }
}

/// A TOML string for a pattern, literal where it can be.
fn literal(pattern: &str) -> String {
    if pattern.contains("'''")
        || pattern.ends_with('\'')
        || pattern.contains(|letter: char| letter.is_control())
    {
        quoted(pattern)
    } else {
        format!("'''{pattern}'''")
    }
}

/// An id as packs want it.
fn kebab(id: &str) -> String {
    let mut out = String::new();
    for letter in id.trim().chars() {
        let letter = letter.to_ascii_lowercase();
        if letter.is_ascii_lowercase() || letter.is_ascii_digit() {
            out.push(letter);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// Lines a keyword may be away.
const NEAR: u32 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_named() {
        for (pattern, group, expected) in [
            ("(a)(b)", 2, "(a)(?P<secret>b)"),
            ("(?:x)(?P<n>b)", 1, "(?:x)(?P<secret>b)"),
            ("(a)", 0, "(a)"),
        ] {
            assert_eq!(grouped(pattern, group).expect("good"), expected);
        }
        assert!(grouped("(a)", 2).is_err() && grouped("(?=a)", 0).is_err());
        assert_eq!(kebab("My_Rule.2 "), "my-rule-2");
    }
}
