//! A server on this machine is asked without the proxy that the environment names: it could read everything.

use super::*;

#[test]
fn loopback_is_asked_without_a_proxy() {
    let proxy = Server::plain("");
    let through = proxy.at("127.0.0.1");
    let scene = Scene::new("");
    let proxies = [
        ("HTTP_PROXY", through.as_str()),
        ("http_proxy", &through),
        ("HTTPS_PROXY", &through),
        ("ALL_PROXY", &through),
        ("VAULT_PROXY_ADDR", &through),
    ];
    for (store, address, token) in [
        ("vault", "VAULT_ADDR", "VAULT_TOKEN"),
        ("github", "GITHUB_API_URL", "GH_TOKEN"),
        ("fly", "FLY_FLAPS_BASE_URL", "FLY_API_TOKEN"),
    ] {
        for host in ["127.0.0.1", "localhost"] {
            let server = Server::plain("");
            let here = server.at(host);
            let mut environment = proxies.to_vec();
            environment.extend([(address, here.as_str()), (token, &scene.token)]);
            good(&scene.parity(store, &[], &environment), &server, &scene);
            assert_eq!(proxy.seen(), Vec::<String>::new(), "{store}");
        }
    }
    // That the proxy would be used at all: for a server elsewhere it is, and sees no token.
    let environment = [
        proxies[2],
        ("VAULT_ADDR", "https://vault.invalid"),
        ("VAULT_TOKEN", &scene.token),
    ];
    assert_eq!(scene.parity("vault", &[], &environment).code, 2);
    assert!(proxy.asked("CONNECT vault.invalid:443"));
    assert!(!proxy.seen().iter().any(|head| head.contains(&scene.token)));
}
