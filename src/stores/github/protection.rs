//! What keeps just any job from the secrets of an environment that serves users.
//!
//! <https://docs.github.com/en/actions/reference/workflows-and-actions/deployments-and-environments>

use super::answers::Environment;
use crate::credentials::Remark;

/// Whether an environment of that name serves users, as far as a name tells.
pub(super) fn serves_users(environment: &str) -> bool {
    let lower = environment.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric());
    // "pre-production" is not production.
    let almost = words().any(|word| matches!(word, "pre" | "non"));
    !almost && words().any(|word| LIVE.contains(&word))
}

/// What it lacks, in one remark; none when somebody has to approve and not every branch may deploy.
pub(super) fn lacks(environment: &Environment) -> Option<Remark> {
    let approved = environment
        .protection_rules
        .iter()
        .any(|rule| rule.kind == "required_reviewers" && !rule.reviewers.is_empty());
    let limited = environment
        .deployment_branch_policy
        .as_ref()
        .is_some_and(|policy| policy.protected_branches || policy.custom_branch_policies);
    let message = match (approved, limited) {
        (true, true) => return None,
        (false, true) => "nobody has to approve a deployment",
        (true, false) => "every branch may deploy",
        (false, false) => "every branch may deploy, and nobody has to approve it",
    };
    Some(Remark {
        rule: Some(UNPROTECTED),
        key: None,
        file: None,
        message: message.into(),
    })
}

/// Words that say so.
const LIVE: [&str; 4] = ["prod", "production", "prd", "live"];

/// The rule against environments without protection.
const UNPROTECTED: &str = "github-environment-unprotected";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_serves_users() {
        for name in [
            "production",
            "Production",
            "prod",
            "prod-eu",
            "eu_PROD",
            "acme/live",
            "Live (EU)",
        ] {
            assert!(serves_users(name), "{name}");
        }
        for name in [
            "staging",
            "preview",
            "pre-production",
            "preprod",
            "non-prod",
            "product-tests",
            "delivery",
            "",
        ] {
            assert!(!serves_users(name), "{name}");
        }
    }

    #[test]
    fn reviewers_and_branches_are_asked_for() {
        let reviewers = r#"{"type":"required_reviewers","prevent_self_review":false,"reviewers":[{"type":"Team","reviewer":{"slug":"ops"}}]}"#;
        let nobody = r#"{"type":"required_reviewers","reviewers":[]}"#;
        let timer = r#"{"type":"wait_timer","wait_timer":30}"#;
        let some = r#"{"protected_branches":false,"custom_branch_policies":true}"#;
        let protected = r#"{"protected_branches":true,"custom_branch_policies":false}"#;
        for (rules, policy, wanted) in [
            (reviewers, some, None),
            (reviewers, protected, None),
            (reviewers, "null", Some("every branch may deploy")),
            (timer, some, Some("nobody has to approve a deployment")),
            (nobody, some, Some("nobody has to approve a deployment")),
            (
                timer,
                "null",
                Some("every branch may deploy, and nobody has to approve it"),
            ),
        ] {
            let json = format!(
                r#"{{"id":1,"name":"p","protection_rules":[{rules}],"deployment_branch_policy":{policy}}}"#
            );
            let environment: Environment = serde_json::from_str(&json).expect("an environment");
            let said = lacks(&environment).map(|remark| remark.message);
            assert_eq!(said.as_deref(), wanted, "{json}");
        }
        let bare: Environment = serde_json::from_str(r#"{"name":"p"}"#).expect("an environment");
        assert!(lacks(&bare).is_some());
    }
}
