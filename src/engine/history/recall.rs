//! The whole answer of an earlier run, for a repository in which nothing has changed: where what was found comes from.
//! Of the objects themselves so many are looked at again that every finding is among them, so that the cache need not hold
//! what is in them, and no mask is made from it.

use super::super::sightings::Sightings;
use super::place::{Origin, What};
use super::spread::{Spreads, in_order};
use super::{HistoryRun, Search};
use crate::finding::{Presence, RepoPath, Spread};
use crate::report::Report;
use crate::source::history::cache::{
    Counts, Known, Memory, Standing, Traced, View, ViewKey, cover,
};
use crate::source::history::{Graph, Oid, Tip, TipKind, left_out, objects_left_out};
use std::collections::BTreeSet;

impl Search<'_> {
    /// The answer that is remembered; none when anything has changed or can no longer be read.
    pub(super) fn recall(&self, memory: &Memory) -> Option<HistoryRun> {
        let (repository, options) = (self.repository, self.options);
        if memory.is_blank()
            || options.scrub
            || !repository.store().gaps().is_empty()
            || !repository.has_same_packs(memory)
        {
            return None;
        }
        let mut gaps = Vec::new();
        let tips = repository.tips(&mut gaps);
        let all: Vec<&Tip> = tips.iter().collect();
        let key = ViewKey::new(repository, &all, &options.selection, options.unreachable);
        let view = memory.view(&key).filter(|_| gaps.is_empty())?;
        let spots = |traced: &Traced| memory.places(&traced.id).map_or(0, |at| at.spots.len());
        if view.traced.iter().map(spots).sum::<usize>() > MOST_SPOTS {
            return None;
        }
        let ids: BTreeSet<Oid> = view.traced.iter().map(|traced| traced.id).collect();
        let found = self.look_again(&ids.into_iter().collect::<Vec<_>>(), memory)?;
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
        let origins = origins?;
        let identities = in_order(&origins, &found);
        if identities.len() != view.spread.len() {
            return None;
        }
        let spread = view.spread.iter();
        let spread = spread.map(|(commits, paths)| Spread {
            commits: *commits,
            paths: *paths,
        });
        let spreads: Spreads = identities.into_iter().zip(spread).collect();
        let mut report = self.report(view.counts, view.commits, view.head);
        self.findings(&origins, &spreads, &found, &mut report);
        if view.left_out > 0 {
            report.incomplete.push(left_out(view.left_out));
        }
        Some(HistoryRun {
            report,
            ..HistoryRun::default()
        })
    }

    /// What is in these objects: few are read and scanned, of the others only the places are remembered. None when one
    /// cannot be read, or is not what it was.
    fn look_again(&self, ids: &[Oid], memory: &Memory) -> Option<Sightings> {
        let (mut placed, mut read) = (Vec::new(), Vec::new());
        for id in ids {
            match memory.places(id) {
                Some(places) => placed.push((*id, places)),
                None => read.push(*id),
            }
        }
        read.extend(cover(&placed));
        let scan = |found: &mut Sightings, id: &Oid, kind, bytes: &[u8]| {
            self.progress().add(bytes.len() as u64);
            self.scan(&|| *id, kind, bytes, found);
        };
        let threads = self.engine.threads;
        let parts = self
            .repository
            .read_each(&read, threads, Sightings::default, scan);
        let mut all = Sightings::default();
        parts.ok()?.into_iter().for_each(|part| all.merge(part));
        all.restore(&read, &placed)?;
        Some(all)
    }

    /// What is in known objects with findings, after a change that did not touch them; `known` then says that they need no
    /// second look. Nothing when all of them do.
    pub(super) fn bring_back(&self, memory: &Memory, known: &mut Known) -> Sightings {
        // Values that are to be replaced are taken from where they stand, whatever was remembered.
        if self.options.scrub {
            return Sightings::default();
        }
        let placed = self.repository.placed(memory, known);
        let ids: Vec<Oid> = placed.iter().map(|(id, _)| *id).collect();
        let Some(found) = self.look_again(&ids, memory) else {
            return Sightings::default();
        };
        known.settle(self.repository, &ids);
        found
    }

    /// What to remember of an answer; none when something was missing that should be there, or stands where no object has it.
    pub(super) fn view(
        &self,
        report: &Report,
        counts: Counts,
        commits: u64,
        head: Option<Oid>,
        (origins, found, spreads): (&[Origin<'_>], &Sightings, &Spreads),
        graph: &Graph,
    ) -> Option<View> {
        let left_out = objects_left_out(&report.incomplete)?;
        let number = |name: &str| {
            let is_ref = |tip: &Tip| tip.name == name && tip.kind < TipKind::Reflog;
            let at = graph.names().position(is_ref)?;
            u32::try_from(at).ok()
        };
        let is_told = |origin: &&Origin<'_>| match &origin.what {
            What::Object(_, object) => !found.at(self.scanner, object, &origin.path).is_empty(),
            What::Name(sightings) => !sightings.is_empty(),
        };
        let told = || origins.iter().filter(is_told);
        let spread = in_order(told(), found).into_iter().map(|identity| {
            let spread = spreads.get(&identity)?;
            Some((spread.commits, spread.paths))
        });
        let traced = told().map(|origin| {
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
            left_out,
            counts,
            commits,
            head,
            spread: spread.collect::<Option<_>>()?,
            traced: traced.collect::<Option<_>>()?,
        })
    }
}

/// Remembered hits that are placed, counting each path of an object: no more would be quicker than a look at everything.
const MOST_SPOTS: usize = 16 << 20;
