//! A rule for one value: it finds these very bytes, and the same bytes escaped for a URL or for JSON.
//!
//! Base64, hexadecimal and UTF-16 need nothing here: the scanner looks for the literals of every rule in those forms.

use super::anchor::{self, NoAnchor};
use super::rule::{Matcher, SecretRule, Severity};

impl SecretRule {
    /// The rule that finds `value` and nothing else.
    ///
    /// # Errors
    /// A value without three letters or digits in a row, or too long to be looked for.
    pub fn exact(id: String, summary: String, value: &str) -> Result<Self, NoAnchor> {
        let matcher = Matcher::Pattern(value.chars().map(any_form).collect());
        let longest = value.len().saturating_mul(6).saturating_add(64);
        let reach = u32::try_from(longest).ok().filter(|reach| *reach > 1024);
        let anchors = anchor::derive(&matcher, None, reach)?;
        Ok(Self {
            id,
            summary,
            severity: Severity::Critical,
            matcher,
            entropy: None,
            checks: Vec::new(),
            near: None,
            reach,
            paths: Vec::new(),
            why: String::new(),
            rotate: String::new(),
            references: Vec::new(),
            leaks: Vec::new(),
            safe: Vec::new(),
            anchors,
        })
    }
}

/// A pattern for one character as it is, percent-encoded, or escaped in JSON.
fn any_form(letter: char) -> String {
    if letter.is_ascii_alphanumeric() {
        return letter.to_string();
    }
    let mut bytes = [0; 4];
    let encoded = letter.encode_utf8(&mut bytes).bytes();
    let percent: String = encoded
        .map(|byte| format!("%{}", hex_pattern(u32::from(byte), 2)))
        .collect();
    let mut forms = vec![plain(letter), percent];
    if (letter as u32) <= 0xffff {
        forms.push(format!(r"\\u{}", hex_pattern(letter as u32, 4)));
    }
    match letter {
        '\n' => forms.push(r"\\n".into()),
        '\r' => forms.push(r"\\r".into()),
        '\t' => forms.push(r"\\t".into()),
        ' ' => forms.push(r"\+".into()),
        '"' | '\\' | '/' => forms.push(format!(r"\\{}", plain(letter))),
        _ => {}
    }
    format!("(?:{})", forms.join("|"))
}

/// The character itself as a pattern over bytes.
fn plain(letter: char) -> String {
    match letter {
        '\n' => r"\n".into(),
        '\r' => r"\r".into(),
        '\t' => r"\t".into(),
        _ if letter.is_ascii() => regex_syntax::escape(&letter.to_string()),
        _ => {
            let mut bytes = [0; 4];
            letter
                .encode_utf8(&mut bytes)
                .bytes()
                .map(|byte| format!(r"(?-u:\x{byte:02x})"))
                .collect()
        }
    }
}

/// The digits of a number in either case.
fn hex_pattern(number: u32, digits: usize) -> String {
    format!("{number:0digits$x}")
        .chars()
        .map(|digit| {
            if digit.is_ascii_digit() {
                digit.to_string()
            } else {
                format!("[{digit}{}]", digit.to_ascii_uppercase())
            }
        })
        .collect()
}
