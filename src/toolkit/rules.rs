//! The rules of this room by name, and the words of their findings.

use super::canon::{Canon, Category};
use crate::finding::printable;
use crate::policy::Severity;
use crate::tree::{Draft, FileView};
use std::ops::Range;

/// Every rule of `policies/toolkit-rules.toml`.
pub const RULES: &[&str] = &[
    ALTERNATE_DATABASE,
    DIRECT_REDIS,
    NON_SUPABASE_POSTGRES,
    FLY_POSTGRES,
    REMIX_IMPORT,
    UNLISTED_ROUTER,
    UNLISTED_AI_SDK,
    MISSING_REQUIRED_PACKAGE,
    ROW_LEVEL_SECURITY_OFF,
    ROW_LEVEL_SECURITY_OPEN_POLICY,
    UNLISTED_MCP_SERVER,
];
/// A database that is not Supabase Postgres.
pub const ALTERNATE_DATABASE: &str = "alternate-database";
/// Redis used by application code.
pub const DIRECT_REDIS: &str = "direct-redis";
/// Postgres that is not Supabase's.
pub const NON_SUPABASE_POSTGRES: &str = "non-supabase-postgres";
/// Postgres of Fly.
pub const FLY_POSTGRES: &str = "fly-postgres";
/// Remix in place of React Router 7.
pub const REMIX_IMPORT: &str = "remix-import";
/// Another router.
pub const UNLISTED_ROUTER: &str = "unlisted-router";
/// Another AI SDK.
pub const UNLISTED_AI_SDK: &str = "unlisted-ai-sdk";
/// A needed package that is not there.
pub const MISSING_REQUIRED_PACKAGE: &str = "missing-required-package";
/// A table open to everyone.
pub const ROW_LEVEL_SECURITY_OFF: &str = "row-level-security-off";
/// A policy open to everyone.
pub const ROW_LEVEL_SECURITY_OPEN_POLICY: &str = "row-level-security-open-policy";
/// An MCP server nobody looked at.
pub const UNLISTED_MCP_SERVER: &str = "unlisted-mcp-server";

/// The rule of that name.
#[must_use]
pub fn known(id: &str) -> Option<&'static str> {
    RULES.iter().find(|rule| **rule == id).copied()
}

/// A finding about `span`: `shown` (the package, image, variable … as written) belongs to `category`. None where the category is
/// allowed at that path. Weighs less in tests.
#[must_use]
pub(super) fn against(
    canon: &Canon,
    category: &Category,
    file: &FileView<'_>,
    span: Range<usize>,
    shown: &str,
) -> Option<Draft> {
    if canon.excuses(category, file.path) {
        return None;
    }
    Some(Draft {
        rule: category.rule,
        path: file.path.clone(),
        mark: Some(file.mark(span)),
        message: format!(
            "`{}` is {}; {}",
            printable(shown),
            category.what,
            category.instead
        ),
        help: None,
        content: shown.to_owned(),
        severity: canon
            .is_test(file.path)
            .then_some(canon.weights().test)
            .flatten(),
        decided_by: Some(category.place.clone()),
    })
}

/// The lesser of two severities, where each may be left to the rule.
#[must_use]
pub(super) fn lesser(one: Option<Severity>, other: Option<Severity>) -> Option<Severity> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
