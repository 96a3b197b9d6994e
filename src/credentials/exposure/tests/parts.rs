//! Values that stand in parts: cut by the ends of lines, or alone without what they belong to.

use super::*;

/// Base64 in lines, as tools print it: `base64`, PEM, mail, a block of YAML.
#[test]
fn a_value_is_found_in_folded_base64_wherever_it_is_cut() {
    let around = "#".repeat(300);
    for value in [
        expand("{base62:8}"),
        expand("{base62:13}"),
        expand("{base62:36}"),
        expand("{base62:6}-!-{base62:9}/{base62:40}=!%?"),
        expand(concat!(
            "postgres",
            "://app:{base62:20}@db.acmecorp.io:5432/main"
        )),
        expand("{base62:200}"),
    ] {
        let watch = Watch::new(vec![known("API_KEY", &value)]);
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&watch.policy(&policy)).expect("the rules can be run");
        let exact = |rule: u16| scanner.rules().rule(rule).is_exact();
        for (width, end) in [(76, "\n"), (64, "\r\n"), (76, "\n    "), (60, "\n")] {
            for lead in 0..width * 3 / 4 {
                let encoded = STANDARD.encode(format!("{}{value}{around}", &around[..lead]));
                let lines: Vec<&str> = encoded
                    .as_bytes()
                    .chunks(width)
                    .map(|line| std::str::from_utf8(line).expect("letters and digits"))
                    .collect();
                let text = format!("k:{end}{}{end}z: 1\n", lines.join(end));
                let (found, _) = scanner.scan(text.as_bytes(), None, &|_| Vec::new());
                let found: Vec<_> = found.iter().filter(|one| exact(one.rule)).collect();
                assert_eq!(found.len(), 1, "{lead} bytes before {}", value.len());
                // In the line it begins in, and nothing of it is shown.
                let line = 2 + u32::try_from(lead * 4 / 3 / width).expect("small");
                assert_eq!(found[0].start.line, line, "{lead} bytes before");
                assert!(!found[0].snippet.text().contains(&lines[0][..8]));
            }
        }
    }
}

#[test]
fn the_password_of_an_address_is_found_alone_and_the_address_once() {
    let password = expand("{base62:20}");
    let dsn = |host: &str| format!(concat!("postgres", "://app:{}%2F@{}/main"), password, host);
    let watch = Watch::new(vec![
        known("DATABASE_URL", &dsn("db.acmecorp.io")),
        known("POOL_URL", &dsn("pool.acmecorp.io")),
    ]);
    assert_eq!((watch.len(), watch.passwords, watch.skipped), (3, 1, 0));
    let other = dsn("old.acmecorp.io");
    for (text, times) in [
        (format!("PGPASSWORD={password}/ psql\n"), 1),
        (
            format!("a {}\n", STANDARD.encode(format!("{password}/"))),
            1,
        ),
        (format!("u: {}\n", dsn("db.acmecorp.io")), 1),
        (
            format!("u: {}\n", STANDARD.encode(dsn("db.acmecorp.io"))),
            1,
        ),
        (format!("u: {0} {0}\n", dsn("pool.acmecorp.io")), 2),
        (format!("u: {other}\n"), 1),
        (format!("u: {}\np: {password}/\n", dsn("db.acmecorp.io")), 2),
        (format!("p: {}\n", &password[..19]), 0),
    ] {
        assert_eq!(
            found_bytes(&watch, text.as_bytes()),
            times,
            "{}",
            text.len()
        );
    }
    // Told as what it is; as a value itself where the vault has it as one.
    let message = |watch: &Watch, text: &str| {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&watch.policy(&policy)).expect("the rules can be run");
        let (found, _) = scanner.scan(text.as_bytes(), Some("a"), &|_| Vec::new());
        let rule = |one: &crate::secrets::Sighting| &scanner.rules().rule(one.rule).spec.id;
        let one = found.iter().find(|one| rule(one).starts_with(RULE));
        let one = one.expect("it is found");
        let found = Finding::new(
            rule(one),
            Guard::Secrets,
            Severity::Critical,
            String::new(),
            Location::whole(crate::finding::RepoPath::new("a")),
            Fingerprint::from_tag(rule(one), "a", one.tag),
        );
        watch.finding(found, &policy).expect("its own").message
    };
    let text = format!("p: {password}/\n");
    assert_eq!(
        message(&watch, &text),
        "the password in the value in use of `DATABASE_URL` (staging), `POOL_URL` (staging) stands in the repository"
    );
    let both = Watch::new(vec![
        known("DATABASE_URL", &dsn("db.acmecorp.io")),
        known("DB_PASSWORD", &format!("{password}/")),
    ]);
    assert_eq!((both.len(), both.passwords), (2, 0));
    assert_eq!(
        message(&both, &text),
        "the value in use of `DB_PASSWORD` (staging) stands in the repository"
    );
}
