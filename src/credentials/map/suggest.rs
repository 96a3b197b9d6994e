//! The secret rule that the name of a credential suggests.

/// The id of the rule; none where the name says nothing sure. `import` writes it as a comment: which of several kinds of key is in use, a name
/// does not tell.
#[must_use]
pub fn suggested_rule(name: &str) -> Option<&'static str> {
    RULES
        .iter()
        .find(|(parts, _)| parts.iter().all(|part| name.contains(part)))
        .map(|(_, rule)| *rule)
}

/// What a name holds, and the rule; the first that fits.
const RULES: &[(&[&str], &str)] = &[
    (&["SUPABASE", "SERVICE", "KEY"], "supabase-service-role-key"),
    (&["SUPABASE", "SECRET_KEY"], "supabase-secret-key"),
    (&["SUPABASE", "ANON"], "supabase-anon-key"),
    (&["SUPABASE_ACCESS_TOKEN"], "supabase-access-token"),
    (&["DATABASE_URL"], "postgres-dsn"),
    (&["POSTGRES", "URL"], "postgres-dsn"),
    (&["REDIS", "URL"], "redis-dsn"),
    (&["MONGO", "UR"], "mongodb-dsn"),
    (&["OPENAI", "KEY"], "openai-api-key"),
    (&["FLY", "TOKEN"], "fly-token"),
    (&["GITHUB", "TOKEN"], "github-token"),
    (&["VAULT", "TOKEN"], "vault-token"),
    (&["CHATWOOT", "TOKEN"], "chatwoot-access-token"),
    (&["SHOPIFY", "ACCESS_TOKEN"], "shopify-access-token"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suggested_rule_exists() {
        let packs = crate::policy::embedded();
        for (_, rule) in RULES {
            assert!(
                packs
                    .iter()
                    .flat_map(|(_, pack)| &pack.secrets)
                    .any(|known| known.id == *rule),
                "{rule}"
            );
        }
    }

    #[test]
    fn names_suggest_rules() {
        assert_eq!(
            suggested_rule("SUPABASE_SERVICE_KEY"),
            Some("supabase-service-role-key")
        );
        assert_eq!(suggested_rule("DATABASE_URL_STAGING"), Some("postgres-dsn"));
        assert_eq!(suggested_rule("FRONTEND_URL"), None);
    }
}
