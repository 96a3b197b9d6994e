//! How long, how large, how often.

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

/// Bounds of what one request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until the connection stands.
    pub connect: Duration,
    /// Until one answer is there whole.
    pub request: Duration,
    /// For all tries and the pauses between them.
    pub total: Duration,
    /// Most bytes of an answer.
    pub body: usize,
    /// Most tries, the first included.
    pub tries: u32,
    /// The pause before the second try; it doubles with each.
    pub backoff: Duration,
    /// The longest pause a server may ask for (`Retry-After`); asked for more, the tries end.
    pub patience: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(15),
            total: Duration::from_secs(45),
            body: 8 << 20,
            tries: 4,
            backoff: Duration::from_millis(500),
            patience: Duration::from_secs(20),
        }
    }
}

impl Limits {
    /// How long to wait before the next try; none when there is to be none: for every status but 429 and 5xx,
    /// when all tries are used up, and when the wait would outlast the time left.
    #[must_use]
    pub fn pause(
        &self,
        status: u16,
        headers: &HeaderMap,
        tried: u32,
        left: Duration,
    ) -> Option<Duration> {
        if !(status == 429 || (500..600).contains(&status)) || tried >= self.tries {
            return None;
        }
        let pause = match asked(headers) {
            Some(asked) if asked > self.patience => return None,
            Some(asked) => asked,
            None => {
                let doubled = self
                    .backoff
                    .saturating_mul(1 << tried.saturating_sub(1).min(16));
                // Requests that were refused together do not come back together.
                let share = RandomState::new().hash_one(tried) % 512;
                doubled.mul_f64(0.75 + share as f64 / 1024.0)
            }
        };
        (pause < left).then_some(pause)
    }
}

/// What `Retry-After` asks for, in seconds or as a date.
fn asked(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(text.parse().map_or(Duration::MAX, Duration::from_secs));
    }
    let date = DATES.parse_timestamp(text).ok()?;
    // A date that has passed asks for nothing.
    Some(Duration::try_from(date.duration_since(Timestamp::now())).unwrap_or_default())
}

const DATES: DateTimeParser = DateTimeParser::new().relaxed_weekday(true);

#[cfg(test)]
mod tests {
    use super::*;

    fn pause(status: u16, after: Option<&str>, tried: u32) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        if let Some(after) = after {
            headers.insert(RETRY_AFTER, after.parse().expect("a header"));
        }
        Limits::default().pause(status, &headers, tried, Duration::from_secs(30))
    }

    #[test]
    fn only_429_and_5xx_are_asked_again() {
        for status in [400, 401, 403, 404, 408, 422] {
            assert_eq!(pause(status, Some("1"), 1), None, "{status}");
        }
        for status in [429, 500, 502, 503, 504] {
            assert!(pause(status, None, 1).is_some(), "{status}");
            assert_eq!(pause(status, None, 4), None, "{status}");
        }
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        let first = pause(503, None, 1).expect("a pause");
        assert!((375..=625).contains(&first.as_millis()), "{first:?}");
        let third = pause(503, None, 3).expect("a pause");
        assert!((1500..=2500).contains(&third.as_millis()), "{third:?}");
        let short = Limits::default().pause(503, &HeaderMap::new(), 1, Duration::from_millis(300));
        assert_eq!(short, None, "no time left");
        let huge = Limits {
            tries: u32::MAX,
            ..Limits::default()
        };
        assert_eq!(
            huge.pause(503, &HeaderMap::new(), 4_000_000, Duration::from_secs(9)),
            None
        );
    }

    #[test]
    fn retry_after_is_honoured_up_to_a_bound() {
        assert_eq!(pause(429, Some("7"), 1), Some(Duration::from_secs(7)));
        assert_eq!(pause(429, Some(" 0 "), 1), Some(Duration::ZERO));
        assert_eq!(pause(429, Some("3600"), 1), None);
        assert_eq!(pause(429, Some("99999999999999999999999"), 1), None);
        let past = pause(429, Some("Wed, 21 Oct 2015 07:28:00 GMT"), 1);
        assert_eq!(past, Some(Duration::ZERO));
        assert_eq!(pause(429, Some("Fri, 31 Dec 9998 23:59:59 GMT"), 1), None);
    }
}
