//! The server: its address, whom to trust about its certificate, and the way there.

use super::{Sources, failure, not_its_say, variable};
use crate::config::Author;
use crate::credentials::Failure;
use crate::stores::api::Origin;
use crate::stores::http as hygiene;
use std::fs;
use std::path::Path;
use std::time::Duration;
use zeroize::Zeroizing;

/// The address, where its author may say where credentials go.
pub(super) fn address(sources: Sources<'_>) -> Result<Origin, Failure> {
    if let Some(text) = variable(sources.env, "ADDR") {
        return Origin::parse(&text, "`VAULT_ADDR`");
    }
    let Some(text) = &sources.config.address else {
        return Err(Failure {
            why: "the address of the server is not set".to_owned(),
            help: Some(
                "set VAULT_ADDR, or `address` of [stores.vault] in a file named with `--config`"
                    .to_owned(),
            ),
        });
    };
    let address = Origin::parse(text.as_str(), "`address` of [stores.vault]")?;
    match sources.author {
        Author::User => Ok(address),
        Author::Repository => Err(not_its_say(
            format!(
                "no credentials are sent to {}, which only the repository's configuration names",
                address.host()
            ),
            "VAULT_ADDR to the same address",
        )),
    }
}

/// A client for that server alone.
pub(super) fn client(
    sources: Sources<'_>,
    address: &Origin,
    timeout: Duration,
) -> Result<reqwest::Client, Failure> {
    let env = sources.env;
    let mut builder = hygiene::client(timeout, address.as_url());
    if address.as_url().scheme() == "https"
        && let Some(authorities) = authorities(sources)?
    {
        builder = builder.tls_certs_only(authorities);
    }
    let pair = (variable(env, "CLIENT_CERT"), variable(env, "CLIENT_KEY"));
    if let (Some(certificate), Some(key)) = pair {
        let mut pem = Zeroizing::new(read_pem(Path::new(&certificate), "`VAULT_CLIENT_CERT`")?);
        pem.push(b'\n');
        pem.extend_from_slice(&Zeroizing::new(read_pem(
            Path::new(&key),
            "`VAULT_CLIENT_KEY`",
        )?));
        let identity = reqwest::Identity::from_pem(&pem)
            .map_err(|_| failure("the client certificate or its key is not good PEM"))?;
        builder = builder.identity(identity);
    }
    let proxy = variable(env, "PROXY_ADDR").or_else(|| variable(env, "HTTP_PROXY"));
    // On the machine itself a proxy would only be one more who can read along.
    if let Some(proxy) = proxy.filter(|_| !address.is_loopback()) {
        let proxy = reqwest::Proxy::all(proxy)
            .map_err(|_| failure("`VAULT_PROXY_ADDR` is no address of a proxy"))?;
        builder = builder.proxy(proxy);
    }
    builder
        .build()
        .map_err(|_| failure("no TLS client could be made of the certificates given"))
}

/// The authorities to trust in place of the system's: a file, the PEM itself, or a directory of files.
fn authorities(sources: Sources<'_>) -> Result<Option<Vec<reqwest::Certificate>>, Failure> {
    let env = sources.env;
    let mut pem = Vec::new();
    if let Some(path) = variable(env, "CACERT") {
        pem.push(read_pem(Path::new(&path), "`VAULT_CACERT`")?);
    } else if let Some(bytes) = variable(env, "CACERT_BYTES") {
        pem.push(bytes.into_bytes());
    } else if let Some(directory) = variable(env, "CAPATH") {
        let unreadable = |_| failure("the directory in `VAULT_CAPATH` could not be read");
        let entries = fs::read_dir(directory).map_err(unreadable)?;
        for entry in entries.take(MOST_AUTHORITIES) {
            let path = entry.map_err(unreadable)?.path();
            if path.is_file() {
                pem.push(read_pem(&path, "a file in `VAULT_CAPATH`")?);
            }
        }
    } else if let Some(path) = &sources.config.ca_cert {
        if sources.author == Author::Repository {
            return Err(not_its_say(
                "`ca_cert` of the repository's configuration would decide who is believed to be the server"
                    .to_owned(),
                "VAULT_CACERT to the file",
            ));
        }
        pem.push(read_pem(
            &sources.root.join(path.as_str()),
            "the file in `ca_cert`",
        )?);
    } else {
        return Ok(None);
    }
    let mut all = Vec::new();
    for pem in pem {
        let some = reqwest::Certificate::from_pem_bundle(&pem)
            .map_err(|_| failure("the authorities to trust are not good PEM"))?;
        all.extend(some);
    }
    if all.is_empty() {
        return Err(failure(
            "there is no certificate among the authorities to trust",
        ));
    }
    Ok(Some(all))
}

fn read_pem(path: &Path, name: &str) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MOST_PEM).read_to_end(&mut bytes))
        .map_err(|error| failure(&format!("{name} could not be read: {}", error.kind())))?;
    Ok(bytes)
}

/// Files of a directory of authorities, and bytes of one.
const MOST_AUTHORITIES: usize = 1000;
const MOST_PEM: u64 = 4 << 20;
