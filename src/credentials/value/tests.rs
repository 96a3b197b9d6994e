use super::*;
use crate::credentials::fixture::{judge, supabase_key};
use crate::policy::Policy;
use crate::policy::pack::expand;

#[test]
#[expect(clippy::too_many_lines, reason = "most of it is a table")]
fn values_are_of_the_kind_expected() {
    judge(|values| {
        let dsn = expand(concat!(
            "postgresql",
            "://postgres.abcdefghijklmnopqrst:{base62:20}@aws-0-eu-central-1.pooler.supabase.com:6543/postgres?pgbouncer=true"
        ));
        for (name, value, expect, why) in [
            (
                "SUPABASE_SERVICE_KEY",
                supabase_key("service_role"),
                "supabase-service-role-key",
                None,
            ),
            (
                "SUPABASE_SERVICE_KEY",
                supabase_key("anon"),
                "supabase-service-role-key",
                Some("is what the rule `supabase-anon-key` finds"),
            ),
            (
                "SUPABASE_ANON_KEY",
                supabase_key("anon"),
                "supabase-anon-key",
                None,
            ),
            (
                "ANY",
                expand("sb_secret_{base62:32}"),
                "supabase-secret-key",
                None,
            ),
            (
                "ANY",
                expand("x sb_secret_{base62:32}"),
                "supabase-secret-key",
                Some("does not satisfy"),
            ),
            ("DATABASE_URL", dsn.clone(), "postgres-dsn", None),
            (
                "DATABASE_URL",
                expand("sb_secret_{base62:32}"),
                "postgres-dsn",
                Some("is what the rule `supabase-secret-key` finds"),
            ),
            (
                "DATABASE_URL",
                "db.abc.supabase.co".into(),
                "postgres-dsn",
                Some("does not satisfy"),
            ),
            (
                "CHATWOOT_TOKEN",
                expand("{base58:24}"),
                "chatwoot-access-token",
                None,
            ),
            (
                "APP_KEY",
                expand("{base58:24}"),
                "chatwoot-access-token",
                None,
            ),
        ] {
            let found = values.fault(name, &Secret::new(value.as_bytes()), Some(expect));
            match (why, &found) {
                (None, None) => {}
                (Some(why), Some(Fault::Malformed(said))) => {
                    assert!(said.contains(why), "{name}: {said}")
                }
                _ => panic!("{name} {expect}: {found:?}"),
            }
            if let Some(Fault::Malformed(said)) = &found {
                assert!(!said.contains(&value));
            }
        }
        assert!(values.can_expect("postgres-dsn") && !values.can_expect("no-such-rule"));
    });
}

#[test]
fn every_rule_with_a_shape_accepts_its_own_values() {
    judge(|values| {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let mut unsatisfied = Vec::new();
        for rule in policy
            .secrets()
            .filter(|rule| matches!(rule.matcher, Matcher::Pattern(_)))
        {
            let whole = rule.leaks.iter().map(|leak| expand(leak)).any(|leak| {
                let words = leak.split([' ', '=', '"', '\'', '\n', ',']);
                words.chain([leak.as_str()]).any(|word| {
                    let value = Secret::new(word.as_bytes());
                    values.fault("VALUE", &value, Some(&rule.id)).is_none()
                })
            });
            if !whole {
                unsatisfied.push(rule.id.clone());
            }
        }
        // The others are about what stands round a password, and no value satisfies them.
        let context = [
            "-login",
            "-logon",
            "-scripts",
            "-password",
            "-header",
            "-in-text",
            "-in-code",
            "-in-a-test",
            "-passphrase",
            "-secret",
            "-key",
            "-auth",
            "-hash",
            "-pair",
            "-salt",
            "-signature",
            "-token",
            "-license",
            "-command-line",
        ];
        assert!(unsatisfied.len() <= 32, "{unsatisfied:?}");
        unsatisfied.retain(|id| !context.iter().any(|end| id.ends_with(end)));
        assert_eq!(unsatisfied, [""; 0]);
        for rule in [
            "private-key",
            "resend-api-key",
            "age-secret-key",
            "slack-webhook-url",
            "postgres-dsn",
            "github-token",
        ] {
            assert!(!unsatisfied.iter().any(|id| id == rule), "{rule}");
        }
    });
}

#[test]
fn placeholders_and_blanks() {
    judge(|values| {
        for (name, value, want) in [
            ("API_KEY", "", Some(Fault::Placeholder)),
            ("API_KEY", "changeme", Some(Fault::Placeholder)),
            ("API_KEY", "<your-token>", Some(Fault::Placeholder)),
            (
                "DATABASE_URL",
                concat!(
                    "postgresql",
                    "://postgres:[YOUR-PASSWORD]@db.abc.supabase.co:5432/postgres"
                ),
                Some(Fault::Placeholder),
            ),
            ("API_KEY", "${API_KEY}", Some(Fault::Placeholder)),
            ("POSTGRES_USERNAME", "postgres", None),
            ("REDIS_URL", "redis://fly-chatwoot.upstash.io:6379", None),
            ("SHOP_DOMAIN", "acme.myshopify.com", None),
            (
                "SHOP_DOMAIN",
                "your-shop.myshopify.com",
                Some(Fault::Placeholder),
            ),
            ("APP_ENV", "production", None),
        ] {
            assert_eq!(
                values.fault(name, &Secret::new(value.as_bytes()), None),
                want,
                "{name}={value}"
            );
        }
        let token = expand("{base62:32}");
        for (value, fine) in [
            (token.clone(), true),
            (format!("{token}\n"), false),
            (format!("\"{token}\""), false),
            (format!(" {token}"), false),
        ] {
            assert_eq!(
                values
                    .fault("API_KEY", &Secret::new(value.as_bytes()), None)
                    .is_none(),
                fine
            );
        }
    });
}

#[test]
fn databases_elsewhere() {
    judge(|values| {
        for (value, host) in [
            (
                expand(concat!(
                    "postgres",
                    "://a:{base62:9}@db.abc.supabase.co:5432/postgres"
                )),
                None,
            ),
            (
                expand(concat!("postgres", "://a:{base62:9}@app-db.flycast:5432/x")),
                Some("app-db.flycast:5432"),
            ),
            (
                expand(concat!("postgres", "://a:{base62:9}@x.rds.amazonaws.com/x")),
                Some("x.rds.amazonaws.com"),
            ),
            (concat!("redis", "://x.upstash.io").to_owned(), None),
            ("plain".into(), None),
        ] {
            assert_eq!(
                values
                    .foreign_postgres(&Secret::new(value.as_bytes()))
                    .as_deref(),
                host
            );
        }
    });
}
