//! The text of a first `stackguard.toml`: what was seen as entries, what might be wanted as comments.

use super::apps::{FlyFile, apps};
use super::survey::Survey;
use crate::policy::masking::mask_words;
use std::fmt::Write as _;

/// The whole file.
pub(super) fn text(survey: &Survey) -> String {
    let mut out = format!("#:schema {}\n{HEAD}", schema());
    toolkit(survey, &mut out);
    fly(&survey.fly, &mut out);
    credentials(survey, &mut out);
    out
}

/// Where editors find the schema: in the repository this program is published from, or beside the file.
fn schema() -> String {
    let version = env!("CARGO_PKG_VERSION");
    home().map_or_else(
        || SCHEMA.to_owned(),
        |home| format!("{home}/raw/v{version}/docs/{SCHEMA}"),
    )
}

/// The repository this program is published from, if the build knows.
pub(super) fn home() -> Option<&'static str> {
    Some(env!("CARGO_PKG_REPOSITORY")).filter(|home| !home.is_empty())
}

fn toolkit(survey: &Survey, out: &mut String) {
    out.push_str("\n[toolkit]\n");
    if survey.has_packages && !survey.code.is_empty() {
        let globs: Vec<String> = survey
            .code
            .iter()
            .map(|name| quoted(&format!("{name}/**")))
            .collect();
        out.push_str("# The code whose imports are judged.\n");
        let _ = writeln!(out, "app_code = [{}]", globs.join(", "));
    } else {
        out.push_str("# app_code = [\"app/**\", \"packages/**\"]         # the code whose imports are judged; all of it by default\n");
    }
    let redis = survey.chatwoot.as_deref().unwrap_or("deploy/chatwoot");
    let _ = writeln!(
        out,
        "# redis_allowed = [{}]       # what brings a Redis of its own",
        quoted(&format!("{redis}/**"))
    );
    if survey.has_supabase {
        out.push_str("# supabase_hosts = [\"db.example.com:5432\"]     # a custom domain; Supabase's own hosts are known\n");
    }
}

fn fly(files: &[FlyFile], out: &mut String) {
    if files.is_empty() {
        return;
    }
    out.push_str("\n# What each app has, as its files say today: from now on it cannot become less unnoticed.\n");
    for file in files.iter().filter(|file| file.app.is_none()) {
        let _ = writeln!(out, "# {}: names no app", quoted(&file.path));
    }
    for app in apps(files) {
        let names: Vec<String> = app.files.iter().map(|name| quoted(name)).collect();
        if !is_plain(app.name) {
            let _ = writeln!(out, "# {}: no plain name of an app", names.join(", "));
            continue;
        }
        if names.len() > 1 {
            let _ = writeln!(out, "# The least of {}.", names.join(", "));
        }
        let _ = writeln!(out, "[[fly]]\napp = {}", quoted(app.name));
        match app.memory {
            Some(memory) => {
                let memory = memory.to_string().to_lowercase().replace(' ', "");
                let _ = writeln!(out, "memory_min = {}", quoted(&memory));
            }
            None => out.push_str("# memory_min = \"512mb\"\n"),
        }
        match app.machines {
            Some(count) => {
                let _ = writeln!(out, "machines_min = {count}");
            }
            None => out.push_str("# machines_min = 1\n"),
        }
        match app.health_path.filter(|path| is_page(path)) {
            Some(path) => {
                let _ = writeln!(out, "health_path = {}", quoted(path));
            }
            None => out.push_str("# health_path = \"/healthz\"\n"),
        }
        out.push_str("# env_required = [\"DATABASE_URL\"]\n\n");
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
}

fn credentials(survey: &Survey, out: &mut String) {
    match survey.indexes.as_slice() {
        [] => out.push_str("\n# [credentials]\n# map = \"docs/ops/credential_index.md\"         # Markdown or TOML\n"),
        [index, more @ ..] => {
            let _ = writeln!(out, "\n[credentials]\nmap = {}", quoted(index));
            for other in more {
                let _ = writeln!(out, "# {} looks like one as well", quoted(other));
            }
        }
    }
    if let Some(ignored) = survey.vault {
        out.push_str("\n[stores.vault]\nkind = \"directory\"                            # vault/; or \"hashicorp\"\n");
        if !ignored {
            out.push_str(
                "# git does not ignore vault/: add it to .gitignore before anything else\n",
            );
        }
    }
    if let Some(name) = &survey.github {
        let _ = writeln!(out, "\n[stores.github]\nrepository = {}", quoted(name));
    }
    if !survey.fly.is_empty() {
        out.push_str("\n[stores.fly]\n");
    }
}

/// A TOML string, on one line whatever it holds: JSON's escapes are TOML's as well.
pub(in crate::commands) fn quoted(text: &str) -> String {
    let text = serde_json::Value::from(text).to_string();
    text.replace('\u{7f}', "\\u007F")
}

/// A path of words: what may be a secret is neither copied nor shown.
fn is_page(path: &str) -> bool {
    path.starts_with('/') && !path.contains(char::is_whitespace) && mask_words(path) == path
}

/// Nothing that means something in a glob.
fn is_plain(text: &str) -> bool {
    !text.is_empty()
        && text
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'))
}

/// The schema beside the configuration, where no address of it is known.
pub(super) const SCHEMA: &str = "stackguard.schema.json";
const HEAD: &str = r#"# What stackguard asks of this repository: `stackguard policy list` names the rules. With the schema above an editor knows every
# key; `stackguard generate schema config` prints it.

# packs = ["secrets", "toolkit", "fly"]         # all by default; a path adds a pack of one's own
# exclude = ["docs/_archive/**"]                # never read

# [severity]
# "supabase-anon-key" = "off"                   # or "low", "medium", "high", "critical"

# [[allow]]                                     # every exception says why, may end, and is checked for use
# rule = "postgres-dsn"
# path = "docs/runbooks/**"
# reason = "the password of the drill"
# expires = 2027-03-31
"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fly::size::Memory;

    #[test]
    fn whatever_was_seen_the_text_is_a_configuration() {
        let hostile = FlyFile {
            path: "a\"b\n/fly.toml".into(),
            app: Some("x\"\n[[allow]]".into()),
            memory: Some(Memory(0)),
            machines: Some(2),
            health_path: Some("/a\"b".into()),
        };
        let plain = FlyFile {
            path: "fly.toml".into(),
            app: Some("acme-web".into()),
            memory: Some(Memory(1536)),
            machines: Some(1),
            health_path: Some("/up\"".into()),
        };
        let full = Survey {
            code: vec!["app".into(), "src".into()],
            has_packages: true,
            fly: vec![hostile, plain.clone(), plain],
            has_supabase: true,
            vault: Some(false),
            indexes: vec!["docs/a \"b\".md".into(), "b.md".into()],
            github: Some("acme/shop".into()),
            chatwoot: Some("deploy/\nchatwoot".into()),
            ..Survey::default()
        };
        for survey in [Survey::default(), full] {
            let text = text(&survey);
            let config = crate::config::of_text(std::path::Path::new("stackguard.toml"), &text)
                .unwrap_or_else(|error| panic!("{error:?}\n{text}"));
            assert!(config.allows.is_empty() && config.policy().is_ok());
            assert_eq!(config.fly.len(), usize::from(!survey.fly.is_empty()));
        }
    }
}
