//! How this guard reads documents: leniently, any number of values a file can hold, and with one reason why one cannot be read.

use crate::document::{self, Fault, Flaw, Json, Limits};

pub(super) use crate::document::{Entry, Node, Value};

/// Why a document could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// 1-based line of the trouble.
    pub(super) line: usize,
    /// What is wrong; never text of the file.
    pub(super) why: &'static str,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "it cannot be read: {} (line {})", self.why, self.line)
    }
}

/// Reads a TOML document.
///
/// # Errors
/// Where the text is no TOML, or is nested too deep.
pub(super) fn toml(text: &str) -> Result<Node, Unreadable> {
    let (root, flaws) = document::toml(text, &LIMITS);
    match flaws.into_iter().next() {
        Some(flaw) => Err(unreadable(&flaw, text, "it is no TOML")),
        None => Ok(root),
    }
}

/// Reads a JSON document, with the comments and trailing commas that editors allow in their settings.
///
/// # Errors
/// Where the text is no JSON, or is nested too deep.
pub(super) fn json(text: &str) -> Result<Node, Unreadable> {
    let root = document::json(text, Json::Loose, &LIMITS);
    root.map_err(|flaw| unreadable(&flaw, text, "it is no JSON"))?
        .ok_or(Unreadable {
            line: 1,
            why: "it is empty",
        })
}

/// Reads all documents of a YAML stream.
///
/// # Errors
/// Where the text is no YAML, is nested too deep, or grows too large when its aliases are expanded.
pub(super) fn yaml(text: &str) -> Result<Vec<Node>, Unreadable> {
    let limits = Limits {
        values: EXPANDED,
        ..LIMITS
    };
    document::yaml(text, usize::MAX, &limits)
        .map(|yaml| yaml.documents)
        .map_err(|flaw| unreadable(&flaw, text, "it is no YAML"))
}

fn unreadable(flaw: &Flaw, text: &str, syntax: &'static str) -> Unreadable {
    Unreadable {
        line: flaw.line(text),
        why: match flaw.fault {
            Fault::Syntax(_) => syntax,
            Fault::Deep => "it is nested too deep",
            Fault::Large => "its aliases expand to too much",
        },
    }
}

/// No file people write comes near that depth; without aliases the file's size bounds its values.
const LIMITS: Limits = Limits {
    depth: 64,
    values: usize::MAX,
};
/// Most values of a YAML document, aliases expanded: enough for the largest lockfile, too few for a "billion laughs".
const EXPANDED: usize = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_document_cannot_be_read() {
        let deep = "[".repeat(70) + &"]".repeat(70);
        let laughs = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned()
            + &(1..30)
                .map(|level| {
                    format!(
                        "a{level}: &a{level} [{}]\n",
                        format!("*a{},", level - 1).repeat(10)
                    )
                })
                .collect::<String>();
        let toml = |text: &str| toml(text).err();
        let json = |text: &str| json(text).err();
        let yaml = |text: &str| yaml(text).err();
        for (found, line, why) in [
            (toml("a = 1\nb = \n"), 2, "it is no TOML"),
            (toml(&format!("a = {deep}")), 1, "it is nested too deep"),
            (json("{\n\"a\"\n!"), 3, "it is no JSON"),
            (json(" "), 1, "it is empty"),
            (json(&deep), 1, "it is nested too deep"),
            (yaml("a: 1\nb: ]\n"), 2, "it is no YAML"),
            (yaml(&deep), 1, "it is nested too deep"),
        ] {
            assert_eq!(found, Some(Unreadable { line, why }));
        }
        let laughs = yaml(&laughs).expect("refused");
        assert_eq!(laughs.why, "its aliases expand to too much");
        // What editors allow.
        assert_eq!(json("// x\n{\"a\": 1,}"), None);
    }
}
