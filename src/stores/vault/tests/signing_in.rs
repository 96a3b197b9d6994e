//! Where the address and the token come from, and the ways to sign in.

use super::*;

pub(super) fn config(text: &str) -> VaultStore {
    toml::from_str(text).expect("a section")
}

pub(super) async fn works(store: &VaultKv) {
    let answer = store.list(&place("secret/app")).await;
    assert!(matches!(answer, Answer::Listed(_)), "{answer:?}");
}

pub(super) async fn why(store: Result<VaultKv, Failure>) -> String {
    let failure = match store {
        Err(failure) => failure,
        Ok(store) => match store.list(&place("secret/app")).await {
            Answer::Unknown(failure) => failure,
            other => panic!("{other:?}"),
        },
    };
    failure.why
}

pub(super) async fn fake() -> Fake {
    let fake = Fake::start().await;
    fake.put("secret/app", &[("KEY", "v")]);
    fake
}

#[tokio::test]
async fn openbao_variables_come_first_and_an_empty_one_hides() {
    let fake = fake().await;
    let (here, token) = (fake.address(), fake.token.clone());
    let elsewhere = "http://127.0.0.1:1";
    let good: [&[(&str, &str)]; 4] = [
        &[("VAULT_ADDR", &here), ("VAULT_TOKEN", &token)],
        &[
            ("VAULT_ADDR", elsewhere),
            ("BAO_ADDR", &here),
            ("VAULT_TOKEN", "x"),
            ("BAO_TOKEN", &token),
        ],
        &[("VAULT_ADDR", &here), ("BAO_TOKEN", &format!(" {token}\n"))],
        &[
            ("VAULT_ADDR", &here),
            ("VAULT_TOKEN", &token),
            ("VAULT_NAMESPACE", "/team-a/"),
        ],
    ];
    for env in good {
        works(&quick(&VaultStore::default(), env).expect("a store")).await;
    }
    let last = fake.requests().await.pop().expect("a request");
    assert_eq!(last.headers["x-vault-namespace"], "team-a");

    let hidden = [
        ("VAULT_ADDR", here.as_str()),
        ("BAO_ADDR", ""),
        ("VAULT_TOKEN", &token),
    ];
    let why_not = why(quick(&VaultStore::default(), &hidden)).await;
    assert_eq!(why_not, "the address of the server is not set");
    let hidden = [
        ("VAULT_ADDR", here.as_str()),
        ("BAO_TOKEN", ""),
        ("VAULT_TOKEN", &token),
    ];
    let why_not = why(quick(&VaultStore::default(), &hidden)).await;
    assert_eq!(why_not, "there is no token to ask the vault with");
}

#[tokio::test]
async fn the_file_configures_what_the_environment_does_not() {
    let fake = fake().await;
    let text = format!("address = \"{}/\"\nnamespace = \"team-b\"", fake.address());
    let token = [("VAULT_TOKEN", fake.token.as_str())];
    works(&by(Author::User, &config(&text), &token).expect("a store")).await;
    let last = fake.requests().await.pop().expect("a request");
    assert_eq!(last.headers["x-vault-namespace"], "team-b");
    assert_eq!(last.url.path(), "/v1/secret/data/app");
    // Behind a proxy with a prefix.
    let prefixed = format!("{}/vault/", fake.address());
    let store = quick(
        &VaultStore::default(),
        &[("VAULT_ADDR", &prefixed), ("VAULT_TOKEN", &fake.token)],
    );
    store.expect("a store").list(&place("secret/app")).await;
    let last = fake.requests().await.pop().expect("a request");
    assert!(
        last.url.path().starts_with("/vault/v1/"),
        "{}",
        last.url.path()
    );
}

#[tokio::test]
async fn a_token_lies_in_a_file() {
    let fake = fake().await;
    let home = tempfile::tempdir().expect("a directory");
    let home = home.path().to_str().expect("UTF-8");
    let env = [("VAULT_ADDR", fake.address()), ("HOME", home.to_owned())];
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let none = why(quick(&VaultStore::default(), &env)).await;
    assert_eq!(none, "there is no token to ask the vault with");
    std::fs::write(format!("{home}/.vault-token"), format!("{}\n", fake.token)).expect("written");
    works(&quick(&VaultStore::default(), &env).expect("a store")).await;
    std::fs::write(
        format!("{home}/.vault-token"),
        format!("{}\nmore", fake.token),
    )
    .expect("written");
    let none = why(quick(&VaultStore::default(), &env)).await;
    assert_eq!(none, "what stands in the token file is no token");
    let other = format!("{home}/other");
    std::fs::write(&other, &fake.token).expect("written");
    let env = [("VAULT_ADDR", fake.address()), ("BAO_TOKEN_PATH", other)];
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    works(&quick(&VaultStore::default(), &env).expect("a store")).await;
}

#[tokio::test]
async fn settings_that_are_wrong_are_said_and_not_quoted() {
    let secret = crate::policy::pack::expand("{base62:30}");
    let address = format!("https://user:{secret}@vault.example");
    let bad_token = format!("{secret} {secret}");
    let proxy = format!("::{secret}");
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[], "the address of the server is not set"),
        (&[("VAULT_ADDR", &address)], "holds a user or a password"),
        (
            &[("VAULT_ADDR", "unix:///run/x")],
            "is not an https address",
        ),
        (
            &[
                ("VAULT_ADDR", "http://127.0.0.1:1"),
                ("VAULT_TOKEN", &bad_token),
            ],
            "`VAULT_TOKEN` is no token",
        ),
        (
            &[
                ("VAULT_ADDR", "http://127.0.0.1:1"),
                ("VAULT_CLIENT_TIMEOUT", &secret),
            ],
            "no length of time",
        ),
        (
            &[
                ("VAULT_ADDR", "http://127.0.0.1:1"),
                ("VAULT_MAX_RETRIES", &secret),
            ],
            "is no number",
        ),
        (
            &[("VAULT_ADDR", "http://vault.example:8200")],
            "would send credentials unencrypted",
        ),
        (
            &[
                ("VAULT_ADDR", "https://h"),
                ("VAULT_CACERT", "/nonexistent/x"),
            ],
            "`VAULT_CACERT` could not be read",
        ),
        (
            &[("VAULT_ADDR", "https://h"), ("BAO_CACERT_BYTES", &secret)],
            "authorities",
        ),
    ];
    for (env, want) in cases {
        let failure = quick(&VaultStore::default(), env).expect_err(want);
        let shown = format!("{failure:?}");
        assert!(shown.contains(want), "{want}: {shown}");
        assert!(!shown.contains(&secret), "{want}");
    }
    if let Err(failure) = quick(
        &VaultStore::default(),
        &[
            ("VAULT_ADDR", "http://127.0.0.1:1"),
            ("VAULT_HTTP_PROXY", &proxy),
        ],
    ) {
        assert!(!format!("{failure:?}").contains(&secret));
    }
}

#[tokio::test]
async fn lengths_of_time_are_read_as_the_servers_clients_do() {
    for (text, seconds) in [("60", 60), ("1m30s", 90), ("2s", 2), ("99999", 300)] {
        let env = [
            ("VAULT_ADDR", "http://127.0.0.1:1"),
            ("VAULT_CLIENT_TIMEOUT", text),
        ];
        let store = quick(&VaultStore::default(), &env).expect("a store");
        assert_eq!(store.settings.patience.as_secs(), seconds * 3, "{text}");
    }
    // The command line goes before it.
    let variables = [
        ("VAULT_ADDR", "http://127.0.0.1:1"),
        ("VAULT_CLIENT_TIMEOUT", "60"),
    ];
    let env = environment(&variables);
    let section = VaultStore::default();
    for (given, seconds) in [(Some(2), 2), (None, 60)] {
        let given = given.map(Duration::from_secs);
        let settings = Settings::read(&section, Path::new("."), Author::User, &env, given);
        assert_eq!(settings.expect("good").timeout.as_secs(), seconds);
    }
    for text in ["0", "-1", "-5s", "soon"] {
        let env = [
            ("VAULT_ADDR", "http://127.0.0.1:1"),
            ("VAULT_CLIENT_TIMEOUT", text),
        ];
        quick(&VaultStore::default(), &env).expect_err(text);
    }
}

#[tokio::test]
async fn approle_signs_in_once() {
    let fake = fake().await;
    let section = config("auth = \"approle\"\nauth_mount = \"auth/ci/\"\nrole = \"the-role\"");
    let store = quick(
        &section,
        &[
            ("VAULT_ADDR", &fake.address()),
            ("VAULT_SECRET_ID", "good-one"),
        ],
    );
    let store = store.expect("a store");
    works(&store).await;
    works(&store).await;
    let requests = fake.requests().await;
    let logins: Vec<_> = requests
        .iter()
        .filter(|it| it.url.path().ends_with("/login"))
        .collect();
    assert_eq!(logins.len(), 1);
    assert_eq!(logins[0].url.path(), "/v1/auth/ci/login");
    assert!(!logins[0].headers.contains_key("x-vault-token"));
    let body: serde_json::Value = serde_json::from_slice(&logins[0].body).expect("JSON");
    assert_eq!(
        body,
        serde_json::json!({"role_id": "the-role", "secret_id": "good-one"})
    );

    let secret = crate::policy::pack::expand("bad-{base62:30}");
    let store = quick(
        &section,
        &[
            ("VAULT_ADDR", &fake.address()),
            ("VAULT_SECRET_ID", &secret),
        ],
    );
    let store = store.expect("a store");
    assert!(!format!("{store:?}").contains(&secret));
    assert_eq!(
        why(Ok(store)).await,
        "the server did not accept the sign-in (status 400)"
    );
    let none = quick(
        &config("auth = \"approle\""),
        &[("VAULT_ADDR", "http://127.0.0.1:1")],
    );
    assert_eq!(why(none).await, "the role ID to sign in with is not set");
}

#[tokio::test]
async fn a_pod_signs_in_with_its_service_account() {
    let fake = fake().await;
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("jwt");
    let text = format!(
        "auth = \"kubernetes\"\nrole = \"r\"\njwt_file = '{}'",
        file.display()
    );
    let env = [("VAULT_ADDR", fake.address())];
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    assert_eq!(
        why(by(Author::User, &config(&text), &env)).await,
        "there is no token of a service account"
    );
    std::fs::write(&file, "good.jwt.here\n").expect("written");
    works(&by(Author::User, &config(&text), &env).expect("a store")).await;
    let first = fake.requests().await.remove(0);
    assert_eq!(first.url.path(), "/v1/auth/kubernetes/login");
    let none = quick(&config("auth = \"kubernetes\""), &env);
    assert_eq!(why(none).await, "the role to sign in as is not set");
}
