//! The directory vault on throw-away directories.

use super::*;
use crate::policy::pack::expand;
use crate::stores::conformance::{self, every_store_does};
use std::process::Command;
use std::sync::Arc;
use std::sync::Mutex;
use tempfile::TempDir;

/// A directory with a vault in it.
struct Scene(TempDir);

impl Scene {
    fn new() -> Self {
        let scene = Self(TempDir::new().expect("a directory"));
        fs::create_dir(scene.root().join("vault")).expect("a directory");
        scene
    }

    fn root(&self) -> PathBuf {
        self.0.path().canonicalize().expect("it is there")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().expect("it has one")).expect("a directory");
        fs::write(&path, text).expect("a file");
        self.mode(&path, 0o600);
    }

    #[cfg(unix)]
    fn mode(&self, path: &Path, mode: u32) {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.root().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    }

    #[cfg(not(unix))]
    fn mode(&self, _: &Path, _: u32) {}

    fn git(&self, args: &[&str]) {
        let mut git = Command::new("git");
        git.args(args).current_dir(self.root());
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("GIT_") {
                git.env_remove(name);
            }
        }
        assert!(
            git.output().expect("git is there").status.success(),
            "{args:?}"
        );
    }

    fn vault(&self) -> VaultDir {
        VaultDir::open(&self.root(), DEFAULT, &Environment::at(&self.root()))
    }
}

fn place(path: &str) -> StorePlace {
    StorePlace::Vault {
        path: path.to_owned(),
        kv: None,
    }
}

async fn listed(scene: &Scene, path: &str) -> Listing {
    match scene.vault().list(&place(path)).await {
        Answer::Listed(listing) => listing,
        other => panic!("{path}: {other:?}"),
    }
}

async fn unknown(scene: &Scene, path: &str) -> String {
    match scene.vault().list(&place(path)).await {
        Answer::Unknown(failure) => failure.why,
        other => panic!("{path}: {other:?}"),
    }
}

/// Rule and file of each remark.
fn rules(remarks: &[Remark]) -> Vec<(&str, &str)> {
    let pair = |remark: &'_ Remark| (remark.rule.unwrap_or("-"), remark.file.clone());
    remarks
        .iter()
        .map(|remark| (pair(remark).0, remark.file.as_deref().unwrap_or_default()))
        .collect()
}

/// One kind of file under the suite; scenes are kept until the end.
struct Kind {
    file: &'static str,
    scenes: Mutex<Vec<Scene>>,
}

impl Kind {
    fn keep(&self, scene: Scene) -> Arc<dyn Store> {
        let store = Arc::new(scene.vault());
        self.scenes.lock().expect("no panic").push(scene);
        store
    }
}

impl conformance::Fixture for Kind {
    async fn holding(&self, entries: &[(&str, &str)]) -> (Arc<dyn Store>, StorePlace) {
        let scene = Scene::new();
        let text = if self.file.ends_with(".json") {
            let pairs = entries
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).into()));
            serde_json::Value::Object(pairs.collect()).to_string()
        } else {
            let line = |(name, value): &(&str, &str)| format!("export {name}=\"{value}\"\n");
            entries.iter().map(line).collect()
        };
        scene.write(self.file, &text);
        (self.keep(scene), place(self.file))
    }

    async fn without(&self) -> (Arc<dyn Store>, StorePlace) {
        (self.keep(Scene::new()), place(self.file))
    }

    async fn refusing(&self) -> (Arc<dyn Store>, StorePlace) {
        let scene = Scene::new();
        fs::remove_dir(scene.root().join("vault")).expect("it is empty");
        (self.keep(scene), place(self.file))
    }
}

#[tokio::test]
async fn it_does_what_every_store_does() {
    for file in ["vault/a/b.env", "vault/a/b.json"] {
        let scenes = Mutex::default();
        every_store_does(&Kind { file, scenes }).await;
    }
}

#[tokio::test]
async fn entries_have_weak_times_and_the_last_of_two() {
    let scene = Scene::new();
    scene.write("vault/a.env", "A=1\nB=2\nA=3\n");
    let listing = listed(&scene, "vault/a.env").await;
    let a = &listing.entries["A"];
    assert_eq!(
        a.value.as_ref().map(|value| value.expose()),
        Some(&b"3"[..])
    );
    assert!(a.weak_time && a.updated.is_some());
    let remarks = listing.remarks;
    assert_eq!(remarks.len(), 1, "{remarks:?}");
    assert_eq!(remarks[0].key.as_deref(), Some("A"));
}

#[tokio::test]
async fn what_cannot_be_read_is_unknown_and_not_shown() {
    let scene = Scene::new();
    let secret = expand("{base62:40}");
    scene.write("vault/a.env", &format!("A=1\nB=\"{secret}\n"));
    scene.write("vault/b.json", &format!("{{\"A\":\n\"{secret}\" \"x\"}}"));
    scene.write("vault/c.env", &format!("A=1\n{secret}\n"));
    scene.write("vault/large.env", &"A=b\n".repeat(300_000));
    fs::create_dir(scene.root().join("vault/d.env")).expect("a directory");
    scene.write("outside.env", "A=1\n");
    for (path, words) in [
        (
            "vault/a.env",
            "vault/a.env:2 cannot be read: a quote that is never closed",
        ),
        ("vault/b.json", "vault/b.json:2 cannot be read"),
        ("vault/c.env", "vault/c.env:2 cannot be read"),
        ("vault/large.env", "larger than"),
        ("vault/d.env", "is no file"),
        ("outside.env", "is not in the vault"),
        ("vault", "is not in the vault"),
        ("vault/../outside.env", "no path from the top"),
        ("/etc/passwd", "no path from the top"),
        ("", "no path from the top"),
    ] {
        let why = unknown(&scene, path).await;
        assert!(why.contains(words), "{path}: {why}");
        assert!(!why.contains(&secret), "{path}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn links_out_of_the_vault_are_refused() {
    use std::os::unix::fs::symlink;
    let scene = Scene::new();
    scene.write("elsewhere/x.env", "A=1\n");
    scene.write("vault/real/x.env", "A=1\n");
    let vault = scene.root().join("vault");
    symlink("../elsewhere/x.env", vault.join("file.env")).expect("a link");
    symlink("../elsewhere", vault.join("dir")).expect("a link");
    symlink("nowhere", vault.join("dangling.env")).expect("a link");
    symlink("loop.env", vault.join("loop.env")).expect("a link");
    symlink("real", vault.join("inner")).expect("a link");
    for (path, words) in [
        ("vault/file.env", "leads out of the vault"),
        ("vault/dir/x.env", "leads out of the vault"),
        ("vault/dangling.env", "leads nowhere"),
        ("vault/loop.env", "cannot be read"),
    ] {
        let why = unknown(&scene, path).await;
        assert!(why.contains(words), "{path}: {why}");
    }
    listed(&scene, "vault/inner/x.env").await;
    // The walk follows none of them.
    assert_eq!(scene.vault().survey().files, ["vault/real/x.env"]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_whole_vault_may_be_a_link() {
    let scene = Scene::new();
    scene.write("kept/x.env", "A=1\n");
    fs::remove_dir(scene.root().join("vault")).expect("it is empty");
    std::os::unix::fs::symlink("kept", scene.root().join("vault")).expect("a link");
    assert_eq!(listed(&scene, "vault/x.env").await.entries.len(), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn others_must_not_read() {
    let scene = Scene::new();
    for (mode, words) in [
        (0o600, None),
        (0o400, None),
        (0o640, Some("its group may read it (mode 0640)")),
        (
            0o604,
            Some("every user of the machine may read it (mode 0604)"),
        ),
        (
            0o666,
            Some("every user of the machine may read and change it (mode 0666)"),
        ),
        (0o620, Some("its group may change it (mode 0620)")),
    ] {
        scene.write("vault/a.env", "A=1\n");
        scene.mode(Path::new("vault/a.env"), mode);
        let remarks = listed(&scene, "vault/a.env").await.remarks;
        let said = remarks.first().map(|remark| remark.message.as_str());
        assert_eq!(said, words, "{mode:o}");
        for remark in &remarks {
            assert_eq!(remark.rule, Some("vault-file-permissions"));
        }
        assert_eq!(scene.vault().survey().remarks, remarks);
        fs::remove_file(scene.root().join("vault/a.env")).expect("it is there");
    }
}

#[tokio::test]
async fn git_must_ignore_it() {
    let scene = Scene::new();
    scene.git(&["init", "-q", "."]);
    for file in [
        "tracked.env",
        "new.env",
        "ignored.env",
        "gone.json",
        "note.md",
    ] {
        scene.write(&format!("vault/{file}"), "{}");
    }
    for file in ["tracked.env", "new.env", "ignored.env"] {
        scene.write(&format!("vault/{file}"), "A=1\n");
    }
    scene.write(".gitignore", "ignored.env\n");
    scene.git(&[
        "add",
        "vault/tracked.env",
        "vault/gone.json",
        "vault/note.md",
    ]);
    fs::remove_file(scene.root().join("vault/gone.json")).expect("it is there");
    let survey = scene.vault().survey();
    assert_eq!(
        survey.files,
        ["vault/ignored.env", "vault/new.env", "vault/tracked.env"]
    );
    let want = [
        ("vault-not-ignored", "vault/new.env"),
        ("vault-tracked", "vault/gone.json"),
        ("vault-tracked", "vault/tracked.env"),
    ];
    assert_eq!(rules(&survey.remarks), want);
    assert_eq!(survey.gaps, []);
    for (path, want) in [
        (
            "vault/tracked.env",
            vec![("vault-tracked", "vault/tracked.env")],
        ),
        (
            "vault/new.env",
            vec![("vault-not-ignored", "vault/new.env")],
        ),
        ("vault/ignored.env", vec![]),
    ] {
        assert_eq!(rules(&listed(&scene, path).await.remarks), want);
    }
    let away = scene.root().join("away");
    fs::rename(scene.root().join("vault"), &away).expect("ours");
    let lost = scene.vault().survey();
    assert_eq!((lost.files.len(), lost.gaps.len()), (0, 1));
    assert_eq!(
        rules(&lost.remarks),
        [
            ("vault-tracked", "vault/gone.json"),
            ("vault-tracked", "vault/tracked.env")
        ]
    );
    fs::rename(away, scene.root().join("vault")).expect("ours");
    scene.write(".git/index", "damaged");
    let survey = scene.vault().survey();
    assert!(
        survey.gaps[0].why.contains("whether git tracks"),
        "{survey:?}"
    );
}

#[test]
fn every_rule_has_its_words() {
    let policy = crate::policy::Policy::new(crate::policy::embedded()).expect("the shipped rules");
    for id in [
        "vault-file-permissions",
        "vault-tracked",
        "vault-not-ignored",
    ] {
        assert!(policy.meta(id).is_some(), "{id}");
    }
}

#[test]
fn the_directory_stays_below() {
    let scene = Scene::new();
    let open =
        |directory| VaultDir::open(&scene.root(), directory, &Environment::at(&scene.root()));
    assert_eq!(open("./vault/").survey().gaps, []);
    for bad in ["", ".", "..", "../vault", "/etc", "missing"] {
        assert_eq!(open(bad).survey().gaps.len(), 1, "{bad}");
    }
    assert_eq!(
        open("missing").survey().gaps[0].why,
        "the vault directory `missing` cannot be opened: no such directory"
    );
}
