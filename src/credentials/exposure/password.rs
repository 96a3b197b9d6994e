//! The password of an address, which opens as much as the address does: it is looked for where it stands alone, too.

use crate::finding::Secret;
use crate::secrets::dsn::{self, Worth};
use crate::secrets::noise;

/// The password of a value that is an address; none where it could stand anywhere by chance.
pub(super) fn of(value: &[u8]) -> Option<Secret> {
    let address = dsn::read(value, 0).filter(|address| address.span.end == value.len())?;
    let password = address.decoded_password(value);
    // A short one that somebody thought of is a word of other texts as well.
    let telling = noise::is_random(&password) || password.len() >= LONG && super::mixed(&password);
    let worth = password.len() >= super::SHORTEST
        && telling
        && !noise::is_placeholder(&password)
        && !noise::is_repetitive(&password)
        && address.worth(value) != Worth::Nothing;
    worth.then(|| Secret::locked(&password))
}

/// From this length on letters beside digits or signs are no word of other texts, in bytes.
const LONG: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::pack::expand;

    #[test]
    fn passwords_that_tell_something_are_looked_for() {
        let drawn = expand("{base62:20}");
        let encoded = format!("{drawn}%40%2Fx");
        let decoded = format!("{drawn}@/x");
        for (scheme, rest, password, wanted) in [
            (
                "postgres",
                "@db.acmecorp.io:5432/main",
                drawn.as_str(),
                Some(drawn.as_str()),
            ),
            (
                "postgresql",
                "@db.acmecorp.io/main?sslmode=require",
                &encoded,
                Some(&decoded),
            ),
            ("https", "@api.acmecorp.io/v1", &drawn, Some(&drawn)),
            (
                "mysql",
                "@tcp(db.acmecorp.io:3306)/main",
                &drawn,
                Some(&drawn),
            ),
            (
                "postgres",
                "@db.acmecorp.io/main",
                "correct12horse",
                Some("correct12horse"),
            ),
            ("postgres", "@db.acmecorp.io/main", "winter24", None),
            ("postgres", "@db.acmecorp.io/main", "changeme", None),
            ("postgres", "@db.acmecorp.io/main", "s3cr3t", None),
            ("postgres", "@db.acmecorp.io/main and more", &drawn, None),
        ] {
            let value = format!("{scheme}://app:{password}{rest}");
            let found = of(value.as_bytes());
            assert_eq!(
                found,
                wanted.map(|text| Secret::new(text.as_bytes())),
                "{rest}"
            );
        }
        for value in [drawn.as_str(), "https://acmecorp.io/a:b", ""] {
            assert_eq!(of(value.as_bytes()), None);
        }
    }
}
