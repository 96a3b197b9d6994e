//! Manifests that are broken or huge.

use super::*;

#[test]
fn what_cannot_be_read_is_told() {
    let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
    for (path, text, line) in [
        (
            "package.json",
            "{\n\"a\": }",
            "package.json:2: it is no JSON",
        ),
        (
            "pnpm-lock.yaml",
            "a: [\n",
            "pnpm-lock.yaml:2: it is no YAML",
        ),
        ("Cargo.toml", "[a\n", "Cargo.toml:1: it is no TOML"),
        (
            "yarn.lock",
            "# yarn lockfile v1\nnonsense\n",
            "yarn.lock:2: it is no lockfile of yarn",
        ),
        ("bun.lockb", "\u{1}", "bun.lockb: it is binary"),
    ] {
        let gaps = run(&guard, &[(path, text)]).1;
        assert!(gaps.len() == 1 && gaps[0].starts_with(line), "{gaps:?}");
        assert!(!gaps[0].contains("nonsense"));
    }
    assert_eq!(
        run(&guard, &[("tests/broken/package.json", "{")]).1,
        Vec::<String>::new()
    );
    assert_eq!(
        found(&[(
            "package.json",
            "\u{feff}{\"dependencies\": {\"redis\": \"4\"}}"
        )]),
        ["direct-redis redis package.json:1"]
    );
}

#[test]
fn hostile_text_takes_no_longer() {
    let guard = ToolkitGuard::new(Canon::shipped(), View::Whole);
    let start = std::time::Instant::now();
    for (path, word) in [
        ("requirements.txt", " redis\n"),
        ("requirements.txt", " redis # via\n"),
        ("yarn.lock", "a@npm:b@1,"),
        ("yarn.lock", "a:\n"),
        ("Gemfile", "gem 'redis' do\n"),
        ("Gemfile.lock", "DEPENDENCIES\n  a\n"),
        ("go.mod", "require (\n"),
        ("package.json", "{\"dependencies\":"),
        ("package.json", "["),
        ("pnpm-lock.yaml", "\npackages:\n"),
        ("pnpm-lock.yaml", "- - "),
        ("Cargo.toml", "[[a]]\n"),
    ] {
        run(
            &guard,
            &[(
                path,
                &format!("# via\n{}", word.repeat(400_000 / word.len())),
            )],
        );
    }
    // Not how fast it is: whether it ends, on a machine however busy.
    assert!(start.elapsed().as_secs() < 600, "{:?}", start.elapsed());
}

proptest::proptest! {
    #[test]
    fn no_text_panics(index in 0..26_usize, cut in 0..2000_usize, junk in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..40)) {
        const FILES: &[(&str, &str)] = &[
            ("package.json", fixture!("npm/package.json")),
            ("package-lock.json", fixture!("npm/package-lock.json")),
            ("package-lock.json", fixture!("npm-v1/package-lock.json")),
            ("pnpm-lock.yaml", fixture!("pnpm/pnpm-lock.yaml")),
            ("pnpm-lock.yaml", fixture!("pnpm-v5/pnpm-lock.yaml")),
            ("pnpm-workspace.yaml", fixture!("pnpm/pnpm-workspace.yaml")),
            ("yarn.lock", fixture!("yarn-berry/yarn.lock")),
            ("yarn.lock", fixture!("yarn-classic/yarn.lock")),
            ("bun.lock", fixture!("bun/bun.lock")),
            ("deno.json", fixture!("deno/deno.json")),
            ("pyproject.toml", fixture!("python/pyproject.toml")),
            ("requirements.txt", fixture!("python/requirements.txt")),
            ("uv.lock", fixture!("python/uv.lock")),
            ("Pipfile", fixture!("python/Pipfile")),
            ("Gemfile", fixture!("ruby/Gemfile")),
            ("Gemfile.lock", fixture!("ruby/Gemfile.lock")),
            ("go.mod", fixture!("go/go.mod")),
            ("Cargo.toml", fixture!("rust/Cargo.toml")),
            ("Cargo.lock", fixture!("rust/Cargo.lock")),
            ("composer.json", fixture!("php/composer.json")),
        ];
        let (path, text) = FILES[index % FILES.len()];
        let mut bytes = text.as_bytes().to_vec();
        let at = cut % (bytes.len() + 1);
        // Junk inside, or the rest cut off.
        if cut % 2 == 0 { bytes.truncate(at); }
        bytes.splice(at.min(bytes.len())..at.min(bytes.len()), junk);
        let canon = Canon::shipped();
        inspect(&FileView::new(&RepoPath::new(path), &bytes, &Veil::default()), &canon);
    }
}
