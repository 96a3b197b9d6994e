//! Who says where credentials go: the environment, or who names the configuration; never the repository.

use super::signing_in::{config, why, works};
use super::*;

#[tokio::test]
async fn a_repository_names_no_server() {
    let fake = Fake::start().await;
    fake.put("secret/app", &[("KEY", "v")]);
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path().to_str().expect("UTF-8");
    std::fs::write(format!("{home}/.vault-token"), &fake.token).expect("written");
    let env = [
        ("VAULT_TOKEN", fake.token.as_str()),
        ("VAULT_SECRET_ID", "good-one"),
        ("VAULT_JWT_FILE", &format!("{home}/.vault-token")),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://127.0.0.1:1/x"),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t"),
        ("HOME", home),
    ];
    for (auth, env) in [
        ("auth = \"token\"", &env[..]),
        ("auth = \"token\"", &env[5..]),
        ("auth = \"approle\"\nrole = \"r\"", &env),
        ("auth = \"kubernetes\"\nrole = \"r\"", &env),
        ("auth = \"github\"\nrole = \"r\"", &env),
    ] {
        let section = config(&format!("address = \"{}\"\n{auth}", fake.address()));
        let failure = quick(&section, env).expect_err(auth);
        assert!(
            failure
                .why
                .starts_with("no credentials are sent to 127.0.0.1:")
                && failure.why.contains("only the repository's configuration"),
            "{auth}: {failure:?}"
        );
        let help = failure.help.expect("help");
        assert!(
            help.contains("VAULT_ADDR") && help.contains("--config"),
            "{help}"
        );
    }
    assert_eq!(fake.asked().await, Vec::<String>::new());

    // The environment's address counts, whatever the file says; and so does a file that the user named.
    let elsewhere = config("address = \"https://vault.invalid\"");
    let here = fake.address();
    let with_address = [env[0], ("VAULT_ADDR", here.as_str())];
    works(&quick(&elsewhere, &with_address).expect("a store")).await;
    let named = config(&format!("address = \"{here}\""));
    works(&by(Author::User, &named, &env[..1]).expect("a store")).await;
}

#[test]
fn nothing_goes_in_the_clear_whoever_says_so() {
    for address in [
        "http://vault.example:8200",
        "http://10.0.0.7",
        "http://0.0.0.0:8200",
    ] {
        let named = config(&format!("address = \"{address}\""));
        let set = [("VAULT_ADDR", address), ("VAULT_TOKEN", "t")];
        for store in [
            by(Author::User, &named, &set[1..]),
            quick(&VaultStore::default(), &set),
        ] {
            let failure = store.expect_err(address);
            assert!(
                failure.why.ends_with("would send credentials unencrypted"),
                "{failure:?}"
            );
        }
    }
}

#[test]
fn a_repository_names_no_authority() {
    let section = config("ca_cert = \"ca.pem\"");
    let env = [
        ("VAULT_ADDR", "https://vault.invalid"),
        ("VAULT_TOKEN", "t"),
    ];
    let failure = quick(&section, &env).expect_err("its own authority");
    assert!(
        failure.why.contains("`ca_cert` of the repository"),
        "{failure:?}"
    );
    assert!(failure.help.expect("help").contains("VAULT_CACERT"));
    let failure = by(Author::User, &section, &env).expect_err("no such file");
    assert!(
        failure.why.contains("`ca_cert` could not be read"),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_repository_sends_its_own_files_only() {
    let fake = Fake::start().await;
    fake.put("secret/app", &[("KEY", "v")]);
    let dir = tempfile::tempdir().expect("a directory");
    let (root, outside) = (dir.path().join("work"), dir.path().join("token"));
    std::fs::create_dir(&root).expect("made");
    std::fs::write(&outside, "good.jwt.outside").expect("written");
    std::fs::write(root.join("own"), "good.jwt.own").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(&outside, root.join("link")).expect("linked");
    let here = fake.address();
    let env = [("VAULT_ADDR", here.as_str())];
    let store = |file: &str, author, env: &[(&str, &str)]| {
        let section = config(&format!(
            "auth = \"kubernetes\"\nrole = \"r\"\njwt_file = '{file}'"
        ));
        Settings::read(&section, &root, author, &environment(env), None).map(VaultKv::of)
    };
    let absolute = outside.to_str().expect("UTF-8");
    let mut leading_out = vec![absolute, "../token", "own/../../token", "../none", "/none"];
    if cfg!(unix) {
        leading_out.push("link");
    }
    for file in leading_out {
        let failure = store(file, Author::Repository, &env).expect_err(file);
        assert!(
            failure
                .why
                .starts_with("`jwt_file` of the repository's configuration leads out"),
            "{file}: {failure:?}"
        );
        assert!(failure.help.expect("help").contains("VAULT_JWT_FILE"));
    }
    assert!(fake.asked().await.is_empty());
    works(&store("own", Author::Repository, &env).expect("a store")).await;
    works(&store(absolute, Author::User, &env).expect("a store")).await;
    let env = [env[0], ("VAULT_JWT_FILE", absolute)];
    works(&store("../none", Author::Repository, &env).expect("a store")).await;
    let none = store("none", Author::Repository, &env[..1]);
    assert_eq!(why(none).await, "there is no token of a service account");
}

#[test]
fn a_sign_in_stays_among_sign_ins() {
    for mount in ["../x", "a/../b", "a//b", "a/."] {
        let section = config(&format!(
            "auth = \"approle\"\nrole = \"r\"\nauth_mount = '{mount}'"
        ));
        let env = [("VAULT_ADDR", "http://127.0.0.1:1")];
        let failure = quick(&section, &env).expect_err(mount);
        assert!(failure.why.contains("`auth_mount`"), "{mount}: {failure:?}");
    }
}
