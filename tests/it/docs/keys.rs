//! Every key of the configuration has a row in a page.

use super::{read, root};
use crate::harness::Sandbox;
use serde_json::Value;

#[test]
fn every_key_of_the_configuration_is_in_a_page() {
    let schema: Value =
        serde_json::from_str(&read(&root().join("docs/stackguard.schema.json"))).expect("JSON");
    let configuration = read(&root().join("docs/configuration.md"));
    let stores = read(&root().join("docs/stores.md"));
    let mut keys = Vec::new();
    collect(&schema, &schema, "", &mut keys);
    let (mut checked, mut missing) = (0, Vec::new());
    for (table, key) in &keys {
        checked += 1;
        let (page, place) = match table.split('.').next().unwrap_or_default() {
            "" => (&configuration, ""),
            "allow" => (&configuration, "## Exceptions"),
            "toolkit" => (&configuration, "## `[toolkit]`"),
            "fly" => (&configuration, "## `[[fly]]`"),
            _ if table == "stores.vault" && key != "kind" => (&stores, ""),
            _ => (&configuration, "## `[credentials]` and `[stores]`"),
        };
        let (_, part) = page.split_once(place).expect("the section");
        let part = if place.is_empty() {
            part
        } else {
            part.split("\n## ").next().unwrap_or(part)
        };
        // A key in backquotes, with its table or without, or as it is written; a table by its name in brackets.
        let forms = [
            format!("`{key}`"),
            format!("] {key}`"),
            format!("[{key}]"),
            format!(".{key}]"),
            format!("\n{key} = "),
        ];
        if !forms.iter().any(|form| part.contains(form.as_str())) {
            missing.push(format!("{table}.{key}"));
        }
    }
    assert!(missing.is_empty(), "no page has {missing:?}");
    assert!(checked > 50, "{keys:?}");
}

/// Every key below a schema, with the table it is in.
fn collect(whole: &Value, schema: &Value, table: &str, keys: &mut Vec<(String, String)>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.trim_start_matches('#');
        let target = whole.pointer(name).expect("a definition");
        return collect(whole, target, table, keys);
    }
    for (key, inner) in schema["properties"].as_object().into_iter().flatten() {
        keys.push((table.to_owned(), key.clone()));
        let below = if table.is_empty() {
            key.clone()
        } else {
            format!("{table}.{key}")
        };
        collect(whole, inner, &below, keys);
    }
    for several in ["anyOf", "oneOf", "allOf"] {
        for one in schema[several].as_array().into_iter().flatten() {
            collect(whole, one, table, keys);
        }
    }
    if schema["items"].is_object() {
        collect(whole, &schema["items"], table, keys);
    }
}

/// What the pages show of `stackguard.toml` is read without a word.
#[test]
fn configurations_shown_are_read() {
    let mut shown = 0;
    for page in [
        "README.md",
        "docs/configuration.md",
        "docs/toolkit.md",
        "docs/getting-started.md",
    ] {
        for block in super::blocks::blocks(&read(&root().join(page))) {
            if block.info != "toml" {
                continue;
            }
            let sandbox = Sandbox::repo_of(&[
                ("stackguard.toml", &block.text),
                ("policies/acme.toml", PACK),
            ]);
            let run = sandbox.run(&["policy", "list"]);
            assert_eq!(run.code, 0, "{page}:{}: {}", block.line, run.all());
            shown += 1;
        }
    }
    assert!(shown >= 4, "{shown}");
}

/// What a page calls a pack of one's own.
const PACK: &str = r#"[[secret]]
id = "acme-key"
summary = "Acme key"
severity = "high"
pattern = '\b(acme_live_[a-z0-9]{24})\b'
rotate = "Make a new one."
leaks = ["acme_live_{alnum:24}"]
safe = ["acme_live_xxxxxxxxxxxxxxxxxxxxxxxx"]
"#;
