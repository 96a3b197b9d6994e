//! What a JavaScript module specifier names: a package, or a module at an address.

use crate::toolkit::canon::{Canon, Ecosystem};
use std::borrow::Cow;

/// What a specifier names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolkit) struct Target<'s> {
    /// Whose module it is.
    pub(in crate::toolkit) ecosystem: Ecosystem,
    /// The package with the part of it that is asked for (`redis/lib/x`), or the address without scheme and version.
    pub(in crate::toolkit) name: Cow<'s, str>,
    /// The version, where one is part of the specifier.
    pub(in crate::toolkit) version: Option<Cow<'s, str>>,
}

/// Reads a specifier; none where it is a path, or an address of no registry.
pub(in crate::toolkit) fn specifier(text: &str) -> Option<Target<'_>> {
    let plain =
        |letter: u8| letter.is_ascii_alphanumeric() || b"@/._-:~+^*%?&=#!,$".contains(&letter);
    let first = *text.as_bytes().first()?;
    if text.len() > LIMIT
        || !(first.is_ascii_alphanumeric() || first == b'@')
        || !text.bytes().all(plain)
    {
        return None;
    }
    // Bundlers read what follows as options: `redis?raw`.
    let text = text.split(['?', '!', '#']).next()?;
    let Some((scheme, rest)) = text.split_once(':') else {
        return Some(Target {
            ecosystem: Ecosystem::Npm,
            name: Cow::Borrowed(text),
            version: None,
        });
    };
    match scheme {
        "npm" => Some(versioned(Ecosystem::Npm, rest.trim_start_matches('/'))),
        "jsr" => Some(at_jsr(rest.trim_start_matches('/'))),
        "node" | "bun" => Some(Target {
            ecosystem: Ecosystem::Npm,
            name: Cow::Borrowed(text),
            version: None,
        }),
        "http" | "https" => address(rest.strip_prefix("//")?),
        _ => None,
    }
}

/// The name to show for a module that the canon judges: that of the package, unless it is only this part of it.
pub(in crate::toolkit) fn shown<'n>(ecosystem: Ecosystem, name: &'n str, canon: &Canon) -> &'n str {
    let package = match ecosystem {
        // `deno.land/x/redis`, `jsr.io/@db/redis`
        Ecosystem::Deno => parts(name, 3),
        _ => package(name),
    };
    if canon.package(ecosystem, package).is_some() {
        package
    } else {
        name
    }
}

/// The package of a module.
pub(super) fn package(name: &str) -> &str {
    parts(name, if name.starts_with('@') { 2 } else { 1 })
}

fn parts(name: &str, count: usize) -> &str {
    name.match_indices('/')
        .nth(count - 1)
        .map_or(name, |(at, _)| name.get(..at).unwrap_or(name))
}

/// `host/path` of registries that serve modules (<https://esm.sh>, <https://docs.deno.com/runtime/fundamentals/modules/>).
fn address(address: &str) -> Option<Target<'_>> {
    let (host, path) = address.split_once('/')?;
    match host {
        "esm.sh" | "cdn.esm.sh" | "esm.run" | "unpkg.com" | "cdn.skypack.dev" | "jspm.dev"
        | "esm.unpkg.com" => {
            // `esm.sh/v135/ioredis`, `esm.sh/*ioredis` (nothing bundled), `esm.sh/gh/…`, `esm.sh/jsr/@…`
            let path = path.trim_start_matches('*');
            let path = match path.split_once('/') {
                Some((first, rest))
                    if first == "stable"
                        || first.strip_prefix('v').is_some_and(|number| {
                            number.bytes().all(|digit| digit.is_ascii_digit())
                        }) =>
                {
                    rest
                }
                _ => path,
            };
            if let Some(path) = path.strip_prefix("jsr/") {
                return Some(at_jsr(path));
            }
            (!path.starts_with("gh/") && !path.starts_with("pr/"))
                .then(|| versioned(Ecosystem::Npm, path.trim_start_matches('*')))
        }
        "cdn.jsdelivr.net" => path
            .strip_prefix("npm/")
            .map(|path| versioned(Ecosystem::Npm, path)),
        "ga.jspm.io" => path
            .strip_prefix("npm:")
            .map(|path| versioned(Ecosystem::Npm, path)),
        "deno.land" => path.strip_prefix("x/").map(|path| {
            let Target { name, version, .. } = versioned(Ecosystem::Deno, path);
            Target {
                ecosystem: Ecosystem::Deno,
                name: Cow::Owned(format!("deno.land/x/{name}")),
                version,
            }
        }),
        "jsr.io" => Some(at_jsr(path)),
        _ => None,
    }
}

fn at_jsr(path: &str) -> Target<'_> {
    let Target { name, version, .. } = versioned(Ecosystem::Deno, path);
    Target {
        ecosystem: Ecosystem::Deno,
        name: Cow::Owned(format!("jsr.io/{name}")),
        version,
    }
}

/// `@scope/name@version/part` without the version.
fn versioned(ecosystem: Ecosystem, path: &str) -> Target<'_> {
    let root = package(path);
    let part = path.get(root.len()..).unwrap_or_default();
    let scope = usize::from(root.starts_with('@'));
    match root.get(scope..).and_then(|rest| rest.find('@')) {
        Some(at) => {
            let (name, version) = (
                root.get(..scope + at).unwrap_or(root),
                root.get(scope + at + 1..),
            );
            let name = if part.is_empty() {
                Cow::Borrowed(name)
            } else {
                Cow::Owned(format!("{name}{part}"))
            };
            Target {
                ecosystem,
                name,
                version: version.map(Cow::Borrowed),
            }
        }
        None => Target {
            ecosystem,
            name: Cow::Borrowed(path),
            version: None,
        },
    }
}

/// Longer than any specifier people write.
const LIMIT: usize = 512;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers() {
        for (text, expected) in SPECIFIERS {
            let found = specifier(text);
            let shown = found
                .as_ref()
                .map(|target| (target.ecosystem, &*target.name, target.version.as_deref()));
            assert_eq!(shown, *expected, "{text}");
        }
        assert_eq!(
            (
                package("redis/lib"),
                package("@redis/client/dist"),
                package("@x"),
                package("a")
            ),
            ("redis", "@redis/client", "@x", "a")
        );
    }

    /// Whose module, its name, its version.
    type Shown<'s> = (Ecosystem, &'s str, Option<&'s str>);

    const SPECIFIERS: &[(&str, Option<Shown<'_>>)] = &[
        ("ioredis", Some((Ecosystem::Npm, "ioredis", None))),
        (
            "redis/lib/x.js",
            Some((Ecosystem::Npm, "redis/lib/x.js", None)),
        ),
        (
            "@redis/client/dist",
            Some((Ecosystem::Npm, "@redis/client/dist", None)),
        ),
        ("redis?raw", Some((Ecosystem::Npm, "redis", None))),
        (
            "npm:ioredis@5",
            Some((Ecosystem::Npm, "ioredis", Some("5"))),
        ),
        (
            "npm:/@redis/client@1.0.0/dist",
            Some((Ecosystem::Npm, "@redis/client/dist", Some("1.0.0"))),
        ),
        (
            "npm:drizzle-orm@0.30/mysql2",
            Some((Ecosystem::Npm, "drizzle-orm/mysql2", Some("0.30"))),
        ),
        ("node:sqlite", Some((Ecosystem::Npm, "node:sqlite", None))),
        ("bun:sqlite", Some((Ecosystem::Npm, "bun:sqlite", None))),
        (
            "jsr:@db/redis@^0.37",
            Some((Ecosystem::Deno, "jsr.io/@db/redis", Some("^0.37"))),
        ),
        (
            "https://esm.sh/ioredis@5",
            Some((Ecosystem::Npm, "ioredis", Some("5"))),
        ),
        (
            "https://esm.sh/v135/@redis/client@1?target=deno",
            Some((Ecosystem::Npm, "@redis/client", Some("1"))),
        ),
        (
            "https://esm.sh/*ioredis@5",
            Some((Ecosystem::Npm, "ioredis", Some("5"))),
        ),
        (
            "https://esm.sh/jsr/@db/sqlite",
            Some((Ecosystem::Deno, "jsr.io/@db/sqlite", None)),
        ),
        (
            "https://cdn.jsdelivr.net/npm/mysql2@3/+esm",
            Some((Ecosystem::Npm, "mysql2/+esm", Some("3"))),
        ),
        (
            "https://ga.jspm.io/npm:ioredis@5.0.0/built/index.js",
            Some((Ecosystem::Npm, "ioredis/built/index.js", Some("5.0.0"))),
        ),
        (
            "https://deno.land/x/redis@v0.29.0/mod.ts",
            Some((Ecosystem::Deno, "deno.land/x/redis/mod.ts", Some("v0.29.0"))),
        ),
        (
            "https://jsr.io/@db/redis/0.37/mod.ts",
            Some((Ecosystem::Deno, "jsr.io/@db/redis/0.37/mod.ts", None)),
        ),
        ("https://deno.land/std@0.1/http.ts", None),
        ("https://example.com/redis", None),
        ("./redis", None),
        ("../redis", None),
        ("/redis", None),
        ("#redis", None),
        ("~/redis", None),
        ("redis is fast", None),
        ("data:text/javascript,1", None),
        ("", None),
    ];
}
