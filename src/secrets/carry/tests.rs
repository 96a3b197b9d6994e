//! A text made from another is scanned as if it were new.

use super::*;
use crate::policy::Policy;
use crate::policy::pack::expand;
use proptest::prelude::*;
use std::ops::Range;
use std::sync::LazyLock;

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    Scanner::new(&Policy::new(crate::policy::embedded()).expect("agree")).expect("run")
});

/// Pieces that matter to rules, whole and broken at awkward places.
static PIECES: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let leaks = [
        "x = postgres://app:{base62:16}@db.{lower:9}.io/a",
        "API_TOKEN={base62:32}",
        "password: \"{base62:20}\"",
        "api_token: |\n  {base62:32}\n",
        "tokens = [\n  \"{base62:32}\",\n  \"{base62:31}\",\n\n\n  '{base62:30}',\n  '{base62:29}'\n]\n",
        "tokens:\n  - {base62:32}\n  - {base62:31}\n",
        "api_tokens = {\n  billing = \"{base62:40}\"\n  crm = \"{base62:36}\"\n}\n",
        "tokens:\n  billing: {base62:32}\n  crm: \"{base62:31}\"\n  mail: {base62:30}\n",
        "INSERT INTO u (\n  n,\n  api_token\n) VALUES (\n  'a',\n  '{base62:36}'\n);\n",
        "INSERT INTO u (n,\n password) VALUES\n ('a', '{base62:20}'),\n ('b', '{base62:20}');\n",
        "variable \"db_password\" {\n  type = string\n\n  default = \"{base62:20}\"\n}\n",
        "shpat_{hex:32}",
        "chatwoot",
        "{base58:24}",
        "-----BEGIN RSA PRIVATE KEY-----\n{base64:64}\n{base64:64}\n-----END RSA PRIVATE KEY-----",
        "k: {b64|shpat_{hex:32} and more|}",
    ];
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    for leak in leaks.map(expand) {
        let middle = leak.len() / 2;
        pieces.push(leak.as_bytes()[..middle].to_vec());
        pieces.push(leak.as_bytes()[middle..].to_vec());
        pieces.push(leak.into_bytes());
    }
    for plain in [
        "\n",
        "\n\n",
        " ",
        "\"",
        "=\n  ",
        "word ",
        "token",
        "# stackguard:allow jwt x",
        "é",
    ] {
        pieces.push(plain.as_bytes().to_vec());
    }
    pieces.push(vec![b'a'; 1500]);
    pieces.push(b"line\n".repeat(300));
    pieces
});

/// What leads far: the examples of rules that look far and the words they look for nearby, and what is encoded.
static FAR: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let policy = Policy::new(crate::policy::embedded()).expect("agree");
    let wide = policy.all_secrets().map(|(spec, _)| spec);
    let wide = wide.filter(|spec| SCANNER.rules().find(&spec.id).is_some_and(Rule::is_wide));
    let mut far: Vec<Vec<u8>> = Vec::new();
    for spec in wide {
        let near = spec.near.iter().flat_map(|near| &near.any);
        let said = spec.leaks.iter().map(|leak| expand(leak));
        far.extend(said.chain(near.cloned()).map(String::into_bytes));
    }
    for encoded in [
        "{b64|shpat_{hex:32}|}",
        "{b64|{base62:700} shpat_{hex:32} {base62:3000}|}",
        "postgres%3A%2F%2Fapp%3A{base62:16}%40db.{lower:9}.io%2Fa",
        "postgres:\\/\\/app:{base62:16}@db.{lower:9}.io\\/a",
    ] {
        far.push(expand(encoded).into_bytes());
    }
    let token = expand("{b64|{base62:130} shpat_{hex:32} {base62:700}|}");
    let lines: Vec<&[u8]> = token.as_bytes().chunks(76).collect();
    far.push(lines.join(&b"\n    "[..]));
    far.push(crate::finding::hex(expand("one shpat_{hex:32} more").as_bytes()).into_bytes());
    far
});

/// What stands between: a word without end, blanks, short lines, a long line, the lines of a key.
static BETWEEN: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let lines = "{base64:64}\n".repeat(160);
    let wrapped = "{base64:76}\n                                        ".repeat(120);
    let mut between = ["a", " ", "a\n", "word ", "\\", "x%20"]
        .map(|one| one.repeat(12_000))
        .to_vec();
    between.extend([expand(&lines), expand(&wrapped)]);
    between.into_iter().map(String::into_bytes).collect()
});

fn full(text: &[u8]) -> Raw {
    let mut raw = Raw::default();
    SCANNER.collect(text, 0..text.len(), &mut raw);
    SCANNER.answer(text, &mut raw);
    raw
}

/// The same from a base.
fn changed(
    target: &[u8],
    base_len: usize,
    known: &Raw,
    copies: &[Copied],
    searched: &mut Searched,
) -> Raw {
    let copies = copies.iter().copied();
    let mut raw = SCANNER.collect_changed(target, base_len, known, copies, searched);
    SCANNER.answer(target, &mut raw);
    raw
}

/// A target and its copies, from cuts of the base and new pieces between them.
fn edited(base: &[u8], steps: &[(usize, usize, usize)]) -> (Vec<u8>, Vec<Copied>) {
    let mut target = Vec::new();
    let mut copies = Vec::new();
    for (from, len, piece) in steps {
        let from = from % (base.len() + 1);
        let most = if len % 3 == 0 { 12_000 } else { 2500 };
        let len = (len % most).min(base.len() - from);
        if len > 0 {
            copies.push(Copied {
                base: from,
                target: target.len(),
                len,
            });
            target.extend_from_slice(&base[from..from + len]);
        }
        if let Some(piece) = PIECES.get(piece % (PIECES.len() * 2)) {
            target.extend_from_slice(piece);
        }
    }
    (target, copies)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn equals_a_full_scan(
        pieces in proptest::collection::vec(0usize..1000, 0..40),
        edits in proptest::collection::vec(proptest::collection::vec((0usize..100_000, 0usize..100_000, 0usize..1000), 0..12), 1..4),
    ) {
        let mut base: Vec<u8> = pieces.iter().flat_map(|piece| PIECES[piece % PIECES.len()].clone()).collect();
        let mut known = full(&base);
        let mut searched = Searched::default();
        for steps in &edits {
            let (target, copies) = edited(&base, steps);
            let changed = changed(&target, base.len(), &known, &copies, &mut searched);
            let whole = full(&target);
            prop_assert!(changed == whole, "{} hits against {}", changed.hits.len(), whole.hits.len());
            // What is new there was searched now.
            let again = SCANNER.collect_changed(&target, base.len(), &known, copies, &mut searched);
            prop_assert!(again.hits == whole.hits && again.literals == whole.literals);
            base = target;
            known = changed;
        }
    }

    /// One change somewhere beside what leads far.
    #[test]
    fn what_leads_far_is_followed_again_where_its_sight_changed(
        far in 0usize..1000,
        between in (0usize..100, 0usize..100),
        distance in 0usize..9000,
        change in (0usize..1000, 0usize..3, any::<bool>()),
    ) {
        let pick = |from: &'static [Vec<u8>], number: usize| from[number % from.len()].as_slice();
        let (leak, left, right) = (pick(&FAR, far), pick(&BETWEEN, between.0), pick(&BETWEEN, between.1));
        let (text, place) = amid(left, leak, right);
        let (piece, skipped, on_left) = change;
        let at = if on_left { place.start - distance } else { place.end + distance };
        let piece = if piece % 2 == 0 { pick(&FAR, piece / 2) } else { pick(&PIECES, piece / 2) };
        assert_carried(&text, at..(at + skipped).min(text.len()), piece);
    }
}

/// Far from both ends of a text, which then play no part.
fn amid(left: &[u8], leak: &[u8], right: &[u8]) -> (Vec<u8>, Range<usize>) {
    let text = [&left[left.len() - 9000..], leak, &right[..9000]].concat();
    (text, 9000..9000 + leak.len())
}

/// Where `cut` gives way to `piece`, a scan from what is known of the text before finds what a full one does.
fn assert_carried(text: &[u8], cut: Range<usize>, piece: &[u8]) {
    let target = [&text[..cut.start], piece, &text[cut.end..]].concat();
    let copies = [
        Copied {
            base: 0,
            target: 0,
            len: cut.start,
        },
        Copied {
            base: cut.end,
            target: cut.start + piece.len(),
            len: text.len() - cut.end,
        },
    ];
    let (known, whole) = (full(text), full(&target));
    let mut searched = Searched::default();
    let changed = changed(&target, text.len(), &known, &copies, &mut searched);
    assert!(
        changed == whole,
        "{cut:?}: {} of {}",
        changed.far.len(),
        whole.far.len()
    );
}

#[test]
fn what_leads_far_sees_so_far_and_no_farther() {
    let wrapped = |line: String| line.repeat(400).into_bytes();
    for (leak, between, piece) in [
        ("4b1d{base62:38} ", b"word ".repeat(4000), " clickhouse "),
        ("{b64|shpat_{hex:32} and|}", b"a".repeat(10_000), "!"),
        (
            "postgres%3A%2F%2Fapp%3A{base62:16}%40db.{lower:9}.io",
            b"a".repeat(10_000),
            " ",
        ),
        ("73687061745f{hex:64}2121", b"a".repeat(10_000), "!"),
        (
            "{b64|shpat_{hex:32} and|}",
            wrapped(expand("{base64:76}\n") + &" ".repeat(46)),
            "!",
        ),
    ] {
        let (text, place) = amid(&between, expand(leak).as_bytes(), &between);
        let known = full(&text);
        let places = known.wide.iter().filter(|wide| place.contains(&wide.at));
        let mut seen = 0;
        for wide in places {
            let (before, after) = SCANNER.rules().sight(wide.needle);
            for more in 0..12 {
                for at in [wide.at + 8 - before - more, wide.at + after + more - 8] {
                    assert_carried(&text, at..at, piece.as_bytes());
                    assert_carried(&text, at..at + 1, piece.as_bytes());
                    seen += 1;
                }
            }
        }
        assert!(seen > 0, "{leak}");
    }
}
