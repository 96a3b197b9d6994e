//! Texts that are edited at random, with what matters to rules in them: whole, cut, allowed, moved away.

use crate::harness::secret;
use std::sync::LazyLock;

/// Random numbers that are the same in every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    /// Below `end`.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed >> 33).expect("31 bits fit") % end.max(1)
    }

    /// Once in `many`.
    pub(super) fn once_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }
}

/// What rules look for, for what stands beside it, and where it may be broken.
static LEAKS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    [
        "DB_URL=postgres://app:{base62:18}@db.{lower:9}.io:5432/main",
        "API_TOKEN={base62:32}",
        "  password: \"{base62:20}\"",
        "SHOPIFY=shpat_{hex:32}",
        "shpat_{hex:32}",
        "SUPABASE_KEY=sb_secret_{base62:32}",
        "const client = new Client({ apiKey: '{base62:40}' });",
        "-----BEGIN RSA PRIVATE KEY-----\n{base64:64}\n{base64:64}\n{base64:64}\n{base64:40}\n-----END RSA PRIVATE KEY-----",
        "blob: {b64|token shpat_{hex:32} and more|}",
        "url: https%3A%2F%2Fx.test%2F%3Ft%3Dshpat_{hex:32}",
        "{hexed|shpat_{hex:32}|}",
        "{base58:24}",
        "key = {base62:40}",
        "the password for the mail account is {base62:14}",
        "client_secret={base62:36}",
        "LINEAR=lin_wh_{base62:40}",
    ]
    .iter()
    .enumerate()
    .flat_map(|(number, template)| {
        ["one", "two", "three"].map(|name| secret(&format!("{name}{number}"), template).into_bytes())
    })
    .collect()
});

/// Words that make a rule look, or look away, from a distance.
const NEIGHBOURS: [&str; 14] = [
    "# chatwoot",
    "chatwoot:",
    "api_access_token",
    "azure tenant client_secret",
    "# clickhouse host",
    "user: ada",
    "mail account",
    "# stackguard:allow shopify-access-token used in a demo",
    "# stackguard:allow generic-secret not one",
    "# stackguard:allow private-key a toy",
    "# stackguard:allow",
    "# gitleaks:allow",
    "# pragma: allowlist nextline secret",
    "-----END RSA PRIVATE KEY-----",
];

/// Comments put after what stands on a line.
const MARKS: [&str; 6] = [
    "  # gitleaks:allow",
    "  # stackguard:allow generic-secret fine",
    "  # stackguard:allow postgres-dsn canonical local one",
    "  // nosecret",
    "  # pragma: allowlist secret",
    "  # example",
];

/// One line, without its end.
pub(super) fn line(random: &mut Random) -> Vec<u8> {
    const WORDS: [&str; 16] = [
        "let", "value", "=", "return", "token", "config", "fn", "(", ")", "{", "}", "the",
        "password", "a:", "\"x\"", "é",
    ];
    match random.below(40) {
        0 => piece(random),
        1 => NEIGHBOURS[random.below(NEIGHBOURS.len())].into(),
        2 => long(random),
        _ => {
            let mut text = " ".repeat(random.below(3) * 2);
            for _ in 0..random.below(9) {
                text.push_str(WORDS[random.below(WORDS.len())]);
                text.push(' ');
            }
            text.push_str(&random.below(1000).to_string());
            text.into_bytes()
        }
    }
}

/// A leak, or a half of one.
fn piece(random: &mut Random) -> Vec<u8> {
    let leak = &LEAKS[random.below(LEAKS.len())];
    let cut = random.below(leak.len());
    match random.below(6) {
        0 => leak[..cut].to_vec(),
        1 => leak[cut..].to_vec(),
        2 => leak[..leak.len() / 2].to_vec(),
        3 => leak[leak.len() / 2..].to_vec(),
        _ => leak.clone(),
    }
}

/// Kilobytes in one line, as a bundler leaves them.
fn long(random: &mut Random) -> Vec<u8> {
    if !random.once_in(4) {
        return piece(random);
    }
    let mut text = Vec::new();
    while text.len() < 5200 {
        text.extend_from_slice(
            format!("\"k{}\":{},", random.below(99), random.below(9999)).as_bytes(),
        );
        if random.once_in(60) {
            text.extend_from_slice(&piece(random));
            text.push(b',');
        }
    }
    text
}

/// How a text is written down.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Unix,
    Windows,
    Utf16,
}

/// A file that is edited.
#[derive(Clone)]
pub(super) struct Text {
    lines: Vec<Vec<u8>>,
    form: Form,
    last: bool,
}

impl Text {
    /// Some hundred lines at most.
    pub(super) fn new(random: &mut Random) -> Self {
        let most = if random.once_in(3) { 400 } else { 60 };
        Self::of(random, most)
    }

    /// Up to `most` lines, which are more than five.
    pub(super) fn of(random: &mut Random, most: usize) -> Self {
        let count = 5 + random.below(most - 5);
        Self {
            lines: (0..count).map(|_| line(random)).collect(),
            form: if random.once_in(9) {
                Form::Utf16
            } else {
                Form::Unix
            },
            last: true,
        }
    }

    /// As git stores it.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let end: &[u8] = if self.form == Form::Windows {
            b"\r\n"
        } else {
            b"\n"
        };
        let mut text = self.lines.join(end);
        if self.last {
            text.extend_from_slice(end);
        }
        if self.form != Form::Utf16 {
            return text;
        }
        let text = String::from_utf8_lossy(&text).into_owned();
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(u16::to_le_bytes).collect()
    }

    /// One change of any sort.
    pub(super) fn edit(&mut self, random: &mut Random) {
        let count = self.lines.len();
        let at = random.below(count + 1);
        let some = random.below(1 + count.min(30));
        let block = at.min(count - some)..at.min(count - some) + some;
        match random.below(16) {
            0..=2 => self.lines.insert(at, piece(random)),
            3 => self.lines.insert(at, line(random)),
            4 if count > 8 => drop(self.lines.drain(block)),
            5 => {
                let moved: Vec<_> = self.lines.drain(block).collect();
                let to = random.below(self.lines.len() + 1);
                self.lines.splice(to..to, moved);
            }
            6 if count < 400 => {
                let copied = self.lines[block].to_vec();
                self.lines.splice(at..at, copied);
            }
            7 if count > 1 => {
                let at = random.below(count - 1);
                let next = self.lines.remove(at + 1);
                self.lines[at].extend(next);
            }
            8..=9 => self.within(random, at),
            10 => self.beside_leak(random),
            11 => self
                .lines
                .insert(at, NEIGHBOURS[random.below(NEIGHBOURS.len())].into()),
            12 => {
                self.form = if self.form == Form::Unix {
                    Form::Windows
                } else {
                    Form::Unix
                }
            }
            13 if random.once_in(3) => self.form = Form::Utf16,
            14 => self.last = !self.last,
            _ => self.nudge(random),
        }
    }

    /// Cuts into a line, or puts a piece into it.
    fn within(&mut self, random: &mut Random, at: usize) {
        let at = at.min(self.lines.len().saturating_sub(1));
        let Some(line) = self.lines.get_mut(at) else {
            return;
        };
        let cut = random.below(line.len() + 1);
        match random.below(4) {
            0 => line.truncate(cut),
            1 => drop(line.drain(..cut)),
            2 => drop(line.splice(cut..cut, piece(random))),
            _ => {
                let rest = line.split_off(cut);
                self.lines.insert(at + 1, rest);
            }
        }
    }

    /// Adds a comment to a line with a leak, or above it, or takes what stands after it away.
    fn beside_leak(&mut self, random: &mut Random) {
        let leaks: Vec<usize> = (0..self.lines.len())
            .filter(|at| LEAKS.iter().any(|leak| self.lines[*at].starts_with(leak)))
            .collect();
        let Some(at) = leaks.get(random.below(leaks.len())).copied() else {
            return;
        };
        let leak = LEAKS.iter().find(|leak| self.lines[at].starts_with(leak));
        match (random.below(3), leak) {
            (0, _) => self.lines[at].extend_from_slice(MARKS[random.below(MARKS.len())].as_bytes()),
            (1, Some(leak)) => self.lines[at].clone_from(leak),
            _ => self
                .lines
                .insert(at, NEIGHBOURS[random.below(NEIGHBOURS.len())].into()),
        }
    }

    /// Moves a word of the neighbourhood a line up or down.
    fn nudge(&mut self, random: &mut Random) {
        let near = |line: &Vec<u8>| NEIGHBOURS.iter().any(|word| word.as_bytes() == line);
        let Some(at) = self.lines.iter().position(near) else {
            return;
        };
        let to = (at + random.below(3))
            .saturating_sub(1)
            .min(self.lines.len() - 1);
        self.lines.swap(at, to);
    }
}
