//! A text made from another is scanned as if it were new.

use super::*;
use crate::policy::Policy;
use crate::policy::pack::expand;
use proptest::prelude::*;
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

fn full(text: &[u8]) -> Raw {
    let mut raw = Raw::default();
    SCANNER.collect(text, 0..text.len(), &mut raw);
    raw
}

/// A target and its copies, from cuts of the base and new pieces between them.
fn edited(base: &[u8], steps: &[(usize, usize, usize)]) -> (Vec<u8>, Vec<Copied>) {
    let mut target = Vec::new();
    let mut copies = Vec::new();
    for (from, len, piece) in steps {
        let from = from % (base.len() + 1);
        let len = (len % 2500).min(base.len() - from);
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
    #![proptest_config(ProptestConfig::with_cases(400))]
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
            let changed = SCANNER.collect_changed(&target, base.len(), &known, copies.clone(), &mut searched);
            let whole = full(&target);
            prop_assert!(changed == whole, "{} hits against {}", changed.hits.len(), whole.hits.len());
            // What is new there was searched now.
            let again = SCANNER.collect_changed(&target, base.len(), &known, copies, &mut searched);
            prop_assert!(again == whole);
            base = target;
            known = changed;
        }
    }
}
