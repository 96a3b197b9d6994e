//! The rules on whole files: `tests/fixtures/fly/<rule>/{bad,good}-*`.
//!
//! A bad file says on its first line what is to be found, `# expect: rule@line, …` (line 0: the whole file); a good
//! file gives nothing at all. `# policy: key = value` lines make up a `[[fly]]` entry, `# secrets: NAME` the
//! app's known Fly secrets, `# as: name` the name the guard sees. `{base62:32}` becomes a random-looking value.

use super::document::{Format, read};
use super::{AppPolicy, FlyGuard};
use crate::finding::{LineIndex, RepoPath, Veil};
use crate::policy::{Guard, embedded, pack::expand};
use crate::tree::{Conclusion, FileView, TreeGuard as _};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// The directory of examples that break other rules as they please.
const REFERENCE: &str = "reference";

fn entries(text: &str) -> Vec<AppPolicy> {
    let table = toml::de::DeTable::parse(text)
        .expect("a policy")
        .into_inner();
    let fly = table.into_iter().find(|(key, _)| key.get_ref() == "fly");
    fly.map_or_else(Vec::new, |(_, value)| {
        AppPolicy::list(value, "stackguard.toml", text).expect("a policy")
    })
}

fn run(guard: &FlyGuard, files: &[(&str, &str)]) -> Conclusion {
    let veil = Veil::default();
    let notes = files.iter().filter_map(|(path, text)| {
        let path = RepoPath::new(path);
        let notes = guard
            .wants(&path)
            .then(|| guard.inspect(&FileView::new(&path, text.as_bytes(), &veil)))??;
        Some((path, notes))
    });
    guard.conclude(notes.collect())
}

fn one(policy: &str, text: &str) -> Conclusion {
    run(&FlyGuard::new(entries(policy)), &[("fly.toml", text)])
}

fn messages(conclusion: &Conclusion) -> Vec<&str> {
    conclusion
        .drafts
        .iter()
        .map(|draft| draft.message.as_str())
        .collect()
}

/// `rule@line` of everything found, sorted.
fn found(conclusion: &Conclusion) -> Vec<String> {
    let line = |draft: &crate::tree::Draft| draft.mark.as_ref().map_or(0, |mark| mark.start.line);
    let mut found: Vec<String> = conclusion
        .drafts
        .iter()
        .map(|draft| format!("{}@{}", draft.rule, line(draft)))
        .collect();
    found.sort();
    found
}

struct Fixture {
    rule: String,
    file: String,
    text: String,
}

impl Fixture {
    fn header<'f>(&'f self, key: &'f str) -> impl Iterator<Item = &'f str> {
        self.text
            .lines()
            .filter_map(move |line| {
                line.strip_prefix("# ")?
                    .strip_prefix(key)?
                    .strip_prefix(':')
            })
            .map(str::trim)
    }

    fn expected(&self) -> Vec<String> {
        let mut expected: Vec<String> = self
            .header("expect")
            .flat_map(|line| line.split(','))
            .map(|item| item.trim().to_owned())
            .collect();
        expected.sort();
        expected
    }

    fn conclude(&self) -> Conclusion {
        let policy: Vec<&str> = self.header("policy").collect();
        let policy = if policy.is_empty() {
            String::new()
        } else {
            format!("[[fly]]\napp = \"*\"\n{}\n", policy.join("\n"))
        };
        let secrets = self
            .header("secrets")
            .flat_map(|line| line.split(','))
            .map(|name| ("acme-web".to_owned(), name.trim().to_owned()));
        let guard = FlyGuard::new(entries(&policy)).with_secrets(secrets);
        let extension = self
            .file
            .rsplit_once('.')
            .map_or("toml", |(_, extension)| extension);
        let name = self
            .header("as")
            .next()
            .map_or_else(|| format!("fly.{extension}"), str::to_owned);
        run(&guard, &[(&name, &self.text)])
    }
}

fn fixtures() -> Vec<Fixture> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/fly");
    let mut found = Vec::new();
    for rule in fs::read_dir(root)
        .expect("there")
        .map(|entry| entry.expect("readable").path())
    {
        for file in fs::read_dir(&rule)
            .expect("a directory")
            .map(|entry| entry.expect("readable").path())
        {
            let name = |path: &Path| {
                path.file_name()
                    .expect("named")
                    .to_string_lossy()
                    .into_owned()
            };
            let text = expand(&fs::read_to_string(&file).expect("text"));
            found.push(Fixture {
                rule: name(&rule),
                file: name(&file),
                text,
            });
        }
    }
    found.sort_by(|a, b| (&a.rule, &a.file).cmp(&(&b.rule, &b.file)));
    found
}

#[test]
fn fixtures_give_what_they_say() {
    for fixture in fixtures()
        .into_iter()
        .filter(|fixture| fixture.rule != REFERENCE)
    {
        let conclusion = fixture.conclude();
        let place = format!(
            "{}/{}: {:#?}",
            fixture.rule,
            fixture.file,
            messages(&conclusion)
        );
        if fixture.file.starts_with("bad-") {
            assert_eq!(found(&conclusion), fixture.expected(), "{place}");
            assert!(
                found(&conclusion)
                    .iter()
                    .any(|item| item.starts_with(&format!("{}@", fixture.rule))),
                "{place}"
            );
        } else {
            assert!(conclusion.drafts.is_empty(), "{place}");
            assert_eq!(fixture.expected(), Vec::<String>::new(), "{place}");
        }
        assert!(conclusion.gaps.is_empty(), "{place}");
    }
}

#[test]
fn every_rule_has_words_and_files_both_ways() {
    let words: BTreeSet<String> = embedded()
        .into_iter()
        // What runs against the file is for the audit, which has other words and other tests.
        .filter(|(path, _)| path != "policies/parity-rules.toml")
        .flat_map(|(_, pack)| pack.coded)
        .filter(|rule| rule.guard == Guard::Fly)
        .map(|rule| rule.id)
        .collect();
    let mut files: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for fixture in fixtures() {
        let kind = if fixture.file.starts_with("bad-") {
            "bad"
        } else {
            "good"
        };
        files.entry(fixture.rule).or_default().insert(kind);
    }
    for rule in &words {
        assert_eq!(
            files.get(rule).map(BTreeSet::len),
            Some(2),
            "{rule} needs a bad and a good file"
        );
    }
    for rule in files.keys().filter(|rule| *rule != REFERENCE) {
        assert!(words.contains(rule), "{rule} has files but no [[rule]]");
    }
}

/// Each section and key of <https://fly.io/docs/reference/configuration/>, alone: whatever else is missing, every key is known.
#[test]
fn every_key_of_the_reference_is_known() {
    let shape = [
        "fly-invalid",
        "fly-unknown-key",
        "fly-key-case",
        "fly-legacy-key",
        "fly-wrong-type",
        "fly-value-invalid",
    ];
    let files: Vec<Fixture> = fixtures()
        .into_iter()
        .filter(|fixture| fixture.rule == REFERENCE)
        .collect();
    assert!(files.len() > 50);
    for fixture in files {
        let conclusion = fixture.conclude();
        let wrong: Vec<&str> = conclusion
            .drafts
            .iter()
            .filter(|draft| shape.contains(&draft.rule))
            .map(|draft| draft.message.as_str())
            .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", fixture.file);
        assert_eq!(
            conclusion.remarks.len(),
            1,
            "{}: not taken for a Fly file",
            fixture.file
        );
    }
}

#[test]
fn no_secret_is_in_any_finding() {
    for fixture in fixtures() {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/fixtures/fly")
            .join(&fixture.rule)
            .join(&fixture.file);
        let template = fs::read_to_string(source).expect("text");
        let secrets = template
            .match_indices("{base62:")
            .filter_map(|(at, _)| template[at..].split_inclusive('}').next())
            .map(expand);
        let secrets: Vec<String> = secrets
            .filter(|secret| fixture.text.contains(secret.as_str()))
            .collect();
        let shown = format!("{:?}", fixture.conclude());
        for secret in &secrets {
            assert!(
                !shown.contains(secret.as_str()),
                "{}/{}",
                fixture.rule,
                fixture.file
            );
        }
    }
}

#[test]
fn the_case_of_the_introduction() {
    let policy = "[[fly]]\napp = \"acme-chatwoot\"\nmemory_min = \"2gb\"\nmachines_min = 1\nhealth_path = \"/api\"\n";
    let text = "app = \"acme-chatwoot\"\nprimary_region = \"iad\"\n\n[http_service]\n  internal_port = 3000\n  force_https = true\n\
                \n  [[http_service.checks]]\n    interval = \"15s\"\n    timeout = \"5s\"\n    path = \"/\"\n\n[[vm]]\n  memory = \"512mb\"\n";
    let conclusion = one(policy, text);
    assert_eq!(
        found(&conclusion),
        ["fly-health-check-path@11", "fly-memory-below-minimum@14"]
    );
    let memory = conclusion
        .drafts
        .iter()
        .find(|draft| draft.rule == "fly-memory-below-minimum")
        .expect("found");
    assert_eq!(
        memory.message,
        "memory = '512mb' gives this app 512 MB; the policy asks for at least 2 GB for `acme-chatwoot`"
    );
    assert_eq!(memory.decided_by.as_deref(), Some("stackguard.toml:1"));
    assert!(conclusion.remarks.is_empty());
}

#[test]
fn messages_say_what_fly_will_do() {
    let conclusion = one("", "app = 'a'\n[[vm]]\nmemory = '1gb'\nmemory_mb = 256\n");
    assert_eq!(
        messages(&conclusion),
        ["memory_mb = 256 wins over memory = '1gb': this app gets 256 MB"]
    );
}

#[test]
fn an_app_without_an_entry_gets_the_defaults_and_a_remark() {
    let conclusion = run(
        &FlyGuard::new(entries("[[fly]]\napp = 'other'\n")),
        &[(
            "apps/web/fly.toml",
            "app = 'acme-web'\n[vm]\nmemory = '1gb'\n",
        )],
    );
    assert_eq!(
        conclusion.remarks,
        ["apps/web/fly.toml of `acme-web` matches no [[fly]] entry: the defaults apply"]
    );
    assert!(conclusion.drafts.is_empty());
}

#[test]
fn all_three_formats_are_read_alike() {
    let toml = "app = 'a'\n[vm]\nmemory = '1gb'\ncpuz = 1\n";
    let json = "{\"app\": \"a\",\n\n\n\"vm\": {\"memory\": \"1gb\", \"cpuz\": 1}}";
    let yaml = "app: a\nvm:\n  memory: 1gb\n  cpuz: 1\n";
    for (path, text) in [("fly.toml", toml), ("fly.json", json), ("fly.yaml", yaml)] {
        assert_eq!(
            found(&run(&FlyGuard::new(Vec::new()), &[(path, text)])),
            ["fly-unknown-key@4"],
            "{path}"
        );
    }
    let broken = [
        ("fly.toml", "app = "),
        ("fly.json", "{\"app\": }"),
        ("fly.yaml", "app: ["),
        ("fly.toml", "a = 1\na = 2"),
    ];
    for (path, text) in broken {
        let conclusion = run(&FlyGuard::new(Vec::new()), &[(path, text)]);
        assert!(
            conclusion
                .drafts
                .iter()
                .all(|draft| draft.rule == "fly-invalid" && draft.mark.is_some()),
            "{text}"
        );
        assert!(
            !conclusion.drafts.is_empty() && conclusion.remarks.is_empty(),
            "{text}"
        );
    }
}

#[test]
fn a_file_beside_fly_toml_is_not_read() {
    let toml = ("deploy/fly.toml", "app = 'a'\n[vm]\nmemory = '1gb'\n");
    let json = (
        "deploy/fly.json",
        "{\"app\": \"a\", \"vm\": {\"memory\": \"1gb\"}}",
    );
    let guard = FlyGuard::new(Vec::new());
    let both = run(&guard, &[json, toml]);
    assert_eq!(found(&both), ["fly-file-ignored@0"]);
    assert_eq!(both.drafts[0].path.as_str(), "deploy/fly.json");
    assert!(found(&run(&guard, &[json, ("fly.toml", toml.1)])).is_empty());
}

#[test]
fn wanted_by_name_and_then_by_content() {
    let guard = FlyGuard::new(Vec::new());
    let wants = |path: &str| guard.wants(&RepoPath::new(path));
    for path in [
        "fly.toml",
        "a/fly.production.toml",
        "fly.json",
        "fly.yaml",
        "fly.yml",
        "web.fly.toml",
        "deploy/fly/web.toml",
        "fly-staging.toml",
    ] {
        assert!(wants(path), "{path}");
    }
    for path in [
        "Cargo.toml",
        "butterfly.toml",
        "fly.rs",
        "node_modules/a/fly.toml",
        "fly.yaml.tmpl",
        "src/fly/mod.rs",
    ] {
        assert!(!wants(path), "{path}");
    }
    // Not ours: a Concourse pipeline, a Rust manifest in a directory of that name, an animation.
    // An animation that cannot be read is not ours either.
    let strangers = [
        ("fly.json", "{\"frames\": }"),
        ("fly-pipeline.yaml", "resources: []\njobs: []\n"),
        ("crates/fly/Cargo.toml", "[package]\nname = 'fly'\n"),
        ("fly.json", "{\"frames\": 12}"),
    ];
    for (path, text) in strangers {
        assert!(
            guard
                .inspect(&FileView::new(
                    &RepoPath::new(path),
                    text.as_bytes(),
                    &Veil::default()
                ))
                .is_none(),
            "{path}"
        );
    }
}

#[test]
fn what_cannot_be_read_is_said() {
    let guard = FlyGuard::new(Vec::new());
    let path = RepoPath::new("fly.toml");
    let big = vec![b'#'; (1 << 20) + 1];
    for (bytes, findings, gaps) in [(b"app = '\xff'".as_slice(), 1, 0), (big.as_slice(), 0, 1)] {
        let notes = guard
            .inspect(&FileView::new(&path, bytes, &Veil::default()))
            .expect("looked at");
        let conclusion = guard.conclude(vec![(path.clone(), notes)]);
        assert_eq!(
            (conclusion.drafts.len(), conclusion.gaps.len()),
            (findings, gaps)
        );
    }
}

/// Files made to take long: every rule is at most quadratic in few values.
#[test]
fn hostile_files_are_answered_in_time() {
    let many =
        |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let env = format!(
        "[env]\n{}",
        many(3500, &|n| format!("A{n}_SECRET = 'abcdefgh{n}XY'\n"))
    );
    let groups = format!("[processes]\n{}", many(900, &|n| format!("g{n} = 'x'\n")));
    let services = many(900, &|_| {
        "[[services]]\nprotocol = 'tcp'\nmin_machines_running = 2\n[[services.ports]]\nport = 1\n"
            .into()
    });
    let vms = many(900, &|n| format!("[[vm]]\nprocesses = ['g{n}']\n"));
    let keys = many(3500, &|n| format!("min_machines_runnin{n} = 1\n"));
    let dots = format!("[{}]\n", vec!["a"; 5000].join("."));
    let texts = [
        env,
        format!("{groups}{services}"),
        format!("{groups}{vms}"),
        keys.clone(),
        format!("[http_service]\n{keys}"),
        dots,
        "[[vm]]\n".repeat(50_000),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        let conclusion = one(
            "[[fly]]\napp = '*'\nmemory_min = '1gb'\nmachines_min = 3\nhealth_path = '/up'\n",
            &text,
        );
        // Not how fast it is: whether it ends, on a machine however busy.
        assert!(start.elapsed().as_secs() < 600, "{}", &text[..40]);
        assert!(
            !conclusion.drafts.is_empty() && conclusion.drafts.len() <= 501,
            "{}",
            &text[..40]
        );
    }
}

#[test]
fn a_secret_is_masked_in_the_findings_of_other_rules() {
    let token = expand("{base62:32}");
    let inline = format!(
        "app = 'a'\nenv = {{ LOG = 'x', API_TOKEN = '{token}', Fly = {{ a = 1 }} }}\n[vm]\nmemory = '1gb'\n"
    );
    let typed = format!(
        "app = 'a'\nprimary_region = 7 # '{token}'\n[env]\nAPI_TOKEN = '{token}'\n[vm]\nmemory = '{token}'\n"
    );
    let broken = format!("app = 'a'\n[env]\nAPI_TOKEN = {token}\n");
    for text in [&inline, &broken] {
        let conclusion = one("", text);
        assert!(!conclusion.drafts.is_empty());
        assert!(!format!("{conclusion:?}").contains(&token), "{text}");
    }
    // The secrets guard knows the token wherever it stands.
    let spans: Vec<_> = typed
        .match_indices(&token)
        .map(|(at, found)| at..at + found.len())
        .collect();
    let (path, veil) = (RepoPath::new("fly.toml"), Veil::new(spans));
    let guard = FlyGuard::new(Vec::new());
    let notes = guard
        .inspect(&FileView::new(&path, typed.as_bytes(), &veil))
        .expect("looked at");
    let conclusion = guard.conclude(vec![(path.clone(), notes)]);
    assert!(conclusion.drafts.len() >= 3 && !format!("{conclusion:?}").contains(&token));
}

/// Pieces of real files, in an order nobody wrote.
fn lines() -> impl Strategy<Value = String> {
    let pieces = [
        "app = 'a'",
        "app: a",
        "{\"app\": 1}",
        "[env]",
        "[[env]]",
        "env = 1",
        "[vm]",
        "[[vm]]",
        "memory = '1gb'",
        "memory_mb = -5",
        "cpus = 99999999999",
        "[http_service]",
        "[[http_service]]",
        "[[http_service.checks]]",
        "interval = 10",
        "timeout = '1h1x'",
        "path = 'é'",
        "[[services]]",
        "[[services.ports]]",
        "port = '99'",
        "start_port = 70000",
        "[checks]",
        "[checks.a]",
        "[[checks]]",
        "[processes]",
        "[[processes]]",
        "name = 3",
        "web = 'x'",
        "processes = ['', 'x']",
        "[mounts]",
        "initial_size = '15Mb'",
        "auto_stop_machines = 'x'",
        "min_machines_running = 9",
        "A_SECRET = 'x'",
        "[deploy]",
        "strategy = 'canary'",
        "- <<: *a",
        "x: &a",
        "{",
        "]",
        "=",
        "\u{feff}",
        "'''",
        "size = 'performance-16x'",
        "  headers = [{name = 1}]",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        look_at(&bytes);
    }

    #[test]
    fn no_lines_make_it_panic(text in lines()) {
        look_at(text.as_bytes());
    }
}

fn look_at(bytes: &[u8]) {
    let guard = FlyGuard::new(entries(
        "[[fly]]\napp = '*'\nmemory_min = '1gb'\nmemory_max = '2gb'\nmachines_min = 2\nauto_stop = ['off']\nhealth_path = '/up'\nregions = ['iad']\n\
         env_required = ['A']\nenv_equals = { B = 1 }\nenv_forbidden = ['C*']\nsecrets_required = ['A_SECRET']\n",
    ));
    let index = LineIndex::new(bytes);
    let end = index.position(bytes.len());
    for name in ["fly.toml", "fly.json", "fly.yaml", "fly.yml"] {
        let path = RepoPath::new(name);
        if let Some(notes) = guard.inspect(&FileView::new(&path, bytes, &Veil::default())) {
            for draft in guard.conclude(vec![(path, notes)]).drafts {
                assert!(
                    draft
                        .mark
                        .is_none_or(|mark| mark.start <= mark.end && mark.end <= end)
                );
            }
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            for flaw in read(Format::of(name), text).1 {
                assert!(flaw.span.start <= flaw.span.end);
            }
        }
    }
}
