//! Briefs, their articles and accounts, and their progress, for the documents of both surfaces.

use poem_openapi::Object;

/// A brief. Times are `YYYY-MM-DD HH:MM:SS` in the time zone of the setting `briefs.time_zone`.
#[derive(Object)]
pub(super) struct BriefView {
    job_id: String,
    job_name: String,
    /// `waiting`, `running`, `exporting`, `finished`, `partial` (pages failed), `failed` (and nothing is stored) or
    /// `canceled`.
    status: String,
    platforms: Vec<String>,
    keywords: Vec<String>,
    start_time: String,
    end_time: String,
    max_pages: u32,
    deadline_s: u32,
    /// `text` or `platform`.
    #[oai(rename = "match")]
    matching: String,
    create_time: String,
    finish_time: Option<String>,
    /// The number of the export that is made next, or was made last.
    stage: i32,
    /// The name of the zip, once it can be downloaded.
    zip: Option<String>,
    /// The path where it is downloaded.
    download_url: Option<String>,
    /// What is stored so far.
    article_count: u64,
    account_count: u64,
    /// Pages that are done, divided by those that are done or have failed.
    coverage: f64,
    /// What callers should know.
    message: Option<String>,
}

/// An article. A count that is not known is null.
#[derive(Object)]
pub(super) struct BriefArticle {
    platform: String,
    /// Those for which it counts, joined by `,` in the brief's order.
    keyword: String,
    url: Option<String>,
    title: Option<String>,
    content: Option<String>,
    post_time: String,
    like: Option<i64>,
    read: Option<i64>,
    share: Option<i64>,
    comment: Option<i64>,
    collect: Option<i64>,
    play: Option<i64>,
    danmu: Option<i64>,
    download: Option<i64>,
    /// The sum of like, comment, share, collect and danmu, of those that are known.
    interraction: Option<i64>,
    user_name: Option<String>,
    user_fans: Option<i64>,
    user_fans_level: String,
}

/// An account with the sums of its articles.
#[derive(Object)]
pub(super) struct BriefAccount {
    platform: String,
    user_name: Option<String>,
    user_fans: Option<i64>,
    user_fans_level: String,
    article_count: u64,
    like: Option<i64>,
    read: Option<i64>,
    share: Option<i64>,
    comment: Option<i64>,
    collect: Option<i64>,
    play: Option<i64>,
    danmu: Option<i64>,
    download: Option<i64>,
    interraction: Option<i64>,
}

/// How far a brief has got: in pages, then in articles.
#[derive(Object)]
pub(super) struct BriefProgressView {
    job_id: String,
    status: String,
    /// Pages that have ended, divided by those that are planned.
    progress: f64,
    coverage: f64,
    planned: i64,
    done: i64,
    failed: i64,
    open: i64,
    /// Items of all answers.
    received: i64,
    /// Articles in the output.
    stored: i64,
    /// Articles that were found again.
    duplicate: i64,
    /// Articles that fulfil no keyword.
    filtered: i64,
    out_of_range: i64,
    /// Items without an id, a time or a text.
    rejected: i64,
    /// Seconds until no page is open; null: not known yet.
    eta_s: Option<f64>,
    deadline_time: Option<String>,
    platforms: Vec<PlatformProgressView>,
}

/// How far a platform of a brief has got.
#[derive(Object)]
struct PlatformProgressView {
    platform: String,
    status: String,
    planned: i64,
    done: i64,
    failed: i64,
    open: i64,
    stored: i64,
    calls: i64,
    retries: i64,
    hedges: i64,
    /// `closed`, `half_open` or `open`.
    breaker: String,
    paused_until: Option<String>,
    message: Option<String>,
}
