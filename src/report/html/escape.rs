//! How text becomes HTML: as askama does it, and `#` too.

use askama::filters::{Escaper, Html};
use std::fmt::{self, Write};

/// Escapes everything a template shows. A log viewer of a CI takes `##[` in a line for a command, wherever it stands.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Escape;

impl Escaper for Escape {
    fn write_escaped_str<W: Write>(&self, mut dest: W, text: &str) -> fmt::Result {
        for (number, part) in text.split('#').enumerate() {
            if number > 0 {
                dest.write_str("&#35;")?;
            }
            Html.write_escaped_str(&mut dest, part)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_markup_is_a_reference() {
        let mut out = String::new();
        Escape
            .write_escaped_str(&mut out, "<b a='1' c=\"2\">&amp;##[x")
            .expect("a string takes everything");
        assert!(
            !out.contains(['<', '>', '\'', '"']) && !out.contains("##"),
            "{out}"
        );
        assert_eq!(out.matches("&#35;").count(), 2);
    }
}
