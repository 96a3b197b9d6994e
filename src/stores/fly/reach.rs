//! How far a secret got: setting one does not restart machines, so what runs may have the old value.
//!
//! As flyctl tells it (`internal/appsecrets`): a machine has the value when the release it runs is not older than
//! the value.

use super::reality::FlyReality;
use super::wire::Releases;
use crate::credentials::Reach;
use jiff::Timestamp;

/// When the release was made that each machine runs; none for a machine where that is not known.
pub(super) struct Running(Vec<Option<Timestamp>>);

impl Running {
    pub(super) fn new(reality: &FlyReality, releases: &Releases) -> Self {
        let made = |version: u64| {
            let release = releases
                .releases
                .iter()
                .find(|release| release.version == version)?;
            release.created_at.parse().ok()
        };
        let machines = reality.machines.iter();
        Self(machines.map(|machine| made(machine.release?)).collect())
    }

    /// How far a value set then got; none without machines, and where the ones not known would decide.
    pub(super) fn reach(&self, set: Timestamp) -> Option<Reach> {
        let having = self.0.iter().flatten().filter(|made| **made >= set).count();
        let lacking = self.0.iter().flatten().filter(|made| **made < set).count();
        match (having, lacking) {
            (1.., 1..) => Some(Reach::Partial),
            _ if having + lacking < self.0.len() => None,
            (1.., 0) => Some(Reach::Deployed),
            (0, 1..) => Some(Reach::Staged),
            (0, 0) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_some_and_none() {
        let at = |second| Timestamp::from_second(second).ok();
        for (running, want) in [
            (vec![at(10), at(20)], Some(Reach::Deployed)),
            (vec![at(9), at(10)], Some(Reach::Partial)),
            (vec![at(9), at(10), None], Some(Reach::Partial)),
            (vec![at(1), at(9)], Some(Reach::Staged)),
            (vec![at(10), None], None),
            (vec![at(9), None], None),
            (vec![None], None),
            (vec![], None),
        ] {
            let set = Timestamp::from_second(10).expect("a time");
            assert_eq!(Running(running.clone()).reach(set), want, "{running:?}");
        }
    }
}
