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
        let within = |names: &str| directories.iter().any(|directory| is_in(names, directory));
        let words: Vec<&str> = file.split(['.', '_', '-']).collect();
        let named = |names: &str| words.iter().any(|word| is_in(names, word));
        let stem = path.rsplit('/').next().unwrap_or_default();
        let stem = stem.split('.').next().unwrap_or_default();
        // `LoginTest.java`, `UserSpec.scala`, `src/integrationTest/`.
        let camel = path.rsplit('/').skip(1).chain([stem]).any(|name| {
            ["Test", "Tests", "Spec", "IT"].iter().any(|end| {
                name.strip_suffix(end)
                    .is_some_and(|rest| rest.ends_with(|letter: char| letter.is_ascii_lowercase()))
            })
        });
        let suite = directories.iter().any(|directory| {
            directory
                .rsplit(['-', '_', '.'])
                .next()
                .is_some_and(|last| is_in(TEST_WORDS, last))
        });
        if camel || suite || within(TEST_DIRECTORIES) || named(TEST_WORDS) {
            return Self::Test;
        }
        if within(EXAMPLES) || named(EXAMPLES) || named("dist tmpl tpl") {
            return Self::Example;
        }
        let extension = file.rsplit_once('.').map_or("", |(_, extension)| extension);
        if matches!(
            extension,
            "md" | "mdx" | "markdown" | "rst" | "adoc" | "asciidoc" | "org" | "txt" | "pod" | "tex"
        ) || matches!(file, "metadata" | "pkg-info" | "readme")
            || within("doc docs documentation guides man")
        {
            return Self::Docs;
        }
        Self::Ordinary
    }
}

fn is_in(names: &str, word: &str) -> bool {
    names.split_ascii_whitespace().any(|name| name == word)
}

/// Names of directories that hold tests and nothing else; `t` is where git and Perl keep them.
const TEST_DIRECTORIES: &str = "
    t __tests__ __mocks__ __snapshots__ __fixtures__ testdata test-data test_data e2e cypress testing
";

/// Words of names of files, and last words of names of directories, that say they are for tests.
const TEST_WORDS: &str = "test tests spec specs mock mocks fixture fixtures";

/// Names of directories and words of names of files that show how something is done.
const EXAMPLES: &str = "example examples sample samples demo demos template templates cookbook";

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
            ("src/LoginTest.java", Place::Test),
            ("Acme.Api.Tests/Login.cs", Place::Test),
            ("t/t0300.sh", Place::Test),
            ("src/integrationTest/server.key", Place::Test),
            ("data/examples-1.json", Place::Example),
            ("src/Contest.java", Place::Ordinary),
            ("src/latest/x.go", Place::Ordinary),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
    }
}
