//! A repository does not decide where credentials go.

use super::*;

#[test]
fn a_repository_sends_the_vaults_token_nowhere() {
    let server = Server::plain("");
    let here = server.at("127.0.0.1");
    let scene = Scene::new(&format!("address = \"{here}\"\n"));
    let token = [("VAULT_TOKEN", scene.token.as_str())];
    let parity = scene.parity("vault", &[], &token);
    let audit = ["audit", "--exposure", "--format=json", "--store=vault"];
    let audit = Run::of(scene.sandbox.command(&audit).envs(token));
    for run in [parity, audit] {
        refused(&run, "no credentials are sent to 127.0.0.1:");
        assert!(gaps(&run).contains("set VAULT_ADDR"), "{}", run.all());
    }
    assert_eq!(server.seen(), Vec::<String>::new());

    let with_address = [token[0], ("VAULT_ADDR", here.as_str())];
    good(&scene.parity("vault", &[], &with_address), &server, &scene);
    let other = Server::plain("");
    let named = scene.sandbox.outside("named.toml");
    let text = format!(
        "[credentials]\nmap = \"{}\"\n[stores.vault]\nkind = \"hashicorp\"\naddress = \"{}\"\n",
        scene.sandbox.path("map.toml").display(),
        other.at("127.0.0.1")
    );
    std::fs::write(&named, text).expect("written");
    let config = format!("--config={}", named.display());
    good(&scene.parity("vault", &[&config], &token), &other, &scene);
    assert!(other.asked("LIST /v1/secret/metadata/app/ "));
}

#[test]
fn a_repository_sends_githubs_token_nowhere() {
    let server = Server::plain("");
    let here = server.at("127.0.0.1");
    let scene = Scene::new("");
    let text = format!(
        "[credentials]\nmap = \"map.toml\"\n[stores.github]\nrepository = \"acme/web\"\napi_url = \"{here}\"\n"
    );
    scene.sandbox.write("stackguard.toml", text);
    let token = [
        ("GH_TOKEN", scene.token.as_str()),
        ("GH_ENTERPRISE_TOKEN", scene.token.as_str()),
    ];
    let run = scene.parity("github", &[], &token);
    refused(&run, "no token is sent to 127.0.0.1:");
    assert!(!server.seen().iter().any(|head| head.contains(&scene.token)));
    let named = scene.parity("github", &["--config=stackguard.toml"], &token);
    good(&named, &server, &scene);
    let set = [token[0], ("GITHUB_API_URL", here.as_str())];
    let run = scene.parity("github", &[], &set);
    assert_eq!(run.code, 0, "{}", run.all());
}
