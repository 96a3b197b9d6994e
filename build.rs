//! Reads `policies/` with the program's own parser and embeds the result.
//!
//! A shipped rule that does not parse, has no example or no literal stops the build here, with the
//! file named; and the program starts without parsing any TOML.

use std::path::{Path, PathBuf};
use std::{env, fs};

#[allow(dead_code, unused_imports, unreachable_pub, missing_docs)]
#[path = "src/policy/pack/mod.rs"]
mod pack;

fn main() {
    println!("cargo::rerun-if-changed=policies");
    println!("cargo::rerun-if-changed=src/policy/pack");
    let mut files = Vec::new();
    collect(Path::new("policies"), &mut files);
    files.sort();
    let mut packs: Vec<(String, pack::Pack)> = Vec::new();
    let mut failed = false;
    for path in files {
        let text = fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("could not read {}: {error}", path.display()));
        // Data tables of one guard (package lists, app policies) are read by that guard.
        if !text.contains("[[secret]]") && !text.contains("[[rule]]") {
            continue;
        }
        match pack::Pack::parse(&text) {
            Ok(found) => packs.push((path.to_string_lossy().replace('\\', "/"), found)),
            Err(problems) => {
                failed = true;
                for problem in problems {
                    let line = text[..problem.span.start.min(text.len())]
                        .lines()
                        .count()
                        .max(1);
                    println!(
                        "cargo::error={}:{line}: {}{}",
                        path.display(),
                        problem.message,
                        problem
                            .help
                            .map(|help| format!(" ({help})"))
                            .unwrap_or_default()
                    );
                }
            }
        }
    }
    if failed {
        return;
    }
    let bytes = postcard::to_allocvec(&packs).expect("packs are plain data");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    fs::write(out.join("packs.bin"), bytes).expect("could not write to OUT_DIR");
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("could not read {}: {error}", dir.display()));
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            files.push(path);
        }
    }
}
