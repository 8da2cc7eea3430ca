//! Briefs and the platforms that they can ask.

use entity::JobId;
use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

use super::models::{BriefChange, BriefList, PlatformList, PlatformView};
use super::{Groups, fifty};
use crate::http::Who;
use crate::http::body::JsonBytes;
use crate::http::error::Failure;
use crate::http::shown::Shown;
use crate::http::v1::views::job_id;
use crate::systems::briefs::api::asking::{Members, fault};
use crate::systems::briefs::api::briefs::Briefs;
use crate::systems::briefs::api::models::{BriefProgressView, BriefView};
use crate::systems::briefs::store::{BriefFilter, BriefStatus};

/// The operations.
pub(crate) struct BriefsApi(pub Briefs);

#[OpenApi(tag = "Groups::Briefs")]
impl BriefsApi {
    /// List the platforms that briefs can ask
    ///
    /// Those that are off say why.
    #[oai(
        path = "/v1/brief-platforms",
        method = "get",
        operation_id = "list_brief_platforms"
    )]
    async fn list_brief_platforms(&self) -> Json<PlatformList> {
        let platforms = self.0.platforms.all().map(|platform| {
            let name = &platform.adapter.platform;
            let state = self.0.upstream_state(name);
            PlatformView::of(platform, state.as_ref(), self.0.zone)
        });
        Json(PlatformList {
            platforms: platforms.collect(),
            time_zone: self.0.zone.name().to_owned(),
        })
    }

    /// List briefs
    ///
    /// Newest first, a page at a time.
    #[oai(path = "/v1/briefs", method = "get", operation_id = "list_briefs")]
    #[expect(clippy::too_many_arguments, reason = "each is a parameter of the call")]
    async fn list_briefs(
        &self,
        who: Who,
        /// A part of the name.
        #[oai(validator(max_length = 200))]
        name: Query<Option<String>>,
        /// A part of a keyword.
        #[oai(validator(max_length = 200))]
        keyword: Query<Option<String>>,
        /// One of its platforms.
        #[oai(validator(max_length = 64))]
        platform: Query<Option<String>>,
        /// `waiting`, `running`, `exporting`, `finished`, `partial`, `failed` or `canceled`.
        status: Query<Option<String>>,
        /// Briefs on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Shown<BriefList>> {
        let before = match after.0.filter(|after| !after.is_empty()) {
            Some(after) => {
                let expected = || fault("after", "expected the `next` value of an earlier page");
                let id: JobId = after.parse().map_err(|_| expected())?;
                let found = self.0.find(&who, &id).await.map_err(|_| expected())?;
                Some((found.brief.created_at, id))
            }
            None => None,
        };
        let filter = BriefFilter {
            name: searched("name", name.0)?,
            keyword: searched("keyword", keyword.0)?,
            platform: searched("platform", platform.0)?,
            status: status_of(status.0)?,
            queues: who.scope().queues().map(<[String]>::to_vec),
            before,
            ..BriefFilter::default()
        };
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let listed = self.0.list(&who, &filter, 0, limit as u64 + 1).await?;
        let mut found = listed.1;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more);
        let next = next.map(|found| found.job.id.to_string());
        let briefs = self.0.views(&found).await?;
        Ok(Shown::new(
            serde_json::json!({ "briefs": briefs, "next": next }),
        ))
    }

    /// Look at a brief
    ///
    /// What was asked for, how far it is, what it has found, and where its zip is.
    #[oai(
        path = "/v1/briefs/:job_id",
        method = "get",
        operation_id = "get_brief"
    )]
    async fn get_brief(&self, who: Who, job_id: Path<String>) -> poem::Result<Shown<BriefView>> {
        let found = self.0.find(&who, &self::job_id(&job_id)?).await?;
        Ok(Shown::new(self.0.view(&found).await?))
    }

    /// Change a brief
    ///
    /// Any of the members of a new brief. Pages that still belong are not fetched again. A brief that has ended
    /// begins its next stage.
    #[oai(
        path = "/v1/briefs/:job_id",
        method = "patch",
        operation_id = "change_brief"
    )]
    async fn change_brief(
        &self,
        who: Who,
        job_id: Path<String>,
        body: JsonBytes<BriefChange>,
    ) -> poem::Result<Shown<BriefView>> {
        let id = self::job_id(&job_id)?;
        let members =
            Members::of_body(&body.bytes).map_err(|failure| Failure::invalid(failure.detail))?;
        let members = members.into_values();
        if members.contains_key("job_id") {
            return Err(fault("job_id", "unknown field: the path names the brief").into());
        }
        let changed = self.0.change(&who, &id, &members).await?;
        Ok(Shown::new(self.0.view(&changed).await?))
    }

    /// Look how far a brief has got
    ///
    /// In pages and articles, and platform by platform.
    #[oai(
        path = "/v1/briefs/:job_id/progress",
        method = "get",
        operation_id = "get_brief_progress"
    )]
    async fn get_brief_progress(
        &self,
        who: Who,
        job_id: Path<String>,
    ) -> poem::Result<Shown<BriefProgressView>> {
        let found = self.0.find(&who, &self::job_id(&job_id)?).await?;
        Ok(Shown::new(self.0.progress(&found).await?))
    }
}

/// An empty text is as good as none; U+0000 is in no name, and not every database can look for it.
pub(super) fn searched(name: &str, text: Option<String>) -> Result<Option<String>, Failure> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) if text.contains('\0') => Err(fault(name, "expected a text without U+0000")),
        text => Ok(text),
    }
}

fn status_of(name: Option<String>) -> Result<Option<BriefStatus>, Failure> {
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Ok(None);
    };
    let known = BriefStatus::ALL.map(BriefStatus::name).join(", ");
    let status = BriefStatus::named(&name);
    status
        .map(Some)
        .ok_or_else(|| fault("status", &format!("expected one of {known}")))
}
