//! Scenes with something around the repository: servers of the stores, stand-ins for the command lines of others that
//! answer in their form, and the tools that the program is measured beside.

use super::root;
use super::scenes::Scene;
use crate::harness::{Sandbox, secret};
use crate::parity::bad_days::World;
use crate::stores::server::{Authority, Server};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// `.ci/measure` with small repositories of the names in the pages, git, and stand-ins for `rg` and kingfisher. Nothing of
/// the machine's besides, so that what is missing is the same everywhere.
pub(super) fn measured() -> Scene {
    let sandbox = Sandbox::new();
    std::os::unix::fs::symlink(root().join(".ci"), sandbox.path(".ci")).expect("linked");
    for name in ["ripgrep", "rails"] {
        sandbox.git(&["init", "-q", "-b", "main", name]);
        sandbox.write(format!("{name}/readme.md"), "# Hello\n");
        sandbox.git(&["-C", name, "add", "."]);
        sandbox.git(&["-C", name, "commit", "-q", "-m", "first"]);
    }
    sandbox.git(&["clone", "-q", "--bare", "ripgrep", "ripgrep.git"]);
    sandbox.write("app/node_modules/a/index.js", "export default 1;\n");
    let registry = sandbox.outside("home").join(".cargo/registry/src");
    std::fs::create_dir_all(&registry).expect("made");
    std::fs::write(registry.join("lib.rs"), "pub fn one() {}\n").expect("written");
    let bin = sandbox.outside("bin");
    for name in ["rg", "kingfisher"] {
        program(&bin, name, "exit 0\n");
    }
    for name in ["git", "sh"] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|directory| directory.join(name))
            .find(|path| path.is_file());
        let found = found.unwrap_or_else(|| panic!("{name} is needed"));
        std::os::unix::fs::symlink(found, bin.join(name)).expect("linked");
    }
    let python = python().expect("nothing is measured without python3");
    std::os::unix::fs::symlink(python, bin.join("python3")).expect("linked");
    let stackguard = env!("CARGO_BIN_EXE_stackguard");
    std::os::unix::fs::symlink(stackguard, bin.join("stackguard")).expect("linked");
    let mut scene = Scene::of(sandbox);
    scene.paths = vec![bin];
    scene.environment = variables(&[("MEASURE_TURNS", "1")]);
    scene
}

/// The interpreter, if the machine has one: what is called python3 may be a script that looks for the real one. A machine
/// without it has fewer tests; `.ci/run` needs it.
pub(super) fn python() -> Option<PathBuf> {
    let said = std::process::Command::new("python3")
        .args(["-c", "import sys; print(sys.executable)"])
        .output()
        .ok()?;
    let path = String::from_utf8(said.stdout).ok()?;
    said.status.success().then(|| PathBuf::from(path.trim()))
}

/// Three stores that answer, with an attestation, a lock and a listing of an earlier day.
pub(super) fn asked() -> Scene {
    let world = World::new();
    let mut scene = Scene::of(Sandbox::new());
    scene.environment = world.environment(None);
    let key = secret("attest", "{base62:40}");
    scene.environment.extend(variables(&[
        ("STACKGUARD_ATTEST_KEY", &key),
        ("API_KEY", &world.value),
    ]));
    scene.sandbox.git(&["init", "-q", "."]);
    for file in ["map.toml", "stackguard.toml"] {
        scene.sandbox.write(file, world.sandbox.read(file));
    }
    scene.sandbox.write("ops/readme.md", "# Operations\n");
    let listing = r#"[{"name":"API_KEY","digest":"0123456789abcdef","status":"Deployed"}]"#;
    scene.sandbox.write("secrets.json", listing);
    let (said, code) = scene.shell(
        "set -e\nstackguard attest --store fly --environment staging --output fly.json\n\
         stackguard parity --lock ops/parity.lock --update-lock\n",
    );
    assert_eq!(code, 0, "{said}");
    scene.servers.push(Box::new(world));
    scene
}

/// A job of the environment: a key and the values.
pub(super) fn attested() -> Scene {
    let map = "version = 1\n[[credential]]\nname = \"API_KEY\"\nenvironment = \"staging\"\nowner = \"reliability\"\ngithub = { environment = \"staging\" }\n";
    let mut scene = Scene::of(Sandbox::repo_of(&[
        (
            "stackguard.toml",
            "[credentials]\nmap = \"map.toml\"\n[stores.github]\nrepository = \"acme/web\"\n",
        ),
        ("map.toml", map),
    ]));
    scene.environment = variables(&[
        ("STACKGUARD_ATTEST_KEY", &secret("attest", "{base62:40}")),
        ("API_KEY", &secret("value", "{base62:40}")),
    ]);
    scene
}

/// A Vault at the address of the page, which a proxy leads to: on this machine, with a certificate of that name.
pub(super) fn vault_server() -> Scene {
    let map = "version = 1\n[[credential]]\nname = \"API_KEY\"\nenvironment = \"staging\"\nowner = \"reliability\"\nvault = { path = \"secret/app/staging\" }\n";
    let mut scene = Scene::of(Sandbox::repo_of(&[
        (
            "stackguard.toml",
            "[credentials]\nmap = \"map.toml\"\n[stores.vault]\nkind = \"hashicorp\"\n",
        ),
        ("map.toml", map),
    ]));
    let token = secret("token", "{base62:40}");
    let authority = Authority::new("vault");
    let server = Server::proxied(&token, authority.certify("vault.example.com", 4000));
    let pem = scene.sandbox.outside("vault.pem");
    std::fs::write(&pem, authority.pem()).expect("written");
    scene.environment = variables(&[
        ("VAULT_TOKEN", &token),
        ("VAULT_PROXY_ADDR", &server.at("127.0.0.1")),
        ("VAULT_CACERT", &pem.display().to_string()),
    ]);
    scene.servers.push(Box::new(server));
    scene
}

/// A stand-in for `vault`: the calls and the parameters of the JWT method that its documentation has, and no others.
/// <https://developer.hashicorp.com/vault/api-docs/auth/jwt>
pub(super) fn vault_command() -> Scene {
    let script = r#"
case "$1 $2" in
"auth enable") test "$3" = jwt && echo "Success! Enabled jwt auth method at: jwt/" && exit 0 ;;
"write auth/jwt/config") known="oidc_discovery_url bound_issuer" ;;
"write auth/jwt/role/"*) known="role_type user_claim token_policies token_ttl bound_audiences bound_claims" ;;
esac
path=$2
shift 2
for each; do
  case " $known " in *" ${each%%=*} "*) ;; *) echo "unknown: $each" >&2; exit 1 ;; esac
  case "$each" in bound_claims='{"'*'"}') ;; bound_claims=* | *=) echo "wrong: $each" >&2; exit 1 ;; esac
done
echo "Success! Data written to: $path"
"#;
    let mut scene = Scene::of(Sandbox::new());
    let bin = scene.sandbox.outside("bin");
    program(&bin, "vault", script);
    scene.paths.insert(0, bin);
    scene
}

/// Stand-ins for `fly` and `gh`, which answer the calls of the pages with a token and with listings of the form that
/// flyctl 0.3 and gh 2 give; and a map of what is listed.
pub(super) fn listed() -> Scene {
    let map = "version = 1\n[[credential]]\nname = \"API_KEY\"\nenvironment = \"staging\"\nowner = \"reliability\"\ngithub = { environment = \"staging\" }\nfly = { app = \"acme-staging\" }\n[[credential]]\nname = \"SHARED_KEY\"\nenvironment = \"staging\"\nowner = \"reliability\"\ngithub = {}\n";
    let mut scene = Scene::of(Sandbox::repo_of(&[
        (
            "stackguard.toml",
            "[credentials]\nmap = \"map.toml\"\n[stores.github]\nrepository = \"owner/name\"\n",
        ),
        ("map.toml", map),
    ]));
    let bin = scene.sandbox.outside("bin");
    let token = secret("token", "fm2_{base62:60}");
    let fly = format!(
        r#"case "$*" in
"tokens create readonly acme --expiry 720h") echo "FlyV1 {token}" ;;
"secrets list --app acme-staging --json") echo '[{{"name":"API_KEY","digest":"0123456789abcdef","status":"Deployed"}}]' ;;
*) exit 1 ;;
esac
"#
    );
    let gh = r#"case "$*" in
"secret list --env staging --json name,updatedAt") echo '[{"name":"API_KEY","updatedAt":"2026-02-01T00:00:00Z"}]' ;;
"secret list --json name,updatedAt") echo '[{"name":"SHARED_KEY","updatedAt":"2026-02-01T00:00:00Z"}]' ;;
*) exit 1 ;;
esac
"#;
    program(&bin, "fly", &fly);
    program(&bin, "gh", gh);
    scene.paths.insert(0, bin);
    scene
}

fn variables(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A program that is a script.
fn program(bin: &Path, name: &str, script: &str) -> PathBuf {
    std::fs::create_dir_all(bin).expect("made");
    let path = bin.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{script}")).expect("written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("ours");
    path
}
