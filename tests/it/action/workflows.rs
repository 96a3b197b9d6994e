//! What the workflows that other repositories call ask of them, and what they do before they run anything.

use super::root;

fn workflow(name: &str) -> String {
    let path = root().join(".github/workflows").join(name);
    std::fs::read_to_string(path).expect("readable")
}

/// GitHub does not start a called workflow that asks for more than its caller has, not even to skip the job that asks.
#[test]
fn who_grants_reading_alone_can_call_them() {
    for name in ["pull-request.yml", "history.yml"] {
        let text = workflow(name);
        assert!(text.contains("workflow_call:"), "{name}");
        assert!(text.contains("contents: read"), "{name}");
        assert!(
            !text.contains(": write"),
            "{name} asks for a permission to write"
        );
        assert!(
            text.contains("actions/upload-artifact@"),
            "{name} keeps no report"
        );
    }
    assert!(workflow("code-scanning.yml").contains("security-events: write"));
}

#[test]
fn nothing_is_unpacked_before_its_attestation_is_checked() {
    for name in ["pull-request.yml", "history.yml"] {
        let text = workflow(name);
        let proved = text.find("gh attestation verify").expect(name);
        assert!(proved < text.find("tar -xzf").expect(name), "{name}");
    }
}

#[test]
fn a_release_candidate_is_not_the_latest_release() {
    let text = workflow("release.yml");
    assert!(
        text.contains("*-*) set -- --prerelease --latest=false"),
        "{text}"
    );
}
