//! What differs, gathered over the machines of a group, and the finding each difference becomes.

use super::RULE;
use crate::fly::AppPolicy;
use crate::tree::{Draft, FileView};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// The differences of one group, by what differs.
#[derive(Debug, Default)]
pub(super) struct Differences(BTreeMap<String, Difference>);

/// The differences, with the machine that is being looked at.
pub(super) struct Found<'d> {
    all: &'d mut Differences,
    machine: Option<&'d str>,
}

/// One difference, for all machines of a group that have it.
#[derive(Debug, Default)]
struct Difference {
    says: Option<String>,
    /// What the policy asks for, and where that is written.
    asks: Option<(String, String)>,
    span: Option<Range<usize>>,
    live: BTreeSet<String>,
    machines: BTreeSet<String>,
}

impl Differences {
    /// For what one machine has.
    pub(super) fn of<'d>(&'d mut self, machine: &'d str) -> Found<'d> {
        Found {
            all: self,
            machine: Some(machine),
        }
    }

    /// For what the whole group has.
    pub(super) fn group(&mut self) -> Found<'_> {
        Found {
            all: self,
            machine: None,
        }
    }

    /// The findings to be.
    pub(super) fn drafts(self, file: &FileView<'_>, app: &str, group: &str) -> Vec<Draft> {
        let draft = |(what, one): (String, Difference)| one.draft(file, app, group, &what);
        self.0.into_iter().map(draft).collect()
    }
}

impl Found<'_> {
    /// Fly has something else than the file says.
    pub(super) fn file(
        &mut self,
        what: &str,
        says: &str,
        span: Option<&Range<usize>>,
        live: String,
    ) {
        let one = self.seen(what, live);
        one.says = Some(says.to_owned());
        one.span = span.cloned().or(one.span.take());
    }

    /// Fly has something else than the policy asks for; `says` is what the file has, where it has anything.
    pub(super) fn policy(
        &mut self,
        what: &str,
        asks: String,
        by: &AppPolicy,
        says: Option<(String, &Range<usize>)>,
        live: String,
    ) {
        let one = self.seen(what, live);
        one.asks = Some((asks, by.place.clone()));
        if let Some((says, span)) = says {
            one.says.get_or_insert(says);
            one.span.get_or_insert_with(|| span.clone());
        }
    }

    fn seen(&mut self, what: &str, live: String) -> &mut Difference {
        let one = self.all.0.entry(what.to_owned()).or_default();
        one.live.insert(live);
        one.machines.extend(self.machine.map(str::to_owned));
        one
    }
}

impl Difference {
    fn draft(self, file: &FileView<'_>, app: &str, group: &str, what: &str) -> Draft {
        let live: Vec<&str> = self.live.iter().map(String::as_str).collect();
        let mut sides = Vec::new();
        sides.extend(self.says.map(|says| format!("the file has {says}")));
        let (asks, place) = self.asks.unzip();
        sides.extend(asks.map(|asks| format!("the policy asks for {asks}")));
        sides.push(format!("Fly has {}", live.join(" and ")));
        let on = match self.machines.len() {
            0 => String::new(),
            number => format!(" on {}", crate::report::counted(number as u64, "machine")),
        };
        Draft {
            rule: RULE,
            path: file.path.clone(),
            mark: self.span.map(|span| file.mark(span)),
            message: format!(
                "{what} of group `{group}` of `{app}`: {}{on}",
                sides.join(", ")
            ),
            help: None,
            content: format!("{app}\n{group}\n{what}"),
            severity: None,
            decided_by: place,
        }
    }
}
