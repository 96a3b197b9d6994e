//! The repositories that the commands of the pages are run in. Every secret in them is made when they are laid out.

use super::blocks::blocks;
use super::{around, read, root};
use crate::harness::{Sandbox, leak, program_paths, secret};
use std::any::Any;
use std::path::PathBuf;

/// A repository, and what is around it.
pub(super) struct Scene {
    pub(super) sandbox: Sandbox,
    /// The `PATH`.
    pub(super) paths: Vec<PathBuf>,
    /// Variables that are set.
    pub(super) environment: Vec<(String, String)>,
    /// Servers, which stop with the scene.
    pub(super) servers: Vec<Box<dyn Any>>,
}

impl Scene {
    /// With the program and what the machine has.
    pub(super) fn of(sandbox: Sandbox) -> Self {
        Self {
            sandbox,
            paths: program_paths(),
            environment: Vec::new(),
            servers: Vec::new(),
        }
    }

    /// Runs a script; what it says, and its exit code.
    pub(super) fn shell(&self, script: &str) -> (String, i32) {
        self.sandbox
            .shell_with(script, &self.paths, &self.environment)
    }
}

/// A scene by its name in a page.
pub(super) fn lay_out(scene: &str) -> Scene {
    match scene {
        "measured" => around::measured(),
        "asked" => around::asked(),
        "attested" => around::attested(),
        "vault-server" => around::vault_server(),
        "vault-command" => around::vault_command(),
        "listed" => around::listed(),
        _ => Scene::of(repository(scene)),
    }
}

/// One with nothing around it.
fn repository(scene: &str) -> Sandbox {
    match scene {
        "small" => Sandbox::repo_of(&[("readme.md", "# Hello\n")]),
        "leak" => leaking(),
        "staged" => {
            let sandbox = Sandbox::repo_of(&[("readme.md", "# Hello\n")]);
            sandbox.write("a.txt", "nothing\n");
            sandbox.git(&["add", "a.txt"]);
            sandbox
        }
        "past" => {
            let sandbox = Sandbox::repo_of(&[("a.env", &leak("past"))]);
            sandbox.write("a.env", "API_TOKEN=${API_TOKEN}\n");
            sandbox.commit("second");
            // An older baseline, which a new one replaces.
            let old = "{\n\"version\": 1,\n\"entries\": [\nnull\n]\n}\n";
            sandbox.write(".ci/history-baseline.json", old);
            sandbox
        }
        "beside" => {
            // The commands begin beside the repository.
            let sandbox = Sandbox::new();
            sandbox.git(&["init", "-q", "-b", "main", "your-repository"]);
            sandbox.write("your-repository/readme.md", "# Hello\n");
            sandbox
        }
        "gitleaks" => {
            let sandbox = leaking();
            sandbox.write(
                ".gitleaks.toml",
                "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''docs/.*''']\n",
            );
            sandbox.write(".gitleaksignore", "deploy.sh:generic-api-key:3\n");
            sandbox
        }
        "fly" => Sandbox::repo_of(&[("fly.toml", FLY)]),
        "index" => indexed(),
        "vault" => vaulted(""),
        "stores" => {
            let sandbox = vaulted(
                "github = { environment = \"staging\" }\nfly = { app = \"acme-staging\" }\n",
            );
            let config = sandbox.read("stackguard.toml");
            let github = "[stores.github]\nrepository = \"acme/shop\"\n";
            sandbox.write("stackguard.toml", config + github);
            // Set an hour before the vault's file.
            let set = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(41 * 24 + 2);
            let listing = format!("[{{\"name\": \"API_KEY\", \"updatedAt\": \"{set}\"}}]\n");
            sandbox.write("github.json", listing);
            sandbox.write("fly.json", "[]\n");
            sandbox
        }
        "acme-wide" => acme(false),
        "acme" => acme(true),
        _ => panic!("there is no scene `{scene}`"),
    }
}

/// A script with a connection string in its third line.
fn leaking() -> Sandbox {
    let line = secret(
        "page",
        "export DATABASE_URL=\"postgresql://app:{base62:16}@db.kzjvqnmtwhexrlpf.supabase.co:5432/postgres\"\n",
    );
    Sandbox::repo_of(&[("deploy.sh", &format!("#!/bin/sh\nset -eu\n{line}./start\n"))])
}

/// A credential index in Markdown, as docs/credential-map.md shows one.
fn indexed() -> Sandbox {
    let page = read(&root().join("docs/credential-map.md"));
    let all = blocks(&page);
    let index = all.iter().find(|block| block.info == "markdown");
    let index = &index.expect("the page shows one").text;
    Sandbox::repo_of(&[
        (
            "stackguard.toml",
            "[credentials]\nmap = \"docs/ops/credential_index.md\"\n",
        ),
        ("docs/ops/credential_index.md", index),
    ])
}

/// A vault of one value, 41 days old, that git ignores; and a map of it with these places more.
fn vaulted(places: &str) -> Sandbox {
    use std::os::unix::fs::PermissionsExt as _;
    let map = "version = 1\n[[credential]]\nname = \"API_KEY\"\nenvironment = \"staging\"\nowner = \"reliability\"\nrotate_every = \"90d\"\nvault = { path = \"vault/app.env\" }\n";
    let sandbox = Sandbox::repo_of(&[
        (".gitignore", "vault/\n"),
        ("stackguard.toml", "[credentials]\nmap = \"map.toml\"\n"),
        ("map.toml", &format!("{map}{places}")),
    ]);
    sandbox.write("vault/app.env", secret("page", "API_KEY={base62:40}\n"));
    for (path, mode) in [("vault", 0o700), ("vault/app.env", 0o600)] {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(sandbox.path(path), mode).expect("it is ours");
    }
    let file = std::fs::File::options()
        .append(true)
        .open(sandbox.path("vault/app.env"))
        .expect("it is there");
    let then = std::time::SystemTime::now() - std::time::Duration::from_secs((41 * 24 + 1) * 3600);
    file.set_modified(then).expect("it is ours");
    sandbox
}

/// The walk-through of docs/writing-rules.md, done as it says: the pack of its first block, with the pattern it ends at when
/// `narrow`, put in force, and a file with a key.
fn acme(narrow: bool) -> Sandbox {
    let page = read(&root().join("docs/writing-rules.md"));
    let all = blocks(&page);
    let mut toml = all.iter().filter(|block| block.info == "toml");
    let mut pack = toml.next().expect("the pack").text.clone();
    let config = &toml.next().expect("the configuration").text;
    let (from, to) = ("acme_[a-z]{4}_", "acme_live_");
    assert!(
        pack.contains(from) && page.contains(&format!("With `{to}` in place of `{from}`")),
        "the page says how the pattern is made narrow"
    );
    if narrow {
        pack = pack.replace(from, to);
    }
    let key = secret("page", "acme_live_{alnum:24}");
    Sandbox::repo_of(&[
        ("policies/acme.toml", &pack),
        ("stackguard.toml", config),
        ("app.js", &format!("const key = \"{key}\";\n")),
    ])
}

/// Two ways to say how much memory.
const FLY: &str = "\
app = 'acme'
primary_region = 'fra'

[http_service]
internal_port = 8080
force_https = true
[[http_service.checks]]
path = '/up'

[[vm]]
size = 'shared-cpu-1x'
memory = '1gb'
memory_mb = 256
";
