//! How long, how large, how often.

use crate::stores::http::{Retries, is_passing, retry_after};
use jiff::Timestamp;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::time::Duration;

/// Bounds of what one request may take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Until one answer is there whole.
    pub request: Duration,
    /// For all tries and the pauses between them.
    pub total: Duration,
    /// Most bytes of an answer.
    pub body: usize,
    /// How often and after what time a request is made again.
    pub retries: Retries,
}

impl Default for Limits {
    fn default() -> Self {
        Self::within(Duration::from_secs(15))
    }
}

impl Limits {
    /// With this time for one answer.
    #[must_use]
    pub fn within(request: Duration) -> Self {
        Self {
            request,
            total: request.saturating_mul(3),
            body: 8 << 20,
            retries: Retries::default(),
        }
    }

    /// How long to wait before asking again after `done` tries; none for every status but 429 and 5xx, when all
    /// tries are used up, and when the wait would outlast the time left.
    #[must_use]
    pub(super) fn pause(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        done: u32,
        left: Duration,
    ) -> Option<Duration> {
        if !is_passing(status) {
            return None;
        }
        let asked_for = retry_after(headers, Timestamp::now());
        let pause = self.retries.pause(done, asked_for)?;
        (pause < left).then_some(pause)
    }
}
