//! TOML into a type, with everything that is wrong: for the configuration, and for other files that people write.

use super::faults;
use super::problem::ShownFile;
use super::syntax::Syntax;
use crate::policy::Problem;
use serde::de::DeserializeOwned;
use toml::de::DeTable;

/// What became of a file.
pub(crate) struct Reading<'t, T> {
    /// What could be read.
    pub document: T,
    /// The text, when its syntax is right; else nothing more can be said than `problems` say.
    pub text: Option<&'t str>,
    /// Everything that is wrong.
    pub problems: Vec<Problem>,
    /// What makes of a problem one that can be shown.
    pub file: ShownFile,
}

/// Reads the bytes of a file that reports call `name`. `shape` may take out what has not the shape of its name, before serde sees it.
pub(crate) fn read<'t, T: DeserializeOwned + Default>(
    name: &str,
    bytes: &'t [u8],
    shape: impl for<'i> FnOnce(DeTable<'i>, &ShownFile, &mut Vec<Problem>) -> DeTable<'i>,
) -> Reading<'t, T> {
    let text = match text(name, bytes, "TOML") {
        Ok(text) => text,
        Err((file, problem)) => {
            return Reading {
                document: T::default(),
                text: None,
                problems: vec![problem],
                file,
            };
        }
    };
    let file = ShownFile::new(name, text);
    let (mut table, errors) = DeTable::parse_recoverable(text);
    let syntax = Syntax::new(&errors, text, &file);
    let mut problems = Vec::new();
    *table.get_mut() = shape(std::mem::take(table.get_mut()), &file, &mut problems);
    if !errors.is_empty() {
        // A header that does not read takes the shape from sections that are right.
        problems.clear();
    }
    let (document, found) = faults::read::<T>(table);
    problems.extend(found);
    if !errors.is_empty() {
        problems.retain(|problem| syntax.trusts(file.line(problem.span.start)));
        problems.extend(syntax.problems);
    }
    Reading {
        document,
        text: errors.is_empty().then_some(text),
        problems,
        file,
    }
}

/// The text of a file in a format that is UTF-8; else the problem, and the file to show it in.
pub(crate) fn text<'t>(
    name: &str,
    bytes: &'t [u8],
    format: &str,
) -> Result<&'t str, (ShownFile, Problem)> {
    std::str::from_utf8(bytes).map_err(|error| {
        let at = error.valid_up_to();
        let file = ShownFile::new(name, &String::from_utf8_lossy(bytes));
        let problem = Problem {
            span: at..at + 1,
            message: "not UTF-8 text".into(),
            help: Some(format!("{format} is UTF-8: save the file as that")),
        };
        (file, problem)
    })
}
