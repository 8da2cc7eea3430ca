//! What `/v1` answers about scrapes, as far as pages show it, and what their texts say.

use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use super::data::{Definition, ImportedTable, Problem};
use crate::systems::prediction::scrape::read_scrape;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct ScrapeList {
    pub scrapes: Vec<Scrape>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Scrape {
    #[serde(flatten)]
    pub definition: Definition,
    pub paused: bool,
    pub next: Vec<String>,
    pub freshness: Freshness,
    pub last_run: Option<Run>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Freshness {
    pub state: String,
    pub fresh_at: Option<String>,
    pub stale_after_h: Option<f64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RunPage {
    pub runs: Vec<Run>,
    pub next: Option<String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Run {
    pub id: String,
    pub job_id: String,
    pub scrape: String,
    pub version: Option<i32>,
    pub day: Option<String>,
    pub state: String,
    pub reason: Option<String>,
    pub replay_of: Option<String>,
    pub started_by: Option<String>,
    pub began_at: Option<String>,
    pub ended_at: Option<String>,
    pub pages: u64,
    pub unchanged_pages: u64,
    pub bytes: u64,
    pub ended: Option<String>,
    pub rows: RunRows,
    pub problems: u64,
    pub tables: Vec<ImportedTable>,
    pub pages_kept_until: Option<String>,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(super) struct RunRows {
    pub found: u64,
    pub left_out: u64,
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RunDetail {
    pub run: Run,
    pub pages: Vec<FetchedPage>,
    pub problems: Vec<Problem>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct FetchedPage {
    pub number: u32,
    pub url: String,
    pub content_type: Option<String>,
    pub bytes: u64,
    pub fetched_at: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Trial {
    pub day: String,
    pub outcome: String,
    pub reason: Option<String>,
    pub pages: Vec<FetchedPage>,
    pub tables: Vec<TriedTable>,
    pub problems: Vec<Problem>,
    pub problem_count: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct TriedTable {
    pub into: String,
    pub rows: Vec<Map<String, Value>>,
}

/// What a job says of a run that has ended.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct RunFigures {
    pub run: String,
    pub scrape: String,
    pub day: String,
    pub state: String,
    pub reason: Option<String>,
    pub pages: u64,
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
    pub problems: u64,
}

/// What the text of a scrape says, as far as lists show it; nothing is said of a text with faults.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct About {
    /// What it asks, with a port that is not the usual one.
    pub host: Option<String>,
    /// The pattern of its times, and their zone.
    pub schedule: Option<(String, &'static str)>,
    pub table: Option<String>,
    /// What says instead where rows go.
    pub mapping: Option<String>,
}

impl About {
    pub(super) fn of(text: &str) -> Self {
        let Ok(scrape) = read_scrape(text.as_bytes()) else {
            return Self::default();
        };
        let schedule = scrape.schedule.as_ref();
        Self {
            host: host(scrape.request.url.beginning()),
            schedule: schedule.map(|schedule| (schedule.pattern.clone(), schedule.zone.name())),
            mapping: scrape.mapping().map(str::to_owned),
            table: scrape.into.map(|into| into.table),
        }
    }
}

/// The host of a URL, or of its beginning.
fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_it_fetches_when_and_where_rows_go() {
        let text = "scrape: obs\nschedule: {cron: \"30 6 * * *\", timezone: Asia/Tokyo}\n\
                    request: {url: \"https://example.jp:8443/obs?day={day}\"}\n\
                    extract: {html: {rows: tr, fields: {at: {css: td}}}}\n\
                    into: {table: weather, key: [day, at]}\n";
        let expected = About {
            host: Some("example.jp:8443".to_owned()),
            schedule: Some(("30 6 * * *".to_owned(), "Asia/Tokyo")),
            table: Some("weather".to_owned()),
            mapping: None,
        };
        assert_eq!(About::of(text), expected);
        assert_eq!(About::of("scrape: obs\n"), About::default());
    }
}
