//! Signing in, and what the token that comes of it is worth saying.

use super::answers::{Capabilities, Enveloped, TokenInfo};
use super::calls::CapabilitiesSelf;
use super::login;
use super::settings::{Settings, SignIn};
use super::token::{self, Token};
use super::transport::Transport;
use super::trouble::Trouble;
use crate::credentials::{Failure, Remark};
use rustify::Endpoint;
use serde::de::DeserializeOwned;
use std::path::Path;
use vaultrs::api::token::requests::LookupTokenSelfRequest;
use zeroize::Zeroize as _;

/// A server that knows who asks.
#[derive(Debug)]
pub(super) struct Session {
    transport: Transport,
    /// Of the token; said of every place.
    pub(super) remarks: Vec<Remark>,
    /// Whether the token may do everything.
    pub(super) root: bool,
}

/// What the token may do with the values of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Rights {
    pub(super) read: bool,
    pub(super) write: bool,
}

impl Session {
    /// Signs in.
    pub(super) async fn open(settings: &Settings) -> Result<Self, Failure> {
        let bare = Transport::new(
            settings.client.clone(),
            settings.address.as_url().clone(),
            settings.namespace.clone(),
            settings.retries,
        );
        let token = match &settings.sign_in {
            SignIn::Token(token) => token.clone(),
            SignIn::TokenFile(path) => stored(path.as_deref())?,
            SignIn::Login(login) => login::log_in(&bare, login, settings.timeout).await?,
        };
        let mut session = Self {
            transport: bare.with_token(token.header()?),
            remarks: Vec::new(),
            root: false,
        };
        session.look_at_itself().await?;
        Ok(session)
    }

    /// Asks, and reads the answer as `T`; the bytes of it are wiped.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        endpoint: impl Endpoint,
    ) -> Result<T, Trouble> {
        ask(&self.transport, &endpoint).await
    }

    /// What the token may do with a path; nothing where it may not even ask that.
    ///
    /// # Errors
    /// The server could not be asked.
    pub(super) async fn rights(&self, path: String) -> Result<Rights, Trouble> {
        if self.root {
            return Ok(Rights {
                read: true,
                write: true,
            });
        }
        let asked = CapabilitiesSelf { paths: vec![path] };
        let answer: Result<Enveloped<Capabilities>, Trouble> = self.ask(asked).await;
        let all = match answer {
            Ok(answer) => answer.data.capabilities,
            Err(trouble) if matches!(trouble.status(), Some(400 | 403 | 404)) => Vec::new(),
            Err(trouble) => return Err(trouble),
        };
        let has = |wanted: &[&str]| all.iter().any(|one| wanted.contains(&one.as_str()));
        Ok(Rights {
            read: has(&["read", "root"]),
            write: has(&["create", "update", "patch", "delete", "root"]),
        })
    }

    /// Notes a token that may do everything. A policy that forbids the question is no fault.
    async fn look_at_itself(&mut self) -> Result<(), Failure> {
        let asked: Result<Enveloped<TokenInfo>, Trouble> =
            self.ask(LookupTokenSelfRequest {}).await;
        match asked {
            Ok(info) => self.root = info.data.is_root(),
            Err(trouble) if trouble.is_bad_token() => return Err(trouble.failure()),
            Err(trouble) if matches!(trouble.status(), Some(403 | 404)) => {}
            Err(trouble) => return Err(trouble.failure()),
        }
        if self.root {
            self.remarks.push(note(
                "the vault is read with a root token; a policy that may only read is enough",
            ));
        }
        Ok(())
    }
}

/// A sentence about a place that breaks no rule.
pub(super) fn note(message: impl Into<String>) -> Remark {
    Remark {
        rule: None,
        key: None,
        file: None,
        message: message.into(),
    }
}

/// Asks, and reads the answer as `T`; the bytes of it are wiped.
pub(super) async fn ask<T: DeserializeOwned>(
    transport: &Transport,
    endpoint: &impl Endpoint,
) -> Result<T, Trouble> {
    let mut answer = endpoint.exec(transport).await.map_err(Trouble::from)?;
    let status = answer.response.status().as_u16();
    let body = answer.response.body_mut();
    let parsed = serde_json::from_slice(body).map_err(|_| Trouble::foreign(status, body));
    body.zeroize();
    parsed
}

fn stored(path: Option<&Path>) -> Result<Token, Failure> {
    let found = path.map(|path| token::in_file(path, "the token file"));
    found.transpose()?.flatten().ok_or_else(|| Failure {
        why: "there is no token to ask the vault with".to_owned(),
        help: Some(
            "set VAULT_TOKEN, run `vault login`, or set `auth` of [stores.vault]".to_owned(),
        ),
    })
}
