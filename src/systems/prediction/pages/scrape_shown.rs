//! Pieces that several pages of scrapes show.

use super::room::ROOT;
use super::scrape_data::{FetchedPage, Run, Scrape};
use super::shown::moment;
use crate::clock;
use crate::ui::{Frame, Markup, bytes, encoded, number};

/// Microseconds of an hour.
const HOUR: f64 = 3.6e9;

pub(super) fn scrape_path(name: &str) -> String {
    format!("{ROOT}/scrapes/{}", encoded(name))
}

pub(super) fn run_path(scrape: &str, run: &str) -> String {
    format!("{}/runs/{}", scrape_path(scrape), encoded(run))
}

/// The state of a run as icon, word and colour.
pub(super) fn run_state(frame: &Frame, state: &str) -> Markup {
    match state {
        "unchanged" => frame.marked("succeeded", &frame.say("scrapes-state-unchanged")),
        state => frame.state(state),
    }
}

/// How fresh the rows are; and since when, each with what it is called.
pub(super) struct FreshnessShown {
    pub state: Markup,
    pub since: Vec<(String, Markup)>,
}

impl FreshnessShown {
    pub(super) fn of(frame: &Frame, scrape: &Scrape) -> Self {
        let freshness = &scrape.freshness;
        let fresh_at = freshness.fresh_at.as_deref().and_then(clock::parse);
        let (look, word) = look_and_word(&freshness.state, scrape.last_run.is_some());
        let mut since = Vec::new();
        if freshness.state == "stale"
            && let Some((fresh_at, hours)) = fresh_at.zip(freshness.stale_after_h)
        {
            let at = fresh_at.saturating_add((hours * HOUR) as i64);
            since.push((frame.say("scrapes-stale-since"), frame.exact(at)));
        }
        if let Some(at) = fresh_at {
            since.push((frame.say("scrapes-last-fresh"), frame.ago(at)));
        }
        Self {
            state: frame.marked(look, &frame.say(word)),
            since,
        }
    }
}

/// One that has run and is not fresh yet has failed each time.
fn look_and_word(state: &str, has_run: bool) -> (&'static str, &'static str) {
    match (state, has_run) {
        ("fresh", _) => ("succeeded", "scrapes-fresh"),
        ("stale", _) => ("missing", "scrapes-stale"),
        (_, true) => ("failed", "scrapes-never-succeeded"),
        (_, false) => ("queued", "scrapes-never-fresh"),
    }
}

/// A line of a list of runs.
pub(super) struct RunRow {
    pub href: String,
    pub state: Markup,
    pub reason: Option<String>,
    pub day: String,
    pub is_replay: bool,
    pub ago: Markup,
    pub exact: Markup,
    /// Inserted, updated, unchanged and left out.
    pub counts: [String; 4],
    /// Inserted and updated.
    pub written: String,
    pub pages: String,
    pub unchanged_pages: Option<String>,
    pub bytes: String,
    pub problems: String,
    pub by: String,
}

impl RunRow {
    pub(super) fn of(frame: &Frame, run: &Run) -> Self {
        let at = run.ended_at.as_deref().or(run.began_at.as_deref());
        let (ago, exact) = moment(frame, at.unwrap_or_default());
        let rows = run.rows;
        let counts = [rows.inserted, rows.updated, rows.unchanged, rows.left_out];
        let written = frame.words.count("unit-rows", rows.inserted + rows.updated);
        Self {
            href: frame.path(&run_path(&run.scrape, &run.id)),
            state: run_state(frame, &run.state),
            reason: run.reason.clone(),
            day: run.day.clone().unwrap_or_else(|| "–".to_owned()),
            is_replay: run.replay_of.is_some(),
            ago,
            exact,
            counts: counts.map(number),
            written,
            pages: number(run.pages),
            unchanged_pages: (run.unchanged_pages > 0).then(|| {
                frame
                    .words
                    .count("scrapes-pages-unchanged", run.unchanged_pages)
            }),
            bytes: bytes(run.bytes),
            problems: number(run.problems),
            by: run.started_by.clone().unwrap_or_else(|| "–".to_owned()),
        }
    }
}

/// A page that was fetched, in a list.
pub(super) struct PageRow {
    pub number: u32,
    pub url: String,
    pub content_type: String,
    pub bytes: String,
    pub ago: Markup,
    /// Where its bytes are, if they are kept.
    pub href: Option<String>,
}

impl PageRow {
    pub(super) fn of(frame: &Frame, page: &FetchedPage) -> Self {
        let content_type = page.content_type.clone();
        Self {
            number: page.number,
            url: page.url.clone(),
            content_type: content_type.unwrap_or_else(|| "–".to_owned()),
            bytes: bytes(page.bytes),
            ago: moment(frame, &page.fetched_at).0,
            href: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::look_and_word;

    #[test]
    fn a_scrape_that_has_only_failed_is_not_called_unfetched() {
        let word = |state, has_run| look_and_word(state, has_run).1;
        assert_eq!(word("new", false), "scrapes-never-fresh");
        assert_eq!(word("new", true), "scrapes-never-succeeded");
        assert_eq!(word("stale", true), "scrapes-stale");
        assert_eq!(word("fresh", true), "scrapes-fresh");
    }
}
