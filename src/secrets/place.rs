//! What the path of a file says about a secret in it.

/// Where values are made up more often than not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Code, configuration, anything.
    Ordinary,
    /// Tests and what they read.
    Test,
    /// Documentation and logs.
    Docs,
    /// Examples, samples, templates.
    Example,
}

impl Place {
    /// Judges by the names of directories and of the file.
    #[must_use]
    pub fn of(path: &str) -> Self {
        let lower = path.to_ascii_lowercase();
        let mut parts = lower.rsplit('/');
        let file = parts.next().unwrap_or_default();
        let directories: Vec<&str> = parts.collect();
        let within = |names: &[&str]| {
            directories
                .iter()
                .any(|directory| names.contains(directory))
        };
        let words: Vec<&str> = file.split(['.', '_', '-']).collect();
        let named = |names: &[&str]| words.iter().any(|word| names.contains(word));
        if within(&[
            "test",
            "tests",
            "spec",
            "specs",
            "__tests__",
            "__mocks__",
            "__snapshots__",
            "testdata",
            "test-data",
            "test_data",
            "fixtures",
            "fixture",
            "mocks",
            "e2e",
            "cypress",
            "integration-tests",
            "testing",
        ]) || named(&[
            "test", "tests", "spec", "specs", "mock", "mocks", "fixture", "fixtures",
        ]) {
            return Self::Test;
        }
        if within(&[
            "example",
            "examples",
            "sample",
            "samples",
            "demo",
            "demos",
            "template",
            "templates",
            "cookbook",
        ]) || named(&[
            "example", "sample", "template", "dist", "tmpl", "tpl", "demo",
        ]) {
            return Self::Example;
        }
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        if matches!(
            extension,
            "md" | "mdx" | "markdown" | "rst" | "adoc" | "asciidoc" | "org" | "txt" | "pod" | "tex"
        ) || within(&["doc", "docs", "documentation", "guides", "man"])
        {
            return Self::Docs;
        }
        Self::Ordinary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        for (path, place) in [
            ("src/db.rs", Place::Ordinary),
            ("deploy.sh", Place::Ordinary),
            ("tests/it/a.rs", Place::Test),
            ("app/login.test.ts", Place::Test),
            ("pkg/auth_test.go", Place::Test),
            ("latest/contest.rs", Place::Ordinary),
            (".env.example", Place::Example),
            ("docs/runbook.md", Place::Docs),
            ("README.md", Place::Docs),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
