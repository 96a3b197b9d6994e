//! What other scanners call the things our rules are named for.
//!
//! Ids of gitleaks' own configuration
//! (<https://github.com/gitleaks/gitleaks/blob/master/config/gitleaks.toml>) and secret types of detect-secrets
//! (<https://github.com/Yelp/detect-secrets#viewing-all-enabled-plugins>).

use crate::policy::Policy;

/// Our rules for a foreign id; empty when there is none, or when it is one for anything.
pub(super) fn ours(foreign: &str, policy: &Policy) -> Vec<String> {
    let lower = foreign.to_ascii_lowercase();
    let listed = ALIASES.iter().find(|(name, _)| *name == lower);
    let candidates: Vec<&str> = match listed {
        Some((_, ours)) => ours.to_vec(),
        None => vec![lower.as_str()],
    };
    candidates
        .into_iter()
        .filter(|id| policy.meta(id).is_some())
        .map(str::to_owned)
        .collect()
}

/// Whether the foreign rule is for secrets of any kind.
pub(super) fn is_generic(foreign: &str) -> bool {
    let lower = foreign.to_ascii_lowercase();
    ["generic", "keyword", "entropy", "basic auth"]
        .iter()
        .any(|word| lower.contains(word))
}

/// Foreign ids that differ from ours.
const ALIASES: &[(&str, &[&str])] = &[
    (
        "aws-access-token",
        &[
            "aws-access-key-id",
            "aws-secret-access-key",
            "aws-access-key-pair",
        ],
    ),
    (
        "aws access key",
        &[
            "aws-access-key-id",
            "aws-secret-access-key",
            "aws-access-key-pair",
        ],
    ),
    ("github-pat", &["github-token"]),
    ("github-fine-grained-pat", &["github-token"]),
    ("github-oauth", &["github-token"]),
    ("github-app-token", &["github-token"]),
    ("github-refresh-token", &["github-token"]),
    ("github token", &["github-token"]),
    ("gitlab-pat", &["gitlab-token"]),
    ("gitlab-pat-routable", &["gitlab-token"]),
    ("gitlab-deploy-token", &["gitlab-token"]),
    ("gitlab-ptt", &["gitlab-token"]),
    ("gitlab-rrt", &["gitlab-token"]),
    ("gitlab token", &["gitlab-token"]),
    ("gcp-api-key", &["google-api-key"]),
    ("flyio-access-token", &["fly-token"]),
    ("vault-service-token", &["vault-token"]),
    ("vault-batch-token", &["vault-token"]),
    ("openai-api-key", &["openai-api-key"]),
    ("openai token", &["openai-api-key"]),
    ("anthropic-api-key", &["anthropic-api-key"]),
    ("anthropic-admin-api-key", &["anthropic-api-key"]),
    ("shopify-custom-access-token", &["shopify-access-token"]),
    (
        "shopify-private-app-access-token",
        &["shopify-access-token"],
    ),
    ("slack-bot-token", &["slack-token"]),
    ("slack-user-token", &["slack-token"]),
    ("slack-app-token", &["slack-app-token", "slack-token"]),
    ("slack-legacy-token", &["slack-token"]),
    ("slack-webhook-url", &["slack-webhook-url"]),
    ("slack token", &["slack-token"]),
    ("stripe-access-token", &["stripe-secret-key"]),
    ("stripe access key", &["stripe-secret-key"]),
    ("sendgrid-api-token", &["sendgrid-api-key"]),
    ("sendgrid api key", &["sendgrid-api-key"]),
    ("npm-access-token", &["npm-token"]),
    ("npm tokens", &["npm-token"]),
    ("pypi-upload-token", &["pypi-token"]),
    ("pypi token", &["pypi-token"]),
    ("json web token", &["jwt"]),
    ("private key", &["private-key"]),
    ("huggingface-access-token", &["hugging-face-token"]),
    ("linear-api-key", &["linear-api-key"]),
    ("sentry-user-token", &["sentry-auth-token"]),
    ("sentry-org-token", &["sentry-auth-token"]),
    ("telegram-bot-api-token", &["telegram-bot-token"]),
    ("telegram bot token", &["telegram-bot-token"]),
    ("discord-api-token", &["discord-bot-token"]),
    ("discord bot token", &["discord-bot-token"]),
    ("generic-api-key", &[]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_alias_is_a_rule() {
        let policy = Policy::new(crate::policy::embedded()).expect("the shipped rules go together");
        for id in ALIASES.iter().flat_map(|(_, ours)| *ours) {
            assert!(policy.meta(id).is_some(), "{id}");
        }
        assert_eq!(ours("GitHub-PAT", &policy), ["github-token"]);
        assert!(is_generic("Generic-API-Key") && !is_generic("jwt"));
    }
}
