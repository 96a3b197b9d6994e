//! Terraform: resources that are databases elsewhere.

use super::canon::Canon;
use super::stores::Judge;
use super::tokens::{Kind, Token, tokens};
use super::{Found, LARGEST, text_of};
use crate::finding::RepoPath;
use crate::tree::{Draft, FileView};

/// Configurations of Terraform and OpenTofu.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    matches!(path.extension(), "tf" | "tofu")
}

/// Judges the types of resources, and of those that can be several databases the engine.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    if memchr::memmem::find(file.text, b"resource").is_none() {
        return Found::default();
    }
    let text = match text_of(file, LARGEST) {
        Ok(text) => text,
        Err(why) => return Found::unread(file, why),
    };
    let judge = Judge::new(canon, file);
    let tokens = tokens(text, true);
    let starts = (0..tokens.len()).filter(|at| {
        tokens
            .get(*at)
            .is_some_and(|token| token.kind == Kind::Word && token.text == "resource")
    });
    Found::drafts(starts.filter_map(|at| resource(tokens.get(at..)?, &judge)))
}

/// `resource "TYPE" "NAME" { engine = "…" }`
fn resource(tokens: &[Token<'_>], judge: &Judge<'_, '_>) -> Option<Draft> {
    let [_, kind, name, brace, body @ ..] = tokens else {
        return None;
    };
    if kind.kind != Kind::Text || name.kind != Kind::Text || brace.text != "{" {
        return None;
    }
    let shown = format!("{}.{}", kind.text, name.text);
    if let Some(category) = judge.canon.resource(kind.text) {
        let message = format!("`{shown}` is {}; {}", category.store, category.instead);
        return judge.draft(category, kind.span.clone(), &[], message, shown, None);
    }
    if !ENGINES.contains(&kind.text) {
        return None;
    }
    let body = body
        .iter()
        .take(FAR)
        .take_while(|token| token.text != "resource");
    let body: Vec<&Token<'_>> = body.collect();
    let engine = body.windows(3).find(|part| {
        matches!(part[0].text, "engine" | "database_version")
            && part[1].text == "="
            && part[2].kind == Kind::Text
    })?[2];
    // `aurora-mysql`, `MYSQL_8_0`, `pg`, `sqlserver-ex`
    let plain = engine.text.to_ascii_lowercase();
    let plain = plain
        .strip_prefix("aurora-")
        .unwrap_or(&plain)
        .split(['-', '_'])
        .next()
        .unwrap_or_default()
        .to_owned();
    let category = match plain.as_str() {
        "postgres" | "postgresql" | "pg" => judge.canon.category("postgres-elsewhere")?,
        "redis" | "valkey" => judge.canon.category("redis")?,
        other => judge.canon.dialect(other)?,
    };
    let message = format!("`{shown}` is {}; {}", category.store, category.instead);
    judge.draft(category, engine.span.clone(), &[], message, shown, None)
}

/// Resources that can be several databases.
const ENGINES: &[&str] = &[
    "aws_db_instance",
    "aws_rds_cluster",
    "google_sql_database_instance",
    "digitalocean_database_cluster",
];

/// How far into a resource its engine is looked for, in words.
const FAR: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolkit::fixture::{lines, look};

    fn run(text: &str) -> Vec<String> {
        lines(&look(wants, inspect, "infra/main.tf", text).drafts)
    }

    #[test]
    fn resources_are_judged() {
        for (text, expected) in [
            (
                "\nresource \"aws_elasticache_cluster\" \"c\" {}",
                vec!["2 direct-redis aws_elasticache_cluster.c"],
            ),
            (
                "resource \"upstash_redis_database\" \"c\" {}",
                vec!["1 direct-redis upstash_redis_database.c"],
            ),
            (
                "resource \"mongodbatlas_cluster\" \"c\" {}",
                vec!["1 alternate-database mongodbatlas_cluster.c"],
            ),
            (
                "resource \"neon_project\" \"c\" {}",
                vec!["1 non-supabase-postgres neon_project.c"],
            ),
            (
                "resource \"aws_db_instance\" \"d\" {\n  engine = \"mysql\"\n}",
                vec!["2 alternate-database aws_db_instance.d"],
            ),
            (
                "resource \"aws_rds_cluster\" \"d\" {\n  engine = \"aurora-postgresql\"\n}",
                vec!["2 non-supabase-postgres aws_rds_cluster.d"],
            ),
            (
                "resource \"google_sql_database_instance\" \"d\" {\n  database_version = \"MYSQL_8_0\"\n}",
                vec!["2 alternate-database google_sql_database_instance.d"],
            ),
            (
                "resource \"aws_db_instance\" \"d\" {\n  engine = var.engine\n}",
                vec![],
            ),
            (
                "resource \"supabase_project\" \"p\" {}\nresource \"aws_s3_bucket\" \"b\" {}",
                vec![],
            ),
            (
                "# resource \"aws_docdb_cluster\" \"c\" {}\n/* resource \"aws_docdb_cluster\" \"c\" {} */",
                vec![],
            ),
        ] {
            assert_eq!(run(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "(resource \"aws_db_instance\" \"a\" \\{)?[a-z= \"#/*\n{}é]{0,40}") {
            run(&text);
        }
    }
}
