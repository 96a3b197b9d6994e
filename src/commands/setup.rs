//! What every verb needs first: configuration, policy, exceptions, baseline.

use crate::cli::Global;
use crate::config::{Choice, Config};
use crate::policy::Policy;
use crate::policy::allow::Allows;
use crate::policy::baseline::{self, Baseline};
use crate::source::{Environment, Exclude, Worktree, WorktreeOptions};
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
        let mut setup = Self::without_baseline(start, global)?;
        setup.baseline = match &global.baseline {
            Some(path) => Some((Baseline::read(path)?, path.display().to_string())),
            None => Baseline::read_if_present(&default_baseline(start))?
                .map(|found| (found, baseline::FILE_NAME.to_owned())),
        };
        Ok(setup)
    }

    /// As [`Self::read`], whatever the baseline holds and whether there is one.
    ///
    /// # Errors
    /// Everything wrong in configuration or policy.
    pub(super) fn without_baseline(start: &Path, global: &Global) -> miette::Result<Self> {
        Self::of(crate::config::load(start, choice(global))?, global)
    }

    /// Everything for work under this configuration, without a baseline.
    ///
    /// # Errors
    /// Everything wrong in the policy.
    pub(super) fn of(config: Config, global: &Global) -> miette::Result<Self> {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(Self {
            policy: config.policy()?,
            allows: Allows::new(config.allows.clone(), today()),
            baseline: None,
            threads: global.threads.map_or_else(cores, usize::from),
            config,
        })
    }

    /// The work tree below `root`, as `check` sees it without options.
    ///
    /// # Errors
    /// A pattern of `exclude` that is none, a path that cannot be read.
    pub(super) fn worktree(&self, root: &Path) -> miette::Result<Worktree> {
        let options = WorktreeOptions {
            no_ignore: false,
            exclude: Exclude::new(&self.config.exclude)?,
        };
        Ok(Worktree::new(
            vec![root.to_owned()],
            &Environment::of_process(),
            options,
        )?)
    }
}

/// The date in UTC, as everywhere: an exception ends at the same moment on every machine. The local date would also have
/// to be looked up among the system's time zones, which are two thousand files.
fn today() -> jiff::civil::Date {
    jiff::Timestamp::now()
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
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
    repository_root(start).join(baseline::FILE_NAME)
}

/// The root of the repository that `start` is in, absolute; else `start`.
pub(super) fn repository_root(start: &Path) -> PathBuf {
    let start = std::path::absolute(start).unwrap_or_else(|_| start.to_owned());
    root_above(&start).map_or_else(|| start.clone(), Path::to_path_buf)
}

/// The nearest directory from `start` up with a `.git` in it.
pub(super) fn root_above(start: &Path) -> Option<&Path> {
    start
        .ancestors()
        .find(|dir| dir.join(".git").symlink_metadata().is_ok())
}
