//! A repository with secrets in it, and the search for them in all that the program writes.

use crate::harness::{FORMATS, Sandbox, secret};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// A repository and the secrets planted in it.
pub(super) struct Cage {
    pub(super) sandbox: Sandbox,
    secrets: Vec<String>,
}

impl Cage {
    pub(super) fn new() -> Self {
        let mut cage = Self {
            sandbox: Sandbox::repo(),
            secrets: Vec::new(),
        };
        let remote = cage.secret("{base62:24}");
        let url = format!("https://ada:{remote}@git.acme.dev/app.git");
        cage.sandbox.git(&["remote", "add", "origin", &url]);
        cage
    }

    /// A new secret, to be looked for from now on.
    fn secret(&mut self, template: &str) -> String {
        let made = secret(&format!("canary {}", self.secrets.len()), template);
        self.secrets.push(made.clone());
        made
    }

    /// Puts a new secret in place of each `{…}` of the text that names an alphabet.
    pub(super) fn fill(&mut self, text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(open) = rest.find("{base") {
            let close = open + rest[open..].find('}').expect("it is closed") + 1;
            out.push_str(&rest[..open]);
            let made = self.secret(&rest[open..close]);
            out.push_str(&made);
            rest = &rest[close..];
        }
        out + rest
    }

    pub(super) fn plant(&mut self, path: &str, text: &str) {
        let filled = self.fill(text);
        self.sandbox.write(path, filled);
    }

    /// Runs the program in every dress; each time it exits with `code` and says nothing it should not.
    pub(super) fn keeps(&self, args: &[&str], code: i32) {
        self.keeps_with(args, &[code], b"");
    }

    pub(super) fn keeps_with(&self, args: &[&str], codes: &[i32], input: &[u8]) {
        let before = files(&self.sandbox.dir());
        let summary = self.sandbox.outside("summary.md");
        let reports = self.sandbox.outside("reports");
        // Of this run alone.
        let _ = std::fs::remove_dir_all(&reports);
        let _ = std::fs::remove_file(&summary);
        std::fs::create_dir_all(&reports).expect("directories can be made");
        let is_check = args.contains(&"check");
        let mut looked = false;
        let mut dresses = vec![
            Vec::new(),
            words(&["-q", "--color", "never"]),
            words(&["-v", "--color", "always"]),
        ];
        // The other commands that are run here write no report, or ask a store.
        if is_check {
            let to_stdout = |format: &&str| words(&["-v", "--format", format]);
            dresses.extend(FORMATS.iter().map(to_stdout));
            let to_file = |format: &&str| {
                let path = reports.join(format);
                [
                    "--format".to_owned(),
                    format!("{format}={}", path.display()),
                ]
            };
            dresses.push(FORMATS.iter().flat_map(to_file).collect());
        }
        for dress in dresses {
            let mut all = words(args);
            all.extend(dress);
            let output = self
                .sandbox
                .command(&all)
                .env("RUST_BACKTRACE", "1")
                .env("GITHUB_STEP_SUMMARY", &summary)
                .write_stdin(input)
                .output()
                .expect("the program runs to its end");
            self.assert_silent(&format!("{all:?}: stdout"), &output.stdout);
            self.assert_silent(&format!("{all:?}: stderr"), &output.stderr);
            let said = String::from_utf8_lossy(&output.stderr);
            let code = output.status.code().unwrap_or(-1);
            assert!(codes.contains(&code), "{all:?}: exit {code}\n{said}");
            looked |= is_check && (code == 0 || code == 1);
        }
        let written = files(&reports);
        if looked {
            assert_eq!(written.len(), FORMATS.len(), "{args:?}: {written:?}");
            // A run that found nothing has no annotation to write.
            let empty = written.iter().filter(|(_, bytes)| bytes.is_empty());
            for (path, _) in empty {
                assert!(
                    path.ends_with("github") && !codes.contains(&1),
                    "{args:?}: {path:?}"
                );
            }
            assert!(summary.exists(), "{args:?}: no step summary");
        }
        for (path, bytes) in written {
            self.assert_silent(&path.display().to_string(), &bytes);
        }
        for (path, bytes) in files(&self.sandbox.dir()) {
            if before.get(&path) != Some(&bytes) {
                self.assert_silent(&path.display().to_string(), &bytes);
            }
        }
        if let Ok(bytes) = std::fs::read(&summary) {
            self.assert_silent("step summary", &bytes);
        }
    }

    fn assert_silent(&self, place: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let mut told = String::new();
        for (index, secret) in self.secrets.iter().enumerate() {
            if let Some((form, line)) = text
                .lines()
                .find_map(|line| shown(line, secret).map(|form| (form, line)))
            {
                let _ = writeln!(told, "canary {index} shown as {form}: {line}");
            }
        }
        assert!(told.is_empty(), "in {place}:\n{told}");
    }
}

fn words(args: &[&str]) -> Vec<String> {
    args.iter().map(|word| (*word).to_owned()).collect()
}

/// Every file below `dir` and its bytes.
fn files(dir: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in ignore::WalkBuilder::new(dir)
        .standard_filters(false)
        .build()
    {
        let path = entry.expect("the directory can be read").into_path();
        if path.is_file() {
            let bytes = std::fs::read(&path).expect("it can be read");
            found.insert(path, bytes);
        }
    }
    found
}

/// The form in which `text` shows `secret`, if it does.
pub(super) fn shown(text: &str, secret: &str) -> Option<&'static str> {
    let bytes = secret.as_bytes();
    // A part is enough: nobody can say which half of a key still matters.
    let part = 10.min(secret.len());
    let raw = bytes
        .windows(part)
        .any(|window| memchr::memmem::find(text.as_bytes(), window).is_some());
    let each = |write: fn(&mut String, u8)| {
        let mut out = String::new();
        bytes.iter().for_each(|byte| write(&mut out, *byte));
        out
    };
    let hex = each(|out, byte| {
        let _ = write!(out, "{byte:02x}");
    });
    let percent = each(|out, byte| {
        let _ = write!(out, "%{byte:02x}");
    });
    let unicode = each(|out, byte| {
        let _ = write!(out, "\\u{byte:04x}");
    });
    let digest = Sha256::digest(bytes)
        .iter()
        .fold(String::new(), |out, byte| out + &format!("{byte:02x}"));
    let lower = text.to_ascii_lowercase();
    // Three alignments; the letters at the edges depend on what stands beside.
    let base64 = (0..3).any(|pad| {
        let padded = [&vec![0; pad][..], bytes].concat();
        [
            STANDARD_NO_PAD.encode(&padded),
            URL_SAFE_NO_PAD.encode(&padded),
        ]
        .iter()
        .any(|form| text.contains(&form[4..form.len() - 4]))
    });
    match () {
        () if raw => Some("it is"),
        () if base64 => Some("base64"),
        () if lower.contains(&hex) => Some("hex"),
        () if lower.contains(&percent) => Some("percent escapes"),
        () if lower.contains(&unicode) => Some("unicode escapes"),
        () if lower.contains(&digest) => Some("its SHA-256"),
        () => None,
    }
}

#[test]
fn the_search_finds_every_form() {
    let value = secret("form", "{base62:30}");
    let middle = format!("xx{value}yy");
    for (form, text) in [
        ("it is", format!("…{}…", &value[5..20])),
        ("base64", STANDARD_NO_PAD.encode(&middle)),
        ("base64", URL_SAFE_NO_PAD.encode(format!("z{middle}"))),
        ("hex", value.bytes().map(|b| format!("{b:02X}")).collect()),
        (
            "percent escapes",
            value.bytes().map(|b| format!("%{b:02X}")).collect(),
        ),
        (
            "unicode escapes",
            value.bytes().map(|b| format!("\\u{b:04x}")).collect(),
        ),
        (
            "its SHA-256",
            Sha256::digest(&value)
                .iter()
                .map(|b| format!("{b:02x}"))
                .collect(),
        ),
    ] {
        assert_eq!(shown(&text, &value), Some(form));
    }
    assert_eq!(shown("nothing of it", &value), None);
}
