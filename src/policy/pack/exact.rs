//! A rule for one value: it finds these very bytes, as they are or escaped for a URL or for JSON.
//!
//! Base64, hexadecimal and UTF-16 need nothing here: the scanner looks for the literals of every rule in those forms. But
//! base64 is folded into lines, and the end of one may cut a literal; hence the [halves](Value::halves).

use super::anchor::{Anchor, Shape};
use super::rule::{Matcher, SecretRule, Severity};
use std::sync::Arc;
use zeroize::{Zeroize as _, Zeroizing};

/// The value of such a rule, which whoever made the rule keeps as it should be kept; no text form.
#[derive(Clone)]
pub struct Value {
    held: Arc<dyn AsRef<[u8]> + Send + Sync>,
    is_part: bool,
}

impl Value {
    /// The bytes, for comparing only.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        self.held.as_ref().as_ref()
    }

    /// Whether it is a part of other values, and found only where it stands outside of them.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.is_part
    }

    /// Two parts next to each other, so short that lines of 60 characters of base64 or more end in one of them at most.
    #[must_use]
    pub fn halves(&self) -> [&[u8]; 2] {
        let value = self.expose();
        let from = slice(value).map_or(0, |part| part.start);
        let end = (from + BOTH_HALVES).min(value.len());
        let both = &value[from.min(end.saturating_sub(BOTH_HALVES))..end];
        let (first, second) = both.split_at(both.len() / 2);
        [first, second]
    }

    /// Hands out the literals to look for, which are parts of the value and its forms, and wipes each afterwards.
    pub fn each_anchor(&self, mut with: impl FnMut(&Anchor)) {
        for mut anchor in anchors(self.expose()).into_iter().flatten() {
            with(&anchor);
            anchor.text.zeroize();
        }
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Value(…)")
    }
}

impl SecretRule {
    /// The rule that finds `value` and nothing else; none for fewer than four bytes, which are found anywhere.
    #[must_use]
    pub fn exact(
        id: String,
        summary: String,
        value: Arc<dyn AsRef<[u8]> + Send + Sync>,
    ) -> Option<Self> {
        let bytes = value.as_ref().as_ref();
        slice(bytes)?;
        let longest = bytes.len().saturating_mul(LONGEST_FORM).saturating_add(64);
        let lines = bytes.contains(&b'\n');
        // What goes over lines or along one further than a rule sees of its line is looked for in the larger window.
        let reach = (lines || longest >= FAR).then(|| longest.clamp(FAR, FARTHEST));
        Some(Self {
            id,
            summary,
            severity: Severity::Critical,
            matcher: Matcher::Exact(Value {
                held: value,
                is_part: false,
            }),
            entropy: None,
            checks: Vec::new(),
            near: None,
            reach: reach.and_then(|bytes| u32::try_from(bytes).ok()),
            paths: Vec::new(),
            why: String::new(),
            rotate: String::new(),
            references: Vec::new(),
            leaks: Vec::new(),
            safe: Vec::new(),
            anchors: Vec::new(),
        })
    }

    /// The same for a value that is a part of others: where it stands within one of them, that one is found alone.
    #[must_use]
    pub fn part_of_others(mut self) -> Self {
        if let Matcher::Exact(value) = &mut self.matcher {
            value.is_part = true;
        }
        self
    }
}

/// The literals to look for: a part of the value near its start that is seldom met, in every way it can be written.
fn anchors(value: &[u8]) -> Option<Vec<Anchor>> {
    let part = slice(value)?;
    let start = u32::try_from(part.start).ok()?;
    let before = (start, start.saturating_mul(LONGEST_FORM as u32));
    let part = &value[part];
    let mut texts = vec![(Zeroizing::new(Vec::new()), false)];
    for byte in part {
        let forms = forms(*byte);
        texts = texts
            .iter()
            .flat_map(|(text, fold)| {
                forms.iter().map(move |form| {
                    let escaped = form.len() > 1;
                    (
                        Zeroizing::new([text.as_slice(), form.as_slice()].concat()),
                        *fold || escaped,
                    )
                })
            })
            .collect();
    }
    // Some programs encode every byte.
    let mut all = Zeroizing::new(Vec::with_capacity(part.len() * 3));
    for byte in part {
        let [high, low] = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
        all.extend([b'%', high, low]);
    }
    texts.push((all, true));
    for (text, fold) in &mut texts {
        text.truncate(LONGEST);
        if *fold {
            text.make_ascii_lowercase();
        }
    }
    texts.sort_by(|a, b| (a.0.as_slice(), a.1).cmp(&(b.0.as_slice(), b.1)));
    texts.dedup();
    let anchor = |(mut text, fold): (Zeroizing<Vec<u8>>, bool)| Anchor {
        text: std::mem::take(&mut *text),
        fold,
        next: Vec::new(),
        before,
        shape: Shape::Pattern,
        required: None,
    };
    Some(texts.into_iter().map(anchor).collect())
}

/// Where the rarest such part stands: letters and digits, which no form changes; else four bytes with as few others
/// as can be.
fn slice(value: &[u8]) -> Option<std::ops::Range<usize>> {
    let head = &value[..value.len().min(HEAD + LONGEST)];
    let last = head.len().checked_sub(SHORTEST)?;
    let plain = |from: usize| {
        let run = head[from..].iter().take(LONGEST);
        run.take_while(|byte| byte.is_ascii_alphanumeric()).count()
    };
    let at = |from: usize| {
        let length = plain(from);
        if length >= SHORTEST {
            from..from + length
        } else {
            from..from + SHORTEST
        }
    };
    // The first of equal ones.
    (0..=last.min(HEAD))
        .map(at)
        .max_by_key(|part| (rarity(&head[part.clone()]), std::cmp::Reverse(part.start)))
}

/// How seldom a part is met: by how many different bytes are in it, and digits among letters; signs have many forms.
fn rarity(part: &[u8]) -> i32 {
    let mut seen = [false; 256];
    let (mut different, mut digits, mut signs) = (0, 0, 0);
    for byte in part {
        if !std::mem::replace(&mut seen[usize::from(*byte)], true) {
            different += 1;
            digits += i32::from(byte.is_ascii_digit());
        }
        signs += i32::from(!byte.is_ascii_alphanumeric());
    }
    different + digits.min(4) - 4 * signs
}

/// The ways one byte of a literal is written.
fn forms(byte: u8) -> Vec<Vec<u8>> {
    let plain = vec![byte];
    if byte.is_ascii_alphanumeric() {
        return vec![plain];
    }
    let mut forms = vec![plain, format!("%{byte:02x}").into_bytes()];
    if byte.is_ascii() {
        forms.push(format!("\\u{byte:04x}").into_bytes());
    }
    match byte {
        b'\n' => forms.push(br"\n".to_vec()),
        b'\r' => forms.push(br"\r".to_vec()),
        b'\t' => forms.push(br"\t".to_vec()),
        b' ' => forms.push(b"+".to_vec()),
        b'"' | b'\\' | b'/' => forms.push(vec![b'\\', byte]),
        _ => {}
    }
    forms
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";
/// Shortest literal, in bytes.
const SHORTEST: usize = 4;
/// A literal need not be longer than this, in bytes.
const LONGEST: usize = 16;
/// Both halves of a value together, in bytes.
const BOTH_HALVES: usize = 26;
/// The literal begins within so many bytes of the value: escaped they still lie within the window of a rule.
const HEAD: usize = 84;
/// Bytes one byte can become: `\u002f`.
const LONGEST_FORM: usize = 6;
/// A match that can be longer than this is looked for in the larger window, in bytes.
const FAR: usize = 2048;
/// The farthest a match may reach, in bytes.
const FARTHEST: usize = 65_536;
