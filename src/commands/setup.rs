//! What every verb needs first: configuration, policy, exceptions, baseline.

use crate::cli::Global;
use crate::config::{Choice, Config};
use crate::policy::Policy;
use crate::policy::allow::Allows;
use crate::policy::baseline::{self, Baseline};
use std::path::{Path, PathBuf};

/// Everything read before the work begins.
pub(super) struct Setup {
    pub config: Config,
    pub policy: Policy,
    pub allows: Allows,
    /// The baseline and its path as reports name it.
    pub baseline: Option<(Baseline, String)>,
    pub threads: usize,
}

impl Setup {
    /// Reads configuration, policy and baseline for work that begins in `start`.
    ///
    /// # Errors
    /// Everything wrong in any of them.
    pub(super) fn read(start: &Path, global: &Global) -> miette::Result<Self> {
        let config = crate::config::load(start, choice(global))?;
        let policy = config.policy()?;
        let allows = Allows::new(config.allows.clone(), jiff::Zoned::now().date());
        let baseline = match &global.baseline {
            Some(path) => Some((Baseline::read(path)?, path.display().to_string())),
            None => Baseline::read_if_present(&default_baseline(start))?
                .map(|found| (found, baseline::FILE_NAME.to_owned())),
        };
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = global.threads.map_or_else(cores, usize::from);
        Ok(Self {
            config,
            policy,
            allows,
            baseline,
            threads,
        })
    }
}

fn choice(global: &Global) -> Choice {
    match &global.config {
        _ if global.no_config => Choice::None,
        Some(path) => Choice::File(path.clone()),
        None => Choice::Discover,
    }
}

/// The baseline at the root of the repository that `start` is in, else in `start`.
pub(super) fn default_baseline(start: &Path) -> PathBuf {
    let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    let root = start
        .ancestors()
        .find(|dir| dir.join(".git").symlink_metadata().is_ok())
        .unwrap_or(&start);
    root.join(baseline::FILE_NAME)
}
