//! What is written again says the same, of any table.

use super::*;

fn round_trip(reading: &Reading) {
    let mut written = Vec::new();
    write::write(
        reading,
        &crate::credentials::map::suggested_rule,
        &mut written,
    )
    .expect("memory can be written");
    let back = parse("map.toml", Form::Toml, &written).expect("what we write is right");
    let bare = |reading: &Reading| -> Vec<Credential> {
        let of = |credential: &Credential| Credential {
            line: 0,
            ..credential.clone()
        };
        reading.map.credentials.iter().map(of).collect()
    };
    assert_eq!(bare(reading), bare(&back));
    assert_eq!(
        crate::credentials::map::drift::compare(reading, &back.map),
        []
    );
    let mut again = Vec::new();
    write::write(
        reading,
        &crate::credentials::map::suggested_rule,
        &mut again,
    )
    .expect("memory can be written");
    assert_eq!(written, again);
}

#[test]
fn what_import_writes_is_what_the_index_says() {
    round_trip(&parse("i.md", Form::Markdown, SAMPLE.as_bytes()).expect("a map"));
}

const PIECES: &[&str] = &[
    "|",
    "\n|",
    "`vault/occ/a_staging.env`",
    "`vault/b/c.json`",
    "`A_KEY`",
    "`B_*_PROD`",
    " (staging) ",
    " (production) ",
    "GitHub `staging`",
    "Fly `acme-web`",
    "Reliability maintains; ",
    "`",
    "**",
    "[x](y)",
    "\\|",
    "<br>",
    "etc.",
    "(if activated)",
    "non-secret",
    "every 90 days rotate ",
    "\u{202e}",
    "\r\n",
    "é",
    "~~",
    "`secret/x#KEY`",
    "{a,b}",
    "`X{A,B}_C`",
    "(",
    ")",
    ",",
    " and ",
    "owned by ops",
];

proptest! {
    #[test]
    fn any_index_is_read_and_written_back(picks in proptest::collection::vec(0..PIECES.len(), 0..60)) {
        let row: String = picks.iter().map(|at| PIECES[*at]).collect();
        let text = table(&format!("| A | {row} |"));
        if let Ok(reading) = parse("i.md", Form::Markdown, text.as_bytes()) {
            round_trip(&reading);
        }
    }

    #[test]
    fn any_text_is_read(text in "\\PC{0,300}") {
        let _ = read("i.md", &text);
        let _ = read("i.md", &table(&text));
    }
}

#[test]
fn a_huge_table_takes_no_more_than_its_size() {
    let mut row = String::from("| A | ");
    for number in 0..5_000 {
        row.push_str(&format!("`vault/a/{number}_key.env` `KEY_{number}` "));
    }
    let index = read("i.md", &table(&format!("{row} | |")));
    assert!(
        index
            .skipped
            .iter()
            .any(|skipped| skipped.kind == SkippedKind::TooMany)
    );
    assert!(index.map.credentials.len() <= 400);
    let rows: String = (0..10_000)
        .map(|number| {
            format!("| S{number} (staging) | `vault/a/{number}.env` | `KEY_{number}` |\n")
        })
        .collect();
    assert_eq!(read("i.md", &table(&rows)).map.credentials.len(), 10_000);
    let deep = format!("| A | `{}` | {} |", "{a,b}".repeat(500), "(".repeat(20_000));
    let _ = read("i.md", &table(&deep));
}
