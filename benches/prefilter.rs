//! How fast the literal filter reads real source code, with the literals of the shipped rules, on one core.
//!
//! The text is the source of this crate's own dependencies, as cargo unpacks it: real code that is there
//! wherever the crate can be built. `aho-corasick` searches for the same words beside it, as a yardstick.
//!
//! ```sh
//! cargo bench --bench prefilter
//! ```

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use criterion::{Criterion, Throughput};
use stackguard::policy::{Policy, embedded};
use stackguard::secrets::{Needle, Prefilter, Ruleset};
use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Source code in one piece, as large as a big work tree.
struct Corpus {
    text: Vec<u8>,
    files: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    let corpus = Corpus::of_dependencies();
    if corpus.text.is_empty() {
        writeln!(
            std::io::stderr(),
            "skipped: no sources of dependencies under `$CARGO_HOME/registry/src` (vendored build?)"
        )?;
        return Ok(());
    }
    let policy = Policy::new(embedded()).map_err(|errors| format!("{errors:?}"))?;
    let rules = Ruleset::new(&policy, &[]).map_err(|errors| format!("{errors:?}"))?;
    let words = plain_words(&policy);
    writeln!(
        std::io::stderr(),
        "{} files, {} MB; {} rules, {} distinct plain literals",
        corpus.files,
        corpus.text.len() / 1_000_000,
        rules.len(),
        words.len(),
    )?;

    // All that the program looks for: plain literals, their base64, hexadecimal and escaped forms.
    measure(&mut criterion, "shipped rules", &corpus, |text| {
        count(rules.prefilter(), text)
    });
    // The plain literals alone, so that the engines below have the same work.
    let plain = Prefilter::new(words.to_vec());
    measure(&mut criterion, "plain literals", &corpus, |text| {
        count(&plain, text)
    });
    for (name, kind) in [
        ("aho-corasick, its default", None),
        ("aho-corasick, DFA", Some(AhoCorasickKind::DFA)),
    ] {
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(kind)
            .build(words.iter().map(|word| &word.text))?;
        measure(&mut criterion, name, &corpus, |text| {
            automaton.find_overlapping_iter(text).count()
        });
    }
    criterion.final_summary();
    Ok(())
}

fn measure(
    criterion: &mut Criterion,
    name: &str,
    corpus: &Corpus,
    mut scan: impl FnMut(&[u8]) -> usize,
) {
    let mut group = criterion.benchmark_group("prefilter");
    group.throughput(Throughput::Bytes(corpus.text.len() as u64));
    group.bench_function(name, |bencher| {
        bencher.iter(|| scan(black_box(&corpus.text)));
    });
    group.finish();
    if let Some(rate) = rate_of_one_core(corpus, scan) {
        let _ = writeln!(
            std::io::stderr(),
            "{name}: {rate:.0} MB a second of processor time\n"
        );
    }
}

/// Megabytes a second of processor time, best of five: other programs on the machine do not count.
///
/// Known where the kernel keeps `/proc/thread-self/schedstat`, which some kernels only bring up to date with each tick
/// of some milliseconds: many passes are one measurement.
fn rate_of_one_core(corpus: &Corpus, mut scan: impl FnMut(&[u8]) -> usize) -> Option<f64> {
    let mut best = Duration::MAX;
    for _ in 0..5 {
        let before = processor_time()?;
        for _ in 0..PASSES {
            black_box(scan(black_box(&corpus.text)));
        }
        best = best.min(processor_time()?.saturating_sub(before));
    }
    let bytes = f64::from(PASSES) * corpus.text.len() as f64;
    (!best.is_zero()).then(|| bytes / 1e6 / best.as_secs_f64())
}

/// Passes over the text in one measurement.
const PASSES: u32 = 10;

/// What this thread has run so far.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds = text.split_ascii_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanoseconds))
}

/// Every occurrence, as the program asks for them.
fn count(filter: &Prefilter, text: &[u8]) -> usize {
    let mut hits = 0;
    filter.find(text, 0..text.len(), |needle, start| {
        black_box((needle, start));
        hits += 1;
    });
    hits
}

/// The literals of the shipped rules as they are written, without encoded forms, each once.
fn plain_words(policy: &Policy) -> Vec<Needle> {
    let mut seen = HashSet::new();
    policy
        .secrets()
        .flat_map(|rule| &rule.anchors)
        .map(|anchor| Needle {
            text: anchor.text.clone(),
            fold: anchor.fold,
            next: anchor.next.clone(),
            secret: false,
        })
        .filter(|needle| seen.insert(needle.clone()))
        .collect()
}

impl Corpus {
    /// Rust and C sources in order of path, until there is enough.
    fn of_dependencies() -> Self {
        let mut files = BTreeSet::new();
        if let Some(root) = registry() {
            collect(&root, &mut files);
        }
        let mut corpus = Self {
            text: Vec::new(),
            files: 0,
        };
        for file in files {
            let Ok(text) = std::fs::read(&file) else {
                continue;
            };
            // Generated bindings of megabytes are not what people write.
            if text.len() > LARGEST_FILE {
                continue;
            }
            corpus.text.extend(text);
            corpus.files += 1;
            if corpus.text.len() >= ENOUGH {
                corpus.text.truncate(ENOUGH);
                break;
            }
        }
        corpus
    }
}

/// Where cargo unpacks what it downloads.
fn registry() -> Option<PathBuf> {
    let cargo = std::env::var_os("CARGO_HOME").map_or_else(
        || Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")),
        |home| Some(PathBuf::from(home)),
    )?;
    Some(cargo.join("registry").join("src"))
}

fn collect(root: &Path, files: &mut BTreeSet<PathBuf>) {
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        let Ok(entries) = std::fs::read_dir(directory) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => pending.push(path),
                Ok(kind) if kind.is_file() => {
                    let extension = path.extension().and_then(|name| name.to_str());
                    if extension.is_some_and(|name| SOURCES.contains(&name)) {
                        files.insert(path);
                    }
                }
                _ => {}
            }
        }
    }
}

/// Bytes of source read at most.
const ENOUGH: usize = 64 << 20;
/// Bytes a hand-written file has at most.
const LARGEST_FILE: usize = 512 << 10;
const SOURCES: [&str; 3] = ["rs", "c", "h"];
