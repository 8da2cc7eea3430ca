//! The calls that only read, by GET.

use poem::Request;
use poem_openapi::OpenApi;
use poem_openapi::param::Query;

use super::calls::Groups;
use super::models::{
    AccountPageAnswer, ArticlePageAnswer, ProgressAnswer, SearchAnswer, ViewAnswer,
};
use super::success;
use crate::http::Who;
use crate::http::shown::Shown;
use crate::systems::briefs::api::asking::Members;
use crate::systems::briefs::api::briefs::Briefs;

/// The operations. Their parameters are read together, like the members of a body.
pub(crate) struct BriefQueriesApi(pub Briefs);

/// A parameter as the document has it.
type Parameter = Query<Option<String>>;

#[OpenApi(tag = "Groups::Briefs")]
impl BriefQueriesApi {
    /// Look at a brief, by GET
    ///
    /// What was asked for, how far it is, what it has found, and where its zip is.
    #[oai(
        path = "/dts-auto-brief/job/view",
        method = "get",
        operation_id = "brief_view_by_get"
    )]
    async fn view(
        &self,
        who: Who,
        request: &Request,
        /// 32 lower-case hexadecimal digits.
        #[oai(name = "job_id")]
        _job_id: Parameter,
    ) -> poem::Result<Shown<ViewAnswer>> {
        let members = Members::of_query(request)?;
        Ok(Shown::new(success(
            self.0.answer_view(&who, &members).await?,
        )))
    }

    /// Search briefs, by GET
    ///
    /// Newest first. `job_name` and `keyword` are looked for as parts of a name and of a keyword.
    #[oai(
        path = "/dts-auto-brief/job/search",
        method = "get",
        operation_id = "brief_search_by_get"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn search(
        &self,
        who: Who,
        request: &Request,
        /// A part of the name.
        #[oai(name = "job_name")]
        _job_name: Parameter,
        /// A part of a keyword.
        #[oai(name = "keyword")]
        _keyword: Parameter,
        /// One of its platforms.
        #[oai(name = "platform")]
        _platform: Parameter,
        /// `waiting`, `running`, `exporting`, `finished`, `partial`, `failed` or `canceled`.
        #[oai(name = "status")]
        _status: Parameter,
        /// Only briefs that were made at this time or later: `YYYY-MM-DD HH:MM:SS`.
        #[oai(name = "create_start")]
        _create_start: Parameter,
        /// Only briefs that were made at this time or before.
        #[oai(name = "create_end")]
        _create_end: Parameter,
        /// From 1.
        #[oai(name = "page")]
        _page: Parameter,
        /// 1 to 200; else 10.
        #[oai(name = "page_size")]
        _page_size: Parameter,
    ) -> poem::Result<Shown<SearchAnswer>> {
        let members = Members::of_query(request)?;
        Ok(Shown::new(success(
            self.0.answer_search(&who, &members).await?,
        )))
    }

    /// List the articles of a brief, by GET
    ///
    /// Those that are stored so far.
    #[oai(
        path = "/dts-auto-brief/job/view_article_list",
        method = "get",
        operation_id = "brief_view_article_list_by_get"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn view_article_list(
        &self,
        who: Who,
        request: &Request,
        /// 32 lower-case hexadecimal digits.
        #[oai(name = "job_id")]
        _job_id: Parameter,
        /// Only articles of this platform.
        #[oai(name = "platform")]
        _platform: Parameter,
        /// Only articles that count for this keyword of the brief.
        #[oai(name = "keyword")]
        _keyword: Parameter,
        /// A part of the account's name.
        #[oai(name = "user_name")]
        _user_name: Parameter,
        /// `interraction`, a count, `post_time` or `user_fans`.
        #[oai(name = "order_by")]
        _order_by: Parameter,
        /// `desc` or `asc`.
        #[oai(name = "order")]
        _order: Parameter,
        /// From 1.
        #[oai(name = "page")]
        _page: Parameter,
        /// 1 to 200; else 20.
        #[oai(name = "page_size")]
        _page_size: Parameter,
    ) -> poem::Result<Shown<ArticlePageAnswer>> {
        let members = Members::of_query(request)?;
        Ok(Shown::new(success(
            self.0.answer_articles(&who, &members).await?,
        )))
    }

    /// List the accounts of a brief, by GET
    ///
    /// With the sums of their articles that are stored so far.
    #[oai(
        path = "/dts-auto-brief/job/view_account_list",
        method = "get",
        operation_id = "brief_view_account_list_by_get"
    )]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn view_account_list(
        &self,
        who: Who,
        request: &Request,
        /// 32 lower-case hexadecimal digits.
        #[oai(name = "job_id")]
        _job_id: Parameter,
        /// Only accounts of this platform.
        #[oai(name = "platform")]
        _platform: Parameter,
        /// A part of the account's name.
        #[oai(name = "user_name")]
        _user_name: Parameter,
        /// `interraction`, a count, `article_count`, `post_time` or `user_fans`.
        #[oai(name = "order_by")]
        _order_by: Parameter,
        /// `desc` or `asc`.
        #[oai(name = "order")]
        _order: Parameter,
        /// From 1.
        #[oai(name = "page")]
        _page: Parameter,
        /// 1 to 200; else 20.
        #[oai(name = "page_size")]
        _page_size: Parameter,
    ) -> poem::Result<Shown<AccountPageAnswer>> {
        let members = Members::of_query(request)?;
        Ok(Shown::new(success(
            self.0.answer_accounts(&who, &members).await?,
        )))
    }

    /// Look how far a brief has got, by GET
    ///
    /// Pages, articles and seconds left, of all platforms and of each.
    #[oai(
        path = "/dts-auto-brief/job/spider_progress",
        method = "get",
        operation_id = "brief_spider_progress_by_get"
    )]
    async fn spider_progress(
        &self,
        who: Who,
        request: &Request,
        /// 32 lower-case hexadecimal digits.
        #[oai(name = "job_id")]
        _job_id: Parameter,
    ) -> poem::Result<Shown<ProgressAnswer>> {
        let members = Members::of_query(request)?;
        Ok(Shown::new(success(
            self.0.answer_progress(&who, &members).await?,
        )))
    }
}
