//! Rails' `config/database.yml` and `config/cable.yml`
//! (<https://guides.rubyonrails.org/configuring.html#configuring-a-database>).

use super::canon::Canon;
use super::document::{Node, yaml};
use super::stores::Judge;
use super::{Found, LARGEST, text_of};
use crate::finding::RepoPath;
use crate::tree::{Draft, FileView};
use std::borrow::Cow;

/// The two files, of any application in the tree.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    let (folder, name) = path.as_str().rsplit_once('/').unwrap_or_default();
    (folder == "config" || folder.ends_with("/config"))
        && ["database", "cable"]
            .iter()
            .any(|stem| name.starts_with(stem))
        && name.contains(".yml")
}

/// Judges adapters, addresses and hosts that are written out.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let text = match text_of(file, LARGEST) {
        Ok(text) => text,
        Err(why) => return Found::unread(file, why),
    };
    let plain = without_ruby(text);
    let documents = match yaml(&plain) {
        Ok(documents) => documents,
        Err(error) => return Found::unread(file, error),
    };
    let cable = file.path.file_name().starts_with("cable");
    let mut seen = std::collections::HashSet::new();
    let settings: Vec<Setting<'_>> = documents
        .iter()
        .flat_map(settings)
        .filter(|setting| seen.insert(setting.span.clone()))
        .collect();
    Found::drafts(
        settings
            .into_iter()
            .filter_map(|setting| judge(&setting, cable, file, canon)),
    )
}

fn judge(setting: &Setting<'_>, cable: bool, file: &FileView<'_>, canon: &Canon) -> Option<Draft> {
    let weights = canon.weights();
    let weight = match setting.environment {
        "test" => weights.test,
        "development" => weights.local,
        _ => None,
    };
    let judge = Judge::new(canon, file).at_most(weight);
    let span = setting.span.clone();
    match setting.key {
        "adapter" if cable => {
            let category = canon.scheme(setting.value)?;
            let message = format!(
                "`adapter` is `{}`, {}; use the `postgresql` or `solid_cable` adapter",
                setting.value, category.store
            );
            judge.draft(
                category,
                span,
                &[],
                message,
                format!("adapter {}", setting.value),
                None,
            )
        }
        "adapter" => judge.dialect("adapter", setting.value, span),
        _ => judge.address(
            setting.key,
            setting.value,
            setting.key == "host" && !cable,
            span.clone(),
            &span,
        ),
    }
}

/// A setting of an environment, or of one of its databases.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Setting<'n> {
    environment: &'n str,
    key: &'n str,
    value: &'n str,
    span: std::ops::Range<usize>,
}

/// Puts spaces in place of `<% … %>`, which Ruby fills in before YAML is read; offsets stay the same.
fn without_ruby(text: &str) -> Cow<'_, str> {
    if !text.contains("<%") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("<%") {
        out.push_str(&rest[..at]);
        let end = rest[at..].find("%>").map_or(rest.len(), |end| at + end + 2);
        // Output stands for a word, `<% if … %>` for nothing.
        let prints = rest[at..].starts_with("<%=") && end - at >= UNKNOWN.len();
        let mut left = end - at;
        if prints {
            out.push_str(UNKNOWN);
            left -= UNKNOWN.len();
        }
        let filler = if prints { '_' } else { ' ' };
        out.extend(std::iter::repeat_n(filler, left));
        rest = &rest[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// All `adapter`, `url` and `host` settings that are written out.
fn settings(root: &Node) -> Vec<Setting<'_>> {
    let mut found = Vec::new();
    for environment in root.entries() {
        let databases = environment
            .value
            .entries()
            .iter()
            .map(|database| &database.value)
            .filter(|value| !value.entries().is_empty());
        for level in std::iter::once(&environment.value).chain(databases) {
            found.extend(level.entries().iter().filter_map(|entry| {
                let value = entry
                    .value
                    .text()
                    .filter(|value| !value.contains(UNKNOWN))?;
                let wanted = matches!(entry.key.as_str(), "adapter" | "url" | "host");
                wanted.then(|| Setting {
                    environment: &environment.key,
                    key: &entry.key,
                    value,
                    span: entry.value.span.clone(),
                })
            }));
        }
    }
    found
}

/// Stands for what Ruby fills in; as long as the shortest such thing.
const UNKNOWN: &str = "__e__";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolkit::document::yaml;
    use crate::toolkit::fixture::{lines, look};

    #[test]
    fn settings_without_ruby() {
        let text = "default: &default\n  adapter: postgresql\n  host: <%= ENV['X'] %>\n<% if x %>\ndevelopment:\n  <<: *default\n  primary:\n    adapter: mysql2\n    url: <%= ENV.fetch(\"A\") %>é\n<% end %>\n";
        let plain = without_ruby(text);
        assert_eq!(plain.len(), text.len());
        let root = yaml(&plain).expect("valid").remove(0);
        let found: Vec<_> = settings(&root)
            .into_iter()
            .map(|one| (one.environment, one.key, &text[one.span]))
            .collect();
        assert_eq!(
            found,
            [
                ("default", "adapter", "postgresql"),
                ("development", "adapter", "postgresql"),
                ("development", "adapter", "mysql2")
            ]
        );
    }

    #[test]
    fn adapters_and_addresses_are_judged() {
        for (path, text, expected) in [
            (
                "config/database.yml",
                "production:\n  adapter: mysql2\n",
                vec!["2 alternate-database adapter mysql2"],
            ),
            (
                "a/config/database.yml",
                "default: &d\n  adapter: sqlite3\nproduction:\n  <<: *d\n",
                vec!["2 alternate-database adapter sqlite3"],
            ),
            (
                "config/database.yml",
                "production:\n  adapter: postgresql\n  url: postgres://a@b.render.com/c\n",
                vec!["3 non-supabase-postgres url b.render.com"],
            ),
            (
                "config/database.yml",
                "production:\n  adapter: postgresql\n  host: x.rds.amazonaws.com\n",
                vec!["3 non-supabase-postgres host x.rds.amazonaws.com"],
            ),
            (
                "config/cable.yml",
                "production:\n  adapter: redis\n  url: <%= ENV['REDIS_URL'] %>\n",
                vec!["2 direct-redis adapter redis"],
            ),
            (
                "deploy/chatwoot/config/cable.yml",
                "production:\n  adapter: redis\n",
                vec![],
            ),
            (
                "config/cable.yml",
                "production:\n  adapter: solid_cable\n",
                vec![],
            ),
            (
                "config/database.yml",
                "production:\n  adapter: postgresql\n  host: <%= ENV['H'] %>\n  url: \"<%= ENV.fetch('U', \"x\") %>\"\n",
                vec![],
            ),
        ] {
            let found = look(wants, inspect, path, text);
            assert!(found.gaps.is_empty(), "{:?}", found.gaps);
            assert_eq!(lines(&found.drafts), expected, "{text}");
        }
        assert!(!wants(&RepoPath::new("database.yml"), &Canon::shipped()));
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[a-z:<%=> \n{}é\"]{0,60}") {
            let (path, veil) = (RepoPath::new("config/database.yml"), crate::finding::Veil::default());
            inspect(&FileView::new(&path, text.as_bytes(), &veil), &Canon::shipped());
        }
    }
}
