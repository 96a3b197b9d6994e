//! temporary
use super::*;
use crate::finding::Veil;
#[test]
#[ignore]
fn over_tree() {
    let root = std::env::var("REAL").unwrap();
    let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
    let veil = Veil::default();
    let mut notes = Vec::new();
    let mut spent = std::collections::BTreeMap::new();
    for entry in ignore::WalkBuilder::new(&root).hidden(false).git_ignore(false).sort_by_file_path(|a,b| a.cmp(b)).build().flatten() {
        if !entry.file_type().is_some_and(|t| t.is_file()) { continue; }
        let path = RepoPath::from_path(entry.path().strip_prefix(&root).unwrap());
        if !guard.wants(&path) { continue; }
        let bytes = std::fs::read(entry.path()).unwrap();
        let t = std::time::Instant::now();
        if let Some(n) = guard.inspect(&FileView::new(&path, &bytes, &veil)) { notes.push((path.clone(), n)); }
        *spent.entry(path.extension().to_owned()).or_insert(0u128) += t.elapsed().as_micros();
    }
    let c = guard.conclude(notes);
    for d in &c.drafts { eprintln!("{}:{} {} {:?} | {} | {}", d.path.as_str(), d.mark.as_ref().map_or(0, |m| m.start.line), d.rule, d.severity, d.message, d.mark.as_ref().map_or("", |m| m.snippet.text().trim())); }
    for g in &c.gaps { eprintln!("GAP {} {}", g.what, g.why); }
    eprintln!("{spent:?} findings {} gaps {}", c.drafts.len(), c.gaps.len());
}
