//! The commands in a shell script, each as its words. Good enough to tell what is run from what is written about.

use std::ops::Range;

/// A word and where it stands, quotes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Range<usize>,
}

/// The simple commands of `text[range]`: split at `;`, `&`, `|`, parentheses and line ends; comments and
/// here-documents left out; what stands before the command itself (`sudo`, `if`, `A=b`, a prompt) as well.
pub(super) fn commands(text: &str, range: Range<usize>) -> Vec<Vec<Word>> {
    let Some(script) = text.get(range.clone()) else {
        return Vec::new();
    };
    let mut reader = Reader {
        text: script,
        base: range.start,
        at: 0,
        heredocs: Vec::new(),
        endless: 0,
        command: Vec::new(),
        found: Vec::new(),
    };
    reader.run();
    reader.found
}

struct Reader<'t> {
    text: &'t str,
    base: usize,
    at: usize,
    /// The words that end the here-documents which begin on this line.
    heredocs: Vec<String>,
    /// Here-documents whose end was not found.
    endless: usize,
    command: Vec<Word>,
    found: Vec<Vec<Word>>,
}

impl Reader<'_> {
    fn run(&mut self) {
        while let Some(letter) = self.text[self.at..].chars().next() {
            match letter {
                '\n' => {
                    self.at += 1;
                    self.end();
                    self.skip_heredocs();
                }
                ';' | '&' | '|' | '(' | ')' | '{' | '}' => {
                    self.at += 1;
                    self.end();
                }
                '#' => {
                    self.at += self.text[self.at..]
                        .find('\n')
                        .unwrap_or(self.text.len() - self.at)
                }
                '\\' if self.continues() > 0 => self.at += self.continues(),
                '<' if self.text[self.at..].starts_with("<<")
                    && !self.text[self.at..].starts_with("<<<") =>
                {
                    self.heredoc()
                }
                _ if letter.is_whitespace() => self.at += letter.len_utf8(),
                _ => self.word(),
            }
        }
        self.end();
    }

    /// Length of a backslash at the end of a line; 0 when there is none here.
    fn continues(&self) -> usize {
        let rest = &self.text[self.at..];
        [("\\\n", 2), ("\\\r\n", 3)]
            .iter()
            .find(|(sign, _)| rest.starts_with(sign))
            .map_or(0, |(_, length)| *length)
    }

    fn word(&mut self) {
        let start = self.at;
        let mut text = String::new();
        while let Some(letter) = self.text[self.at..].chars().next() {
            match letter {
                '\'' | '"' => self.quoted(letter, &mut text),
                '\\' if self.continues() > 0 => self.at += self.continues(),
                '\\' => {
                    self.at += 1;
                    if let Some(next) = self.text[self.at..].chars().next() {
                        text.push(next);
                        self.at += next.len_utf8();
                    }
                }
                // `$(` and a back quote begin a command of their own.
                '$' if self.text[self.at..].starts_with("$(") => {
                    self.at += 1;
                    break;
                }
                '`' if self.at > start => break,
                '`' => {
                    self.at += 1;
                    self.end();
                    return;
                }
                ';' | '&' | '|' | '(' | ')' | '<' if self.at > start => break,
                _ if letter.is_whitespace() => break,
                _ => {
                    text.push(letter);
                    self.at += letter.len_utf8();
                }
            }
        }
        if !text.is_empty() {
            self.command.push(Word {
                text,
                span: self.base + start..self.base + self.at,
            });
        }
    }

    fn quoted(&mut self, quote: char, text: &mut String) {
        let rest = &self.text[self.at + 1..];
        let mut escaped = false;
        let end = rest.char_indices().find(|(_, letter)| {
            let ends = *letter == quote && !escaped;
            escaped = *letter == '\\' && quote == '"' && !escaped;
            ends
        });
        // A quote that never ends is an apostrophe of some prose.
        let Some((length, _)) = end else {
            self.at += 1;
            return;
        };
        text.push_str(&rest[..length]);
        // An empty word is a word.
        text.push_str(if length == 0 { "\u{200b}" } else { "" });
        self.at += length + 2;
    }

    fn heredoc(&mut self) {
        let rest = self.text[self.at + 2..].trim_start_matches(['-', '~', ' ']);
        let start = self.text.len() - rest.len();
        let length = rest
            .find(|letter: char| letter.is_whitespace() || ";|&)>".contains(letter))
            .unwrap_or(rest.len());
        let end = rest[..length].trim_matches(['"', '\'', '\\']);
        if !end.is_empty() {
            self.heredocs.push(end.to_owned());
        }
        self.at = start + length;
    }

    fn skip_heredocs(&mut self) {
        for end in std::mem::take(&mut self.heredocs) {
            if self.endless > ENDLESS {
                return;
            }
            let rest = &self.text[self.at..];
            let mut length = 0;
            let found = rest.split_inclusive('\n').any(|line| {
                length += line.len();
                line.trim() == end
            });
            // Without its end it is no here-document (`1 << 2`).
            if found {
                self.at += length;
            } else {
                self.endless += 1;
            }
        }
    }

    fn end(&mut self) {
        let words = std::mem::take(&mut self.command);
        let lead = words.iter().take_while(|word| is_lead(&word.text)).count();
        let mut words: Vec<Word> = words.into_iter().skip(lead).collect();
        if let Some(first) = words.first_mut() {
            // make and just: `@` is silent, `-` goes on after an error.
            let trimmed = first.text.trim_start_matches(['@', '-', '+']);
            let cut = first.text.len() - trimmed.len();
            first.span.start += cut;
            first.text = trimmed.to_owned();
            self.found.push(words);
        }
    }
}

/// Words that may stand before a command.
fn is_lead(word: &str) -> bool {
    let assigns = word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    assigns || LEADS.contains(&word)
}

/// The search for an end reads all that follows: a text that sends it in vain this often has no here-documents.
const ENDLESS: usize = 32;

const LEADS: &[&str] = &[
    "$", ">", "%", "!", "sudo", "exec", "time", "env", "command", "if", "then", "else", "elif",
    "while", "until", "do", "nohup", "npx", "bunx", "xargs", "|-", "|+", ">-", "-", "@", "[[",
    "PS>",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        commands(text, 0..text.len())
            .iter()
            .map(|words| {
                words
                    .iter()
                    .map(|word| word.text.as_str())
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect()
    }

    #[test]
    fn commands_are_told_apart() {
        for (text, expected) in [
            ("a b; c && d | e", vec!["a b", "c", "d", "e"]),
            ("a # b\nc#d", vec!["a", "c#d"]),
            ("a \\\n  b", vec!["a b"]),
            ("$ fly x\nA=1 sudo fly y", vec!["fly x", "fly y"]),
            ("x=$(fly y) z", vec!["fly y", "z"]),
            ("`fly y`", vec!["fly y"]),
            ("echo 'a; b' \"c && d\"", vec!["echo a; b c && d"]),
            ("cat <<EOF > x\nfly y\nEOF\nz", vec!["cat > x", "z"]),
            ("echo don't\nfly y", vec!["echo dont", "fly y"]),
            ("\t@fly y\n\t-fly z", vec!["fly y", "fly z"]),
            ("if fly x; then fly y; fi", vec!["fly x", "fly y", "fi"]),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[a-c$`'\"\\\\#<>;&|(){}@\n =é-]{0,60}") {
            for word in commands(&text, 0..text.len()).iter().flatten() {
                proptest::prop_assert!(text.get(word.span.clone()).is_some(), "{:?}", word);
            }
        }
    }
}
