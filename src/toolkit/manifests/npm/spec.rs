//! Names, versions and aliases as npm writes them (<https://docs.npmjs.com/cli/v11/using-npm/package-spec>).

/// `name@version` taken apart; a scope's `@` is part of the name.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    let from = text.char_indices().nth(1).map_or(text.len(), |(at, _)| at);
    match text.get(from..).and_then(|rest| rest.find('@')) {
        Some(at) => (
            text.get(..from + at).unwrap_or(text),
            text.get(from + at + 1..),
        ),
        None => (text, None),
    }
}

/// The real name and version behind a range: `npm:ioredis@5.4.1`, or the address of an archive; none where the range is only that.
pub(super) fn alias(range: &str) -> Option<(&str, Option<&str>)> {
    if range.starts_with("http") {
        return archive(range);
    }
    if let Some(patched) = range.strip_prefix("patch:") {
        // `patch:ioredis@npm%3A5.4.1#./fix.patch`
        return Some((split(patched).0, None));
    }
    let (name, version) = split(range.trim().strip_prefix("npm:")?);
    // `npm:^5` is a range with its protocol.
    let named = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '@')
        && !name.contains([' ', '|', '*']);
    named.then_some((name, version))
}

/// `https://registry.npmjs.org/@redis/client/-/client-1.6.0.tgz`
fn archive(address: &str) -> Option<(&str, Option<&str>)> {
    let (path, file) = address.split_once("/-/")?;
    let (before, last) = path.rsplit_once('/')?;
    let scope = before
        .rsplit('/')
        .next()
        .filter(|scope| scope.starts_with('@'));
    let name = match scope {
        Some(scope) => path.get(path.len() - scope.len() - 1 - last.len()..)?,
        None => last,
    };
    let version = file
        .strip_prefix(last)
        .and_then(|rest| rest.strip_prefix('-'))
        .and_then(|rest| rest.strip_suffix(".tgz"));
    Some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_aliases() {
        assert_eq!(split("ioredis@5.4.1"), ("ioredis", Some("5.4.1")));
        assert_eq!(split("@redis/client@1"), ("@redis/client", Some("1")));
        assert_eq!(split("@redis/client"), ("@redis/client", None));
        assert_eq!(split("é@1"), ("é", Some("1")));
        assert_eq!(split(""), ("", None));
        assert_eq!(alias("npm:ioredis@5.4.1"), Some(("ioredis", Some("5.4.1"))));
        assert_eq!(alias("npm:@redis/client"), Some(("@redis/client", None)));
        assert_eq!(
            alias("https://registry.npmjs.org/ioredis/-/ioredis-5.4.1.tgz"),
            Some(("ioredis", Some("5.4.1")))
        );
        assert_eq!(
            alias("https://npm.example.com/p/@redis/client/-/client-1.6.0.tgz"),
            Some(("@redis/client", Some("1.6.0")))
        );
        assert_eq!(
            alias("patch:ioredis@npm%3A5.4.1#./fix.patch"),
            Some(("ioredis", None))
        );
        for range in [
            "https://example.com/x.tgz",
            "git+https://github.com/redis/ioredis.git",
            "^5.4.1",
            "npm:^5.4.1",
            "npm:5",
            "npm:*",
            "workspace:*",
            "catalog:",
            "file:../ioredis",
        ] {
            assert_eq!(alias(range), None, "{range}");
        }
    }
}
