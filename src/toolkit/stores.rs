//! Judges what files say of databases and other stores: images, addresses, dialects, hosts.
//!
//! The readers of this room find the words; here the canon says which store they mean, and a finding is made that names no secret.

use super::canon::{Canon, Category};
use super::connection::{Connection, Host, Target};
use super::containers::Image;
use super::rules::{NON_SUPABASE_POSTGRES, lesser};
use crate::policy::Severity;
use crate::tree::{Draft, FileView};
use std::ops::Range;

/// A judge of one file.
pub(super) struct Judge<'j, 'f> {
    /// What is in force.
    pub(super) canon: &'j Canon,
    /// The file.
    pub(super) file: &'j FileView<'f>,
    /// How bad findings are here at most; none for what the rule says.
    pub(super) weight: Option<Severity>,
    /// Whether `localhost` and names without dots are containers beside this one, which are judged by their images.
    pub(super) contained: bool,
}

impl<'j, 'f> Judge<'j, 'f> {
    /// A judge for a file whose findings weigh what the rule says, or less in tests.
    pub(super) fn new(canon: &'j Canon, file: &'j FileView<'f>) -> Self {
        let weight = canon
            .is_test(file.path)
            .then_some(canon.weights().test)
            .flatten();
        Self {
            canon,
            file,
            weight,
            contained: false,
        }
    }

    /// The same, with findings no worse than `weight`.
    #[must_use]
    pub(super) fn at_most(mut self, weight: Option<Severity>) -> Self {
        self.weight = lesser(self.weight, weight);
        self
    }

    /// An image that is used.
    pub(super) fn image(&self, text: &str, span: Range<usize>) -> Option<Draft> {
        let image = Image::parse(text)?;
        let category = self.image_category(&image)?;
        let shown = image.shown();
        let message = format!(
            "image `{shown}` runs {}; {}",
            category.store, category.instead
        );
        self.draft(category, span, &[], message, shown, None)
    }

    /// Whether an image is none of those the canon knows as a store.
    pub(super) fn is_plain(&self, text: &str) -> bool {
        Image::parse(text).is_none_or(|image| self.image_category(&image).is_none())
    }

    fn image_category(&self, image: &Image) -> Option<&'j Category> {
        let covers = |patterns: &[String]| {
            patterns
                .iter()
                .filter(|pattern| image.matches(pattern))
                .map(String::len)
                .max()
        };
        if self
            .canon
            .categories()
            .any(|category| covers(&category.allowed_images).is_some())
        {
            return None;
        }
        let found = self
            .canon
            .categories()
            .filter_map(|category| Some((covers(&category.images)?, category)));
        // The first of the longest: `max_by_key` would take the last.
        found
            .reduce(|best, next| if next.0 > best.0 { next } else { best })
            .map(|(_, category)| category)
    }

    /// A dialect, provider, adapter or client of an ORM.
    pub(super) fn dialect(&self, key: &str, value: &str, span: Range<usize>) -> Option<Draft> {
        self.word(self.canon.dialect(value)?, key, value, span)
    }

    /// What a framework keeps caches, sessions or queues in, named as its addresses begin: `redis`.
    pub(super) fn driver(&self, key: &str, value: &str, span: Range<usize>) -> Option<Draft> {
        self.word(self.canon.scheme(value)?, key, value, span)
    }

    fn word(
        &self,
        category: &Category,
        key: &str,
        value: &str,
        span: Range<usize>,
    ) -> Option<Draft> {
        let message = format!(
            "`{key}` is `{value}`, {}; {}",
            category.store, category.instead
        );
        self.draft(category, span, &[], message, format!("{key} {value}"), None)
    }

    /// An address that `key` is given: a URL, or, where `postgres` says that it can be nothing else, the host of a Postgres. `span` is
    /// marked, `value_span` is where the address stands.
    pub(super) fn address(
        &self,
        key: &str,
        value: &str,
        postgres: bool,
        span: Range<usize>,
        value_span: &Range<usize>,
    ) -> Option<Draft> {
        let connection = Connection::parse(value);
        let hide = secrets_in(self.file.text, &lines(self.file.text, value_span));
        match connection.scheme.as_deref() {
            Some(_) if connection.is_postgres() => {
                self.postgres(key, &connection.target, span, &hide)
            }
            Some(scheme) => {
                let database = value
                    .split(['?', '#'])
                    .next()
                    .is_some_and(|path| FILES.iter().any(|end| path.ends_with(end)));
                let category = match connection.target {
                    Target::File if scheme == "file" && !database => return None,
                    Target::File => self.canon.scheme("sqlite")?,
                    _ => self.canon.scheme(scheme)?,
                };
                let message = format!("`{key}` points at {}; {}", category.store, category.instead);
                self.draft(category, span, &hide, message, key.to_owned(), None)
            }
            None if postgres => self.postgres(key, &connection.target, span, &hide),
            None => None,
        }
    }

    /// The hosts of a Postgres.
    fn postgres(
        &self,
        key: &str,
        target: &Target,
        span: Range<usize>,
        hide: &[Range<usize>],
    ) -> Option<Draft> {
        let Target::Hosts(hosts) = target else {
            return None;
        };
        hosts
            .iter()
            .find_map(|host| self.host(key, host, span.clone(), hide))
    }

    fn host(
        &self,
        key: &str,
        host: &Host,
        span: Range<usize>,
        hide: &[Range<usize>],
    ) -> Option<Draft> {
        if !is_foreign(self.canon, host) || (self.contained && host.is_local()) {
            return None;
        }
        let shown = host.shown();
        if let Some(category) = self.canon.host(&host.name) {
            let message = format!(
                "`{key}` points at `{shown}`, {}; {}",
                category.store, category.instead
            );
            return self.draft(
                category,
                span,
                hide,
                message,
                format!("{key} {shown}"),
                None,
            );
        }
        let (what, weight) = if host.is_local() {
            (
                "a Postgres of this machine that `supabase start` does not run (its port is 54322)",
                self.canon.weights().local,
            )
        } else {
            ("no host of Supabase", None)
        };
        Some(Draft {
            rule: NON_SUPABASE_POSTGRES,
            path: self.file.path.clone(),
            mark: Some(self.file.mark_hiding(span, hide)),
            message: format!("`{key}` points at `{shown}`, {what}"),
            help: None,
            content: format!("{key} {shown}"),
            severity: lesser(self.weight, weight),
            decided_by: Some("policies/toolkit.toml [supabase]".to_owned()),
        })
    }

    /// A finding against a category; none where the category is fine at this path.
    pub(super) fn draft(
        &self,
        category: &Category,
        span: Range<usize>,
        hide: &[Range<usize>],
        message: String,
        content: String,
        weight: Option<Severity>,
    ) -> Option<Draft> {
        if self.canon.excuses(category, self.file.path) {
            return None;
        }
        Some(Draft {
            rule: category.rule,
            path: self.file.path.clone(),
            mark: Some(self.file.mark_hiding(span, hide)),
            message,
            help: None,
            content,
            severity: lesser(self.weight, weight),
            decided_by: Some(category.place.clone()),
        })
    }
}

/// The first host of a Postgres address that is not one of Supabase's, as people write it; none for what is no such address.
#[must_use]
pub fn foreign_postgres(canon: &Canon, value: &str) -> Option<String> {
    let connection = Connection::parse(value);
    let Target::Hosts(hosts) = &connection.target else {
        return None;
    };
    let foreign = hosts.iter().find(|host| is_foreign(canon, host));
    foreign
        .filter(|_| connection.is_postgres())
        .map(Host::shown)
}

/// Whether a host is none of Supabase's, nor a name that only a network of containers knows.
fn is_foreign(canon: &Canon, host: &Host) -> bool {
    let name = if host.name.contains(':') {
        format!("[{}]", host.name)
    } else {
        host.name.clone()
    };
    !canon.is_supabase(&name, host.port) && !host.is_bare()
}

/// Accounts and passwords of all addresses in `text[span]`.
pub(super) fn secrets_in(text: &[u8], span: &Range<usize>) -> Vec<Range<usize>> {
    let Some(raw) = text.get(span.clone()) else {
        return Vec::new();
    };
    // A margin may begin or end inside a letter.
    let Ok(raw) = std::str::from_utf8(raw) else {
        return vec![span.clone()];
    };
    if raw.len() > LONG {
        return vec![span.clone()];
    }
    let mut found = Vec::new();
    for (at, _) in raw.match_indices("://") {
        let scheme = raw[..at]
            .bytes()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte))
            .count();
        let start = at - scheme;
        let userinfo = Connection::parse(&raw[start..]).userinfo;
        found.extend(userinfo.map(|userinfo| {
            span.start + start + userinfo.start..span.start + start + userinfo.end
        }));
    }
    if let Some(at) = raw.find("password=") {
        let from = at + "password=".len();
        let length = raw[from..]
            .find([' ', '"', '\'', '&'])
            .unwrap_or(raw.len() - from);
        found.push(span.start + from..span.start + from + length);
    }
    found
}

/// The whole lines that `span` is on, or as much of them as a snippet could show.
fn lines(text: &[u8], span: &Range<usize>) -> Range<usize> {
    let (low, high) = (
        span.start.saturating_sub(MARGIN),
        (span.end + MARGIN).min(text.len()),
    );
    let before = text.get(low..span.start).unwrap_or_default();
    let after = text.get(span.end..high).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(low, |at| low + at + 1);
    let end = memchr::memchr(b'\n', after).map_or(high, |at| span.end + at);
    start..end
}

/// Values longer than this are masked as a whole, in bytes.
const LONG: usize = 8 << 10;

/// More than a snippet shows of a line either side, in bytes.
const MARGIN: usize = 1024;

/// How the file of an SQLite database ends.
const FILES: &[&str] = &[".db", ".sqlite", ".sqlite3", ".db3"];
