//! The forms in which a rule's literal is looked for: as it is, and as it looks when encoded.

use super::prefilter::Needle;
use super::rules::{Encoding, Held, Target};
use crate::memory;
use crate::policy::pack::{Anchor, Shape, Value};
use zeroize::Zeroizing;

/// Literals shorter than this are not looked for in base64 and hex.
const ENCODED_FROM: usize = 4;

/// The literal itself and, if it is looked for there and has a shape, the ways it looks when encoded. No copy of it is left
/// behind.
pub(super) fn forms(anchor: &Anchor, rule: u16, encoded: bool) -> Vec<(Needle, Target)> {
    let needle = |text: Vec<u8>, fold: bool| Needle {
        text,
        fold,
        next: Vec::new(),
        secret: false,
    };
    let mut plain = needle(anchor.text.clone(), anchor.fold);
    plain.next.clone_from(&anchor.next);
    let held = Held {
        before: anchor.before,
        required: anchor.required,
    };
    let mut out = vec![(plain, Target::Rule(rule, held))];
    if !encoded || anchor.shape != Shape::Pattern || anchor.text.len() < ENCODED_FROM {
        return out;
    }
    let cases = Zeroizing::new(if anchor.fold {
        vec![
            anchor.text.to_ascii_lowercase(),
            anchor.text.to_ascii_uppercase(),
        ]
    } else {
        vec![anchor.text.clone()]
    });
    for text in cases.iter() {
        let inside = super::decode::base64_forms(text).into_iter();
        out.extend(inside.map(|(text, lead)| {
            let target = Target::Encoded(Encoding::Base64(lead));
            (needle(text, false), target)
        }));
        let mut hex = Vec::with_capacity(text.len() * 2);
        for byte in text {
            hex.extend([byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)]));
        }
        out.push((needle(clipped(hex), true), Target::Encoded(Encoding::Hex)));
    }
    for mut text in super::decode::escaped_forms(&anchor.text) {
        let text = clipped(std::mem::take(&mut *text));
        out.push((needle(text, true), Target::Encoded(Encoding::Escaped)));
    }
    out
}

/// As [`forms`], of a literal that is a part of a value: kept as the value is.
pub(super) fn secret_forms(anchor: &Anchor, rule: u16) -> Vec<(Needle, Target)> {
    let mut out = forms(anchor, rule, true);
    for (needle, _) in &mut out {
        needle.secret = true;
        memory::lock(&needle.text);
    }
    out
}

/// What the halves of a value look like in base64, for where the end of a line cuts the literal.
pub(super) fn folded_forms(value: &Value) -> Vec<(Needle, Target)> {
    let halves = value.halves().into_iter();
    let forms = halves.flat_map(super::decode::base64_forms);
    let needle = |(text, lead): (Vec<u8>, u8)| {
        memory::lock(&text);
        let needle = Needle {
            text,
            fold: false,
            next: Vec::new(),
            secret: true,
        };
        (needle, Target::Encoded(Encoding::Base64(lead)))
    };
    forms.map(needle).collect()
}

fn clipped(mut text: Vec<u8>) -> Vec<u8> {
    text.truncate(16);
    text.make_ascii_lowercase();
    text
}
