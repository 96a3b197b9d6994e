//! Listings as files.

use super::*;
use crate::credentials::Reach;
use crate::policy::pack::expand;
use crate::stores::conformance::{self, every_store_does};
use std::sync::Mutex;
use tempfile::TempDir;

fn fly(app: &str) -> StorePlace {
    StorePlace::Fly {
        app: app.to_owned(),
    }
}

fn github(environment: Option<&str>) -> StorePlace {
    StorePlace::Github {
        repository: "Acme/Shop".to_owned(),
        environment: environment.map(str::to_owned),
    }
}

/// Every place the tests ask for.
fn places() -> Vec<StorePlace> {
    vec![
        fly("acme"),
        github(Some("Staging")),
        github(Some("production")),
        github(None),
    ]
}

/// A store over these files: what is given, and the text.
fn store(kind: StoreKind, files: &[(&str, &str)]) -> (TempDir, InventoryStore) {
    let directory = TempDir::new().expect("a directory");
    let mut given = Vec::new();
    for (at, (name, text)) in files.iter().enumerate() {
        let file = PathBuf::from(format!("{at}.json"));
        std::fs::write(directory.path().join(&file), text).expect("a file");
        let name = (*name).to_owned();
        given.push(InventoryFile { kind, name, file });
    }
    let store =
        InventoryStore::new(kind, &given, directory.path(), &places(), None).expect("no two");
    (directory, store)
}

async fn fly_listing(text: &str) -> Result<Listing, Failure> {
    let (_directory, store) = store(StoreKind::Fly, &[("acme", text)]);
    match store.list(&fly("acme")).await {
        Answer::Listed(listing) => Ok(listing),
        Answer::Unknown(failure) => Err(failure),
        Answer::Absent(words) => panic!("a file does not prove that: {words}"),
    }
}

/// The suite over one kind of listing. The absent place is one the store behind knows to be absent.
struct Suite(StoreKind, Mutex<Vec<TempDir>>);

struct Nothing(StoreKind);

impl Store for Nothing {
    fn kind(&self) -> StoreKind {
        self.0
    }

    fn list<'a>(&'a self, _: &'a StorePlace) -> Asked<'a> {
        Box::pin(async { Answer::Absent("there is nothing at all".to_owned()) })
    }
}

impl Suite {
    fn place(&self) -> StorePlace {
        match self.0 {
            StoreKind::Github => github(Some("Staging")),
            _ => fly("acme"),
        }
    }

    fn over(&self, text: &str) -> (Arc<dyn Store>, StorePlace) {
        let name = if self.0 == StoreKind::Github {
            "staging"
        } else {
            "acme"
        };
        let (directory, store) = store(self.0, &[(name, text)]);
        self.1.lock().expect("no panic").push(directory);
        (Arc::new(store), self.place())
    }
}

impl conformance::Fixture for Suite {
    async fn holding(&self, entries: &[(&str, &str)]) -> (Arc<dyn Store>, StorePlace) {
        let list = entries
            .iter()
            .map(|(name, _)| serde_json::json!({"name": name, "digest": "d"}));
        self.over(&serde_json::Value::Array(list.collect()).to_string())
    }

    async fn without(&self) -> (Arc<dyn Store>, StorePlace) {
        let rest = Arc::new(Nothing(self.0));
        let store = InventoryStore::new(self.0, &[], Path::new("."), &[], Some(rest));
        (Arc::new(store.expect("no two")), self.place())
    }

    async fn refusing(&self) -> (Arc<dyn Store>, StorePlace) {
        self.over("nothing of the sort")
    }
}

#[tokio::test]
async fn it_does_what_every_store_does() {
    for kind in [StoreKind::Fly, StoreKind::Github] {
        every_store_does(&Suite(kind, Mutex::default())).await;
    }
}

#[tokio::test]
async fn both_forms_of_flyctl() {
    let new = r#"[{"name":"A","digest":"d1","status":"Deployed"},{"name":"B","digest":"d2","status":"Staged"},
        {"name":"C","status":"Partial"},{"name":"D","digest":"d4","status":"Unknown"},{"name":"E","digest":null}]"#;
    let listing = fly_listing(new).await.expect("a listing");
    let reach: Vec<_> = listing.entries.values().map(|entry| entry.reach).collect();
    let want = [
        Some(Reach::Deployed),
        Some(Reach::Staged),
        Some(Reach::Partial),
        None,
        None,
    ];
    assert_eq!(reach, want);
    assert_eq!(listing.entries["A"].digest.as_deref(), Some("d1"));
    assert!(
        listing.remarks[0]
            .message
            .starts_with("listed from the file 0.json, written 2")
    );
    let old = "\u{feff}[{\"Name\":\"A\",\"Digest\":\"d1\",\"CreatedAt\":\"2026-01-02T03:04:05Z\"}]";
    let listing = fly_listing(old).await.expect("a listing");
    assert_eq!(listing.entries["A"].digest.as_deref(), Some("d1"));
    assert_eq!(listing.entries["A"].updated, None);
}

#[tokio::test]
async fn what_is_no_listing_is_not_an_empty_one() {
    let hidden = expand("{base62:41}");
    for (text, words) in [
        (
            format!("[{{\"name\":\"A\"}},{{\"NAME\":\"{hidden}\"}}]"),
            "0.json has no `name` in entry 2",
        ),
        (format!("[\"{hidden}\"]"), "has no `name` in entry 1"),
        ("[{\"name\":\"\"}]".to_owned(), "has no `name` in entry 1"),
        ("[{\"name\":7}]".to_owned(), "has no `name` in entry 1"),
        (format!("{{\"name\":\"{hidden}\"}}"), "is no JSON list"),
        (format!("NAME DIGEST\nA {hidden}"), "is no JSON (line 1"),
        (format!("[{{\"name\":\"{hidden}\""), "is no JSON"),
        (String::new(), "is no JSON"),
    ] {
        let failure = fly_listing(&text).await.expect_err(words);
        assert!(failure.why.contains(words), "{text}: {failure:?}");
        assert!(
            failure
                .help
                .as_deref()
                .is_some_and(|help| help.contains("fly secrets list"))
        );
        assert!(!format!("{failure:?}").contains(&hidden), "{failure:?}");
    }
    let directory = TempDir::new().expect("a directory");
    std::fs::write(directory.path().join("wide.json"), b"\xff\xfe[\0]\0").expect("a file");
    for (file, words) in [
        ("missing.json", "missing.json cannot be read"),
        (".", "is no file"),
        ("wide.json", "UTF-16"),
    ] {
        let given = [format!("fly:acme={file}")
            .parse::<InventoryFile>()
            .expect("its form")];
        let store = InventoryStore::new(StoreKind::Fly, &given, directory.path(), &places(), None)
            .expect("one");
        match store.list(&fly("acme")).await {
            Answer::Unknown(failure) => assert!(failure.why.contains(words), "{failure:?}"),
            other => panic!("{file}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn github_environments_and_their_repository() {
    let staging = r#"[{"name":"both","updatedAt":"2026-01-02T03:04:05Z"},{"name":"NEVER","updatedAt":"0001-01-01T00:00:00Z"}]"#;
    let shared = r#"[{"name":"BOTH"},{"name":"SHARED","updatedAt":"2026-03-01T00:00:00Z"}]"#;
    let files = [("staging", staging), ("acme/shop", shared)];
    let (_directory, store) = store(StoreKind::Github, &files);
    let Answer::Listed(listing) = store.list(&github(Some("Staging"))).await else {
        panic!("it was not listed");
    };
    let seen: Vec<_> = listing
        .entries
        .iter()
        .map(|(name, entry)| {
            (
                name.as_str(),
                entry.updated.is_some(),
                entry.inherited_from.as_deref(),
            )
        })
        .collect();
    let want = [
        ("BOTH", true, None),
        ("NEVER", false, None),
        ("SHARED", true, Some("repository")),
    ];
    assert_eq!(seen, want);
    let Answer::Listed(listing) = store.list(&github(None)).await else {
        panic!("it was not listed");
    };
    assert!(
        listing
            .entries
            .values()
            .all(|entry| entry.inherited_from.is_none())
    );
    let answer = store.list(&github(Some("production"))).await;
    let Answer::Unknown(failure) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(failure.why, "no file is given for github:production");
}

#[test]
fn arguments() {
    let parse = |text: &str| text.parse::<InventoryFile>();
    let one = parse("fly:acme=a=b.json").expect("its form");
    assert_eq!((one.kind, one.name.as_str()), (StoreKind::Fly, "acme"));
    assert_eq!(one.file, Path::new("a=b.json"));
    assert_eq!(parse("github:o/n=x").expect("its form").name, "o/n");
    for bad in [
        "",
        "fly",
        "fly:acme",
        "fly:=x",
        "fly:acme=",
        "vault:a=b",
        "acme=x",
    ] {
        assert!(parse(bad).is_err(), "{bad}");
    }
    let given = [
        parse("github:A=x").expect("its form"),
        parse("github:a=y").expect("its form"),
    ];
    let two = InventoryStore::new(StoreKind::Github, &given, Path::new("."), &places(), None);
    assert!(
        two.err()
            .is_some_and(|failure| failure.why.starts_with("two files are given"))
    );
    assert!(InventoryStore::new(StoreKind::Fly, &given, Path::new("."), &[], None).is_ok());
}

#[test]
fn a_file_that_would_not_be_read_is_refused() {
    let refused = |arguments: &[&str]| {
        let given: Vec<InventoryFile> = arguments
            .iter()
            .map(|text| text.parse().expect("its form"))
            .collect();
        [StoreKind::Fly, StoreKind::Github]
            .into_iter()
            .find_map(|kind| {
                InventoryStore::new(kind, &given, Path::new("."), &places(), None)
                    .err()
                    .map(|failure| (failure.why, failure.help.unwrap_or_default()))
            })
    };
    for good in [
        &["fly:acme=x"][..],
        &["github:STAGING=x", "github:acme/SHOP:production=y"],
        &["github:acme/shop=x"],
        &["github:staging=x", "github:acme/shop=x"],
    ] {
        assert_eq!(refused(good), None, "{good:?}");
    }
    for (bad, why, help) in [
        (
            &["fly:Acme=x"][..],
            "the map has no place for --inventory fly:Acme",
            "it has fly:acme",
        ),
        (
            &["github:nowhere=x"],
            "the map has no place for --inventory github:nowhere",
            "it has github:Staging, github:production, github:Acme/Shop",
        ),
        (
            &["github:acme/other:staging=x"],
            "the map has no place for --inventory github:acme/other:staging",
            "it has github:Staging, github:production, github:Acme/Shop",
        ),
        // Both are of one place, and one of them is read.
        (
            &["github:staging=x", "github:acme/shop:staging=y"],
            "the map has no place for --inventory github:staging",
            "it has github:Staging, github:production, github:Acme/Shop",
        ),
    ] {
        let (why, help) = (why.to_owned(), help.to_owned());
        assert_eq!(refused(bad), Some((why, help)), "{bad:?}");
    }
    let given = ["github:acme/shop=x".parse().expect("its form")];
    let alone = InventoryStore::new(
        StoreKind::Github,
        &given,
        Path::new("."),
        &[github(Some("a"))],
        None,
    );
    let failure = alone.err().expect("nothing is read from it");
    assert_eq!(
        failure.why,
        "nothing is read from --inventory github:acme/shop"
    );
}

#[tokio::test]
async fn a_file_is_of_one_repository() {
    let directory = TempDir::new().expect("a directory");
    for name in ["shop", "api"] {
        let text = format!("[{{\"name\":\"OF_{name}\"}}]");
        std::fs::write(directory.path().join(name), text).expect("a file");
    }
    let place = |repository: &str| StorePlace::Github {
        repository: repository.to_owned(),
        environment: Some("Staging".to_owned()),
    };
    let both = [place("Acme/Shop"), place("acme/api")];
    let store = |arguments: &[&str], places: &[StorePlace]| {
        let given: Vec<InventoryFile> = arguments
            .iter()
            .map(|text| text.parse().expect("its form"))
            .collect();
        InventoryStore::new(StoreKind::Github, &given, directory.path(), places, None)
    };
    let refused = store(&["github:staging=shop"], &both).err().expect("two");
    assert!(
        refused.why.contains("may be of Acme/Shop or of acme/api"),
        "{refused:?}"
    );
    assert!(store(&["github:staging=shop"], &both[..1]).is_ok());
    for arguments in [
        [
            "github:acme/shop:staging=shop",
            "github:acme/api:staging=api",
        ],
        // The other is the only one left.
        ["github:staging=shop", "github:acme/api:staging=api"],
    ] {
        let store = store(&arguments, &both).expect("told apart");
        for (place, name) in both.iter().zip(["OF_SHOP", "OF_API"]) {
            let Answer::Listed(listing) = store.list(place).await else {
                panic!("{place}");
            };
            assert_eq!(listing.entries.keys().collect::<Vec<_>>(), [name]);
        }
    }
}
