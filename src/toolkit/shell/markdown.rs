//! Code blocks of Markdown that show commands.

use std::ops::Range;

/// What stands between the fences of blocks in a shell's language, or in none.
pub(super) fn fences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<(&str, bool, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        // A block may stand in a quote or a list.
        let body = line.trim_start_matches([' ', '\t', '>']).trim_end();
        let sign = body.chars().next().filter(|sign| matches!(sign, '`' | '~'));
        let length = sign.map_or(0, |sign| {
            body.chars().take_while(|letter| *letter == sign).count()
        });
        match open {
            None if length >= 3 => {
                let language = body[length..]
                    .trim()
                    .split([' ', '{', ',', ':'])
                    .next()
                    .unwrap_or_default()
                    .to_ascii_lowercase();
                open = Some((&body[..length], LANGUAGES.contains(&language.as_str()), at));
            }
            Some((fence, shell, from)) if body.starts_with(fence) && length == body.len() => {
                if shell {
                    found.push(from..start);
                }
                open = None;
            }
            _ => {}
        }
    }
    if let Some((_, true, from)) = open {
        found.push(from..text.len());
    }
    found
}

const LANGUAGES: &[&str] = &[
    "",
    "sh",
    "bash",
    "zsh",
    "shell",
    "console",
    "terminal",
    "shell-session",
    "shellsession",
    "cmd",
    "fish",
    "powershell",
    "text",
    "txt",
];
