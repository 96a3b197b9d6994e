//! What a missing right and a wrong token look like.

use super::*;

#[tokio::test]
async fn not_found_is_absent_only_when_it_is() {
    let gone = |path: &str| World::with(&["production"]).refuse(path, 404, &[], "Not Found");
    // Of a repository that cannot be seen nothing is known.
    let server = gone("").listen().await;
    let failure = unknown(&server.store(), Some("staging")).await;
    assert!(failure.why.contains("may not see it (404)"), "{failure:?}");
    assert_eq!(server.asked().len(), 1, "nothing more is asked of it");
    // The environment is there, what is in it is hidden.
    let server = gone("environments/production/secrets").listen().await;
    let failure = unknown(&server.store(), Some("production")).await;
    assert!(
        failure.why.contains("may not see them (404)"),
        "{failure:?}"
    );
    let server = gone("actions/secrets").listen().await;
    let failure = unknown(&server.store(), Some("production")).await;
    assert!(
        failure.why.contains("may not see them (404)"),
        "{failure:?}"
    );
    // Whether the environment is there may not be asked.
    let server = World::with(&[])
        .refuse(
            "environments/staging",
            403,
            &[],
            "Resource not accessible by personal access token",
        )
        .listen()
        .await;
    let failure = unknown(&server.store(), Some("staging")).await;
    assert!(failure.help.expect("help").contains("\"Actions: read\""));
    // It is not there.
    let server = World::with(&["production"]).listen().await;
    let answer = server.store().list(&place(Some("staging"))).await;
    assert!(matches!(answer, Answer::Absent(_)), "{answer:?}");
}

#[tokio::test]
async fn all_that_a_token_lacks_is_said_at_once() {
    let no = "Resource not accessible by personal access token";
    let server = World::with(&["staging"])
        .refuse("actions/secrets", 403, &[], no)
        .refuse(
            "actions/variables",
            403,
            &[(
                "x-accepted-github-permissions",
                "actions_variables=read".into(),
            )],
            no,
        )
        .listen()
        .await;
    let failure = unknown(&server.store(), Some("staging")).await;
    assert_eq!(
        failure.why,
        "secrets of the repository: the token in GH_TOKEN may not read this (403); \
         variables of the repository: the token in GH_TOKEN may not read this (403)"
    );
    let help = failure.help.expect("help");
    assert!(
        help.contains("\"Secrets: read\"") && help.contains("\"Variables: read\""),
        "{help}"
    );
}

#[tokio::test]
async fn a_wrong_or_missing_token_is_said() {
    let server = World::with(&["staging"]).listen().await;
    let failure = unknown(&store_at(&server.address(), "wrong"), Some("staging")).await;
    assert!(
        failure
            .why
            .contains("does not take the token in GH_TOKEN (401)"),
        "{failure:?}"
    );
    let asked = server.asked().len();
    let env = |name: &str| (name == "GITHUB_API_URL").then(|| server.address());
    let store = GithubSecrets::new(&GithubStore::default(), Author::Repository, &env, None)
        .expect("a store");
    let failure = unknown(&store, Some("staging")).await;
    assert!(
        failure
            .help
            .expect("help")
            .contains("GITHUB_TOKEN of a workflow cannot list secrets")
    );
    assert_eq!(
        server.asked().len(),
        asked,
        "nothing is asked without a token"
    );
}

#[tokio::test]
async fn no_value_and_no_token_is_shown() {
    let canary = crate::policy::pack::expand("{base62:32}");
    let mut world = World::with(&["production"]).put("actions/secrets", &["PLAIN"]);
    for list in [
        "environments/production/variables",
        "actions/variables",
        "actions/organization-variables",
    ] {
        world.lists.insert(
            list.into(),
            vec![
                ("PLAIN".into(), canary.clone()),
                ("OTHER".into(), canary.clone()),
            ],
        );
    }
    let server = world.listen().await;
    let store = server.store();
    let answer = store.list(&place(Some("production"))).await;
    let shown = format!("{answer:?} {store:?} {:?}", store.list(&place(None)).await);
    assert!(shown.contains("OTHER"), "{shown}");
    assert!(!shown.contains(&canary), "a value in Debug");
    assert!(!shown.contains(&server.token), "the token in Debug");
}
