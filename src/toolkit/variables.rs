//! Variables of shells and compose files in values: `${NAME:-default}`.

/// Stands for what is not known.
pub(super) const UNKNOWN: char = '\u{fffd}';

/// Puts defaults in place of variables: `${X:-d}`, `${X-d}`; others become [`UNKNOWN`].
#[must_use]
pub(super) fn resolve(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        if let Some(inner) = after.strip_prefix('{') {
            // Of nested variables only the outermost end matters.
            let end = closing(inner).unwrap_or(inner.len());
            let name = inner[..end]
                .bytes()
                .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
                .count();
            let default = inner[name..end]
                .strip_prefix(":-")
                .or_else(|| inner[name..end].strip_prefix('-'));
            match default.filter(|default| !default.contains(['$', '{'])) {
                Some(default) => out.push_str(default),
                None => out.push(UNKNOWN),
            }
            rest = inner.get(end + 1..).unwrap_or_default();
        } else {
            out.push(UNKNOWN);
            rest = after
                .trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
        }
    }
    out.push_str(rest);
    out
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_stand_for_their_variables() {
        for (text, expected) in [
            ("a${X:-b}c", "abc"),
            ("${X-b}", "b"),
            ("${X:-${Y:-z}}", "?"),
            ("${X:?needed}/$Y_1/z", "?/?/z"),
            ("${{ secrets.A-B }}", "?"),
            ("${X", "?"),
            ("$", "?"),
        ] {
            assert_eq!(resolve(text).replace(UNKNOWN, "?"), expected, "{text}");
        }
    }
}
