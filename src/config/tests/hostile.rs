//! Bytes that want to do harm, and secrets in the wrong place.

use super::*;

#[test]
fn no_secret_is_shown() {
    let token = expand("{base62:30}");
    let dsn = expand("postgres://app:{alnum:12}@db.example.com:5432/x");
    for secret in [&token, &dsn] {
        for text in [
            format!("[[allow]]\nvalue = '''{secret}('''\nreason = 3"),
            format!("[[allow]]\nvalue = '''\n{secret}(\n'''\nreason = 3"),
            format!("[[allow]]\nreason = 'the old {secret}'\nfingerprint = '{secret}'"),
            format!("allow = [{{ value = '{secret}', resaon = '{secret}' }}]"),
            format!("packs = ['{secret}']"),
            format!("packs = ['{secret}.toml']"),
            format!("packs = ['x/{secret}']"),
            format!("exclude = ['{secret}[', 3]"),
            format!("[severity]\n'{secret}' = '{secret}'"),
            format!("[severity]\n'{secret}' = 'low'"),
            format!("[toolkit]\n'{secret}' = '{secret}'"),
            format!("[toolkit]\napp_code = '{secret}'"),
            format!("[toolkit]\napp_code = {{ '{secret}' = 1 }}"),
            format!(
                "[[fly]]\napp = '{secret}['\nmemory_min = '{secret}'\nmachines_min = '{secret}'"
            ),
            format!(
                "[[fly]]\napp = 'x'\nauto_stop = ['{secret}']\nenv_equals = {{ '{secret}' = 1 }}"
            ),
            format!("[[fly]]\napp = 'x'\nenv_equals = {{ A = ['{secret}'] }} # {secret}"),
            format!("packs = ['own.toml']\n[severity]\n'{secret}' = 'low'"),
            format!("[stores.{token}]\nx = 1"),
            format!("[stores.vault]\nkind = '{secret}'"),
            format!("value = {secret}"),
            format!("x = '{secret}"),
            secret.clone(),
            format!("x = 1 # {secret}\n"),
        ] {
            let dir = tempfile::tempdir().expect("a directory");
            std::fs::write(dir.path().join(FILE_NAME), &text).expect("written");
            let own = format!(
                "[[secret]]\nid = '{secret}'\nseverity = '{secret}'\n[[secret]]\n'{secret}' = 1\n[[secret]]\nid = ['{secret}']\n"
            );
            std::fs::write(dir.path().join("own.toml"), own).expect("written");
            let error = match load(dir.path(), Choice::Discover) {
                Ok(config) => config.policy().expect_err(&text),
                Err(error) => error,
            };
            let shown = format!("{}{error:?}{}", rendered(&error), problems(&error).concat());
            assert!(!shown.contains(secret.as_str()), "{text}\n{shown}");
        }
    }
}

#[test]
fn bytes_that_are_no_text_are_a_problem() {
    let (_, found) = parse("stackguard.toml", b"packs = ['secrets']\nx = '\xff'");
    assert_eq!(problems(&ConfigError::of(found)), ["2: not UTF-8 text"]);
}

#[test]
fn hostile_sizes_stay_bounded() {
    let deep = format!("x = {}{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = format!("exclude = [{}]", "1,".repeat(20_000));
    let keys: String = (0..20_000)
        .map(|number| format!("k{number}.a.b.c = 1\n"))
        .collect();
    let entries = "[[allow]]\n".repeat(20_000);
    for text in [deep, wide, keys, entries] {
        assert!(!parse("stackguard.toml", text.as_bytes()).1.is_empty());
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let (config, found) = parse("stackguard.toml", &bytes);
        prop_assert!(config.file.is_some() || !found.is_empty());
    }

    #[test]
    fn any_damage_to_a_good_file_is_read_or_refused(cuts in proptest::collection::vec((0..EXAMPLE.len(), 0..12usize, "[\\[\\]{}'\"=,a-z0-9 \n]{0,6}"), 1..5)) {
        let mut text = EXAMPLE.to_owned();
        for (at, length, put) in cuts {
            let at = at.min(text.len());
            let end = (at + length).min(text.len());
            text.replace_range(at..end, &put);
        }
        let (config, found) = parse("stackguard.toml", text.as_bytes());
        if config.file.is_some() && found.is_empty() {
            let _ = assemble::assemble(&config, shipped());
        } else {
            let shown = rendered(&ConfigError::of(found));
            prop_assert!(shown.contains("in stackguard.toml"));
        }
    }
}
