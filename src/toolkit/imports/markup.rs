//! JavaScript inside markup: `<script>` of Vue, Svelte and HTML, and the part between `---` that begins a page of Astro.

use super::addresses::Literal;
use super::{Code, Import, Trouble, javascript};

/// Reads every script in `text`.
///
/// # Errors
/// Where the parser gives up on one of them.
pub(super) fn read(text: &str) -> Result<Code, Trouble> {
    let mut found = Code::default();
    let mut rest = 0;
    if text.trim_start().starts_with("---") {
        let start = text.find("---").map_or(0, |at| at + 3);
        let end = text
            .get(start..)
            .and_then(|body| body.find("\n---"))
            .map_or(text.len(), |at| start + at);
        script(text, start, end, "ts", &mut found)?;
        rest = end;
    }
    // Only ASCII letters are made small, so offsets stay as they are.
    let small = text.to_ascii_lowercase();
    while let Some(at) = small.get(rest..).and_then(|rest| rest.find("<")) {
        let open = rest + at;
        let body = small.get(open..).unwrap_or_default();
        if body.starts_with("<!--") {
            rest = body.find("-->").map_or(small.len(), |end| open + end + 3);
            continue;
        }
        let tag = body.strip_prefix("<script").filter(|after| {
            after.starts_with(|letter: char| letter == '>' || letter.is_ascii_whitespace())
        });
        if tag.is_none() {
            rest = open + 1;
            continue;
        }
        // A tag that does not end swallows all that follows, as in a browser.
        let Some(end) = tag_end(body) else { break };
        let start = open + end + 1;
        let close = small
            .get(start..)
            .and_then(|body| body.find("</script"))
            .map_or(small.len(), |at| start + at);
        let attributes = body.get(..end).unwrap_or_default();
        if let Some(extension) = language(attributes) {
            script(text, start, close, extension, &mut found)?;
        }
        rest = close.max(open + 1);
    }
    Ok(found)
}

fn script(
    text: &str,
    start: usize,
    end: usize,
    extension: &str,
    found: &mut Code,
) -> Result<(), Trouble> {
    let body = text.get(start..end).unwrap_or_default();
    let code = javascript::read(body, extension)?;
    found
        .imports
        .extend(code.imports.into_iter().map(|import| Import {
            span: import.span.start + start..import.span.end + start,
            ..import
        }));
    found
        .literals
        .extend(code.literals.into_iter().map(|literal| Literal {
            span: literal.span.start + start..literal.span.end + start,
            ..literal
        }));
    Ok(())
}

/// Where the tag ends that `body` begins with; `>` in a quoted attribute does not end it.
fn tag_end(body: &str) -> Option<usize> {
    let mut quote = None;
    for (at, letter) in body.char_indices() {
        match (letter, quote) {
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(open)) if letter == open => quote = None,
            ('>', None) => return Some(at),
            _ => {}
        }
    }
    None
}

/// The language of a script as an extension; none where it is no code that is run (JSON, templates).
fn language(attributes: &str) -> Option<&'static str> {
    let has = |value: &str| {
        [
            format!("\"{value}\""),
            format!("'{value}'"),
            format!("={value}"),
        ]
        .iter()
        .any(|form| attributes.contains(form))
    };
    if attributes.contains("type=")
        && !(has("module")
            || has("text/javascript")
            || has("application/javascript")
            || has("text/babel"))
    {
        return None;
    }
    Some(if has("tsx") {
        "tsx"
    } else if has("ts") || has("typescript") {
        "ts"
    } else {
        "js"
    })
}
