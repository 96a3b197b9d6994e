//! What Fly runs against the fly.toml of each app the token can see.

use super::asking::wait;
use super::open;
use super::setup::{Setup, repository_root};
use super::stock::Stock;
use crate::credentials::{Failure, StoreKind};
use crate::engine::{Exceptions, Judged};
use crate::finding::{Gap, RepoPath};
use crate::fly::document::{Format, read};
use crate::fly::{FlyGuard, live};
use crate::report::Report;
use crate::source::{Content, Source as _};
use crate::stores::FAN_OUT;
use crate::stores::fly::FlyReality;
use crate::tree::{FileView, TreeGuard as _};
use futures_util::stream::{self, StreamExt as _};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// A file that configures an app.
struct File {
    path: RepoPath,
    text: String,
    app: String,
}

/// Compares every fly.toml of the work tree with what runs, and adds what is different to the report. An app the map does not
/// name is left alone where nothing can be learned of it.
///
/// # Errors
/// A work tree that has nothing to give, or a runtime that cannot be started.
pub(super) fn look(setup: &Setup, stock: &Stock, report: &mut Report) -> miette::Result<()> {
    if !stock.chosen.wants_store(StoreKind::Fly) {
        return Ok(());
    }
    let files = files(setup)?;
    let apps: BTreeMap<&str, ()> = files.iter().map(|file| (file.app.as_str(), ())).collect();
    if apps.is_empty() {
        return Ok(());
    }
    let answers: BTreeMap<String, Result<FlyReality, Failure>> = wait(async {
        let store = open::fly(&setup.config);
        let store = &store;
        stream::iter(apps.keys())
            .map(|app| async move { ((*app).to_owned(), store.machines(app).await) })
            .buffer_unordered(FAN_OUT)
            .collect()
            .await
    })?;
    let exceptions = Exceptions {
        policy: &setup.policy,
        allows: &setup.allows,
        baseline: setup.baseline.as_ref().map(|(baseline, _)| baseline),
    };
    for file in &files {
        let reality = match answers.get(&file.app) {
            Some(Ok(reality)) => reality,
            Some(Err(failure)) => {
                report.incomplete.push(Gap {
                    what: format!("fly:{}", file.app),
                    why: match &failure.help {
                        Some(help) => format!("what it runs is not known: {}; {help}", failure.why),
                        None => format!("what it runs is not known: {}", failure.why),
                    },
                });
                continue;
            }
            None => continue,
        };
        let veil = stock
            .scanner
            .scan(file.text.as_bytes(), Some(file.path.as_str()), &|_| {
                Vec::new()
            })
            .1;
        let view = FileView::new(&file.path, file.text.as_bytes(), &veil);
        let (root, _) = read(Format::of(file.path.file_name()), &file.text);
        let drift = live::drift(&view, &crate::fly::read::config(&root), reality);
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
    Ok(())
}

/// Every file of the work tree that flyctl would read and that names its app.
fn files(setup: &Setup) -> miette::Result<Vec<File>> {
    let tree = setup.worktree(&repository_root(Path::new(".")))?;
    let guard = FlyGuard::new(Vec::new());
    let files = Mutex::new(Vec::new());
    tree.each(1, &|blob| {
        let Content::Bytes(bytes) = blob.content else {
            return;
        };
        let Some(text) = std::str::from_utf8(bytes)
            .ok()
            .filter(|_| guard.wants(&blob.path))
        else {
            return;
        };
        let (root, flaws) = read(Format::of(blob.path.file_name()), text);
        let app = crate::fly::read::config(&root).app.map(|app| app.value);
        if let Some(app) = app.filter(|app| !app.is_empty() && flaws.is_empty()) {
            files
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(File {
                    path: blob.path.clone(),
                    text: text.to_owned(),
                    app,
                });
        }
    })?;
    let mut files = files.into_inner().unwrap_or_else(PoisonError::into_inner);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}
