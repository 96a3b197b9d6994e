//! Every value of a list: a rule for what a name is set to is run for each, as if it were the first.

use super::assign;
use super::matcher::Hit;
use super::rules::{Ruleset, Target};
use super::window::{AFTER, BEFORE};
use std::ops::Range;

impl Ruleset {
    /// As [`Ruleset::run`]; where the literal names a list, also what the rule says of the values after the first.
    pub(super) fn run_listed(
        &self,
        text: &[u8],
        target: Target,
        at: usize,
        needle_len: usize,
        out: &mut Vec<Hit>,
    ) {
        let known = out.len();
        self.run(text, target, at, needle_len, out);
        let Target::Rule(rule, _) = target else {
            return;
        };
        let listed = out.len() > known || assign::may_list(text, at + needle_len);
        if !self.rule(rule).is_assigned() || !listed {
            return;
        }
        let range = round(text, at);
        let (slice, local) = (&text[range.clone()], at - range.start);
        let keyword = local..local + needle_len;
        let name = assign::name(slice, &keyword);
        let Some(first) = assign::read(slice, name, &keyword) else {
            return;
        };
        for other in assign::others(slice, &first) {
            let (cut, instead) = first.replaced(slice, &other);
            let mut hits = Vec::new();
            self.run(&instead, target, local, needle_len, &mut hits);
            let own = cut..cut + other.len();
            let place = |place: Range<usize>| {
                let moved = |at: usize| at - cut + other.start + range.start;
                moved(place.start)..moved(place.end)
            };
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

/// What may be seen of a list whose name holds a literal at `at`.
fn round(text: &[u8], at: usize) -> Range<usize> {
    let low = at.saturating_sub(BEFORE);
    let start = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let high = (at + AFTER).min(text.len());
    let end = memchr::memchr_iter(b'\n', &text[at..high])
        .nth(assign::LIST_LINES - 1)
        .map_or(high, |newline| at + newline + 1);
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
            "stripe_keys = [\"shpat_@x\", \"shpat_@y\"]",
            // No lists, or of something else.
            "setToken(\"@1\", \"{base62:32}\")",
            "token = \"@1\", \"{base62:32}\"",
            "tokens = [\"refresh_token\", \"access_token\", \"id_token\"]",
            "tokens = {\"a\": \"b\", \"{base62:32}\": 1}",
            "maxTokens = [1, 2, 3]",
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
