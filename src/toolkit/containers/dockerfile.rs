//! Dockerfiles: the images that stages are built from or copied from
//! (<https://docs.docker.com/reference/dockerfile/>).

use super::Used;
use crate::toolkit::env::Assignment;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// One instruction: its keyword, and its words without comments and line ends.
struct Instruction<'t> {
    keyword: String,
    words: Vec<Word<'t>>,
}

/// A word and where it stands.
type Word<'t> = (&'t str, Range<usize>);

/// The images of `FROM`, `COPY --from` and `RUN --mount=from=…`, variables resolved; other stages are no images.
pub(super) fn images(text: &str) -> Vec<Used> {
    let mut stages: HashSet<String> = HashSet::from(["scratch".to_owned()]);
    let mut arguments: HashMap<String, String> = HashMap::new();
    let mut found = Vec::new();
    let mut count = 0_usize;
    for instruction in instructions(text) {
        let words = &instruction.words;
        let mut stage = None;
        let sources: Vec<Word<'_>> = match instruction.keyword.as_str() {
            // Only arguments before the first stage can be used in `FROM`.
            "ARG" if count == 0 => {
                for (name, value) in words.iter().filter_map(|(word, _)| word.split_once('=')) {
                    let value = expand(value.trim_matches(['"', '\'']), &arguments);
                    arguments.insert(name.to_owned(), value);
                }
                continue;
            }
            "FROM" => {
                let (image, name) = from(words);
                stage = Some(name);
                image.into_iter().collect()
            }
            "COPY" | "ADD" => words.iter().filter_map(copied).collect(),
            "RUN" => words.iter().filter_map(mounted).collect(),
            _ => continue,
        };
        for (image, span) in sources {
            if !stages.contains(&image.to_lowercase()) {
                found.push(Used {
                    text: expand(image, &arguments),
                    span,
                });
            }
        }
        // A stage is there from the line after its own on.
        if let Some(name) = stage {
            stages.extend(name.map(str::to_lowercase));
            stages.insert(count.to_string());
            count += 1;
        }
    }
    found
}

/// The image and the name of `FROM [--platform=…] IMAGE [AS NAME]`.
fn from<'t>(words: &[Word<'t>]) -> (Option<Word<'t>>, Option<&'t str>) {
    let mut words = words.iter().filter(|(word, _)| !word.starts_with("--"));
    let image = words.next().cloned();
    let named = words
        .next()
        .is_some_and(|(word, _)| word.eq_ignore_ascii_case("as"));
    (image, words.next().filter(|_| named).map(|(name, _)| *name))
}

/// `--from=IMAGE`
fn copied<'t>((word, span): &Word<'t>) -> Option<Word<'t>> {
    Some((
        word.strip_prefix("--from=")?,
        span.start + "--from=".len()..span.end,
    ))
}

/// `--mount=type=bind,from=IMAGE,…`
fn mounted<'t>((word, span): &Word<'t>) -> Option<Word<'t>> {
    let options = word.strip_prefix("--mount=")?;
    let mut at = word.len() - options.len();
    for option in options.split(',') {
        if let Some(image) = option.strip_prefix("from=") {
            let start = span.start + at + "from=".len();
            return Some((image, start..start + image.len()));
        }
        at += option.len() + 1;
    }
    None
}

/// What `ENV` and `ARG` set.
pub(super) fn environment(text: &str) -> Vec<Assignment> {
    let mut found = Vec::new();
    for instruction in instructions(text) {
        if !matches!(instruction.keyword.as_str(), "ENV" | "ARG") {
            continue;
        }
        let pairs = instruction
            .words
            .iter()
            .filter_map(|(word, span)| Assignment::pair(word, span.start));
        found.extend(pairs);
        // `ENV NAME value` is the old form.
        if let [(name, key_span), (value, value_span)] = instruction.words.as_slice()
            && instruction.keyword == "ENV"
            && !name.contains('=')
        {
            found.push(Assignment {
                key: (*name).to_owned(),
                key_span: key_span.clone(),
                value: (*value).to_owned(),
                value_span: value_span.clone(),
            });
        }
    }
    found
}

/// Puts arguments in place of `$NAME`, `${NAME}` and `${NAME:-default}`; what is not known stays as it is.
fn expand(text: &str, arguments: &HashMap<String, String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let braced = after.starts_with('{');
        let inner = &after[usize::from(braced)..];
        let length = inner
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let end = if braced {
            inner.find('}').map_or(inner.len(), |end| end + 1)
        } else {
            length
        };
        match arguments
            .get(&inner[..length])
            .filter(|value| out.len() + value.len() < LONGEST)
        {
            Some(value) => out.push_str(value),
            None => out.push_str(&rest[at..at + 1 + usize::from(braced) + end]),
        }
        rest = &inner[end..];
    }
    out.push_str(rest);
    out
}

/// All instructions: lines joined at their continuation sign, comments and here-documents left out.
fn instructions(text: &str) -> Vec<Instruction<'_>> {
    let escape = if text
        .lines()
        .take_while(|line| line.starts_with('#'))
        .any(|line| line.replace(' ', "").eq_ignore_ascii_case("#escape=`"))
    {
        '`'
    } else {
        '\\'
    };
    let mut found: Vec<Instruction<'_>> = Vec::new();
    let mut open = false;
    let mut heredocs: Vec<String> = Vec::new();
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let start = offset;
        offset += line.len();
        let body = line.trim();
        if let Some(end) = heredocs.first() {
            if body == end {
                heredocs.remove(0);
            }
            continue;
        }
        if body.starts_with('#') || (open && body.is_empty()) {
            continue;
        }
        let continued = body.ends_with(escape);
        let body = body.strip_suffix(escape).unwrap_or(body);
        let lead = start + (line.len() - line.trim_start().len());
        let words = body.split_ascii_whitespace().map(|word| {
            let at = lead + (word.as_ptr() as usize - body.as_ptr() as usize);
            (word, at..at + word.len())
        });
        let mut words: Vec<_> = words.collect();
        if !open && !words.is_empty() {
            let keyword = words.remove(0).0.to_ascii_uppercase();
            found.push(Instruction {
                keyword,
                words: Vec::new(),
            });
        }
        if let Some(instruction) = found.last_mut() {
            if matches!(instruction.keyword.as_str(), "RUN" | "COPY" | "ADD") {
                heredocs.extend(
                    words
                        .iter()
                        .filter_map(|(word, _)| word.strip_prefix("<<"))
                        .map(|word| {
                            word.trim_start_matches('-')
                                .trim_matches(['"', '\''])
                                .to_owned()
                        })
                        .filter(|word| !word.is_empty()),
                );
            }
            instruction.words.append(&mut words);
        }
        open = continued;
    }
    found
}

/// An image name with its arguments in place is never longer; arguments made of arguments could double at every line.
const LONGEST: usize = 4096;
