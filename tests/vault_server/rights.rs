//! Tokens that may do little, and ways to get one.

use super::*;
use serde_json::json;

/// The policy of that name in the documentation: what is promised there is what is tested.
fn documented(heading: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/stores.md");
    let text = std::fs::read_to_string(path).expect("the page");
    let (_, after) = text.split_once(heading).expect("the heading");
    let (_, after) = after.split_once("```hcl\n").expect("a policy");
    let (policy, _) = after.split_once("```").expect("its end");
    policy.replace("secret/", "kv/")
}

#[tokio::test]
async fn the_policy_without_values_gives_names_and_times() {
    let server = Server::start().await;
    server
        .put(
            "kv/app/staging",
            json!({"KEY": "hidden", "DEEP": {"inner": "hidden"}}),
        )
        .await;
    server.put("kv/other", json!({"KEY": "hidden"})).await;
    let token = server
        .token(&documented("Names and times, no values"))
        .await;
    for section in ["", "read_values = false"] {
        let env = [("VAULT_ADDR", server.address()), ("VAULT_TOKEN", &token)];
        let store = connected(&config(section), &env);
        let listing = listed(&store, "kv/app/staging").await;
        assert_eq!(listing.entries.keys().collect::<Vec<_>>(), ["DEEP", "KEY"]);
        let entry = &listing.entries["KEY"];
        assert!(entry.value.is_none() && entry.updated.is_some() && entry.version == Some(1));
        assert_eq!(remarks(&listing), "");
        assert_eq!(
            absent(&store, "kv/app/none").await,
            "the vault holds nothing at this path"
        );
        server
            .ok("DELETE", "kv/data/app/staging", serde_json::Value::Null)
            .await;
        assert!(
            absent(&store, "kv/app/staging")
                .await
                .contains("was deleted")
        );
        server
            .ok("POST", "kv/undelete/app/staging", json!({"versions": [1]}))
            .await;
        // Beyond the policy nothing is known, least of all that nothing is there.
        let failure = unknown(&store, "kv/other").await;
        assert_eq!(failure.why, "permission denied");
        assert!(
            failure
                .help
                .expect("help")
                .contains("path \"kv/subkeys/other\"")
        );
        unknown(&store, "kv/none").await;
        unknown(&store, "nowhere/app").await;
    }
    let env = [("VAULT_ADDR", server.address()), ("VAULT_TOKEN", &token)];
    let wanting = connected(&config("read_values = true"), &env);
    let listing = listed(&wanting, "kv/app/staging").await;
    assert!(remarks(&listing).contains("values may not be read"));
    let failure = wanting.older_values(&place("kv/app/staging")).await;
    assert!(failure.is_ok_and(|older| older.versions.is_empty()));
}

#[tokio::test]
async fn the_policy_with_values_gives_values_and_nothing_else() {
    let server = Server::start().await;
    server.put("kv/app/staging", json!({"KEY": "first"})).await;
    server.put("kv/app/staging", json!({"KEY": "second"})).await;
    let token = server.token(&documented("With values")).await;
    let reading = store(&server, &token);
    let listing = listed(&reading, "kv/app/staging").await;
    let value = listing.entries["KEY"]
        .value
        .as_ref()
        .map(|value| value.expose().to_vec());
    assert_eq!(value, Some(b"second".to_vec()));
    assert_eq!(remarks(&listing), "");
    let older = reading
        .older_values(&place("kv/app/staging"))
        .await
        .expect("older ones");
    assert_eq!(older.versions[0].values["KEY"].expose(), b"first");

    let env = [("VAULT_ADDR", server.address()), ("VAULT_TOKEN", &token)];
    let closed = connected(&config("read_values = false"), &env);
    let listing = listed(&closed, "kv/app/staging").await;
    assert!(listing.entries["KEY"].value.is_none());
    assert!(remarks(&listing).contains("the token may read values"));
}

#[tokio::test]
async fn the_right_to_list_shows_what_lies_beside() {
    let server = Server::start().await;
    for path in ["app/staging", "app/forgotten", "app/below/deep", "other"] {
        server
            .put(&format!("kv/{path}"), json!({"KEY": "hidden"}))
            .await;
    }
    let names = documented("Names and times, no values");
    let list = documented("Secrets that the map forgot");
    let (subkeys, _) = names.split_once('\n').expect("two lines");
    let both = format!("{subkeys}\n{list}");
    for (policy, found, notes) in [
        (&names, &[][..], 1),
        (
            &both,
            &["vault:kv/app/forgotten", "vault:kv/app/staging"],
            0,
        ),
    ] {
        let store: Arc<dyn Store> = Arc::new(store(&server, &server.token(policy).await));
        let stock = take_stock(&[store], &[place("kv/app/staging")]).await;
        let beside = stock.beside;
        let places: Vec<String> = beside.places.iter().map(ToString::to_string).collect();
        assert_eq!(places, found, "{beside:?}");
        assert_eq!((beside.notes.len(), beside.unlisted.len()), (notes, 0));
        let listed = |answer| matches!(answer, &Answer::Listed(_));
        assert!(stock.answers.values().all(listed));
    }
}

#[tokio::test]
async fn a_token_that_may_do_more_is_noted() {
    let server = Server::start().await;
    server.put("kv/app", json!({"KEY": "v"})).await;
    let policy = "path \"kv/*\" { capabilities = [\"create\", \"read\", \"update\", \"delete\"] }";
    let token = server.token(policy).await;
    let listing = listed(&store(&server, &token), "kv/app").await;
    assert!(
        remarks(&listing).contains("may change or delete"),
        "{}",
        remarks(&listing)
    );
    let listing = listed(&store(&server, &server.root), "kv/app").await;
    assert!(
        remarks(&listing).contains("root token"),
        "{}",
        remarks(&listing)
    );
}

#[tokio::test]
async fn tokens_that_are_no_good() {
    let server = Server::start().await;
    server.put("kv/app", json!({"KEY": "v"})).await;
    let token = server
        .token("path \"kv/*\" { capabilities = [\"read\"] }")
        .await;
    listed(&store(&server, &token), "kv/app").await;
    server
        .ok("POST", "auth/token/revoke", json!({"token": token}))
        .await;
    for token in [token.as_str(), "never-a-token"] {
        let store = store(&server, token);
        let failure = unknown(&store, "kv/app").await;
        let shown = format!("{failure:?} {store:?}");
        assert!(!shown.contains(token), "{shown}");
    }
}

#[tokio::test]
async fn approle_signs_in() {
    let server = Server::start().await;
    server.put("kv/app/staging", json!({"KEY": "v"})).await;
    server.token(&documented("With values")).await;
    server
        .ok("POST", "sys/auth/ci", json!({"type": "approle"}))
        .await;
    let role = json!({"token_policies": ["test"], "token_ttl": "1m"});
    server.ok("POST", "auth/ci/role/audit", role).await;
    let role = server
        .ok("GET", "auth/ci/role/audit/role-id", serde_json::Value::Null)
        .await;
    let role = role["data"]["role_id"].as_str().expect("an id").to_owned();
    let made = server
        .ok("POST", "auth/ci/role/audit/secret-id", json!({}))
        .await;
    let secret = made["data"]["secret_id"]
        .as_str()
        .expect("an id")
        .to_owned();

    let section = config(&format!(
        "auth = \"approle\"\nauth_mount = \"ci\"\nrole = \"{role}\""
    ));
    let env = [
        ("VAULT_ADDR", server.address()),
        ("VAULT_SECRET_ID", &secret),
    ];
    let listing = listed(&connected(&section, &env), "kv/app/staging").await;
    assert!(listing.entries["KEY"].value.is_some());

    let env = [
        ("VAULT_ADDR", server.address()),
        ("VAULT_SECRET_ID", "another"),
    ];
    let failure = unknown(&connected(&section, &env), "kv/app/staging").await;
    assert_eq!(
        failure.why,
        "the server did not accept the sign-in (status 400)"
    );
    // A role that needs no secret ID.
    let open = json!({"bind_secret_id": false, "token_bound_cidrs": ["127.0.0.0/8"], "secret_id_bound_cidrs": ["127.0.0.0/8"], "token_policies": ["test"]});
    server.ok("POST", "auth/ci/role/audit", open).await;
    let env = [("VAULT_ADDR", server.address())];
    listed(&connected(&section, &env), "kv/app/staging").await;
    let wrong = config(&format!(
        "auth = \"approle\"\nauth_mount = \"nowhere\"\nrole = \"{role}\""
    ));
    let failure = unknown(&connected(&wrong, &env), "kv/app/staging").await;
    assert!(
        failure.why.contains("did not accept the sign-in"),
        "{failure:?}"
    );
}
