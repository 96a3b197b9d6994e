//! The whole answer of an earlier run, for a repository in which nothing has changed: where what was found comes from.
//! The objects themselves are looked at again, so that the cache need not hold what is in them.

use super::super::sightings::Sightings;
use super::place::{Origin, What};
use super::{HistoryRun, Search};
use crate::finding::{Presence, RepoPath};
use crate::report::Report;
use crate::source::history::cache::{Counts, Memory, Standing, Traced, View, ViewKey};
use crate::source::history::{Graph, Oid, Tip, TipKind};
use std::collections::BTreeSet;

impl Search<'_> {
    /// The answer that is remembered; none when anything has changed or can no longer be read.
    pub(super) fn recall(&self, memory: &Memory) -> Option<HistoryRun> {
        let (repository, options) = (self.repository, self.options);
        if memory.is_blank() || options.scrub || !repository.store().gaps().is_empty() {
            return None;
        }
        let mut gaps = Vec::new();
        let tips = repository.tips(&mut gaps);
        let all: Vec<&Tip> = tips.iter().collect();
        let key = ViewKey::new(repository, &all, &options.selection, options.unreachable);
        let view = memory.view(&key).filter(|_| gaps.is_empty())?;
        let ids: BTreeSet<Oid> = view.traced.iter().map(|traced| traced.id).collect();
        let found = self.look_again(&ids.into_iter().collect::<Vec<_>>())?;
        let origin = |traced: &Traced| {
            let presence = match traced.standing {
                Standing::Head => Presence::Head,
                Standing::Tip(number) => Presence::Ref(tips.get(number as usize)?.name.clone()),
                Standing::History => Presence::HistoryOnly,
                Standing::Stash => Presence::StashOnly,
                Standing::Nowhere => Presence::Unreachable,
            };
            Some(Origin {
                rank: usize::MAX,
                commit: traced.commit,
                presence,
                path: RepoPath::new(&traced.path),
                what: What::Object(traced.id, found.objects.get(&traced.id)?),
            })
        };
        let origins: Option<Vec<Origin<'_>>> = view.traced.iter().map(origin).collect();
        let mut report = self.report(view.counts, view.commits, view.head);
        self.findings(&origins?, &found, &mut report);
        Some(HistoryRun {
            report,
            ..HistoryRun::default()
        })
    }

    /// Reads and scans some objects; none when one cannot be read.
    fn look_again(&self, ids: &[Oid]) -> Option<Sightings> {
        let each = ids.len().div_ceil(self.engine.threads.max(1)).max(1);
        let look = |ids: &[Oid]| {
            let mut found = Sightings::default();
            for id in ids {
                let mut look = |kind, bytes: &[u8]| {
                    self.progress().add(bytes.len() as u64);
                    self.scan(id, kind, bytes, &mut found);
                };
                self.repository.look_at(id, &mut look).ok()?;
            }
            Some(found)
        };
        let look = &look;
        let mut all = Sightings::default();
        std::thread::scope(|scope| {
            let others: Vec<_> = ids
                .chunks(each)
                .map(|ids| scope.spawn(move || look(ids)))
                .collect();
            for other in others {
                all.merge(other.join().ok()??);
            }
            Some(())
        })?;
        Some(all)
    }

    /// What to remember of an answer; none when something was missing, or stands where no object has it.
    pub(super) fn view(
        &self,
        report: &Report,
        counts: Counts,
        commits: u64,
        head: Option<Oid>,
        origins: &[Origin<'_>],
        graph: &Graph,
    ) -> Option<View> {
        if !report.incomplete.is_empty() {
            return None;
        }
        let number = |name: &str| {
            let is_ref = |tip: &Tip| tip.name == name && tip.kind < TipKind::Reflog;
            let at = graph.names().position(is_ref)?;
            u32::try_from(at).ok()
        };
        let traced = origins.iter().map(|origin| {
            let What::Object(id, _) = &origin.what else {
                return None;
            };
            Some(Traced {
                id: *id,
                commit: origin.commit,
                path: origin.path.as_str().to_owned(),
                standing: match &origin.presence {
                    Presence::Head => Standing::Head,
                    Presence::Ref(name) => Standing::Tip(number(name)?),
                    Presence::HistoryOnly => Standing::History,
                    Presence::StashOnly => Standing::Stash,
                    Presence::Unreachable => Standing::Nowhere,
                },
            })
        });
        Some(View {
            counts,
            commits,
            head,
            traced: traced.collect::<Option<_>>()?,
        })
    }
}
