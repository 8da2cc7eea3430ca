//! What the calls below `/v1` are sent and answer, for the document.

use chrono_tz::Tz;
use entity::brief_pushed;
use poem_openapi::Object;

use crate::systems::briefs::adapter::Kind;
use crate::systems::briefs::api::models::{BriefAccount, BriefArticle, BriefView};
use crate::systems::briefs::api::progress::paused_until;
use crate::systems::briefs::platforms::Platform;
use crate::systems::briefs::upstream::UpstreamState;

/// The platforms of this server, by name.
#[derive(Object)]
pub(super) struct PlatformList {
    pub platforms: Vec<PlatformView>,
    /// Of the times of briefs: the setting `briefs.time_zone`.
    pub time_zone: String,
}

/// A platform.
#[derive(Object)]
pub(super) struct PlatformView {
    platform: String,
    /// As people call it.
    label: String,
    /// `http`, `file`, `push` or `kafka`.
    kind: String,
    /// Whether it can be asked.
    on: bool,
    /// Why it cannot.
    reason: Option<String>,
    /// `closed`, `half_open` or `open`; null: this process has not asked it yet.
    breaker: Option<String>,
    /// It is asked nothing before this time, `YYYY-MM-DD HH:MM:SS`.
    paused_until: Option<String>,
}

impl PlatformView {
    pub fn of(platform: &Platform, state: Option<&UpstreamState>, zone: Tz) -> Self {
        let kind = match &platform.adapter.kind {
            Kind::Http(_) => "http",
            Kind::File { .. } => "file",
            Kind::Push => "push",
            Kind::Kafka { .. } => "kafka",
        };
        Self {
            platform: platform.adapter.platform.clone(),
            label: platform.adapter.label.clone(),
            kind: kind.to_owned(),
            on: platform.off.is_none(),
            reason: platform.off.clone(),
            breaker: state.map(|state| state.breaker.to_owned()),
            paused_until: state.and_then(|state| paused_until(state, zone)),
        }
    }
}

/// Briefs, newest first.
#[derive(Object)]
pub(super) struct BriefList {
    briefs: Vec<BriefView>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<String>,
}

/// Articles of a brief.
#[derive(Object)]
pub(super) struct BriefArticleList {
    articles: Vec<BriefArticle>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<String>,
}

/// Accounts of a brief.
#[derive(Object)]
pub(super) struct BriefAccountList {
    accounts: Vec<BriefAccount>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<String>,
}

/// What a brief is to look for; what is left out stays as it is.
#[derive(Object)]
pub(super) struct BriefChange {
    job_name: Option<String>,
    platforms: Option<Vec<String>>,
    keywords: Option<Vec<String>>,
    /// `YYYY-MM-DD HH:MM:SS`
    start_time: Option<String>,
    end_time: Option<String>,
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    max_pages: Option<u32>,
    #[oai(validator(minimum(value = "1"), maximum(value = "86400")))]
    deadline_s: Option<u32>,
    /// `text` or `platform`.
    #[oai(rename = "match")]
    matching: Option<String>,
}

/// An article that is pushed: `id`, `post_time` and a title or a content are needed. Counts may be written as people
/// write them, such as `1.2万`.
#[derive(Object)]
pub(super) struct PushedArticle {
    id: Option<String>,
    url: Option<String>,
    title: Option<String>,
    content: Option<String>,
    /// ISO 8601, or `YYYY-MM-DD HH:MM:SS` in the time zone of the setting `briefs.time_zone`.
    post_time: Option<String>,
    like: Option<i64>,
    read: Option<i64>,
    share: Option<i64>,
    comment: Option<i64>,
    collect: Option<i64>,
    play: Option<i64>,
    danmu: Option<i64>,
    download: Option<i64>,
    topics: Option<Vec<String>>,
    user_id: Option<String>,
    user_name: Option<String>,
    user_fans: Option<i64>,
}

/// What became of a page that was pushed.
#[derive(Object)]
pub(super) struct PushedView {
    batch: String,
    /// Whether the key was there already: then nothing was changed.
    known: bool,
    received: i32,
    /// Articles that count.
    stored: i32,
    /// Those that fulfil no keyword.
    filtered: i32,
    out_of_range: i32,
    rejected: i32,
    /// Where the first rejected one has nothing that can be read, and why.
    first_rejected: Option<String>,
}

impl PushedView {
    pub fn of(row: brief_pushed::Model, known: bool) -> Self {
        Self {
            batch: row.batch,
            known,
            received: row.received,
            stored: row.kept,
            filtered: row.filtered,
            out_of_range: row.out_of_range,
            rejected: row.rejected,
            first_rejected: row.rejected_path,
        }
    }
}
