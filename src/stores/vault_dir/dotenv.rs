//! Reads `.env` files strictly: what cannot be read is an error with its line, never a value left out.
//!
//! There is no standard; this is what the loaders of Node, Python, Ruby and Rust agree on. `export` may stand
//! before a name; quotes are `"` (with `\n \r \t \\ \" \$`), `'` and `` ` ``, and may go over lines; `#` begins a
//! comment at the start of a line or after white space. `${OTHER}` is not replaced.

use crate::finding::Secret;
use zeroize::Zeroizing;

/// One assignment.
#[derive(Debug)]
pub(super) struct Assignment {
    /// The name.
    pub(super) name: String,
    /// The value, without its quotes.
    pub(super) value: Secret,
}

/// What cannot be read, and where; never what stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// The 1-based line.
    pub(super) line: usize,
    /// In words.
    pub(super) what: &'static str,
}

/// The assignments of a file, in order, names given twice included.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Assignment>, Fault> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
        return Err(Fault {
            line: 1,
            what: "it is no text in UTF-8",
        });
    }
    let mut reader = Reader {
        left: bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes),
        line: 1,
    };
    let mut found = Vec::new();
    while !reader.left.is_empty() {
        found.extend(reader.assignment()?);
    }
    Ok(found)
}

struct Reader<'b> {
    left: &'b [u8],
    line: usize,
}

impl<'b> Reader<'b> {
    /// The next line, with the lines its quotes go over; none for an empty one and for a comment.
    fn assignment(&mut self) -> Result<Option<Assignment>, Fault> {
        self.blanks();
        if matches!(self.left.first(), None | Some(b'\n' | b'#')) {
            self.rest_of_line();
            return Ok(None);
        }
        let mut name = self.word();
        if name == b"export" && matches!(self.left.first(), Some(b' ' | b'\t')) {
            self.blanks();
            name = self.word();
        }
        let name = match std::str::from_utf8(name) {
            Ok(name) if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) => name,
            _ => return self.fault("a line that does not begin with NAME="),
        };
        self.blanks();
        if !self.take(b'=') {
            return self.fault("a name without `=`");
        }
        self.blanks();
        let value = match self.left.first() {
            Some(quote @ (b'"' | b'\'' | b'`')) => self.quoted(*quote)?,
            _ => self.plain(),
        };
        Ok(Some(Assignment {
            name: name.to_owned(),
            value,
        }))
    }

    /// A value without quotes: up to a comment or the end of the line.
    fn plain(&mut self) -> Secret {
        let text = self.rest_of_line();
        let comment = text.iter().enumerate().position(|(at, byte)| {
            *byte == b'#' && (at == 0 || text.get(at - 1).is_some_and(u8::is_ascii_whitespace))
        });
        let value = text.get(..comment.unwrap_or(text.len())).unwrap_or(text);
        Secret::locked(value.trim_ascii())
    }

    /// A value in quotes, and that nothing but a comment follows it.
    fn quoted(&mut self, quote: u8) -> Result<Secret, Fault> {
        let opened = self.line;
        // As large as what is left, so that it never grows and leaves copies behind.
        let mut value = Zeroizing::new(Vec::with_capacity(self.length_of(quote)));
        let mut bytes = self.left.iter().skip(1).copied().enumerate().peekable();
        let mut end = None;
        while let Some((at, byte)) = bytes.next() {
            let next = bytes.peek().map(|(_, next)| *next);
            match byte {
                _ if byte == quote => {
                    end = Some(at + 2);
                    break;
                }
                b'\r' if next == Some(b'\n') => {}
                b'\\' if quote == b'"' => match next.and_then(unescaped) {
                    Some(meant) => {
                        value.push(meant);
                        bytes.next();
                    }
                    None => value.push(byte),
                },
                _ => value.push(byte),
            }
            self.line += usize::from(byte == b'\n');
        }
        let Some(rest) = end.and_then(|end| self.left.get(end..)) else {
            return Err(Fault {
                line: opened,
                what: "a quote that is never closed",
            });
        };
        self.left = rest;
        self.blanks();
        if !matches!(self.left.first(), None | Some(b'\n' | b'#')) {
            return self.fault("text after a closing quote");
        }
        self.rest_of_line();
        Ok(Secret::locked(&value))
    }

    /// At least the length of the quoted value that begins here.
    fn length_of(&self, quote: u8) -> usize {
        let mut escaped = false;
        let inner = self.left.iter().skip(1);
        inner
            .take_while(|byte| {
                let ends = **byte == quote && !escaped;
                escaped = **byte == b'\\' && quote == b'"' && !escaped;
                !ends
            })
            .count()
    }

    /// Letters a name is made of.
    fn word(&mut self) -> &'b [u8] {
        let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
        let length = self.left.iter().take_while(is_part).count();
        let (word, rest) = self.left.split_at(length);
        self.left = rest;
        word
    }

    /// Goes over white space within the line.
    fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r', rest @ ..] = self.left {
            self.left = rest;
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let rest = self.left.strip_prefix(&[byte]);
        self.left = rest.unwrap_or(self.left);
        rest.is_some()
    }

    /// Goes to the next line; what is left of this one.
    fn rest_of_line(&mut self) -> &'b [u8] {
        let length = self.left.iter().take_while(|byte| **byte != b'\n').count();
        let (line, rest) = self.left.split_at(length);
        if let [b'\n', rest @ ..] = rest {
            self.left = rest;
            self.line += 1;
        } else {
            self.left = rest;
        }
        line
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault {
            line: self.line,
            what,
        })
    }
}

/// What a letter after a backslash means in double quotes; none when the backslash is just that.
fn unescaped(letter: u8) -> Option<u8> {
    Some(match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'\\' | b'"' | b'$' | b'`' => letter,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        let all = read(text.as_bytes()).unwrap_or_else(|fault| panic!("{text:?}: {fault:?}"));
        let text = |value: &Secret| String::from_utf8(value.expose().to_vec()).expect("UTF-8");
        all.into_iter()
            .map(|one| (one.name, text(&one.value)))
            .collect()
    }

    #[test]
    fn values() {
        for (text, want) in [
            ("A=b", "b"),
            ("A=", ""),
            ("A = b ", "b"),
            ("  export\tA=b", "b"),
            ("export=b", "b"),
            ("\u{feff}A=b", "b"),
            ("A=b # c", "b"),
            ("A=b#c", "b#c"),
            ("A=#c", ""),
            ("A=p@ss=w#d", "p@ss=w#d"),
            ("A=\"b # c\" # d", "b # c"),
            ("A='b \"c\" \\n'", "b \"c\" \\n"),
            ("A=`b'c\"`", "b'c\""),
            (r#"A="b\n\t\"\\\$\d""#, "b\n\t\"\\$\\d"),
            ("A=\"b\r\nc\"\r\n", "b\nc"),
            ("A='b\n#c\nd'", "b\n#c\nd"),
            ("A=\"\"", ""),
            ("A=it's", "it's"),
            ("A=${B}", "${B}"),
            ("A=é", "é"),
            ("A=b\r", "b"),
            (r#"A="b\\""#, "b\\"),
        ] {
            let found = pairs(text);
            assert_eq!(found.len(), 1, "{text:?}");
            assert_eq!(found[0].1, want, "{text:?}");
        }
    }

    #[test]
    fn files() {
        let text = "# C=d\r\n\r\nA=1\r\nexport B=\"x\r\ny\"  # z\r\n\n  C.d-e='2'\nA=3";
        let want = [("A", "1"), ("B", "x\ny"), ("C.d-e", "2"), ("A", "3")];
        assert_eq!(
            pairs(text),
            want.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        assert_eq!(pairs(""), []);
        assert_eq!(pairs("\n \t\n#"), []);
    }

    #[test]
    fn faults_name_the_line() {
        for (text, line, word) in [
            ("A=1\nnonsense\n", 2, "without `=`"),
            ("A=1\n\n=b", 3, "NAME="),
            ("A: b", 1, "without `=`"),
            ("1A=b", 1, "NAME="),
            ("{\"A\":1}", 1, "NAME="),
            ("A=1\nB=\"x\ny\n", 2, "never closed"),
            ("A='x\n\n'y", 3, "after a closing quote"),
            ("A=\"x\"\"y\"", 1, "after a closing quote"),
            ("A=x\0", 1, "UTF-8"),
            ("export A\n", 1, "without `=`"),
            ("-----BEGIN", 1, "without `=`"),
        ] {
            let fault = read(text.as_bytes()).expect_err(text);
            assert_eq!(fault.line, line, "{text:?}: {fault:?}");
            assert!(fault.what.contains(word), "{text:?}: {fault:?}");
        }
        assert!(read(b"\xff\xfeA\0=\0").is_err());
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics_and_lines_are_counted(text in "[A-C=\\\\ '\"`#\r\n$éx]{0,80}") {
            let lines = text.split('\n').count();
            match read(text.as_bytes()) {
                Ok(all) => for one in all {
                    proptest::prop_assert!(one.value.expose().len() <= text.len());
                },
                Err(fault) => proptest::prop_assert!(fault.line >= 1 && fault.line <= lines),
            }
        }

        #[test]
        fn what_is_quoted_comes_back(value in "[ -~\n\té]{0,60}") {
            let escaped = value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
            let text = format!("A=\"{escaped}\"\nB=1\n");
            let found = pairs(&text);
            proptest::prop_assert_eq!(found.len(), 2);
            proptest::prop_assert_eq!(&found[0].1, &value);
        }
    }
}
