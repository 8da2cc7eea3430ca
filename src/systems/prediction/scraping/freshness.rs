//! How fresh the rows of a scrape are.

use entity::scrape_state;

use crate::systems::prediction::scrape::Scrape;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Freshness {
    /// When a run last went well, in microseconds since 1970.
    pub fresh_at: Option<i64>,
    /// Seconds since then.
    pub age_s: Option<f64>,
    /// `None`: it is never stale.
    pub stale_after_h: Option<f64>,
    pub is_stale: bool,
}

impl Freshness {
    /// One that has never run counts from the moment that it was put.
    pub(crate) fn of(scrape: &Scrape, state: &scrape_state::Model, now: i64) -> Self {
        let seconds = |since: i64| now.saturating_sub(since).max(0) as f64 / 1e6;
        let waited = seconds(state.fresh_at.unwrap_or(state.since_at));
        let stale_after = scrape.stale_after.map(|after| after.as_secs_f64());
        Self {
            fresh_at: state.fresh_at,
            age_s: state.fresh_at.map(seconds),
            stale_after_h: stale_after.map(|after| after / 3_600.0),
            is_stale: stale_after.is_some_and(|after| waited > after),
        }
    }
}
