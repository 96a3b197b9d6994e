//! From a comparison to a report: severities, exceptions, the order of things.

use super::setup::Setup;
use super::stock::Stock;
use crate::credentials::Issue;
use crate::credentials::compare::Comparison;
use crate::engine::{Exceptions, Judged};
use crate::report::{Report, Scope, ScopeKind};
use crate::source::Environment;
use std::path::Path;

/// The report of what was compared; `issues` are said besides the comparison's own.
pub(super) fn report(
    setup: &Setup,
    comparison: &Comparison,
    issues: &[Issue],
    stock: &Stock,
) -> Report {
    let exceptions = Exceptions {
        policy: &setup.policy,
        allows: &setup.allows,
        baseline: setup.baseline.as_ref().map(|(baseline, _)| baseline),
    };
    let mut report = Report {
        scope: Scope {
            kind: ScopeKind::Stores,
            root: Environment::of_process().name_of(Path::new(".")),
            head: None,
        },
        incomplete: comparison.gaps.clone(),
        notes: comparison.notes.clone(),
        credentials: comparison.rows.iter().map(|row| row.row.clone()).collect(),
        today: Some(stock.today()),
        ..Report::default()
    };
    for issue in comparison.issues.iter().chain(issues) {
        let Some((mut finding, inline)) = exceptions.finding(issue.draft(&stock.text)) else {
            // A store's word for what no rule knows must not be lost; a rule that is switched off is.
            if setup.policy.meta(issue.rule).is_none() {
                report.notes.push(issue.message.clone());
            }
            continue;
        };
        issue.locate(&mut finding.location);
        match exceptions.judge(finding, &inline, &[]) {
            Judged::Reported(finding) => report.findings.push(finding),
            Judged::Allowed(allowed) => report.allowed.push(allowed),
        }
    }
    report.sort();
    report
}
