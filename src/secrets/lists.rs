//! Every value of a list, every cell of a column and every member of a map: a rule for what a name is set to is run for each, as if it stood alone.

use super::matcher::Hit;
use super::rules::{Ruleset, Target};
use super::window::{AFTER, BEFORE};
use super::{assign, columns, members, statements};
use std::ops::Range;

impl Ruleset {
    /// As [`Ruleset::run`]; where the literal names a list or heads a column, also what the rule says of the values there.
    pub(super) fn run_listed(
        &self,
        text: &[u8],
        target: Target,
        at: usize,
        needle_len: usize,
        out: &mut Vec<Hit>,
    ) {
        let before = out.len();
        self.run(text, target, at, needle_len, out);
        let Target::Rule(rule, _) = target else {
            return;
        };
        let rule = self.rule(rule);
        if !rule.is_assigned() {
            return;
        }
        let listed = out.len() > before || assign::may_list(text, at + needle_len);
        let keyword = at..at + needle_len;
        // A table of AWS's keys is better known by their shape.
        let generic = rule.is_generic();
        let holds = generic && members::may_hold(text, &keyword);
        let heads = || columns::may_head(text, &keyword) || statements::may_head(text, &keyword);
        let known = listed || holds || generic && heads();
        if !known {
            return;
        }
        let mut range = round(text, at);
        if !listed && !holds && !columns::may_head(text, &keyword) {
            // The list of columns may begin lines before.
            range.start = at.saturating_sub(BEFORE);
        }
        let keyword = at - range.start..at - range.start + needle_len;
        let slice = &text[range.clone()];
        let values = match (listed, holds) {
            (true, _) => in_list(slice, &keyword),
            (_, true) => in_map(slice, &keyword),
            _ => in_column(slice, &keyword),
        };
        for value in values {
            let mut hits = Vec::new();
            self.run(&value.instead, target, value.keyword, needle_len, &mut hits);
            let place = |place: Range<usize>| {
                let moved = |at: usize| at - value.at + value.place.start + range.start;
                moved(place.start)..moved(place.end)
            };
            let own = value.at..value.at + value.place.len();
            hits.retain(|hit| own.start <= hit.span.start && hit.span.end <= own.end);
            out.extend(hits.into_iter().map(|hit| Hit {
                span: place(hit.span),
                secret: place(hit.secret),
                hide: place(hit.hide),
                anchor: at,
                ..hit
            }));
        }
    }
}

/// Whether what a keyword names may go on past the lines of an assignment. What [`Ruleset::run_listed`] asks for more than the
/// first value is asked for here as well.
pub(super) fn may_go_on(text: &[u8], keyword: &Range<usize>) -> bool {
    assign::may_list(text, keyword.end)
        || members::may_hold(text, keyword)
        || columns::may_head(text, keyword)
        || statements::may_head(text, keyword)
}

/// Whether what decides about a keyword may begin lines before it, [`BEFORE`] bytes at most.
pub(super) fn may_begin_before(text: &[u8], keyword: &Range<usize>) -> bool {
    statements::may_head(text, keyword)
}

/// One of several values, in a text where it is the only one.
struct Value {
    /// That text.
    instead: Vec<u8>,
    /// Where the keyword begins in it.
    keyword: usize,
    /// Where the value begins in it.
    at: usize,
    /// Where the value stands.
    place: Range<usize>,
}

/// The values after the first of a list, each with the first one's place.
fn in_list(text: &[u8], keyword: &Range<usize>) -> Vec<Value> {
    let name = assign::name(text, keyword);
    let Some(first) = assign::read(text, name, keyword) else {
        return Vec::new();
    };
    let others = assign::others(text, &first).into_iter();
    others
        .map(|place| {
            let (at, instead) = first.replaced(text, &place);
            Value {
                instead,
                keyword: keyword.start,
                at,
                place,
            }
        })
        .collect()
}

/// The cells of a column, each set to the name that heads it.
fn in_column(text: &[u8], keyword: &Range<usize>) -> Vec<Value> {
    let column = columns::read(text, keyword).or_else(|| statements::read(text, keyword));
    let Some(column) = column else {
        return Vec::new();
    };
    let mut name = text[column.name.clone()].to_vec();
    for blank in name.iter_mut().filter(|byte| **byte == b' ') {
        *blank = b'_';
    }
    let cells = column.cells.into_iter();
    cells
        .filter(|cell| !text[cell.clone()].contains(&b'"'))
        .map(|place| Value {
            instead: [&name, &b"=\""[..], &text[place.clone()], b"\"\n"].concat(),
            keyword: keyword.start - column.name.start,
            at: name.len() + 2,
            place,
        })
        .collect()
}

/// What the members of a map, a block or a section are set to, each under a name of both.
fn in_map(text: &[u8], keyword: &Range<usize>) -> Vec<Value> {
    let Some((name, members)) = members::read(text, keyword) else {
        return Vec::new();
    };
    let members = members.into_iter();
    members
        .filter(|member| !text[member.value.clone()].contains(&b'"'))
        .map(|member| {
            let (key, place) = (&text[member.key], member.value);
            let mut instead = [key, b"_", &text[name.clone()]].concat();
            let keyword = key.len() + 1 + keyword.start - name.start;
            let at = instead.len() + 2;
            instead.extend([b"=\"", &text[place.clone()], b"\"\n"].concat());
            Value {
                instead,
                keyword,
                at,
                place,
            }
        })
        .collect()
}

/// What may be seen of a list or table whose name holds a literal at `at`: whole lines, if there is more than one.
fn round(text: &[u8], at: usize) -> Range<usize> {
    let low = at.saturating_sub(BEFORE);
    let start = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let high = (at + AFTER).min(text.len());
    let end = memchr::memchr_iter(b'\n', &text[at..high])
        .nth(assign::LIST_LINES - 1)
        .map(|newline| at + newline + 1)
        .or_else(|| (high == text.len()).then_some(high))
        .or_else(|| Some(at + memchr::memrchr(b'\n', &text[at..high])? + 1))
        .unwrap_or(high);
    start..end
}

#[cfg(test)]
mod tests {
    use crate::policy::Policy;
    use crate::policy::pack::expand;
    use crate::secrets::Scanner;

    /// What stands at each finding, in order.
    fn found(scanner: &Scanner, text: &str) -> Vec<String> {
        let (sightings, _) = scanner.scan(text.as_bytes(), Some("example"), &|_| Vec::new());
        let lines: Vec<&str> = text.split('\n').collect();
        sightings
            .iter()
            .map(|seen| {
                let line = lines[seen.start.line as usize - 1];
                line[seen.start.column as usize - 1..seen.end.column as usize - 1].to_owned()
            })
            .collect()
    }

    #[test]
    fn each_value_is_a_finding_where_it_stands() {
        let policy = Policy::new(crate::policy::embedded()).expect("shipped packs agree");
        let scanner = Scanner::new(&policy).expect("shipped rules can be run");
        for template in [
            "api_keys = [\"@1\", \"@2\", '@3']",
            "{\"api_keys\": [\n  \"@1\",\n  \"@2\",\n  \"@3\",\n  \"@4\",\n  \"@5\",\n  \"@6\"\n]}",
            "api_keys:\n  - @1\n  - \"@2\" # the old one\n  - @3\n",
            "api_keys: [@1, @2]\n",
            "API_KEYS=@1,@2,@3\n",
            "const tokens = \"@1, @2\".split(', ');",
            "var apiKeys = []string{\"@1\", \"@2\"}",
            "API_KEYS = %w[@1 @2]\n",
            "$api_keys = array('@1', '@2');",
            "String[] apiKeys = {\"@1\", \"@2\"};",
            "List<String> authTokens = List.of(\"@1\", \"@2\");",
            "const apiKeys: string[] = [\n  \"@1\", // first\n  \"@2\",\n];",
            "let api_keys = vec![\"@1\", \"@2\"];",
            "var apiKeys = new[] { \"@1\", \"@2\" };",
            "TOKENS = (\"@1\", \"@2\")",
            "tokens = [\"your-token-here\", \"@1\"]",
            "\"{\\\"tokens\\\":[\\\"@1\\\",\\\"@2\\\"]}\"",
            "name,password\nbob,@1\nal,@2\n",
            "User Name,Access Key,Secret Token\nbob,1,@1\n",
            "| Host | Password |\n|---|---|\n| db | `@1` |\n| web | @2 |\n",
            "stripe_keys = [\"shpat_@x\", \"shpat_@y\"]",
            "api_tokens = {\n  billing = \"@1\"\n  crm     = \"@2\"\n}\n",
            "tokens:\n  billing: @1\n  crm: \"@2\"\nport: 1\n",
            "[edge.secrets]\nllama = \"@1\"\nmail = \"@2\"\n[db]\n",
            "INSERT INTO u (n, api_token) VALUES\n  ('a', '@1'),\n  ('b', '@2');\n",
            "INSERT INTO u (\n  n,\n  api_token\n) VALUES (\n  'a',\n  '@1'\n);\n",
            "COPY public.u (n, api_token) FROM stdin;\na\t@1\nb\t@2\n\\.\n",
            // No lists, or of something else.
            "setToken(\"@1\", \"{base62:32}\")",
            "token = \"@1\", \"{base62:32}\"",
            "tokens = [\"refresh_token\", \"access_token\", \"id_token\"]",
            "tokens = {\"a\": \"b\", \"{base62:32}\": 1}",
            "maxTokens = [1, 2, 3]",
            "tokens:\n  public_key: {base62:32}\n  hash: {hex:40}\n",
            "INSERT INTO u (n, api_token_hash) VALUES ('a', '{hex:40}');\n",
        ] {
            let mut text = template.to_owned();
            let mut values = Vec::new();
            for (mark, shape) in ["@1", "@2", "@3", "@4", "@5", "@6"]
                .iter()
                .map(|mark| (*mark, "{base62:32}"))
                .chain([("@x", "{hex:32}"), ("@y", "{hex:32}")])
            {
                if text.contains(mark) {
                    // Each mark expands to a value of its own.
                    let value: String = expand(&format!("{mark}{shape}")).split_off(2);
                    text = text.replace(mark, &value);
                    let prefix = if shape == "{hex:32}" { "shpat_" } else { "" };
                    values.push(format!("{prefix}{value}"));
                }
            }
            assert_eq!(found(&scanner, &expand(&text)), values, "{template}");
        }
    }
}
