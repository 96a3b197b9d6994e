//! The workflow that checks every push and pull request.

/// Where it is written.
pub(super) const PATH: &str = ".github/workflows/stackguard.yml";

/// The action of the release this program is; none where nobody said who publishes it: a guess could run anybody's code.
pub(super) fn default_action() -> Option<String> {
    let name = env!("CARGO_PKG_REPOSITORY").strip_prefix("https://github.com/")?;
    Some(format!("{name}@v{}", env!("CARGO_PKG_VERSION")))
}

/// The whole file.
pub(super) fn text(action: &str) -> String {
    TEMPLATE.replace("ACTION", action)
}

const TEMPLATE: &str = r#"# What a push or a pull request adds; once a week the whole history.
name: stackguard
on:
  push:
    branches: [main, master]
  pull_request:
  merge_group:
  schedule:
  - cron: "17 4 * * 1"
permissions:
  contents: read
concurrency:
  group: stackguard-${{ github.workflow }}-${{ github.ref }}
  cancel-in-progress: ${{ github.event_name == 'pull_request' }}
jobs:
  stackguard:
    runs-on: ubuntu-latest
    timeout-minutes: 20
    steps:
    - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
      with:
        fetch-depth: 0 # a range needs its merge base
        persist-credentials: false
    - uses: ACTION
      with:
        fail-on: medium
"#;
