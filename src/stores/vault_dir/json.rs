//! Reads `.json` files of a vault: an object of names and values. What is nested gets names with dots
//! (`client.secret`, `hosts.0`); numbers and booleans are taken as text, `null` as empty.

use crate::finding::Secret;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use std::fmt;

/// Where a file cannot be read; never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// The 1-based line.
    pub(super) line: usize,
    /// What is wrong, in words.
    pub(super) what: &'static str,
}

/// The names and values of a file, in order, names given twice included.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<(String, Secret)>, Fault> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(Fault {
            line: 1,
            what: "it is no JSON object",
        });
    }
    let mut found = Found::default();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let within = Within {
        name: String::new(),
        found: &mut found,
    };
    // What serde_json says may quote the file.
    within
        .deserialize(&mut json)
        .and_then(|()| json.end())
        .map_err(|error| Fault {
            line: error.line().max(1),
            // Of the values of a name nothing is refused but where the names become too many.
            what: match error.classify() {
                Category::Data => "its names are more, or longer, than those of credentials",
                Category::Io | Category::Syntax | Category::Eof => "it is no JSON from here on",
            },
        })?;
    Ok(of_vault(found.pairs))
}

/// What `vault kv get -format=json` writes holds the secret below `data`, or with version 2 of the engine below `data.data`
/// (<https://developer.hashicorp.com/vault/docs/commands/kv/get>).
fn of_vault(pairs: Vec<(String, Secret)>) -> Vec<(String, Secret)> {
    let has = |wanted: &str| pairs.iter().any(|(name, _)| name == wanted);
    if !["request_id", "lease_id", "lease_duration", "renewable"]
        .into_iter()
        .all(has)
    {
        return pairs;
    }
    let above = match has("data.metadata.version") && has("data.metadata.created_time") {
        true => "data.data.",
        false => "data.",
    };
    pairs
        .into_iter()
        .filter_map(|(name, value)| Some((name.strip_prefix(above)?.to_owned(), value)))
        .collect()
}

/// The names and values so far.
#[derive(Default)]
struct Found {
    pairs: Vec<(String, Secret)>,
    /// Bytes of all names: each has the whole way to its value in it, so a long key before a long list would grow without end.
    names: usize,
}

/// A value, and the name of what it is in.
struct Within<'f> {
    name: String,
    found: &'f mut Found,
}

impl Within<'_> {
    fn add<E: serde::de::Error>(self, value: &[u8]) -> Result<(), E> {
        self.found.names += self.name.len();
        if self.found.names > LONGEST_NAMES || self.found.pairs.len() >= MOST_NAMES {
            return Err(E::custom("too many names"));
        }
        self.found.pairs.push((self.name, Secret::locked(value)));
        Ok(())
    }

    fn below(&self, key: &str) -> String {
        match self.name.as_str() {
            "" => key.to_owned(),
            name => format!("{name}.{key}"),
        }
    }
}

impl<'de> DeserializeSeed<'de> for Within<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Within<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let name = self.below(&key);
            if name.len() > LONGEST_NAME {
                return Err(A::Error::custom("a name too long"));
            }
            let found = &mut *self.found;
            map.next_value_seed(Within { name, found })?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        for at in 0usize.. {
            let name = self.below(&at.to_string());
            let found = &mut *self.found;
            if list.next_element_seed(Within { name, found })?.is_none() {
                break;
            }
        }
        Ok(())
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<(), E> {
        self.add(value.as_bytes())
    }

    fn visit_bool<E: serde::de::Error>(self, value: bool) -> Result<(), E> {
        self.add(value.to_string().as_bytes())
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<(), E> {
        self.add(value.to_string().as_bytes())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<(), E> {
        self.add(value.to_string().as_bytes())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<(), E> {
        self.add(value.to_string().as_bytes())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        self.add(b"")
    }
}

/// Bytes of a name with all it is in; bounds what a deep file can take.
const LONGEST_NAME: usize = 4 << 10;

/// Bytes of all names of a file.
const LONGEST_NAMES: usize = 4 << 20;

/// Names of a file.
const MOST_NAMES: usize = 20_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        let text = "\u{feff} {\"A\":\"b\\n\\u00e9\",\"N\":7,\"T\":true,\"Z\":null,\"o\":{\"p\":{\"q\":\"r\"},\"l\":[\"x\",2.5]},\"A\":\"c\",\"e\":{}}";
        let found: Vec<_> = read(text.as_bytes())
            .expect("JSON")
            .into_iter()
            .map(|(name, value)| {
                (
                    name,
                    String::from_utf8(value.expose().to_vec()).expect("UTF-8"),
                )
            })
            .collect();
        let want = [
            ("A", "b\né"),
            ("N", "7"),
            ("T", "true"),
            ("Z", ""),
            ("o.p.q", "r"),
            ("o.l.0", "x"),
            ("o.l.1", "2.5"),
            ("A", "c"),
        ];
        assert_eq!(
            found,
            want.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
    }

    #[test]
    fn an_answer_of_vault_is_the_secret_in_it() {
        let answer = |data: &str| {
            format!(
                "{{\"request_id\":\"r\",\"lease_id\":\"\",\"lease_duration\":0,\"renewable\":false,\"data\":{data},\"warnings\":null}}"
            )
        };
        let metadata = "{\"created_time\":\"2026-01-01T00:00:00Z\",\"custom_metadata\":null,\"deletion_time\":\"\",\"destroyed\":false,\"version\":2}";
        let second = |data: &str| answer(&format!("{{\"data\":{data},\"metadata\":{metadata}}}"));
        for (text, names) in [
            (second("{\"A\":\"x\",\"o\":{\"p\":1}}"), &["A", "o.p"][..]),
            (answer("{\"A\":\"x\",\"data\":\"y\"}"), &["A", "data"]),
            // A version that was deleted.
            (second("null"), &[]),
            (
                "{\"request_id\":\"r\",\"data\":{\"A\":\"x\"}}".to_owned(),
                &["request_id", "data.A"],
            ),
        ] {
            let found = read(text.as_bytes()).expect("JSON");
            let found: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
            assert_eq!(found, names, "{text}");
        }
    }

    #[test]
    fn faults_name_the_line() {
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        for (text, line) in [
            ("", 1),
            ("[1]", 1),
            ("\"x\"", 1),
            ("{\n\"A\":\n\"b\"", 3),
            ("{\"A\":1}\n{", 2),
            ("{\"A\":tru}", 1),
            (deep.as_str(), 1),
        ] {
            assert_eq!(
                read(text.as_bytes()).expect_err("a fault").line,
                line,
                "{line}"
            );
        }
        let wide = format!("{{\"{}\":1}}", "k".repeat(5000));
        assert!(read(wide.as_bytes()).is_err());
        // Small files with names that are together two thousand times as long.
        let zeros = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        for (text, good) in [
            (format!("{{\"k\":{}}}", zeros(20_000)), true),
            (format!("{{\"k\":{}}}", zeros(20_001)), false),
            (
                format!("{{\"{}\":{}}}", "k".repeat(4000), zeros(1000)),
                true,
            ),
            (
                format!("{{\"{}\":{}}}", "k".repeat(4000), zeros(1100)),
                false,
            ),
        ] {
            let fault = read(text.as_bytes()).err().map(|fault| fault.what);
            let want = "its names are more, or longer, than those of credentials";
            assert_eq!(fault, (!good).then_some(want), "{}", text.len());
        }
    }
}
