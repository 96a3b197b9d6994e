//! Containers: images that compose files, Dockerfiles, development containers and workflows bring in.

mod compose;
mod devcontainer;
mod dockerfile;
mod image;
pub(super) mod workflow;

use super::document::Node;
use std::ops::Range;

pub(super) use image::Image;

/// An image that a file uses.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Used {
    /// The reference, arguments of a Dockerfile resolved.
    text: String,
    /// Where it stands.
    span: Range<usize>,
}

impl Used {
    /// A text that names an image.
    fn new(node: &Node) -> Option<Self> {
        Some(Self { text: node.text()?.to_owned(), span: node.span.clone() })
    }
}
