//! A job of GitHub Actions that signs in with the token GitHub gives it.

use super::signing_in::{config, fake, why, works};
use super::*;

#[tokio::test]
async fn a_job_of_github_signs_in_with_its_oidc_token() {
    let fake = fake().await;
    let github = wiremock::MockServer::start().await;
    let answer = wiremock::ResponseTemplate::new(200)
        .set_body_json(serde_json::json!({"value": "good.jwt.here", "count": 1}));
    wiremock::Mock::given(wiremock::matchers::any())
        .respond_with(answer)
        .mount(&github)
        .await;
    let section =
        config("auth = \"github\"\nrole = \"ci\"\naudience = \"https://github.com/acme\"");
    let request_url = format!("{}/token?api-version=2", github.uri());
    let bearer = crate::policy::pack::expand("job.{base62:50}");
    let env = [
        ("VAULT_ADDR", fake.address()),
        ("VAULT_TOKEN", "unused".to_owned()),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", request_url),
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", bearer.clone()),
    ];
    let env: Vec<(&str, &str)> = env
        .iter()
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let store = quick(&section, &env).expect("a store");
    assert!(!format!("{store:?}").contains(&bearer));
    works(&store).await;
    let asked = github
        .received_requests()
        .await
        .expect("recorded")
        .remove(0);
    assert_eq!(
        asked.url.query(),
        Some("api-version=2&audience=https%3A%2F%2Fgithub.com%2Facme")
    );
    assert_eq!(
        asked.headers["authorization"],
        format!("Bearer {bearer}").as_str()
    );
    assert!(!asked.headers.contains_key("x-vault-token"));
    let login = fake.requests().await.remove(0);
    assert_eq!(login.url.path(), "/v1/auth/jwt/login");
    let body: serde_json::Value = serde_json::from_slice(&login.body).expect("JSON");
    assert_eq!(
        body,
        serde_json::json!({"jwt": "good.jwt.here", "role": "ci"})
    );
    let sent = fake.requests().await;
    assert!(
        !sent
            .iter()
            .any(|request| format!("{:?}", request.headers).contains(&bearer))
    );

    assert_eq!(
        why(quick(&section, &env[..2])).await,
        "GitHub offers this job no OIDC token"
    );
    let plain = [
        env[0],
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "http://h.example/x"),
        env[3],
    ];
    assert!(
        why(quick(&section, &plain))
            .await
            .contains("not one of HTTPS")
    );
}
