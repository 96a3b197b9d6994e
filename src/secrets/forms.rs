//! The forms in which a rule's literal is looked for: as it is, and as it looks when encoded.

use super::prefilter::Needle;
use super::rules::{Encoding, Target};
use crate::policy::pack::{Anchor, Shape};

/// Literals shorter than this are not looked for in base64 and hex.
const ENCODED_FROM: usize = 4;

/// The literal itself and, for those with a shape, the ways it looks when encoded.
pub(super) fn forms(anchor: &Anchor, rule: u16) -> Vec<(Needle, Target)> {
    let plain = Needle {
        text: anchor.text.clone(),
        fold: anchor.fold,
        next: anchor.next.clone(),
    };
    let mut out = vec![(plain, Target::Rule(rule, anchor.before))];
    if anchor.shape != Shape::Pattern || anchor.text.len() < ENCODED_FROM {
        return out;
    }
    let cases = if anchor.fold {
        vec![
            anchor.text.to_ascii_lowercase(),
            anchor.text.to_ascii_uppercase(),
        ]
    } else {
        vec![anchor.text.clone()]
    };
    for text in cases {
        out.extend(
            super::decode::base64_forms(&text)
                .into_iter()
                .map(|(text, lead)| {
                    (
                        Needle {
                            text,
                            fold: false,
                            next: Vec::new(),
                        },
                        Target::Encoded(Encoding::Base64(lead)),
                    )
                }),
        );
        let hex = text.iter().flat_map(|byte| {
            [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)])
        });
        out.push((
            Needle {
                text: clipped(hex.collect()),
                fold: true,
                next: Vec::new(),
            },
            Target::Encoded(Encoding::Hex),
        ));
    }
    for text in super::decode::escaped_forms(&anchor.text) {
        out.push((
            Needle {
                text: clipped(text),
                fold: true,
                next: Vec::new(),
            },
            Target::Encoded(Encoding::Escaped),
        ));
    }
    out
}

fn clipped(mut text: Vec<u8>) -> Vec<u8> {
    text.truncate(16);
    text.make_ascii_lowercase();
    text
}
