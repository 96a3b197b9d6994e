//! Names, versions and aliases as npm writes them (<https://docs.npmjs.com/cli/v11/using-npm/package-spec>).

/// `name@version` taken apart; a scope's `@` is part of the name.
pub(super) fn split(text: &str) -> (&str, Option<&str>) {
    let from = text.char_indices().nth(1).map_or(text.len(), |(at, _)| at);
    match text.get(from..).and_then(|rest| rest.find('@')) {
        Some(at) => (text.get(..from + at).unwrap_or(text), text.get(from + at + 1..)),
        None => (text, None),
    }
}

/// The real name and version behind a range: `npm:ioredis@5.4.1`; none where the range is only that.
pub(super) fn alias(range: &str) -> Option<(&str, Option<&str>)> {
    let (name, version) = split(range.trim().strip_prefix("npm:")?);
    // `npm:^5` is a range with its protocol.
    let named = name.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '@') && !name.contains([' ', '|', '*']);
    named.then_some((name, version))
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
        for range in ["^5.4.1", "npm:^5.4.1", "npm:5", "npm:*", "workspace:*", "catalog:", "file:../ioredis"] {
            assert_eq!(alias(range), None, "{range}");
        }
    }
}
