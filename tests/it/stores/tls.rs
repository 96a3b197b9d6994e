//! Real handshakes with servers whose certificate a private authority signed.

use super::server::Authority;
use super::*;

/// A file beside the tree.
fn file(scene: &Scene, name: &str, authority: &Authority) -> String {
    let path = scene.sandbox.outside(name);
    std::fs::write(&path, authority.pem()).expect("written");
    path.display().to_string()
}

/// A scene with two authorities, the one that signs and another.
struct Two {
    scene: Scene,
    ours: Authority,
    ours_file: String,
    theirs_file: String,
}

impl Two {
    fn new(vault: &str) -> Self {
        let scene = Scene::new(vault);
        let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
        Self {
            ours_file: file(&scene, "ours.pem", &ours),
            theirs_file: file(&scene, "theirs.pem", &theirs),
            ours,
            scene,
        }
    }
}

const UNTRUSTED: &str = "nobody trusted signed its certificate";
const OTHER_NAME: &str = "its certificate is for another name";

#[test]
fn a_vault_is_believed_by_its_authority_and_its_name() {
    let two = Two::new("ca_cert = \"../ours.pem\"\n");
    let scene = &two.scene;
    let server = Server::tls("", two.ours.certify("localhost", 4000));
    let (named, unnamed) = (server.at("localhost"), server.at("127.0.0.1"));
    let ask = |address: &str, authority: Option<(&str, &str)>, arguments: &[&str]| {
        let mut environment = vec![("VAULT_ADDR", address), ("VAULT_TOKEN", &scene.token)];
        environment.extend(authority);
        scene.parity("vault", arguments, &environment)
    };
    let ours = ("VAULT_CACERT", two.ours_file.as_str());
    let theirs = ("VAULT_CACERT", two.theirs_file.as_str());
    refused(&ask(&named, Some(theirs), &[]), UNTRUSTED);
    refused(&ask(&unnamed, Some(ours), &[]), OTHER_NAME);
    // The repository's own word is not enough.
    refused(&ask(&named, None, &[]), "would decide who is believed");
    assert_eq!(server.seen(), Vec::<String>::new());
    good(&ask(&named, Some(ours), &[]), &server, scene);
    good(
        &ask(&named, None, &["--config=stackguard.toml"]),
        &server,
        scene,
    );

    let old = Server::tls("", two.ours.certify("localhost", 2001));
    refused(
        &ask(&old.at("localhost"), Some(ours), &[]),
        "its certificate has expired",
    );
    assert_eq!(old.seen(), Vec::<String>::new());
}

#[test]
fn the_systems_authorities_do_not_vouch_for_a_private_vault() {
    let two = Two::new("");
    let server = Server::tls("", two.ours.certify("localhost", 4000));
    let here = server.at("localhost");
    for (trusted, why) in [(&two.ours_file, None), (&two.theirs_file, Some(UNTRUSTED))] {
        let environment = [
            ("VAULT_ADDR", here.as_str()),
            ("VAULT_TOKEN", &two.scene.token),
            ("SSL_CERT_FILE", trusted),
        ];
        let run = two.scene.parity("vault", &[], &environment);
        match why {
            None => good(&run, &server, &two.scene),
            Some(why) => refused(&run, why),
        }
    }
}

#[test]
fn servers_of_github_and_fly_are_believed_by_their_authority_and_their_name() {
    let two = Two::new("");
    for (store, variable, token) in [
        ("github", "GITHUB_API_URL", "GH_ENTERPRISE_TOKEN"),
        ("fly", "FLY_FLAPS_BASE_URL", "FLY_API_TOKEN"),
    ] {
        let server = Server::tls("", two.ours.certify("localhost", 4000));
        let ask = |host: &str, authority: &str| {
            let address = server.at(host);
            let environment = [
                (variable, address.as_str()),
                (token, &two.scene.token),
                ("SSL_CERT_FILE", authority),
            ];
            two.scene.parity(store, &[], &environment)
        };
        refused(&ask("localhost", &two.theirs_file), UNTRUSTED);
        refused(&ask("127.0.0.1", &two.ours_file), OTHER_NAME);
        assert_eq!(server.seen(), Vec::<String>::new());
        good(&ask("localhost", &two.ours_file), &server, &two.scene);
    }
}

/// The vault's authority, client certificate and proxy are the vault's alone: GitHub's certificate is of another
/// authority, and so it is where the vault has none.
#[test]
fn a_job_asks_github_for_its_token_as_anyone_would() {
    let two = Two::new("auth = \"github\"\nrole = \"ci\"\n");
    let authority = Authority::new("system");
    let system = file(&two.scene, "system.pem", &authority);
    let github = Server::tls("", authority.certify("localhost", 4000));
    let job = format!("{}/job-token?api-version=2", github.at("localhost"));
    let bearer = secret("bearer", "{base62:40}");
    let encrypted = Server::tls(&two.scene.token, two.ours.certify("localhost", 4000));
    let plain = Server::plain(&two.scene.token);
    for vault in [&encrypted, &plain] {
        let address = vault.at("localhost");
        let environment = [
            ("VAULT_ADDR", address.as_str()),
            ("VAULT_CACERT", &two.ours_file),
            ("SSL_CERT_FILE", &system),
            ("ACTIONS_ID_TOKEN_REQUEST_URL", &job),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", &bearer),
        ];
        good(
            &two.scene.parity("vault", &[], &environment),
            vault,
            &two.scene,
        );
        assert!(!vault.seen().iter().any(|head| head.contains(&bearer)));
    }
    assert_eq!(github.seen().len(), 2);
}
