//! Configurations of ORMs written as code or JSON: which database they are for, and where it is when that is written out.

mod object;

use super::canon::Canon;
use super::document::json;
use super::stores::Judge;
use super::{Found, LARGEST, text_of};
use crate::finding::RepoPath;
use crate::tree::{Draft, FileView};
use object::Property;

/// An ORM whose configuration has a name of its own.
struct Orm {
    /// File names without their extensions.
    names: &'static [&'static str],
    /// The properties that name the database.
    dialects: &'static [&'static str],
}

/// Configurations, by name only: what other files hold in objects is anyone's guess.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    orm(path).is_some()
}

/// Judges dialects, and addresses and hosts that are written out.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let Some(orm) = orm(file.path) else {
        return Found::default();
    };
    let text = match text_of(file, LARGEST) {
        Ok(text) => text,
        Err(why) => return Found::unread(file, why),
    };
    let properties = if file.path.extension() == "json" {
        match json(text) {
            Ok(root) => object::document(&root),
            Err(error) => return Found::unread(file, error),
        }
    } else {
        match object::module(text) {
            Ok(properties) => properties,
            Err(why) => return Found::unread(file, why),
        }
    };
    let judge = Judge::new(canon, file);
    // Hosts beside another database are that database's; the dialect is the finding.
    let postgres = !properties.iter().any(|property| {
        orm.dialects.contains(&property.name.as_str()) && canon.dialect(&property.value).is_some()
    });
    Found::drafts(
        properties
            .iter()
            .filter_map(|property| verdict(property, orm, &judge, postgres)),
    )
}

fn verdict(property: &Property, orm: &Orm, judge: &Judge<'_, '_>, postgres: bool) -> Option<Draft> {
    let (name, value, span) = (
        property.name.as_str(),
        property.value.as_str(),
        &property.span,
    );
    if orm.dialects.contains(&name) {
        judge.dialect(name, value, span.clone())
    } else if ADDRESSES.contains(&name) {
        judge.address(name, value, false, span.clone(), span)
    } else if name == "host" {
        judge.address(name, value, postgres, span.clone(), span)
    } else {
        None
    }
}

fn orm(path: &RepoPath) -> Option<&'static Orm> {
    let (stem, extension) = path.file_name().rsplit_once('.')?;
    if !matches!(
        extension,
        "ts" | "js" | "mjs" | "cjs" | "mts" | "cts" | "json"
    ) {
        return None;
    }
    ORMS.iter().find(|orm| {
        orm.names
            .iter()
            .any(|name| match name.strip_prefix("config/") {
                Some(name) => stem == name && path.as_str().rsplit('/').nth(1) == Some("config"),
                // `drizzle.config`, and `drizzle.prod.config` or `drizzle-prod.config` beside it.
                None => {
                    stem == *name
                        || name.split_once('.').is_some_and(|(head, tail)| {
                            stem.starts_with(head) && stem.ends_with(&format!(".{tail}"))
                        })
                }
            })
    })
}

const ORMS: &[Orm] = &[
    // https://orm.drizzle.team/docs/drizzle-config-file
    Orm {
        names: &["drizzle.config"],
        dialects: &["dialect", "driver"],
    },
    // https://knexjs.org/guide/#configuration-options
    Orm {
        names: &["knexfile", "knex.config"],
        dialects: &["client", "dialect"],
    },
    // https://typeorm.io/docs/data-source/data-source-options
    Orm {
        names: &["ormconfig", "data-source", "datasource", "typeorm.config"],
        dialects: &["type"],
    },
    // https://www.prisma.io/docs/orm/reference/prisma-config-reference
    Orm {
        names: &["prisma.config"],
        dialects: &["provider"],
    },
    // https://mikro-orm.io/docs/configuration
    Orm {
        names: &["mikro-orm.config"],
        dialects: &["type"],
    },
    // https://sequelize.org/docs/v6/other-topics/migrations/#configuration
    Orm {
        names: &["config/config", "config/database", "sequelize.config"],
        dialects: &["dialect"],
    },
];

/// Properties that hold an address.
const ADDRESSES: &[&str] = &[
    "url",
    "connection",
    "connectionString",
    "uri",
    "clientUrl",
    "directUrl",
    "shadowDatabaseUrl",
    "databaseUrl",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Veil;

    fn run(path: &str, text: &str) -> Vec<String> {
        let (path, veil) = (RepoPath::new(path), Veil::default());
        if !wants(&path, &Canon::shipped()) {
            return Vec::new();
        }
        let found = inspect(
            &FileView::new(&path, text.as_bytes(), &veil),
            &Canon::shipped(),
        );
        assert!(found.gaps.is_empty());
        found
            .drafts
            .iter()
            .map(|draft| {
                format!(
                    "{}:{} {}",
                    draft.mark.as_ref().map_or(0, |mark| mark.start.line),
                    draft.rule,
                    draft.content
                )
            })
            .collect()
    }

    #[test]
    fn configurations() {
        for (path, text, expected) in [
            (
                "drizzle.config.ts",
                "export default {\n dialect: 'sqlite',\n dbCredentials: {url: 'file:x.db'} }",
                vec![
                    "2:alternate-database dialect sqlite",
                    "3:alternate-database url",
                ],
            ),
            (
                "a/drizzle.prod.config.ts",
                "export default { dialect: 'turso' } satisfies Config",
                vec!["1:alternate-database dialect turso"],
            ),
            (
                "drizzle.config.json",
                "{\"dialect\": \"mysql\"}",
                vec!["1:alternate-database dialect mysql"],
            ),
            (
                "knexfile.js",
                "module.exports = { client: 'pg', connection: { host: 'x.rds.amazonaws.com' } }",
                vec!["1:non-supabase-postgres host x.rds.amazonaws.com"],
            ),
            (
                "knexfile.js",
                "module.exports = { client: 'mysql2', connection: { host: 'localhost' } }",
                vec!["1:alternate-database client mysql2"],
            ),
            (
                "src/data-source.ts",
                "new DataSource({ type: 'mongodb' })",
                vec!["1:alternate-database type mongodb"],
            ),
            (
                "prisma.config.ts",
                "export default defineConfig({ datasource: { url: 'postgres://a@b.neon.tech/c' } })",
                vec!["1:non-supabase-postgres url b.neon.tech"],
            ),
            (
                "config/config.json",
                "{\"production\": {\"dialect\": \"mariadb\"}}",
                vec!["1:alternate-database dialect mariadb"],
            ),
            (
                "drizzle.config.ts",
                "export default { dialect: 'postgresql', dbCredentials: { url: process.env.DATABASE_URL! } }",
                vec![],
            ),
            (
                "drizzle.config.ts",
                "// dialect: 'sqlite'\nexport default { dialect: 'postgresql', dbCredentials: { url: 'postgres://x@db.a.supabase.co/postgres' } }",
                vec![],
            ),
            (
                "app/config.ts",
                "export default { dialect: 'sqlite' }",
                vec![],
            ),
            (
                "vite.config.ts",
                "export default { dialect: 'sqlite' }",
                vec![],
            ),
        ] {
            assert_eq!(run(path, text), expected, "{path} {text}");
        }
    }
}
