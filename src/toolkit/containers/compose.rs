//! Compose files: images and environments of services (<https://github.com/compose-spec/compose-spec/blob/main/spec.md>).

use super::Used;
use crate::toolkit::document::Node;
use crate::toolkit::env::Assignment;

/// The images of services. One that a service builds itself is only a name for the result.
pub(super) fn images(root: &Node) -> Vec<Used> {
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    let built = |service: &Node| service.get("build").is_some();
    services
        .iter()
        .filter(|service| !built(&service.value))
        .filter_map(|service| Used::new(service.value.get("image")?))
        .collect()
}

/// The environments of services whose image `plain` says nothing against: those of a database configure the database.
pub(super) fn environment(root: &Node, plain: impl Fn(&str) -> bool) -> Vec<Assignment> {
    let services = root.get("services").map(Node::entries).unwrap_or_default();
    let wanted = services.iter().filter(|service| {
        service
            .value
            .get("image")
            .and_then(Node::text)
            .is_none_or(&plain)
    });
    wanted
        .filter_map(|service| service.value.get("environment"))
        .flat_map(Assignment::of)
        .collect()
}
