//! The files of `tests/fixtures/fly`.

use super::*;

/// The directory of examples that break other rules as they please.
const REFERENCE: &str = "reference";

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
    let mut planted = 0;
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
        planted += secrets.len();
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
    assert!(planted > 0, "no fixture holds a secret");
}
