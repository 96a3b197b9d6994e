//! The answers of the server, as far as they are needed: a field nobody here reads may be missing or new.

use crate::finding::Secret;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::collections::BTreeMap;
use std::fmt;
use zeroize::Zeroizing;

/// `data` of any answer.
#[derive(Deserialize)]
pub(super) struct Enveloped<T> {
    pub(super) data: T,
}

/// `auth` of a login.
#[derive(Deserialize)]
pub(super) struct LoggedIn {
    pub(super) auth: LoginToken,
}

/// The token a login gives.
#[derive(Deserialize)]
pub(super) struct LoginToken {
    pub(super) client_token: Value,
}

/// What a token says of itself (<https://developer.hashicorp.com/vault/api-docs/auth/token#lookup-a-token-self>).
#[derive(Deserialize)]
pub(super) struct TokenInfo {
    #[serde(default)]
    policies: Option<Vec<String>>,
    #[serde(default)]
    identity_policies: Option<Vec<String>>,
}

/// What a mount says of itself: `sys/internal/ui/mounts/PATH`.
#[derive(Deserialize)]
pub(super) struct MountInfo {
    pub(super) path: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    options: Option<BTreeMap<String, serde_json::Value>>,
}

/// A secret with its values: `MOUNT/data/PATH`.
#[derive(Deserialize)]
pub(super) struct Values {
    pub(super) data: Option<BTreeMap<String, Value>>,
    pub(super) metadata: VersionInfo,
}

/// A secret without its values: `MOUNT/subkeys/PATH`.
#[derive(Deserialize)]
pub(super) struct Subkeys {
    pub(super) subkeys: Option<BTreeMap<String, IgnoredAny>>,
    pub(super) metadata: VersionInfo,
}

/// One version of a secret.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct VersionInfo {
    #[serde(default)]
    pub(super) created_time: String,
    #[serde(default)]
    pub(super) deletion_time: String,
    #[serde(default)]
    pub(super) destroyed: bool,
    #[serde(default)]
    pub(super) version: u64,
}

/// All versions of a secret: `MOUNT/metadata/PATH`.
#[derive(Deserialize)]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) current_version: u64,
    /// By number; older ones are dropped by the server.
    #[serde(default)]
    versions: Option<BTreeMap<String, VersionInfo>>,
}

/// What lies in a directory: `LIST MOUNT/metadata/DIRECTORY`.
#[derive(Deserialize)]
pub(super) struct Names {
    pub(super) keys: Vec<String>,
}

/// What a token may do with a path: `sys/capabilities-self`.
#[derive(Deserialize)]
pub(super) struct Capabilities {
    #[serde(default)]
    pub(super) capabilities: Vec<String>,
}

/// An answer that is no success. A deleted version comes with 404 and its metadata, and without `errors`.
#[derive(Deserialize)]
pub(super) struct Refusal {
    /// Missing from what is not Vault's, and from what it says of a deleted version.
    #[serde(default)]
    pub(super) errors: Option<Vec<String>>,
    #[serde(default, deserialize_with = "or_none")]
    pub(super) warnings: Vec<String>,
    #[serde(default)]
    pub(super) data: Option<RefusalData>,
}

/// `data` of such an answer.
#[derive(Deserialize)]
pub(super) struct RefusalData {
    #[serde(default)]
    pub(super) metadata: Option<VersionInfo>,
}

/// A GitHub Actions OIDC token.
#[derive(Deserialize)]
pub(super) struct JobToken {
    pub(super) value: Value,
}

impl TokenInfo {
    /// Whether it may do everything.
    pub(super) fn is_root(&self) -> bool {
        [&self.policies, &self.identity_policies]
            .into_iter()
            .flatten()
            .flatten()
            .any(|policy| policy == "root")
    }
}

impl MountInfo {
    /// The engine's version; without a word of it, it is 1.
    pub(super) fn version(&self) -> u8 {
        let version = self.options.as_ref().and_then(|all| all.get("version"));
        match version {
            Some(version) if version == "2" || version == 2 => 2,
            _ => 1,
        }
    }
}

impl Metadata {
    /// The versions, newest first, each with its number in it.
    pub(super) fn newest_first(&self) -> Vec<VersionInfo> {
        let mut all: Vec<VersionInfo> = self
            .versions
            .iter()
            .flatten()
            .filter_map(|(number, info)| {
                let version = number.parse().ok()?;
                Some(VersionInfo {
                    version,
                    ..info.clone()
                })
            })
            .collect();
        all.sort_by_key(|info| std::cmp::Reverse(info.version));
        all
    }
}

impl VersionInfo {
    /// When it was written; none where that cannot be read.
    pub(super) fn created(&self) -> Option<Timestamp> {
        self.created_time.parse().ok()
    }

    /// When it was or will be deleted.
    ///
    /// # Errors
    /// There is such a time, and it cannot be read.
    pub(super) fn deletion(&self) -> Result<Option<Timestamp>, jiff::Error> {
        if self.deletion_time.is_empty() {
            return Ok(None);
        }
        self.deletion_time.parse().map(Some)
    }
}

/// One value: a string as it is, anything else as its JSON.
pub(super) struct Value(pub(super) Secret);

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl Value {
    /// As text; empty where it is none, which no token is.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(self.0.expose()).unwrap_or_default()
    }
}

struct ValueVisitor;

impl ValueVisitor {
    fn json<E: de::Error>(json: &serde_json::Value) -> Result<Value, E> {
        let text = Zeroizing::new(json.to_string());
        Ok(Value(Secret::locked(text.as_bytes())))
    }
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value(Secret::locked(text.as_bytes())))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Value, E> {
        Ok(Value(Secret::new(b"")))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Value, E> {
        Self::json(&value.into())
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Value, E> {
        Self::json(&value.into())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Value, E> {
        Self::json(&value.into())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Self::json(&value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Value, A::Error> {
        let list = Vec::deserialize(de::value::SeqAccessDeserializer::new(seq))?;
        Self::json(&serde_json::Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Value, A::Error> {
        let object = serde_json::Map::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Self::json(&serde_json::Value::Object(object))
    }
}

/// `null` as an empty list.
fn or_none<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_bytes() {
        let text =
            r#"{"s":"a\nb","n":5432,"f":1.5,"b":true,"z":null,"l":["x",{"y":1}],"o":{"k":"v"}}"#;
        let values: BTreeMap<String, Value> = serde_json::from_str(text).expect("values");
        for (key, want) in [
            ("s", "a\nb"),
            ("n", "5432"),
            ("f", "1.5"),
            ("b", "true"),
            ("z", ""),
            ("l", r#"["x",{"y":1}]"#),
            ("o", r#"{"k":"v"}"#),
        ] {
            assert_eq!(values[key].0.expose(), want.as_bytes(), "{key}");
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000));
        assert!(serde_json::from_str::<BTreeMap<String, Value>>(&deep).is_err());
    }

    #[test]
    fn a_mount_tells_its_version() {
        for (options, version) in [
            (r#"{"version":"2"}"#, 2),
            (r#"{"version":2}"#, 2),
            (r#"{"version":"1"}"#, 1),
            ("{}", 1),
            ("null", 1),
        ] {
            let text = format!(r#"{{"path":"a/","type":"kv","options":{options},"new":[]}}"#);
            let mount: MountInfo = serde_json::from_str(&text).expect("a mount");
            assert_eq!(mount.version(), version, "{options}");
        }
    }

    #[test]
    fn versions_are_numbers_not_words() {
        let text =
            r#"{"current_version":10,"versions":{"9":{"created_time":"x"},"10":{},"ten":{}}}"#;
        let metadata: Metadata = serde_json::from_str(text).expect("metadata");
        let numbers: Vec<u64> = metadata
            .newest_first()
            .iter()
            .map(|info| info.version)
            .collect();
        assert_eq!(numbers, [10, 9]);
        assert_eq!(metadata.newest_first()[1].created(), None);
    }
}
