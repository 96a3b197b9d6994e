//! Development containers: image, features and environment (<https://containers.dev/implementors/json_reference/>).

use super::Used;
use crate::toolkit::document::Node;
use crate::toolkit::env::Assignment;

/// The image, and the features, which are named like images.
pub(super) fn images(root: &Node) -> Vec<Used> {
    let features = root.get("features").map(Node::entries).unwrap_or_default();
    let features = features.iter().map(|feature| Used {
        text: feature.key.clone(),
        span: feature.key_span.clone(),
    });
    root.get("image")
        .and_then(Used::new)
        .into_iter()
        .chain(features)
        .collect()
}

/// Both environments.
pub(super) fn environment(root: &Node) -> Vec<Assignment> {
    ["containerEnv", "remoteEnv"]
        .iter()
        .filter_map(|key| root.get(key))
        .flat_map(Assignment::of)
        .collect()
}
