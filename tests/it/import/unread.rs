//! What of a foreign file nobody reads is listed, whatever its version; and what is listed shows no secret.

use super::import;
use crate::harness::{Sandbox, secret};

/// The lines about what was not carried over, after an import of one file.
fn listed(name: &str, text: &str) -> (Sandbox, Vec<String>) {
    let sandbox = Sandbox::repo_of(&[(name, text), ("readme.md", "# Hello\n")]);
    let run = import(&sandbox, &[name]);
    let out = run.out();
    let lines = out.lines().filter(|line| line.starts_with("  "));
    let lines = lines
        .map(|line| line.trim().replace(&format!("{name}:"), ""))
        .collect();
    (sandbox, lines)
}

#[test]
fn nothing_of_a_gitleaks_configuration_is_dropped_in_silence() {
    for (text, expected) in [
        // gitleaks 7: rules have no ids, lists have files and repositories.
        (
            "[[rules]]\ndescription = \"Acme key\"\nregex = '''acme_([a-z0-9]{32})'''\ntags = [\"a\"]\n[[rules.Entropies]]\nMin = \"3\"\n\
             [[rules]]\ndescription = \"Key files\"\nfile = '''id_rsa'''\n\
             [allowlist]\nfiles = ['''jpg$''']\npaths = [\"node_modules/\"]\nrepos = [\"a\"]\n",
            &[
                "5: `Entropies` of rule `Acme key`: gitleaks 8 knows no such key",
                "7: rule `Key files`: it has no pattern",
                "9: `file` of rule `Key files`: gitleaks 8 knows no such key",
                "11: `files` of this allowlist",
                "13: `repos` of this allowlist",
            ][..],
        ),
        (
            "[extend]\nuseDefault = true\n[[rules]]\nid = \"generic-api-key\"\nentropy = 4.5\n[[rules]]\nid = \"jwt\"\nkeywords = [\"x\"]\n\
             [[rules.allowlists]]\nstopwords = [\"dummy\"]\n[[rules]]\nid = \"private-key\"\n[[rules.allowlists]]\nstopwords = [\"dummy\"]\n",
            &[
                "3: rule `generic-api-key`: it has no pattern",
                "6: rule `jwt`: it has no pattern",
            ],
        ),
        (
            "rules = 3\nallowlist = \"x\"\ntypo = 1\n[extend]\nuseDefault = true\nmore = 1\n",
            &[
                "1: `rules`: it is no table",
                "2: `allowlist`: it is no table",
                "3: `typo`: gitleaks 8 knows no such key",
                "6: `more` of the extension",
            ],
        ),
        // A part that is no text must not make the list wider.
        (
            "[[allowlists]]\ncondition = \"AND\"\npaths = ['''^docs/''']\nregexes = [[\"a\"]]\n\
             [[allowlists]]\nid = \"named\"\ncondition = \"AND\"\npaths = ['''^web/''']\nregexes = [\"dummy\"]\n",
            &[
                "1: this allowlist: not carried over",
                "4: `regexes` of this allowlist: not all of it is text",
                "6: `id` of this allowlist",
            ],
        ),
        (
            "[[rules]]\nid = \"acmeToken\"\nregex = '''acme_([a-z0-9]{32})'''\nskipReport = false\nrequired = []\nentropyThreshold = 3\n",
            &["6: `entropyThreshold` of rule `acmeToken`"],
        ),
    ] {
        let (sandbox, lines) = listed(".gitleaks.toml", text);
        assert_eq!(lines.len(), expected.len(), "{lines:#?}");
        for (line, start) in lines.iter().zip(expected) {
            assert!(line.starts_with(start), "{line}\n{start}");
        }
        assert_eq!(
            sandbox.path("policies/imported.toml").exists(),
            text.contains("acme_"),
            "{text}"
        );
    }
}

#[test]
fn go_and_rust_read_one_expression_alike() {
    let (sandbox, lines) = listed(
        ".gitleaks.toml",
        "[[rules]]\nid = \"acme\"\nregex = '''acme_([a-z0-9]{32})'''\n[allowlist]\npaths = ['''^\\Qa.b\\E/''']\nregexes = ['''\\${[A-Z_]+}''', '''{{.*}}''']\n",
    );
    assert_eq!(lines, [""; 0]);
    let text = sandbox.read("stackguard.toml");
    assert!(text.contains("path = \"a.b/**\""), "{text}");
    assert!(
        text.contains(r"(?:\\$\\{[A-Z_]+})|(?:\\{\\{.*}})"),
        "{text}"
    );
}

#[test]
fn baselines_of_detect_secrets_before_version_one() {
    let text = r#"{
  "custom_plugin_paths": ["plugins"],
  "exclude": {"files": "^docs/", "lines": null},
  "generated_at": "2020-01-01T00:00:00Z",
  "plugins_used": [
    {"name": "AWSKeyDetector"},
    {"base64_limit": 4.5, "name": "Base64HighEntropyString"},
    {"hex_limit": 2, "name": "HexHighEntropyString"},
    {"keyword_exclude": "x", "name": "KeywordDetector"}
  ],
  "results": {
    "b.py": [
      {"hashed_secret": "513e0a36963ae1e8431c041b744679ee578b7c44", "line_number": 5, "type": "Secret Keyword"}
    ],
    "a.py": [
      {"hashed_secret": "513e0a36963ae1e8431c041b744679ee578b7c44", "line_number": 5, "type": "Secret Keyword"}
    ]
  },
  "version": "0.14.3",
  "word_list": {"file": null, "hash": null}
}
"#;
    let (_, lines) = listed(".secrets.baseline", text);
    let starts = [
        "2: `custom_plugin_paths`: ",
        "3: `exclude.files`: ",
        "8: `hex_limit` of a plugin: ",
        "9: `keyword_exclude` of a plugin: ",
        "13: `Secret Keyword` in b.py: ",
        "16: `Secret Keyword` in a.py: ",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}\n{start}");
    }
}

#[test]
fn a_path_with_a_secret_is_not_copied() {
    let token = secret("path", "{base62:40}");
    for (name, text) in [
        (
            ".gitleaks.toml",
            format!("[[allowlists]]\npaths = [\"config/{token}.txt\"]\n"),
        ),
        (
            ".gitguardian.yaml",
            format!("secret:\n  ignored_paths: [\"a/{token}/**\"]\n"),
        ),
        (".secretsignore", format!("a/{token}/**\n")),
    ] {
        let (sandbox, lines) = listed(name, &text);
        assert!(
            lines.len() == 1 && lines[0].contains("looks like a secret"),
            "{lines:?}"
        );
        assert!(!lines.concat().contains(&token) && !sandbox.path("stackguard.toml").exists());
    }
}

/// Paths of a foreign report are somebody's words, too.
#[test]
fn a_path_with_a_secret_is_listed_without_it() {
    let token = secret("path", "{base62:40}");
    for path in [
        format!("https://u:{token}@example.org/x"),
        format!("config/{token}.txt"),
    ] {
        let baseline = format!(
            "{{\"version\": \"1.5.0\", \"plugins_used\": [], \"results\": {{\"{path}\": [{{\"type\": \"Secret Keyword\", \"hashed_secret\": \"513e0a36963ae1e8431c041b744679ee578b7c44\", \"is_secret\": true}}]}}}}"
        );
        let report = format!(
            "[{{\"RuleID\": \"a\", \"File\": \"{path}\", \"StartLine\": 0, \"Secret\": \"b\"}}, {{\"RuleID\": \"a\", \"File\": \"{path}\", \"StartLine\": 1, \"Secret\": \"b\"}}]"
        );
        for (name, text) in [(".secrets.baseline", &baseline), ("leaks.json", &report)] {
            let (_, lines) = listed(name, text);
            assert!(!lines.is_empty(), "{name}");
            assert!(!lines.concat().contains(&token), "{name} {path}");
        }
    }
}
