//! The whole of `stackguard.toml` as one type: it is read into this, and its JSON schema is made from it.

use super::sections::{Credentials, FlyApp, Stores};
use super::values::{Level, PathGlob, ValueRegex, Words};
use crate::toolkit::Settings as Toolkit;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use toml::Spanned;

/// Configuration of stackguard. Unknown keys are errors.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "stackguard.toml")]
pub(super) struct Document {
    /// Rules in force: "secrets", "toolkit", "fly", or the path of a pack of your own. All built-in ones by default.
    #[schemars(with = "Option<Vec<String>>")]
    pub packs: Option<Vec<Spanned<String>>>,
    /// Globs of files that are never read; a directory stands for all below it.
    pub exclude: Vec<PathGlob>,
    /// Severity by rule id; "off" switches the rule off.
    #[schemars(with = "BTreeMap<String, Level>")]
    pub severity: BTreeMap<Spanned<String>, Level>,
    /// Exceptions: what is found, and accepted for a reason.
    #[schemars(with = "Vec<Allow>")]
    pub allow: Vec<Spanned<Allow>>,
    /// The canonical toolkit.
    pub toolkit: Toolkit,
    /// What Fly apps need.
    #[schemars(with = "Vec<FlyApp>")]
    pub fly: Vec<Spanned<FlyApp>>,
    /// The credential map.
    pub credentials: Credentials,
    /// Where credentials are kept.
    pub stores: Stores,
}

/// `[[allow]]`: an exception. All it names must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(extend(
    "required" = ["reason"],
    "anyOf" = [{"required": ["rule"]}, {"required": ["rules"]}, {"required": ["path"]}, {"required": ["value"]}, {"required": ["fingerprint"]}],
    "not" = {"required": ["rule", "rules"]}
))]
pub(super) struct Allow {
    /// The rule it covers.
    #[schemars(with = "Option<String>")]
    pub rule: Option<Spanned<String>>,
    /// The rules it covers.
    #[schemars(with = "Option<Vec<String>>")]
    pub rules: Option<Vec<Spanned<String>>>,
    /// Glob of the files it covers.
    pub path: Option<PathGlob>,
    /// Regular expression over the secret.
    pub value: Option<ValueRegex>,
    /// The fingerprint of the one finding it covers, from a report.
    #[schemars(with = "Option<String>", extend("pattern" = "^[0-9a-f]{24}$"))]
    pub fingerprint: Option<Spanned<String>>,
    /// Why this is no problem.
    pub reason: Option<Words>,
    /// The last day it holds, in UTC; a TOML date: 2026-12-31.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub expires: Option<Spanned<toml::value::Datetime>>,
}

/// The JSON schema of `stackguard.toml`, committed as `docs/stackguard.schema.json`.
#[must_use]
pub fn schema() -> serde_json::Value {
    // Draft 7 is what editors' TOML support reads (https://www.schemastore.org).
    let settings = schemars::generate::SchemaSettings::draft07();
    let mut schema = settings
        .into_generator()
        .into_root_schema_for::<Document>()
        .to_value();
    without_null(&mut schema);
    schema
}

/// TOML has no null: a key that may be left out is not one that may be null.
pub(crate) fn without_null(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            fields.retain(|key, value| !(key == "default" && value.is_null()));
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|kind| kind != "null");
                if let [only] = types.as_mut_slice() {
                    let only = only.take();
                    fields.insert("type".into(), only);
                }
            }
            if let Some(Value::Array(any)) = fields.get_mut("anyOf") {
                any.retain(|choice| choice.get("type").is_none_or(|kind| kind != "null"));
                if any.len() == 1 {
                    // Beside a `$ref` draft 7 reads nothing, beside `allOf` it does.
                    if let Some(only) = fields.shift_remove("anyOf") {
                        fields.insert("allOf".into(), only);
                    }
                }
            }
            fields.values_mut().for_each(without_null);
        }
        Value::Array(items) => items.iter_mut().for_each(without_null),
        _ => {}
    }
}
