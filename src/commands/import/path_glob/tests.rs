use super::*;

const PATHS: &[&str] = &[
    "a.test.go",
    "test.go",
    "x/a_test.go",
    "testdata",
    "testdata/a",
    "x/testdata/y/z",
    "xtestdata.json",
    "cmd/generate/config/rules",
    "cmd/generate/config/rules/a.go",
    "x/cmd/generate/config/rules/a.go",
    "xcmd/generate/config/rules",
    "go.mod",
    "x/go.sum",
    "ago.sum",
    "go.modx",
    "a.PNG",
    "x/a.jpg",
    "png",
    "node_modules/a/b.js",
    "x/node_modules/b.js",
    "docs/a.md",
    "docs/x/a.md",
    "xdocs/a.md",
    "docs/a.mdx",
    "docs",
    "a,b{c}.txt",
    "vendor/x",
    "x/vendor/y",
    "a/b",
    "a/x/b",
    "a/x/y/b",
    "ab",
    "axb",
    "ax/b",
    "ax/yb",
    "a/xb",
    "spec/fixtures/k.pem",
    "README.md",
    "-",
    "a",
    "b",
];

#[test]
fn a_glob_means_what_the_expression_means() {
    for pattern in [
        r"(^|/)cmd/generate/config/rules",
        r".*test\.go",
        "testdata",
        r"go\.(mod|sum)$",
        r"(?i)\.(png|jpe?g)$",
        r"^docs/.*\.md$",
        r"^docs/[^/]*\.md$",
        r"node_modules/",
        r"(.*?)(jpg|png)$",
        r"^vendor/",
        r"a,b\{c\}",
        "a.*b",
        "^a.*b$",
        "^a/.*/b$",
        "^a/.*b",
        "a.+b$",
        "^a.?b$",
        "^[ab]$",
        "(^|/)spec/fixtures/",
        r"^(docs|vendor)/",
        r".*\.md",
        "^x/.+/y$",
        "^a?b$",
        "^docs$",
    ] {
        let glob = of_regex(pattern).unwrap_or_else(|why| panic!("{pattern}: {why}"));
        let glob = PathPattern::new(&glob).unwrap_or_else(|why| panic!("{glob}: {why}"));
        let regex = regex::Regex::new(pattern).expect("good");
        for path in PATHS {
            assert_eq!(
                glob.is_match(path),
                regex.is_match(path),
                "{pattern} {} {path}",
                glob.as_str()
            );
        }
    }
}

#[test]
fn what_has_no_glob_is_refused() {
    for pattern in [
        "(",
        ".*",
        "",
        r"[\w-]+\.txt",
        r"\bx\b",
        "(ab)+",
        "a{2,9}",
        r"x[^a]y",
        "^.+$",
        ".",
        "^(docs|.*)$",
        "[a-zA-Z]",
    ] {
        assert!(of_regex(pattern).is_err(), "{pattern}");
    }
}

#[test]
fn gitignore_lines() {
    for (line, yes, no) in [
        (
            "dist",
            &["dist", "x/dist/a", "dist/a"][..],
            &["distx", "x/adist"][..],
        ),
        ("/dist", &["dist/a", "dist"], &["x/dist"]),
        ("dist/", &["dist/a", "x/dist/a"], &["dist"]),
        ("*.pem", &["a.pem", "x/a.pem"], &["a.pemx"]),
        ("docs/*.md", &["docs/a.md"], &["x/docs/a.md", "docs/x/a.md"]),
        ("**/k/*.md", &["k/a.md", "x/k/a.md"], &["ak/a.md"]),
        // Neither comma nor brace means anything there.
        (
            "*,v",
            &["a,v", "x/a,v", "a,v/b"],
            &["v", "a", "x/a.go", ".env"],
        ),
        ("a,b.txt", &["a,b.txt", "x/a,b.txt"], &["a", "b.txt", "x/a"]),
        ("{a,b}", &["{a,b}"], &["a", "b", "x/a"]),
        (r"\*x", &["*x", "y/*x"], &["ax", "x", "y/ax"]),
        (r"\#a", &["#a"], &["a"]),
        (r"\!a", &["!a", "x/!a"], &["a"]),
        ("k[0-9].pem", &["k1.pem", "x/k9.pem"], &["k.pem", "k12.pem"]),
    ] {
        let glob = PathPattern::new(&of_gitignore(line).expect("a glob")).expect("good");
        for (paths, expected) in [(yes, true), (no, false)] {
            for path in paths {
                assert_eq!(
                    glob.is_match(path),
                    expected,
                    "{line} {} {path}",
                    glob.as_str()
                );
            }
        }
    }
    for line in [
        "!keep",
        "*",
        "**",
        "/*",
        "*/",
        "/**",
        "?*",
        "a[",
        "[!a]b",
        "[+-9]",
        "[[:alpha:]]",
        r"a\",
        r"[\]]x",
        "[]a]",
    ] {
        assert!(of_gitignore(line).is_err(), "{line}");
    }
}
