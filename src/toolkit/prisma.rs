//! The `datasource` blocks of Prisma schemas
//! (<https://www.prisma.io/docs/orm/reference/prisma-schema-reference#datasource>).

use super::canon::Canon;
use super::stores::Judge;
use super::tokens::{Kind, tokens};
use super::{Found, LARGEST, text_of};
use crate::finding::RepoPath;
use crate::tree::FileView;
use std::ops::Range;

/// Schemas; a schema may be in several files.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    path.extension() == "prisma"
}

/// Judges the provider, and addresses that are written out.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    if memchr::memmem::find(file.text, b"datasource").is_none() {
        return Found::default();
    }
    let text = match text_of(file, LARGEST) {
        Ok(text) => text,
        Err(why) => return Found::unread(file, why),
    };
    let judge = Judge::new(canon, file);
    Found::drafts(fields(text).into_iter().filter_map(|field| {
        let Value::Text(value) = &field.value else {
            return None;
        };
        match field.name {
            "provider" => judge.dialect("provider", value, field.span),
            "url" | "directUrl" | "shadowDatabaseUrl" => {
                judge.address(field.name, value, false, field.span.clone(), &field.span)
            }
            _ => None,
        }
    }))
}

/// A field of a `datasource` block.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Field<'t> {
    name: &'t str,
    value: Value,
    /// Where the value stands.
    span: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// Written out.
    Text(String),
    /// `env("NAME")`, or anything else that is not known here.
    Elsewhere,
}

/// All fields of all `datasource` blocks.
fn fields(text: &str) -> Vec<Field<'_>> {
    let tokens = tokens(text, false);
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let opens = tokens.get(at..at + 3).is_some_and(|head| {
            head[0].text == "datasource"
                && head[0].kind == Kind::Word
                && head[1].kind == Kind::Word
                && head[2].text == "{"
        });
        if !opens {
            at += 1;
            continue;
        }
        at += 3;
        while let Some(token) = tokens.get(at).filter(|token| token.text != "}") {
            let is_field =
                token.kind == Kind::Word && tokens.get(at + 1).is_some_and(|next| next.text == "=");
            at += 1;
            let Some(value) = tokens.get(at + 1).filter(|_| is_field) else {
                continue;
            };
            let text = match value.kind {
                Kind::Text => Value::Text(value.text.to_owned()),
                _ => Value::Elsewhere,
            };
            found.push(Field {
                name: token.text,
                value: text,
                span: value.span.clone(),
            });
            // `provider = ["postgresql", "sqlite"]`, of the first versions.
            if value.text == "[" {
                let more = tokens[at + 2..]
                    .iter()
                    .take_while(|item| item.text != "]")
                    .filter(|item| item.kind == Kind::Text);
                found.extend(more.map(|item| Field {
                    name: token.text,
                    value: Value::Text(item.text.to_owned()),
                    span: item.span.clone(),
                }));
            }
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolkit::fixture::{lines, look};

    #[test]
    fn fields_of_datasources_only() {
        let text = "generator client { provider = \"prisma-client-js\" }\n// datasource x { provider = \"sqlite\" }\ndatasource db {\n  provider = \"mysql\" // \"x\"\n  url = env(\"DATABASE_URL\")\n  directUrl=\"postgres://h\"\n}\nmodel A { url String @default(\"a}b\") }";
        let found: Vec<_> = fields(text)
            .into_iter()
            .map(|field| (field.name, field.value, &text[field.span]))
            .collect();
        assert_eq!(
            found,
            [
                ("provider", Value::Text("mysql".to_owned()), "\"mysql\""),
                ("url", Value::Elsewhere, "env"),
                (
                    "directUrl",
                    Value::Text("postgres://h".to_owned()),
                    "\"postgres://h\""
                ),
            ]
        );
        assert_eq!(
            fields("datasource db { provider = [\"postgresql\", \"sqlite\"] }").len(),
            3
        );
    }

    #[test]
    fn providers_and_addresses_are_judged() {
        for (text, expected) in [
            (
                "datasource db {\n  provider = \"sqlite\"\n  url = \"file:./dev.db\"\n}",
                vec![
                    "2 alternate-database provider sqlite",
                    "3 alternate-database url",
                ],
            ),
            (
                "datasource db {\n  provider = \"mongodb\"\n  url = env(\"X\")\n}",
                vec!["2 alternate-database provider mongodb"],
            ),
            (
                "datasource db {\n  provider = \"postgresql\"\n\n  directUrl = \"postgres://a@b.neon.tech/c\"\n}",
                vec!["4 non-supabase-postgres directUrl b.neon.tech"],
            ),
            (
                "datasource db {\n  provider = \"postgresql\"\n  url = \"postgres://a@db.x.supabase.co/c\"\n}",
                vec![],
            ),
            ("// datasource db { provider = \"mysql\" }", vec![]),
            ("generator datasource { provider = \"mysql\" }", vec![]),
        ] {
            let found = look(wants, inspect, "prisma/schema.prisma", text);
            assert_eq!(lines(&found.drafts), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "(datasource db \\{)?[a-z= \"/*\\\\\n{}\\[\\]é]{0,60}") {
            for field in fields(&text) {
                proptest::prop_assert!(text.get(field.span).is_some());
            }
        }
    }
}
