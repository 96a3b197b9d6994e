//! Packs of one's own, and those that were left out.

use super::*;

#[test]
fn rules_that_packs_leave_out_are_named_as_such() {
    let config =
        load_text("packs = ['secrets']\n[severity]\nfly-auto-stop = 'high'\nalpha-tokens = 'low'")
            .expect("reads");
    let error = assemble::assemble(&config, shipped()).expect_err("two rules are not in force");
    assert_eq!(
        problems(&error),
        [
            "3: rule `fly-auto-stop` is not in force: `packs` leaves out `fly`",
            "4: there is no rule `alpha-tokens`"
        ]
    );
    assert_eq!(
        error.problems()[1].advice(),
        Some("did you mean `alpha-token`?")
    );
}

const OWN_PACK: &str = "[[secret]]\nid = \"acme-token\"\nsummary = \"s\"\nseverity = \"high\"\npattern = '''\\b(acme_[a-z]{8})\\b'''\nrotate = \"r\"\nleaks = [\"acme_{lower:8}\"]\nsafe = [\"acme\"]\n";

#[test]
fn packs_of_ones_own_are_read_beside_the_file() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::create_dir_all(dir.path().join("repo/.git")).expect("made");
    std::fs::create_dir_all(dir.path().join("repo/sub/packs")).expect("made");
    let write = |path: &str, text: &str| {
        std::fs::write(dir.path().join("repo").join(path), text).expect("written")
    };
    write("sub/packs/own.toml", OWN_PACK);
    write(
        "sub/packs/broken.toml",
        &OWN_PACK.replace("high", "hihg").replace("rotate", "rotat"),
    );
    write(
        "sub/packs/twice.toml",
        &OWN_PACK.replace("acme-token", "alpha-token"),
    );
    write(
        "sub/packs/coded.toml",
        "\n[[rule]]\nid = \"x\"\nguard = \"fly\"\nseverity = \"low\"\nsummary = \"s\"\nhelp = \"h\"\n",
    );
    write("sub/packs/empty.toml", "");
    std::fs::write(dir.path().join("outside.toml"), OWN_PACK).expect("written");
    for (packs, expected) in [
        ("'packs/own.toml'", &[][..]),
        ("'packs/broken.toml'", &["6: unknown key `rotat`"]),
        (
            "'packs/twice.toml', 'secrets'",
            &["1: rule `alpha-token` is defined in policies/secrets/a.toml and again here"],
        ),
        (
            "'packs/coded.toml'",
            &["2: `[[rule]]` names a check that is written in code"],
        ),
        ("'packs/empty.toml'", &["1: this pack holds no rule"]),
        (
            "'packs/none.toml', 'packs'",
            &[
                "1: cannot read this pack: ",
                "1: there are no built-in rules called `packs`",
            ],
        ),
        (
            "'../../outside.toml'",
            &["1: cannot read this pack: it leads out of the repository"],
        ),
        (
            "'packs/own.toml', './packs/own.toml'",
            &["1: rule `acme-token` is defined in packs/own.toml and again here"],
        ),
    ] {
        write("sub/stackguard.toml", &format!("packs = [{packs}]"));
        let config = load(&dir.path().join("repo/sub"), Choice::Discover)
            .unwrap_or_else(|error| panic!("{}", rendered(&error)));
        assert_eq!(config.name.as_deref(), Some("sub/stackguard.toml"));
        let policy = assemble::assemble(&config, shipped());
        let found = policy.as_ref().err().map(problems).unwrap_or_default();
        assert_eq!(found.len(), expected.len(), "{packs}: {found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.starts_with(expected), "{packs}: {found}");
        }
        if expected.is_empty() {
            assert!(policy.expect("a policy").meta("acme-token").is_some());
        }
    }
}
