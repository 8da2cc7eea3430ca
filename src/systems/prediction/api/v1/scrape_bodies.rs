//! Bodies of calls about scrapes.

use chrono::NaiveDate;
use poem_openapi::Object;
use serde::Deserialize;

use crate::http::body::Body;
use crate::http::error::Failure;

/// A run of a scrape.
#[derive(Default, Object, Deserialize)]
pub(super) struct ScrapeRunBody {
    /// What `{day}` means, `YYYY-MM-DD`; without it, today in the time zone of the scrape's schedule.
    #[serde(default)]
    pub day: Option<String>,
}

/// A scrape that is tried.
#[derive(Default, Object, Deserialize)]
pub(super) struct ScrapeTestBody {
    /// What `{day}` means, `YYYY-MM-DD`; without it, today in the time zone of the scrape's schedule.
    #[serde(default)]
    pub day: Option<String>,
    /// YAML that is tried instead of what is stored.
    #[serde(default)]
    pub scrape: Option<String>,
}

/// Kept pages that are extracted again.
#[derive(Default, Object, Deserialize)]
pub(super) struct ScrapeReplayBody {
    /// The first day, `YYYY-MM-DD`; without it, that of the oldest pages.
    #[serde(default)]
    pub from: Option<String>,
    /// The last day; without it, that of the newest pages.
    #[serde(default)]
    pub to: Option<String>,
}

impl Body for ScrapeRunBody {
    const REQUIRED: bool = false;
}

impl Body for ScrapeTestBody {
    const REQUIRED: bool = false;
}

impl Body for ScrapeReplayBody {
    const REQUIRED: bool = false;
}

/// The day of a member.
pub(super) fn day(member: &str, text: Option<&str>) -> Result<Option<NaiveDate>, Failure> {
    let read = text.map(str::parse::<NaiveDate>).transpose();
    read.map_err(|_| {
        let expected = "expected a day such as 2026-11-30";
        Failure::invalid(format!("{member}: {expected}"))
    })
}
