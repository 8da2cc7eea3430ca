//! The eight calls by POST.

use poem_openapi::param::Header;
use poem_openapi::{OpenApi, Tags};
use serde_json::{Map, Value, json};

use super::models::{
    AccountListBody, AccountPageAnswer, ArticleListBody, ArticlePageAnswer, CancelAnswer,
    ChangeBody, JobBody, ProgressAnswer, SearchAnswer, SearchBody, SubmitAnswer, SubmitBody,
    ViewAnswer,
};
use super::success;
use crate::engine::store::blob_digest;
use crate::http::Who;
use crate::http::body::JsonBytes;
use crate::http::shown::Shown;
use crate::http::submit::checked_key;
use crate::systems::briefs::api::asking::Members;
use crate::systems::briefs::api::briefs::Briefs;
use crate::systems::briefs::request::shown_time;

#[derive(Tags)]
pub(super) enum Groups {
    /// Briefs: keywords in, a zip out.
    Briefs,
}

/// The operations.
pub(crate) struct BriefCallsApi(pub Briefs);

#[OpenApi(tag = "Groups::Briefs")]
impl BriefCallsApi {
    /// Submit a brief
    ///
    /// It is stored when the answer is sent and survives a crash of the server. What is left out is the first
    /// keyword (`job_name`), all platforms that can be asked, and the last 30 days.
    #[oai(
        path = "/dts-auto-brief/job/submit",
        method = "post",
        operation_id = "brief_submit"
    )]
    async fn submit(
        &self,
        who: Who,
        /// Up to 255 characters. The same key with the same body answers with the brief that was submitted
        /// before; with another body it is refused.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        body: JsonBytes<SubmitBody>,
    ) -> poem::Result<Shown<SubmitAnswer>> {
        let key = key.0.map(checked_key).transpose()?;
        let key = key.map(|key| who.scope().stored_key(key));
        let request = Members::of_body(&body.bytes)?.into_values();
        let digest = digest(&request);
        let found = self.0.submit(&who, request, key, &digest).await?;
        Ok(Shown::new(success(json!({
            "job_id": found.job.id.as_str(),
            "job_name": found.brief.request.job_name,
            "status": found.status.name(),
            "create_time": shown_time(found.job.created_at, self.0.zone),
        }))))
    }

    /// Look at a brief
    ///
    /// What was asked for, how far it is, what it has found, and where its zip is.
    #[oai(
        path = "/dts-auto-brief/job/view",
        method = "post",
        operation_id = "brief_view"
    )]
    async fn view(&self, who: Who, body: JsonBytes<JobBody>) -> poem::Result<Shown<ViewAnswer>> {
        let members = Members::of_body(&body.bytes)?;
        Ok(Shown::new(success(
            self.0.answer_view(&who, &members).await?,
        )))
    }

    /// Search briefs
    ///
    /// Newest first. `job_name` and `keyword` are looked for as parts of a name and of a keyword.
    #[oai(
        path = "/dts-auto-brief/job/search",
        method = "post",
        operation_id = "brief_search"
    )]
    async fn search(
        &self,
        who: Who,
        body: JsonBytes<SearchBody>,
    ) -> poem::Result<Shown<SearchAnswer>> {
        let members = Members::of_body(&body.bytes)?;
        Ok(Shown::new(success(
            self.0.answer_search(&who, &members).await?,
        )))
    }

    /// List the articles of a brief
    ///
    /// Those that are stored so far.
    #[oai(
        path = "/dts-auto-brief/job/view_article_list",
        method = "post",
        operation_id = "brief_view_article_list"
    )]
    async fn view_article_list(
        &self,
        who: Who,
        body: JsonBytes<ArticleListBody>,
    ) -> poem::Result<Shown<ArticlePageAnswer>> {
        let members = Members::of_body(&body.bytes)?;
        Ok(Shown::new(success(
            self.0.answer_articles(&who, &members).await?,
        )))
    }

    /// List the accounts of a brief
    ///
    /// With the sums of their articles that are stored so far.
    #[oai(
        path = "/dts-auto-brief/job/view_account_list",
        method = "post",
        operation_id = "brief_view_account_list"
    )]
    async fn view_account_list(
        &self,
        who: Who,
        body: JsonBytes<AccountListBody>,
    ) -> poem::Result<Shown<AccountPageAnswer>> {
        let members = Members::of_body(&body.bytes)?;
        Ok(Shown::new(success(
            self.0.answer_accounts(&who, &members).await?,
        )))
    }

    /// Cancel a brief
    ///
    /// No request to a platform begins within a second; articles stay, and no zip is made. Cancelling again answers
    /// the same.
    #[oai(
        path = "/dts-auto-brief/job/cancel",
        method = "post",
        operation_id = "brief_cancel"
    )]
    async fn cancel(
        &self,
        who: Who,
        body: JsonBytes<JobBody>,
    ) -> poem::Result<Shown<CancelAnswer>> {
        let members = Members::of_body(&body.bytes)?;
        members.only(&["job_id"])?;
        let id = members.job_id()?;
        self.0.cancel(&who, &id).await?;
        Ok(Shown::new(success(
            json!({ "job_id": id.as_str(), "status": "canceled" }),
        )))
    }

    /// Change a brief
    ///
    /// Any of the members of `submit`. Pages that still belong are not fetched again. A brief that has ended begins
    /// its next stage.
    #[oai(
        path = "/dts-auto-brief/job/change",
        method = "post",
        operation_id = "brief_change"
    )]
    async fn change(
        &self,
        who: Who,
        body: JsonBytes<ChangeBody>,
    ) -> poem::Result<Shown<ViewAnswer>> {
        let members = Members::of_body(&body.bytes)?;
        let id = members.job_id()?;
        let changed = self.0.change(&who, &id, &members.into_values()).await?;
        Ok(Shown::new(success(self.0.view(&changed).await?)))
    }

    /// Look how far a brief has got
    ///
    /// Pages, articles and seconds left, of all platforms and of each.
    #[oai(
        path = "/dts-auto-brief/job/spider_progress",
        method = "post",
        operation_id = "brief_spider_progress"
    )]
    async fn spider_progress(
        &self,
        who: Who,
        body: JsonBytes<JobBody>,
    ) -> poem::Result<Shown<ProgressAnswer>> {
        let members = Members::of_body(&body.bytes)?;
        Ok(Shown::new(success(
            self.0.answer_progress(&who, &members).await?,
        )))
    }
}

/// Shows whether two bodies say the same.
fn digest(request: &Map<String, Value>) -> String {
    blob_digest(Value::Object(request.clone()).to_string().as_bytes())
}
