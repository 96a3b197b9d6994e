use super::*;
use crate::finding::{Location, Position, RepoPath, Snippet, Veil};
use proptest::prelude::*;

/// Text made of what some format gives a meaning to.
fn hostile_text() -> impl Strategy<Value = String> {
    let signs = [
        "::error::",
        "::",
        ":",
        "##[",
        "#",
        "[",
        "]",
        "](",
        "`",
        "``",
        "|",
        "\\",
        "\\|",
        "\n",
        "\r\n",
        "\t",
        " ",
        "@me",
        "%0A",
        "%",
        ",",
        "]]>",
        "<b>",
        "&amp;",
        "&#10;",
        "\"",
        "'",
        "=",
        "+",
        "-",
        "\u{202e}",
        "\u{1b}[2J",
        "\u{9b}",
        "\u{200b}",
        "\u{ad}",
        "\u{fffe}",
        "\u{2028}",
        "\0",
        "日本",
        "é",
        "www.",
        "https://",
        "$",
        "*",
        "_",
        "~",
        "{0}",
        "a",
        "long words of plain text",
    ];
    let piece = prop_oneof![4 => proptest::sample::select(signs.to_vec()).prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from)];
    proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// The fixture with every text of one finding, gap, note and exception replaced.
fn report(text: &str, line: u32, column: u32, mark: (usize, usize)) -> Report {
    let mut report = fixture::hostile();
    let secret = fixture::secret();
    let line_text = format!("{text}{secret}{text}");
    let (from, to) = (mark.0.min(line_text.len()), mark.1.min(line_text.len()));
    let hidden = text.len()..text.len() + secret.len();
    let veil = Veil::new(vec![hidden]);
    let mut finding = report.findings[0].clone();
    finding.message = text.into();
    finding.help = Some(text.into());
    finding.decided_by = Some(text.into());
    finding.location = Location::file(
        RepoPath::new(text),
        Position { line, column },
        Position {
            line,
            column: column.saturating_add(3),
        },
    );
    finding.snippet = Some(Snippet::cut(
        line_text.as_bytes(),
        &(from.min(to)..from.max(to)),
        &veil,
    ));
    for other in &mut report.findings {
        for commit in other.location.commit.iter_mut() {
            commit.author = text.into();
            commit.summary = text.into();
            commit.id = text.into();
        }
    }
    report.incomplete[0].what = text.into();
    report.incomplete[0].why = text.into();
    report.notes[0] = text.into();
    report.allowed[0].place = text.into();
    report.allowed[0].reason = Some(text.into());
    report.findings.push(finding);
    report
}

const FORMATS: [Format; 8] = [
    Format::Human,
    Format::Json,
    Format::Jsonl,
    Format::Sarif,
    Format::Github,
    Format::Markdown,
    Format::Junit,
    Format::Html,
];

fn rendered(format: Format, report: &Report, view: &View<'_>) -> String {
    let mut out = Vec::new();
    format
        .render(report, view, &mut out)
        .expect("a vector takes everything");
    String::from_utf8(out).expect("text")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_is_obeyed_in_any_format(
        text in hostile_text(), line in prop_oneof![0_u32..3, Just(u32::MAX)], column in 0_u32..300,
        mark in (0_usize..200, 0_usize..200), width in 0_usize..200, verbose: bool,
    ) {
        let report = report(&text, line, column, mark);
        let policy = fixture::policy();
        let mut view = View::new(&policy, ExitStatus::Incomplete);
        (view.width, view.verbose) = (width, verbose);
        for format in FORMATS {
            let out = rendered(format, &report, &view);
            prop_assert!(!out.contains(|letter: char| !['\n', '\t'].contains(&letter) && letter.is_control()), "{format:?}");
            prop_assert!(!out.contains(['\u{202e}', '\u{2028}']), "{format:?}");
            prop_assert!(!out.contains(&fixture::secret()), "{format:?}");
            let begins = |line: &str| line.trim_start_matches(|letter: char| letter.is_whitespace() || "\u{200b}\u{ad}".contains(letter)).starts_with("::");
            let commands = out.lines().filter(|line| begins(line)).count();
            let shown = report.findings.iter().filter(|finding| verbose || !finding.known).count();
            let expected = if format == Format::Github { shown + 1 } else { 0 };
            prop_assert_eq!(commands, expected, "{:?}", format);
            let old = out.lines().filter(|line| !begins(line) && line.replace(['\u{200b}', '\u{ad}'], "").contains("##[")).count();
            prop_assert_eq!(old, 0, "{:?}", format);
            prop_assert_eq!(&out, &rendered(format, &report, &view), "the same report gives the same bytes");
        }
        let json: serde_json::Value = serde_json::from_str(&rendered(Format::Json, &report, &view)).expect("JSON");
        let last = json["findings"].as_array().and_then(|list| list.last()).expect("the one that was added");
        prop_assert_eq!(last["location"]["path"].as_str(), Some(text.as_str()));
        serde_json::from_str::<serde_json::Value>(&rendered(Format::Sarif, &report, &view)).expect("JSON");
        junit::tests::check(&rendered(Format::Junit, &report, &view));
        let markdown = rendered(Format::Markdown, &report, &view);
        let rows = markdown.lines().filter(|line| line.starts_with('|'));
        prop_assert!(rows.clone().all(|row| row.ends_with('|') && [5, 6, 7].contains(&row.matches('|').count())), "{}", markdown);
        let cells = 3 * 2 + report.findings.len() + report.leaks.len();
        prop_assert_eq!(rows.filter(|row| row.matches('|').count() == 6).count(), cells);
    }
}
