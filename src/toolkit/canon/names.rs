//! Finds the entry for a name among many exact names and patterns.

use std::collections::HashMap;

/// Entries by name; a name may end in `*`.
#[derive(Debug)]
pub(super) struct Names<T> {
    exact: HashMap<String, T>,
    /// Patterns without their `*`, by the first two bytes.
    prefixes: HashMap<[u8; 2], Vec<(String, T)>>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            exact: HashMap::new(),
            prefixes: HashMap::new(),
        }
    }
}

impl<T: Copy> Names<T> {
    /// Adds an entry; the first one of a name stays.
    pub(super) fn add(&mut self, pattern: &str, entry: T) {
        match pattern.strip_suffix('*') {
            None => {
                self.exact.entry(pattern.to_owned()).or_insert(entry);
            }
            Some(prefix) => self
                .prefixes
                .entry(bucket(prefix))
                .or_default()
                .push((prefix.to_owned(), entry)),
        }
    }

    /// The longest entry for `name` or for something it is a part of, by the separator: `redis/lib/x` is part of `redis`.
    pub(super) fn find(&self, name: &str, separator: char) -> Option<T> {
        let whole = std::iter::once(name.len());
        let parts = name.match_indices(separator).map(|(at, _)| at).take(PARTS);
        let known = parts.chain(whole).filter_map(|end| {
            let part = name.get(..end)?;
            self.exact.get(part).map(|entry| (end, *entry))
        });
        let exact = known.last();
        let longest = self
            .prefixes
            .get(&bucket(name))
            .into_iter()
            .flatten()
            .filter(|(prefix, _)| name.starts_with(prefix.as_str()))
            .max_by_key(|(prefix, _)| prefix.len());
        match (exact, longest) {
            (Some((length, _)), Some((prefix, entry))) if prefix.len() > length => Some(*entry),
            (Some((_, entry)), _) => Some(entry),
            (None, found) => found.map(|(_, entry)| *entry),
        }
    }
}

/// Whether `text` fits `pattern`, in which `*` stands for anything.
#[must_use]
pub(in crate::toolkit) fn fits(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(mut text) = text.strip_prefix(first) else {
        return false;
    };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

/// Most parts of a name that are looked up; no entry has more.
const PARTS: usize = 6;

fn bucket(name: &str) -> [u8; 2] {
    let mut bytes = name.bytes();
    [
        bytes.next().unwrap_or_default(),
        bytes.next().unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_entry_wins() {
        let mut names = Names::default();
        for (entry, pattern) in [
            "redis",
            "@redis/*",
            "drizzle-orm/mysql*",
            "@llamaindex/*",
            "@llamaindex/groq",
            "next",
        ]
        .into_iter()
        .enumerate()
        {
            names.add(pattern, entry);
        }
        for (name, expected) in [
            ("redis", Some(0)),
            ("redis/lib/x", Some(0)),
            ("redis-mock", None),
            ("redi", None),
            ("@redis/client", Some(1)),
            ("@redis/client/dist", Some(1)),
            ("drizzle-orm", None),
            ("drizzle-orm/mysql2", Some(2)),
            ("@llamaindex/openai", Some(3)),
            ("@llamaindex/groq", Some(4)),
            ("@llamaindex/groq/x", Some(4)),
            ("next/link", Some(5)),
            ("next-auth", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(names.find(name, '/'), expected, "{name}");
        }
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, text, expected) in [
            ("*.supabase.co", "db.x.supabase.co", true),
            ("*.supabase.co", "supabase.co", false),
            ("*.supabase.co", "db.supabase.co.evil.io", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-c", false),
            ("MYSQL_*", "MYSQL_URL", true),
            ("x", "x", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
