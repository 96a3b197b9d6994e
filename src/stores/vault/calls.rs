//! The calls that vaultrs lacks.

use rustify_derive::Endpoint;

/// The mount that a path is in; any token may ask that may do something below it.
#[derive(Endpoint)]
#[endpoint(path = "sys/internal/ui/mounts/{self.path}")]
pub(super) struct MountOf {
    #[endpoint(skip)]
    pub(super) path: String,
}

/// What the token may do with some paths
/// (<https://developer.hashicorp.com/vault/api-docs/system/capabilities-self>).
#[derive(Endpoint)]
#[endpoint(path = "sys/capabilities-self", method = "POST")]
pub(super) struct CapabilitiesSelf {
    pub(super) paths: Vec<String>,
}

/// The names in a secret of KV version 2, without their values
/// (<https://developer.hashicorp.com/vault/api-docs/secret/kv/kv-v2#read-secret-subkeys>).
#[derive(Endpoint)]
#[endpoint(path = "{self.mount}/subkeys/{self.path}")]
pub(super) struct SubkeysOf {
    #[endpoint(skip)]
    pub(super) mount: String,
    #[endpoint(skip)]
    pub(super) path: String,
    /// How deep; names inside of a value are nobody's business here.
    #[endpoint(query)]
    pub(super) depth: u8,
}
