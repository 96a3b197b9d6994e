//! Dates as reports write them.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// RFC 3339, from seconds since 1970, with the author's offset in seconds; without one that can be, UTC. Years outside 0 to 9999, which only a forged commit has, become the nearest
/// in it, since RFC 3339 has no others.
pub(super) fn date(seconds: i64, offset: Option<i32>) -> String {
    let seconds = seconds.clamp(EARLIEST, LATEST);
    let offset = offset.and_then(|seconds| Offset::from_seconds(seconds).ok());
    let zone = TimeZone::fixed(offset.unwrap_or(Offset::UTC));
    let at = Timestamp::from_second(seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    at.to_zoned(zone)
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

/// 0000-01-02, so that no offset leads out of the year.
const EARLIEST: i64 = -62_167_132_800;

/// 9999-12-29.
const LATEST: i64 = 253_402_041_600;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_rfc_3339() {
        for (seconds, offset, expected) in [
            (0, 0, "1970-01-01T00:00:00+00:00"),
            (1_700_000_000, 19_800, "2023-11-15T03:43:20+05:30"),
            (1_700_000_000, -28_800, "2023-11-14T14:13:20-08:00"),
            (1_700_000_000, 5_999_940, "2023-11-14T22:13:20+00:00"),
            (i64::MAX, 3_600, "9999-12-29T01:00:00+01:00"),
            (i64::MIN, -3_600, "0000-01-01T23:00:00-01:00"),
        ] {
            assert_eq!(date(seconds, Some(offset)), expected);
        }
    }
}
