//! GitHub Actions: service containers, job containers, environments and scripts
//! (<https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax>).

use super::Used;
use crate::toolkit::document::Node;
use crate::toolkit::env::Assignment;
use std::ops::Range;

/// Images of services, containers and `docker://` steps.
pub(super) fn images(root: &Node) -> Vec<Used> {
    let mut found = Vec::new();
    for job in jobs(root) {
        let services = job.get("services").map(Node::entries).unwrap_or_default();
        // `redis: redis:7` is short for `redis: {image: redis:7}`.
        found.extend(
            services.iter().filter_map(|service| {
                Used::new(service.value.get("image").unwrap_or(&service.value))
            }),
        );
        found.extend(
            job.get("container")
                .and_then(|container| Used::new(container.get("image").unwrap_or(container))),
        );
    }
    let docker = steps(root)
        .filter_map(|step| step.get("uses"))
        .filter(|uses| {
            uses.text()
                .is_some_and(|text| text.starts_with("docker://"))
        });
    found.extend(docker.filter_map(Used::new));
    found
}

/// Environments of the workflow, its jobs and their steps. Those of service containers configure the service.
pub(super) fn environment(root: &Node) -> Vec<Assignment> {
    let containers = jobs(root).filter_map(|job| job.get("container"));
    let all = std::iter::once(root)
        .chain(jobs(root))
        .chain(containers)
        .chain(steps(root));
    all.filter_map(|level| level.get("env"))
        .flat_map(Assignment::of)
        .collect()
}

/// Where scripts stand in the file.
pub(super) fn scripts(root: &Node) -> Vec<Range<usize>> {
    steps(root)
        .filter_map(|step| step.get("run"))
        .map(|run| run.span.clone())
        .collect()
}

fn jobs(root: &Node) -> impl Iterator<Item = &Node> {
    root.get("jobs")
        .map(Node::entries)
        .unwrap_or_default()
        .iter()
        .map(|job| &job.value)
}

/// The steps of all jobs, and of a composite action.
fn steps(root: &Node) -> impl Iterator<Item = &Node> {
    jobs(root)
        .chain(root.get("runs"))
        .filter_map(|job| job.get("steps"))
        .flat_map(Node::items)
}
