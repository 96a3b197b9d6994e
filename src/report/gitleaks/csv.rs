//! The table as CSV (RFC 4180) that a spreadsheet can open without calculating anything.

use super::row::Row;

/// The header and a line for each row.
pub(super) fn table(rows: &[Row]) -> String {
    let mut out = COLUMNS.join(",") + "\n";
    for row in rows {
        let numbers = [
            row.start_line,
            row.end_line,
            row.start_column,
            row.end_column,
        ]
        .map(|number| number.to_string());
        let [start_line, end_line, start_column, end_column] = &numbers;
        let tags = row.tags.join(" ");
        let cells = [
            row.rule.as_str(),
            &row.commit,
            &row.file,
            row.symlink_file,
            row.secret,
            &row.matched,
            start_line,
            end_line,
            start_column,
            end_column,
            &row.author,
            &row.message,
            &row.date,
            &row.email,
            &row.fingerprint,
            &tags,
        ]
        .map(cell);
        out.push_str(&cells.join(","));
        out.push('\n');
    }
    out
}

/// A cell: quoted where it must be, and never a formula
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn cell(text: &str) -> String {
    // A sheet that trims cells sees the formula behind the blanks, one that folds width the full-width signs.
    let first = text.trim_start().chars().next();
    let formula = first.is_some_and(|letter| FORMULA.contains(&letter)) || text.starts_with('\t');
    let guarded = if formula { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r', '\'', ';']) || formula || text != text.trim() {
        format!("\"{guarded}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

/// As gitleaks names and orders them.
const COLUMNS: [&str; 16] = [
    "RuleID",
    "Commit",
    "File",
    "SymlinkFile",
    "Secret",
    "Match",
    "StartLine",
    "EndLine",
    "StartColumn",
    "EndColumn",
    "Author",
    "Message",
    "Date",
    "Email",
    "Fingerprint",
    "Tags",
];

/// What a formula begins with.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn cells_are_no_formulas() {
        for (text, written) in [
            ("a", "a"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("=1+1", "\"'=1+1\""),
            ("  @SUM(A1)", "\"'  @SUM(A1)\""),
            ("\t=x", "\"'\t=x\""),
            ("-1", "\"'-1\""),
            ("＝x", "\"'＝x\""),
            ("", ""),
        ] {
            assert_eq!(cell(text), written, "{text:?}");
        }
    }
}
