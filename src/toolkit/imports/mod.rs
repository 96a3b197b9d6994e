//! What code imports, and the addresses of stores in it, from real parsers: a name in a comment or a string is no import.
//!
//! Parsing is slow beside searching. So a text is parsed only where a quick look finds a name of the canon's lists in a place where an
//! import could have it.

mod addresses;
pub(super) mod javascript;
mod markup;
pub(super) mod paths;
pub(super) mod python;
pub(super) mod ruby;
mod specifier;
pub(super) mod written;

pub(super) use specifier::{shown, specifier};

use super::canon::{Canon, Category, Ecosystem};
use super::rules::{against, lesser};
use super::{Fact, Found, gap, text_of};
use crate::finding::RepoPath;
use crate::tree::{Draft, FileView};
use addresses::Literal;
use paths::Imported;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

/// One module that code asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Import {
    /// As written.
    name: String,
    /// Where it stands.
    span: Range<usize>,
    /// Whether only its types are used.
    type_only: bool,
    /// Whether it is a name out of the module before it, which says all there is to say if that one is judged.
    part: bool,
}

/// What a text of code says.
#[derive(Debug, Default)]
struct Code {
    imports: Vec<Import>,
    literals: Vec<Literal>,
}

/// Why a text could not be read.
type Trouble = &'static str;

/// The languages whose imports are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Language {
    JavaScript,
    /// Markup with JavaScript in `<script>`.
    Markup,
    Python,
    Ruby,
}

/// Whether the file at that path is code whose imports are judged.
pub(super) fn wants(path: &RepoPath, canon: &Canon) -> bool {
    language(path).is_some() && canon.is_app_code(path)
}

/// Judges what the file imports.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let mut found = Found::default();
    let Some(language) = language(file.path) else {
        return found;
    };
    if !language.may_say(file.text, canon) {
        return found;
    }
    let code = text_of(file, LIMIT).and_then(|text| match language {
        Language::JavaScript => javascript::read(text, file.path.extension()),
        Language::Markup => markup::read(text),
        Language::Python => Ok(python::read(text)),
        Language::Ruby => Ok(Code {
            imports: ruby::imports(text),
            literals: Vec::new(),
        }),
    });
    match code {
        Ok(code) => {
            let addresses = addresses::verdicts(&code.literals, file, canon);
            let told = judge(code.imports, language, file, canon, &mut found);
            // Who imports a client gives it an address somewhere: that is told once.
            for address in addresses {
                match language {
                    _ if !told.contains(&subject(&address)) => found.drafts.push(address),
                    // Its import may yet turn out to be a file of the project.
                    Language::JavaScript | Language::Markup => {
                        found.facts.push(Fact::Address(address));
                    }
                    Language::Python | Language::Ruby => {}
                }
            }
        }
        Err(why) => found.gaps.push(gap(
            file,
            None,
            &format!("{why}, and it may import what is not in the toolkit"),
        )),
    }
    found
}

/// What a finding is about: its rule, and the policy line that decided it.
type Subject = (&'static str, Option<String>);

fn subject(draft: &Draft) -> Subject {
    (draft.rule, draft.decided_by.clone())
}

/// Judges imports; gives what those of them are about that stay when the program runs.
fn judge(
    imports: Vec<Import>,
    language: Language,
    file: &FileView<'_>,
    canon: &Canon,
    found: &mut Found,
) -> BTreeSet<Subject> {
    let mut subjects = BTreeSet::new();
    let mut told = false;
    for import in imports {
        if told && import.part {
            continue;
        }
        let judged = language.judge(&import.name, canon);
        told = judged.is_some() && !import.part;
        let Some((category, shown)) = judged else {
            continue;
        };
        let Some(mut draft) = against(canon, category, file, import.span, &shown) else {
            continue;
        };
        if import.type_only {
            draft.severity = lesser(draft.severity, canon.weights().type_only);
        } else {
            subjects.insert(subject(&draft));
        }
        match language {
            Language::JavaScript | Language::Markup => {
                found.facts.push(Fact::Imported(Imported {
                    name: import.name,
                    type_only: import.type_only,
                    draft,
                }));
            }
            Language::Python | Language::Ruby => found.drafts.push(draft),
        }
    }
    subjects
}

impl Language {
    /// The category of a module, and the name to show for it.
    fn judge<'c, 'n>(
        self,
        name: &'n str,
        canon: &'c Canon,
    ) -> Option<(&'c Category, Cow<'n, str>)> {
        match self {
            Self::JavaScript | Self::Markup => {
                let target = specifier(name)?;
                let category = canon.package(target.ecosystem, &target.name)?;
                Some((
                    category,
                    Cow::Owned(shown(target.ecosystem, &target.name, canon).to_owned()),
                ))
            }
            Self::Python => {
                let category = canon.module(Ecosystem::Python, name)?;
                let shared = ["google", "azure", "mysql"]
                    .iter()
                    .any(|space| name.split('.').next() == Some(space));
                let shown = if shared {
                    name
                } else {
                    name.split('.').next().unwrap_or(name)
                };
                Some((category, Cow::Borrowed(shown)))
            }
            Self::Ruby => {
                let category = canon.module(Ecosystem::Ruby, name)?;
                let gem = name.split('/').next().unwrap_or(name);
                Some((
                    category,
                    Cow::Borrowed(if canon.module(Ecosystem::Ruby, gem).is_some() {
                        gem
                    } else {
                        name
                    }),
                ))
            }
        }
    }

    /// Whether some name of the lists stands where an import could have it, or an address of a store somewhere. Never wrong when it
    /// says no, but for names written with escapes.
    fn may_say(self, text: &[u8], canon: &Canon) -> bool {
        match self {
            Self::JavaScript | Self::Markup => {
                quoted(text)
                    .any(|name| name == javascript::BUN || self.judge(name, canon).is_some())
                    || addresses::may_hold(text, canon)
            }
            Self::Ruby => quoted(text).any(|name| self.judge(name, canon).is_some()),
            Self::Python => {
                python::words(text).any(|word| canon.may_be_module(Ecosystem::Python, word))
                    || addresses::may_hold(text, canon)
                    || addresses::may_name_engine(text)
            }
        }
    }
}

/// What stands between each two quotes, where it could be a name.
fn quoted(text: &[u8]) -> impl Iterator<Item = &str> {
    let mut last = None;
    memchr::memchr3_iter(b'"', b'\'', b'`', text).filter_map(move |at| {
        let start = last.replace(at)? + 1;
        let between = text
            .get(start..at)
            .filter(|between| (2..=NAME_LIMIT).contains(&between.len()))?;
        std::str::from_utf8(between).ok()
    })
}

fn language(path: &RepoPath) -> Option<Language> {
    Some(match path.extension() {
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" => Language::JavaScript,
        "vue" | "svelte" | "astro" | "html" => Language::Markup,
        "py" | "pyi" => Language::Python,
        "rb" | "rake" | "ru" => Language::Ruby,
        _ if matches!(path.file_name(), "Rakefile" | "config.ru") => Language::Ruby,
        _ => return None,
    })
}

/// Most bytes of a file that is parsed; larger ones are data or bundles.
const LIMIT: usize = 4 << 20;

/// Longest name looked at.
const NAME_LIMIT: usize = 512;

#[cfg(test)]
mod tests;
