//! What Fly runs against the fly.toml of each app the token can see.

use super::asking::wait;
use super::open;
use super::setup::{Setup, repository_root};
use super::stock::Stock;
use crate::credentials::{Answer, Failure, StoreKind, StorePlace};
use crate::engine::{Exceptions, Judged};
use crate::finding::{Gap, RepoPath};
use crate::fly::document::{Format, read};
use crate::fly::live::{self, Expected};
use crate::fly::policy::Policies;
use crate::fly::{AppPolicy, FlyGuard};
use crate::report::{Report, counted};
use crate::source::{Content, Source as _};
use crate::stores::FAN_OUT;
use crate::stores::fly::FlyReality;
use crate::tree::{FileView, TreeGuard as _};
use futures_util::stream::{self, StreamExt as _};
use miette::miette;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A file that configures an app.
struct File {
    path: RepoPath,
    text: String,
    app: String,
}

/// What each app runs, or why that is not known.
type Realities = BTreeMap<String, Result<FlyReality, Failure>>;

/// Compares every fly.toml of the work tree, and what the policy asks of its app, with what runs; what is different goes into the
/// report. Where there is no token for Fly at all, an app the map does not name is left alone, with a note.
///
/// # Errors
/// A work tree that has nothing to give, a `[[fly]]` entry that makes no sense, or a runtime that cannot be started.
pub(super) fn look(setup: &Setup, stock: &Stock, report: &mut Report) -> miette::Result<()> {
    if !stock.chosen.wants_store(StoreKind::Fly) {
        return Ok(());
    }
    let mut files = files(setup, report)?;
    if !open::has_fly_token() {
        let mapped = mapped(stock);
        let all = files.len();
        files.retain(|file| mapped.contains(file.app.as_str()));
        let left = (all - files.len()) as u64;
        if left > 0 {
            report.notes.push(format!(
                "fly: {} of apps the map does not name: without a token for Fly (FLY_API_TOKEN) what runs was not compared",
                counted(left, "fly.toml file")
            ));
        }
    }
    let realities = ask(stock.opening(setup), &files)?;
    let name = setup.config.name.as_deref().unwrap_or_default();
    let entries = setup
        .config
        .fly
        .iter()
        .map(|entry| AppPolicy::configured(entry, name))
        .collect::<Result<_, _>>()
        .map_err(|error| miette!("{error}"))?;
    let policies = Policies::new(entries);
    for file in &files {
        match realities.get(&file.app) {
            Some(Ok(reality)) => compare(file, setup, stock, &policies, reality, report),
            Some(Err(failure)) => {
                let help = failure.help.as_ref().map(|help| format!("; {help}"));
                report.incomplete.push(Gap {
                    what: format!("fly:{}", file.app),
                    why: format!(
                        "what it runs is not known: {}{}",
                        failure.why,
                        help.unwrap_or_default()
                    ),
                });
            }
            None => {}
        }
    }
    Ok(())
}

/// The apps the map names.
fn mapped(stock: &Stock) -> BTreeSet<&str> {
    let credentials = stock.chosen.credentials(&stock.reading.map);
    credentials
        .filter_map(|credential| Some(credential.fly.as_ref()?.app.as_str()))
        .collect()
}

fn ask(opening: open::Opening<'_>, files: &[File]) -> miette::Result<Realities> {
    let apps: BTreeSet<&str> = files.iter().map(|file| file.app.as_str()).collect();
    if apps.is_empty() {
        return Ok(Realities::new());
    }
    wait(async {
        let store = open::fly(opening);
        let store = &store;
        stream::iter(apps)
            .map(|app| async move { (app.to_owned(), store.machines(app).await) })
            .buffer_unordered(FAN_OUT)
            .collect()
            .await
    })
}

fn compare(
    file: &File,
    setup: &Setup,
    stock: &Stock,
    policies: &Policies,
    reality: &FlyReality,
    report: &mut Report,
) {
    let exceptions = Exceptions {
        policy: &setup.policy,
        allows: &setup.allows,
        baseline: setup.baseline.as_ref().map(|(baseline, _)| baseline),
    };
    let veil = stock
        .veil
        .scan(file.text.as_bytes(), Some(file.path.as_str()), &|_| {
            Vec::new()
        })
        .1;
    let view = FileView::new(&file.path, file.text.as_bytes(), &veil);
    let (root, _) = read(Format::of(file.path.file_name()), &file.text);
    let config = crate::fly::read::config(&root);
    let secrets = secrets(stock, &file.app);
    let expected = Expected {
        config: &config,
        rulings: &policies.of(&file.app, file.path.as_str()),
        secrets: secrets.as_ref(),
    };
    let drift = live::drift(&view, &expected, reality);
    report.incomplete.extend(drift.gaps);
    for (mut finding, inline) in drift
        .drafts
        .into_iter()
        .filter_map(|draft| exceptions.finding(draft))
    {
        finding.location.store = Some(format!("fly:{}", file.app));
        match exceptions.judge(finding, &inline, &[]) {
            Judged::Reported(finding) => report.findings.push(finding),
            Judged::Allowed(allowed) => report.allowed.push(allowed),
        }
    }
}

/// The names of an app's secrets, where they were listed.
fn secrets(stock: &Stock, app: &str) -> Option<BTreeSet<String>> {
    let place = StorePlace::Fly { app: app.into() };
    match stock.inventory.answers.get(&place)? {
        Answer::Listed(listing) => Some(listing.entries.keys().cloned().collect()),
        Answer::Absent(_) | Answer::Unknown(_) => None,
    }
}

/// Every file of the work tree that flyctl would read and that names its app. What cannot be read is told of.
fn files(setup: &Setup, report: &mut Report) -> miette::Result<Vec<File>> {
    let tree = setup.worktree(&repository_root(Path::new(".")))?;
    let guard = FlyGuard::new(Vec::new());
    let found = Mutex::new((Vec::new(), Vec::new()));
    let outcome = tree.each(setup.threads, &|blob| {
        if !guard.wants(&blob.path) {
            return;
        }
        let (files, gaps) = &mut *found.lock().unwrap_or_else(PoisonError::into_inner);
        match file(&guard, &blob.path, &blob.content) {
            Ok(file) => files.extend(file),
            Err(why) => gaps.push(Gap {
                what: blob.path.to_string(),
                why: format!("{why}, so what runs was not compared with it"),
            }),
        }
    })?;
    let (mut files, gaps) = found.into_inner().unwrap_or_else(PoisonError::into_inner);
    report.incomplete.extend(gaps);
    report.incomplete.extend(outcome.gaps);
    files.sort_by(|a: &File, b| a.path.cmp(&b.path));
    Ok(files)
}

/// The file, if it is one of an app.
///
/// # Errors
/// Why one that flyctl would read cannot be read.
fn file(
    guard: &FlyGuard,
    path: &RepoPath,
    content: &Content<'_>,
) -> Result<Option<File>, &'static str> {
    let bytes = match content {
        Content::Bytes(bytes) => bytes,
        // What it leads to is in the tree itself, or none of the repository's.
        Content::Link(_) => return Ok(None),
        Content::Stream(..) => return Err("it is too large"),
    };
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err("it is not UTF-8");
    };
    if !guard.claims(path, text) {
        return Ok(None);
    }
    let (root, flaws) = read(Format::of(path.file_name()), text);
    if !flaws.is_empty() {
        return Err("flyctl cannot read it");
    }
    let app = crate::fly::read::config(&root).app.map(|app| app.value);
    Ok(app.filter(|app| !app.is_empty()).map(|app| File {
        path: path.clone(),
        text: text.to_owned(),
        app,
    }))
}
