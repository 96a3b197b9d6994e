//! The lines of headers and keys, so that findings can cite the line that decided them.

use super::problem::ShownFile;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The lines of headers and keys, which serde does not see.
#[derive(Debug, Default)]
pub(super) struct Headers {
    /// `[toolkit]` and its like: the line of the header and of each key.
    pub sections: BTreeMap<String, (u32, BTreeMap<String, u32>)>,
    /// Each `[[fly]]`.
    pub fly: Vec<(u32, BTreeMap<String, u32>)>,
    /// The bytes of `exclude`'s value.
    pub exclude: Range<usize>,
}

impl Headers {
    pub(super) fn new(table: &DeTable<'_>, file: &ShownFile) -> Self {
        let mut headers = Self::default();
        let keys = |table: &DeTable<'_>| {
            table
                .iter()
                .map(|(key, _)| (key.get_ref().to_string(), file.line(key.span().start)))
                .collect()
        };
        for (key, value) in table {
            match (&**key.get_ref(), value.get_ref()) {
                ("exclude", _) => headers.exclude = value.span(),
                ("fly", DeValue::Array(entries)) => {
                    let entry = |item: &Spanned<DeValue<'_>>| {
                        let inner = item.get_ref().as_table().map(keys).unwrap_or_default();
                        (file.line(item.span().start), inner)
                    };
                    headers.fly = entries.iter().map(entry).collect();
                }
                (name, DeValue::Table(inner)) => {
                    headers
                        .sections
                        .insert(name.to_owned(), (file.line(key.span().start), keys(inner)));
                }
                _ => {}
            }
        }
        headers
    }
}
