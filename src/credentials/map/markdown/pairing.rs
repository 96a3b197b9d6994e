//! Which of a row's names is kept in which of its files.

use super::environment;
use std::collections::BTreeSet;

/// A file of a row.
pub(super) struct File<'r> {
    pub path: &'r str,
    pub environment: Option<&'r str>,
}

/// A name of a row.
pub(super) struct Name<'r> {
    pub name: &'r str,
    pub environment: Option<&'r str>,
}

/// For each file the names in it, by their places; a name may be in one file of each environment.
///
/// A file that is alone in its environment holds every name of the row. Of several files each gets the name that its own resembles most; a
/// name that is left goes to the file it resembles, and to none when it resembles none.
pub(super) fn pair(files: &[File<'_>], names: &[Name<'_>]) -> Vec<Vec<usize>> {
    let mut pairs: Vec<Vec<usize>> = vec![Vec::new(); files.len()];
    let file_words: Vec<Words> = files.iter().map(|file| Words::of_path(file.path)).collect();
    let name_words: Vec<BTreeSet<String>> = names.iter().map(|name| of_name(name.name)).collect();
    let mut ranked = Vec::new();
    for (file, words) in file_words.iter().enumerate() {
        let alone = files
            .iter()
            .filter(|other| other.environment == files[file].environment)
            .count()
            == 1;
        for (name, wanted) in name_words.iter().enumerate() {
            let apart = files[file]
                .environment
                .zip(names[name].environment)
                .is_some_and(|(one, other)| !environment::same(one, other));
            if apart {
                continue;
            }
            if alone {
                pairs[file].push(name);
            } else if let Some(score) = words.resemble(wanted) {
                ranked.push((std::cmp::Reverse(score), file, name));
            }
        }
    }
    ranked.sort();
    // First one name for each file, then the names that are left.
    let mut placed: BTreeSet<(Option<&str>, usize)> = BTreeSet::new();
    for first in [true, false] {
        for (_, file, name) in &ranked {
            let key = (files[*file].environment, *name);
            if (!first || pairs[*file].is_empty()) && !placed.contains(&key) {
                placed.insert(key);
                pairs[*file].push(*name);
            }
        }
    }
    for names in &mut pairs {
        names.sort_unstable();
    }
    pairs
}

struct Words {
    own: BTreeSet<String>,
    around: BTreeSet<String>,
}

impl Words {
    fn of_path(path: &str) -> Self {
        let dirs = path.rsplit_once('/').map_or("", |(dirs, _)| dirs);
        Self {
            own: split(environment::stem(path)),
            around: split(dirs),
        }
    }

    /// How much a name is like this file's; none when they share no word of the file's own name.
    fn resemble(&self, name: &BTreeSet<String>) -> Option<i64> {
        let count = |set: &BTreeSet<String>, other: &BTreeSet<String>| {
            i64::try_from(set.intersection(other).count()).unwrap_or(0)
        };
        let own = count(&self.own, name);
        let around = count(&self.around, name);
        let left = i64::try_from(self.own.difference(name).count()).unwrap_or(0);
        let extra = i64::try_from(
            name.difference(&self.own)
                .filter(|word| !self.around.contains(*word))
                .count(),
        )
        .unwrap_or(0);
        (own > 0).then_some(own * 10 + around * 3 - left * 4 - extra)
    }
}

fn of_name(name: &str) -> BTreeSet<String> {
    split(name)
}

/// The words of a name in lower case, without those for environments.
fn split(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && environment::canonical(word).is_none())
        .take(MOST_WORDS)
        .map(str::to_lowercase)
        .collect()
}

/// Words of a name that count.
const MOST_WORDS: usize = 12;
