//! `audit` through the program: a repository with a past, a vault, an app on Fly.

mod exposure;
mod fakes;
mod files;
mod full;
mod hidden;
mod reality;

use crate::harness::{Run, Sandbox, secret};
use fakes::{Fake, Secrets, Version};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// Which vault a world has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Files that git ignores.
    Directory,
    /// A KV engine of version 2.
    Kv,
}

/// A repository, its vault and its app.
struct World {
    sandbox: Sandbox,
    kind: Kind,
    secrets: Arc<Mutex<Secrets>>,
    vault: Option<Fake>,
    fly: Option<Fake>,
    /// Every value that must be in no output.
    values: Mutex<Vec<String>>,
}

/// Days before now, or after it where negative.
type Days = i64;

impl World {
    fn new(kind: Kind) -> Self {
        let sandbox = Sandbox::repo();
        let secrets = Arc::new(Mutex::new(Secrets::new()));
        let vault = (kind == Kind::Kv).then(|| fakes::vault(Arc::clone(&secrets)));
        sandbox.write(".gitignore", "vault/\n");
        let world = Self {
            sandbox,
            kind,
            secrets,
            vault,
            fly: None,
            values: Mutex::new(Vec::new()),
        };
        world.configure("");
        world
    }

    /// Writes the configuration, with more of it.
    fn configure(&self, more: &str) {
        let vault = match self.kind {
            Kind::Directory => "[stores.vault]\nkind = \"directory\"\n",
            Kind::Kv => "[stores.vault]\nkind = \"hashicorp\"\n",
        };
        let text = format!("[credentials]\nmap = \"ops/map.toml\"\n{vault}{more}");
        self.sandbox.write("stackguard.toml", text);
    }

    /// Where the map says the vault keeps a secret.
    fn place(&self, name: &str) -> String {
        match self.kind {
            Kind::Directory => format!("vault/{name}.env"),
            Kind::Kv => format!("kv/{name}"),
        }
    }

    /// Writes the map: name, secret of the vault, and more lines of the entry.
    fn map(&self, entries: &[(&str, &str, &str)]) {
        let mut text = "version = 1\n".to_owned();
        for (name, place, more) in entries {
            text.push_str(&format!(
                "[[credential]]\nname = \"{name}\"\nenvironment = \"staging\"\nowner = \"reliability\"\nvault = {{ path = \"{}\" }}\n{more}\n",
                self.place(place)
            ));
        }
        self.sandbox.write("ops/map.toml", text);
    }

    /// Puts a new version of a secret into the vault, written so many days ago.
    fn put(&self, name: &str, age: Days, values: &[(&str, &str)]) {
        let mut all = self.values.lock().expect("not poisoned");
        all.extend(values.iter().map(|(_, value)| (*value).to_owned()));
        let written = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * age);
        if self.kind == Kind::Kv {
            let version = Version {
                created: written.to_string(),
                deleted: false,
                values: values
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect::<BTreeMap<_, _>>(),
            };
            let mut secrets = self.secrets.lock().expect("not poisoned");
            secrets.entry(name.to_owned()).or_default().push(version);
            return;
        }
        let lines: String = values
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        let path = self.sandbox.path(self.place(name));
        self.sandbox.write(self.place(name), lines);
        let mode = |path: &Path, mode| {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("ours");
        };
        mode(&self.sandbox.path("vault"), 0o700);
        mode(&path, 0o600);
        let time = SystemTime::UNIX_EPOCH
            + Duration::from_secs(u64::try_from(written.as_second()).expect("after 1970"));
        let file = std::fs::File::options()
            .append(true)
            .open(&path)
            .expect("there");
        file.set_modified(time).expect("ours");
    }

    /// Marks a version of a secret as deleted.
    fn delete(&self, name: &str, version: usize) {
        let mut secrets = self.secrets.lock().expect("not poisoned");
        secrets.get_mut(name).expect("there")[version - 1].deleted = true;
    }

    /// Commits files.
    fn commit(&self, files: &[(&str, &str)]) {
        for (path, text) in files {
            self.sandbox.write(path, text);
        }
        self.sandbox.git(&["add", "-A", "."]);
        self.sandbox.git(&["commit", "-q", "-m", "change"]);
    }

    /// Runs the program; no value may be in what it says.
    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.sandbox.command(arguments);
        if let Some(vault) = &self.vault {
            command
                .env("VAULT_ADDR", vault.address())
                .env("VAULT_TOKEN", "any");
        }
        if let Some(fly) = &self.fly {
            command
                .env("FLY_FLAPS_BASE_URL", fly.address())
                .env("FLY_API_TOKEN", secret("fly token", "fm2_{base62:60}"));
        }
        let run = Run::of(&mut command);
        self.hides(&run.all());
        run
    }

    /// Asserts that no value is in a text.
    fn hides(&self, text: &str) {
        for value in &*self.values.lock().expect("not poisoned") {
            assert!(!text.contains(value.as_str()), "a value is shown:\n{text}");
        }
    }
}

/// `rule severity path message` of each finding of a rule.
fn findings(run: &Run, rule: &str) -> Vec<String> {
    let report = run.json();
    let all = report["findings"].as_array().expect("a list");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    all.iter()
        .filter(|finding| finding["rule"] == rule)
        .map(|finding| {
            format!(
                "{} {}: {}",
                text(&finding["severity"]),
                text(&finding["location"]["path"]),
                text(&finding["message"])
            )
        })
        .collect()
}

/// `what: why` of each gap.
fn gaps(run: &Run) -> Vec<String> {
    let report = run.json();
    let all = report["incomplete"].as_array().expect("a list");
    all.iter()
        .map(|gap| {
            format!(
                "{}: {}",
                gap["what"].as_str().unwrap_or_default(),
                gap["why"].as_str().unwrap_or_default()
            )
        })
        .collect()
}
