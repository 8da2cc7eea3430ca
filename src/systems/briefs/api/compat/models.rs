//! The bodies of the calls and of their answers, for the document.

use poem_openapi::Object;

use crate::systems::briefs::api::models::{
    BriefAccount, BriefArticle, BriefProgressView, BriefView,
};

/// What a brief looks for. Unknown members are refused.
#[derive(Object)]
pub(super) struct SubmitBody {
    /// 1 to 200 characters. Default: the first keyword.
    job_name: Option<String>,
    /// Up to 16. Default: all that can be asked.
    platforms: Option<Vec<String>>,
    /// 1 to 100, of at most 100 characters each: blanks mean *and*, `|` *or*, `-` in front *not*, `"…"` keeps
    /// blanks.
    #[oai(validator(min_items = 1, max_items = 100))]
    keywords: Vec<String>,
    /// `YYYY-MM-DD HH:MM:SS`. Default: 30 days before the end.
    start_time: Option<String>,
    /// Default: now.
    end_time: Option<String>,
    /// Pages of each query, 1 to 1000. Default: 20.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    max_pages: Option<u32>,
    /// Seconds from the first page on after which open pages fail and the rest is exported, 1 to 86400. Default: 300.
    #[oai(validator(minimum(value = "1"), maximum(value = "86400")))]
    deadline_s: Option<u32>,
    /// Which articles count: `text`, those that fulfil any keyword; `platform`, what a keyword found, less its
    /// exclusions. Default: `text`.
    #[oai(rename = "match")]
    matching: Option<String>,
}

/// Which brief, and what it is to look for.
#[derive(Object)]
pub(super) struct ChangeBody {
    /// 32 lower-case hexadecimal digits.
    job_id: String,
    job_name: Option<String>,
    platforms: Option<Vec<String>>,
    keywords: Option<Vec<String>>,
    start_time: Option<String>,
    end_time: Option<String>,
    #[oai(validator(minimum(value = "1"), maximum(value = "1000")))]
    max_pages: Option<u32>,
    #[oai(validator(minimum(value = "1"), maximum(value = "86400")))]
    deadline_s: Option<u32>,
    #[oai(rename = "match")]
    matching: Option<String>,
}

/// Which brief.
#[derive(Object)]
pub(super) struct JobBody {
    /// 32 lower-case hexadecimal digits.
    job_id: String,
}

/// Which briefs.
#[derive(Object)]
pub(super) struct SearchBody {
    /// A part of the name.
    job_name: Option<String>,
    /// A part of a keyword.
    keyword: Option<String>,
    platform: Option<String>,
    /// `waiting`, `running`, `exporting`, `finished`, `partial`, `failed` or `canceled`.
    status: Option<String>,
    /// `YYYY-MM-DD HH:MM:SS`
    create_start: Option<String>,
    create_end: Option<String>,
    /// From 1. Default: 1.
    #[oai(validator(minimum(value = "1")))]
    page: Option<u32>,
    /// 1 to 200. Default: 10.
    #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
    page_size: Option<u32>,
}

/// Which articles.
#[derive(Object)]
pub(super) struct ArticleListBody {
    job_id: String,
    platform: Option<String>,
    /// One of the brief's, as it was written.
    keyword: Option<String>,
    /// A part of it.
    user_name: Option<String>,
    /// `interraction`, a count, `post_time` or `user_fans`. Default: `interraction`.
    order_by: Option<String>,
    /// `desc` or `asc`. Default: `desc`.
    order: Option<String>,
    /// From 1. Default: 1.
    #[oai(validator(minimum(value = "1")))]
    page: Option<u32>,
    /// 1 to 200. Default: 20.
    #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
    page_size: Option<u32>,
}

/// Which accounts.
#[derive(Object)]
pub(super) struct AccountListBody {
    job_id: String,
    platform: Option<String>,
    /// A part of it.
    user_name: Option<String>,
    /// `interraction`, a count, `article_count`, `post_time` or `user_fans`. Default: `interraction`.
    order_by: Option<String>,
    /// `desc` or `asc`. Default: `desc`.
    order: Option<String>,
    /// From 1. Default: 1.
    #[oai(validator(minimum(value = "1")))]
    page: Option<u32>,
    /// 1 to 200. Default: 20.
    #[oai(validator(minimum(value = "1"), maximum(value = "200")))]
    page_size: Option<u32>,
}

/// The brief was submitted.
#[derive(Object)]
pub(super) struct SubmitAnswer {
    /// 200
    code: u16,
    /// `success`
    msg: String,
    data: SubmittedBrief,
}

/// A brief that was submitted.
#[derive(Object)]
struct SubmittedBrief {
    job_id: String,
    job_name: String,
    status: String,
    create_time: String,
}

/// A brief.
#[derive(Object)]
pub(super) struct ViewAnswer {
    /// 200
    code: u16,
    /// `success`
    msg: String,
    data: BriefView,
}

/// Briefs.
#[derive(Object)]
pub(super) struct SearchAnswer {
    /// 200
    code: u16,
    /// `success`
    msg: String,
    data: BriefPage,
}

/// A page of briefs.
#[derive(Object)]
struct BriefPage {
    /// On all pages.
    total: u64,
    page: u64,
    page_size: u64,
    list: Vec<BriefView>,
}

/// Articles.
#[derive(Object)]
pub(super) struct ArticlePageAnswer {
    /// 200
    code: u16,
    /// `success`
    msg: String,
    data: ArticlePage,
}

/// A page of articles.
#[derive(Object)]
struct ArticlePage {
    /// On all pages.
    total: u64,
    page: u64,
    page_size: u64,
    list: Vec<BriefArticle>,
}

/// Accounts.
#[derive(Object)]
pub(super) struct AccountPageAnswer {
    /// 200
    code: u16,
    /// `success`
    msg: String,
    data: AccountPage,
}

/// A page of accounts.
#[derive(Object)]
struct AccountPage {
    /// On all pages.
    total: u64,
    page: u64,
    page_size: u64,
    list: Vec<BriefAccount>,
}

/// The brief is cancelled.
#[derive(Object)]
pub(super) struct CancelAnswer {
    /// 200
    code: u16,
    /// `success`
    msg: String,
    data: CanceledBrief,
}

/// A brief that is cancelled.
#[derive(Object)]
struct CanceledBrief {
    job_id: String,
    /// `canceled`
    status: String,
}

/// How far a brief has got.
#[derive(Object)]
pub(super) struct ProgressAnswer {
    /// 200
    code: u16,
    /// `success`
    msg: String,
    data: BriefProgressView,
}
