//! Syntax errors: each once, and not what only follows from it.

use super::problem::ShownFile;
use crate::policy::Problem;

/// What the parser complained of, and how far its reading of the rest can be trusted.
pub(super) struct Syntax {
    /// One for each place that is broken.
    pub problems: Vec<Problem>,
    /// The lines that are broken.
    lines: Vec<u32>,
    /// The first line of which nothing is known: an open bracket swallows what follows.
    lost: Option<u32>,
}

impl Syntax {
    /// The errors of a recovering parse, in the parser's words: these quote nothing of the file but punctuation.
    pub(super) fn new(errors: &[toml::de::Error], text: &str, file: &ShownFile) -> Self {
        let mut found: Vec<(u32, Problem)> = errors
            .iter()
            .map(|error| {
                let span = error.span().unwrap_or(text.len()..text.len());
                (
                    file.line(span.start),
                    Problem {
                        span,
                        message: error.message().to_owned(),
                        help: None,
                    },
                )
            })
            .collect();
        found.sort_by_key(|(line, problem)| (*line, problem.span.start));
        let mut syntax = Self {
            problems: Vec::new(),
            lines: Vec::new(),
            lost: None,
        };
        for (line, problem) in found {
            match syntax.lines.last() {
                Some(last) if *last == line => {}
                // Inside an open bracket every following line lacks a comma before it.
                Some(last) if *last + 1 == line && problem.message.starts_with("missing comma") => {
                    let first = file.line(
                        syntax
                            .problems
                            .last()
                            .map_or(0, |problem| problem.span.start),
                    );
                    syntax.lost = Some(syntax.lost.unwrap_or(first).min(first));
                    if let Some(problem) = syntax.problems.last_mut() {
                        problem.help = Some("a bracket may be open here or above: the lines below do not read either".into());
                    }
                    syntax.lines.push(line);
                }
                _ => {
                    syntax.lines.push(line);
                    syntax.problems.push(problem);
                }
            }
        }
        syntax
    }

    /// Whether a problem on that line is one of its own.
    pub(super) fn trusts(&self, line: u32) -> bool {
        !self.lines.contains(&line) && self.lost.is_none_or(|lost| line < lost)
    }
}
