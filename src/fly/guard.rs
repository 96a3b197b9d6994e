//! Which files the guard takes, and what it says of them together.

use super::document::{Format, LIMITS, Node, read};
use super::model::Config;
use super::policy::{AppPolicy, Policies};
use super::rules::{Case, check};
use super::schema::ROOT;
use super::sheet::Sheet;
use super::{env, read as reading};
use crate::document;
use crate::finding::{Gap, RepoPath};
use crate::tree::{Conclusion, Draft, FileView, Notes, TreeGuard};
use std::collections::{BTreeMap, BTreeSet};

/// A larger file is not read, in bytes; a long fly.toml has ten thousand.
const LIMIT: usize = 1 << 20;

/// Checks every fly.toml, fly.json and fly.yaml of a tree.
#[derive(Debug)]
pub struct FlyGuard {
    policies: Policies,
    secrets: BTreeMap<String, BTreeSet<String>>,
}

/// What one file gave.
struct FileNotes {
    drafts: Vec<Draft>,
    remark: Option<String>,
    gap: Option<Gap>,
}

impl FlyGuard {
    /// A guard with the team's `[[fly]]` entries; the shipped defaults stand below them.
    #[must_use]
    pub fn new(policies: Vec<AppPolicy>) -> Self {
        Self {
            policies: Policies::new(policies),
            secrets: BTreeMap::new(),
        }
    }

    /// Tells it which names are Fly secrets of which app, as the credential map has them: `env_required` is
    /// content with those, and a name in `[env]` that is also a secret is reported.
    #[must_use]
    pub fn with_secrets(mut self, names: impl IntoIterator<Item = (String, String)>) -> Self {
        for (app, name) in names {
            self.secrets.entry(app).or_default().insert(name);
        }
        self
    }

    /// Whether a file that [`Self::wants`] takes is meant for flyctl, by what is in it.
    #[must_use]
    pub fn claims(&self, path: &RepoPath, text: &str) -> bool {
        let (root, flaws) = read(Format::of(path.file_name()), text);
        Claim::of(path).is_some_and(|claim| claim.holds(&root, text, flaws.is_empty()))
    }

    fn look(&self, file: &FileView<'_>, claim: Claim) -> Option<FileNotes> {
        if file.text.len() > LIMIT {
            let why = "larger than 1 MiB: no fly.toml; rename it, or leave it out with `exclude`";
            return (claim == Claim::Sure).then(|| FileNotes::unread(file, why));
        }
        let text = match std::str::from_utf8(file.text) {
            Ok(text) => text,
            Err(error) => {
                return (claim != Claim::Perhaps).then(|| not_text(file, error.valid_up_to()));
            }
        };
        let format = Format::of(file.path.file_name());
        let (root, flaws) = read(format, text);
        if !claim.holds(&root, text, flaws.is_empty()) {
            // Of JSON with comments and the like it is known what it holds.
            let read = flaws.is_empty() || format == Format::Json && reads_loosely(text);
            let why = "it cannot be read, so whether flyctl is to read it is not known; correct it, or leave it out with `exclude`";
            return (!read).then(|| FileNotes::unread(file, why));
        }
        let config = reading::config(&root);
        let mut hidden = config.hidden(file);
        hidden.extend(env::hidden_by_line(text, &flaws));
        let mut sheet = Sheet::new(file, hidden);
        for (index, flaw) in flaws.iter().enumerate() {
            let message = format!("{}: flyctl cannot read the file", flaw.message);
            sheet.add("fly-invalid", Some(&flaw.span), index.to_string(), message);
        }
        if file.path.extension() == "yml" {
            let message = "flyctl reads `fly.yaml`, not `fly.yml`: this file has no effect";
            sheet.add("fly-file-ignored", None, "yml", message);
        }
        let remark = if flaws.is_empty() {
            self.judge(file.path, &root, &config, &mut sheet)
        } else {
            None
        };
        Some(FileNotes::new(file, sheet, remark))
    }

    /// Runs the rules; what is left to say is that no entry of the team spoke of the app.
    fn judge(
        &self,
        path: &RepoPath,
        root: &Node,
        config: &Config,
        sheet: &mut Sheet<'_, '_>,
    ) -> Option<String> {
        let app = config.app.as_ref().map_or("", |app| app.value.as_str());
        let rulings = self.policies.of(app, path.as_str());
        let case = Case {
            root,
            config,
            rulings: &rulings,
            secrets: self.secrets.get(app),
        };
        check(&case, sheet);
        let name = case.app(sheet);
        (!rulings.any_of_team())
            .then(|| format!("{path} of {name} matches no [[fly]] entry: the defaults apply"))
    }
}

impl FileNotes {
    fn new(file: &FileView<'_>, sheet: Sheet<'_, '_>, remark: Option<String>) -> Self {
        let (drafts, overflowed) = sheet.finish();
        let gap = overflowed.then(|| Gap {
            what: file.path.to_string(),
            why: format!(
                "more than {} findings: the others are left out",
                drafts.len()
            ),
        });
        Self {
            drafts,
            remark,
            gap,
        }
    }

    fn unread(file: &FileView<'_>, why: &str) -> Self {
        let gap = Gap {
            what: file.path.to_string(),
            why: why.to_owned(),
        };
        Self {
            drafts: Vec::new(),
            remark: None,
            gap: Some(gap),
        }
    }
}

/// A file that is not UTF-8 at byte `at`. What its lines hold is not known, so none is shown.
fn not_text(file: &FileView<'_>, at: usize) -> FileNotes {
    let mut sheet = Sheet::new(file, std::iter::once(0..file.text.len()).collect());
    let message = "not UTF-8: flyctl refuses the file";
    sheet.add("fly-invalid", Some(&(at..at + 1)), "utf-8", message);
    FileNotes::new(file, sheet, None)
}

impl TreeGuard for FlyGuard {
    fn wants(&self, path: &RepoPath) -> bool {
        Claim::of(path).is_some() && !self.policies.skips(path.as_str())
    }

    fn inspect(&self, file: &FileView<'_>) -> Option<Notes> {
        let notes = self.look(file, Claim::of(file.path)?)?;
        Some(Box::new(notes))
    }

    fn conclude(&self, notes: Vec<(RepoPath, Notes)>) -> Conclusion {
        let mut conclusion = Conclusion::default();
        let files: Vec<(RepoPath, Box<FileNotes>)> = notes
            .into_iter()
            .filter_map(|(path, notes)| Some((path, notes.downcast::<FileNotes>().ok()?)))
            .collect();
        let present: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
        for (path, _) in &files {
            let name = path.file_name();
            let first = path
                .as_str()
                .strip_suffix(name)
                .map(|dir| format!("{dir}fly.toml"));
            if matches!(name, "fly.json" | "fly.yaml")
                && first
                    .as_deref()
                    .is_some_and(|first| present.contains(first))
            {
                let message =
                    format!("`fly.toml` stands beside `{name}` and is the one flyctl reads");
                conclusion.drafts.push(Draft {
                    rule: "fly-file-ignored",
                    path: path.clone(),
                    mark: None,
                    message,
                    help: None,
                    content: "beside".into(),
                    severity: None,
                    decided_by: None,
                });
            }
        }
        for (_, file) in files {
            conclusion.drafts.extend(file.drafts);
            conclusion.remarks.extend(file.remark);
            conclusion.gaps.extend(file.gap);
        }
        conclusion
    }
}

/// How sure a path makes us that the file is meant for flyctl.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Claim {
    /// It is.
    Sure,
    /// It is when it has the keys, or cannot be read and has the words.
    Likely,
    /// It is when it has the keys.
    Perhaps,
}

impl Claim {
    fn of(path: &RepoPath) -> Option<Self> {
        let name = path.file_name();
        match name {
            "fly.toml" => return Some(Self::Sure),
            "fly.json" | "fly.yaml" | "fly.yml" => return Some(Self::Likely),
            _ => {}
        }
        let (stem, extension) = name.rsplit_once('.')?;
        let staged =
            stem.starts_with("fly.") || stem.starts_with("fly-") || stem.starts_with("fly_");
        let named = stem.ends_with(".fly") || stem.ends_with("-fly") || stem.ends_with("_fly");
        let in_dir = path
            .as_str()
            .rsplit('/')
            .skip(1)
            .any(|part| part == "fly" || part == ".fly");
        match extension {
            // `fly deploy -c fly.production.toml`
            "toml" if stem.starts_with("fly.") => Some(Self::Sure),
            "toml" if staged || named || in_dir => Some(Self::Perhaps),
            "json" | "yaml" if staged => Some(Self::Perhaps),
            _ => None,
        }
    }

    fn holds(self, root: &Node, text: &str, readable: bool) -> bool {
        match self {
            Self::Sure => true,
            Self::Likely | Self::Perhaps if readable => looks_like_fly(root),
            // Of a file that cannot be read only the words are left to tell; without them it is a gap.
            Self::Likely => words(text) > 0,
            Self::Perhaps => looks_like_fly(root) || words(text) > 1,
        }
    }
}

/// Whether a text is what other readers than flyctl take for JSON.
fn reads_loosely(text: &str) -> bool {
    document::json(text, document::Json::Loose, &LIMITS).is_ok()
}

/// How many of the keys that nearly every file for flyctl has stand in a text of JSON or YAML.
fn words(text: &str) -> usize {
    let has =
        |word: &&str| text.contains(&format!("\"{word}\"")) || text.contains(&format!("{word}:"));
    WORDS.iter().copied().filter(has).count()
}

/// An `app` by name, or a section that no other tool has.
fn looks_like_fly(root: &Node) -> bool {
    let known = |key: &str| ROOT.keys.iter().any(|known| known.name == key);
    let app = root.field("app").is_some_and(|app| app.string().is_some());
    let own = ["http_service", "primary_region", "kill_signal", "statics"]
        .iter()
        .any(|key| root.field(key).is_some());
    own || app
        && root
            .entries()
            .iter()
            .any(|entry| entry.key != "app" && known(&entry.key))
}

/// Keys by which a broken file is told to be meant for flyctl.
const WORDS: [&str; 7] = [
    "app",
    "http_service",
    "primary_region",
    "services",
    "vm",
    "env",
    "processes",
];
