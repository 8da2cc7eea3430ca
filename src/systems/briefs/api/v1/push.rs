//! Articles that are pushed to a brief.

use std::sync::Arc;

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;

use super::Groups;
use super::models::PushedView;
use super::pushed_body::PushedBody;
use crate::engine::seam::blocking;
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::v1::views::job_id;
use crate::systems::briefs::adapter::Kind;
use crate::systems::briefs::api::asking::fault;
use crate::systems::briefs::api::briefs::Briefs;
use crate::systems::briefs::api::failure::no_brief;
use crate::systems::briefs::platforms::Platform;
use crate::systems::briefs::sources::read_pushed;
use crate::systems::briefs::store::{BriefOfJob, Pushing};

/// The operation.
pub(crate) struct BriefPushApi(pub Briefs);

#[OpenApi(tag = "Groups::Briefs")]
impl BriefPushApi {
    /// Push articles to a brief
    ///
    /// To a platform whose adapter is of the kind `push`: what is sent under one key is a page of it. Sent again under
    /// the same key it changes nothing, also after the end, and is answered as before. Articles have the common
    /// fields, of which `id`, `post_time` and a title or a content are needed.
    #[oai(
        path = "/v1/briefs/:job_id/articles",
        method = "post",
        operation_id = "push_brief_articles"
    )]
    async fn push_brief_articles(
        &self,
        who: Who,
        job_id: Path<String>,
        /// The platform that the articles are of.
        platform: Query<String>,
        /// The key of this page: up to 255 characters.
        #[oai(validator(min_length = 1, max_length = 255))]
        batch: Query<String>,
        /// Whether it is the last page of the platform.
        #[oai(default)]
        end: Query<bool>,
        body: PushedBody,
    ) -> poem::Result<Json<PushedView>> {
        let id = self::job_id(&job_id)?;
        let found = self.0.find(&who, &id).await?;
        let platform = self.platform(&found, &platform.0)?;
        if batch.0.chars().any(char::is_control) {
            return Err(fault("batch", "expected a text without control characters").into());
        }
        let (key, ends, zone) = (batch.0, end.0, self.0.zone);
        let request = found.brief.request.clone();
        let reading = Arc::clone(&platform);
        let read = blocking(move || {
            let read = body.items().and_then(|items| {
                let read = read_pushed(&reading.adapter.map, &request, &items, zone);
                Ok(read?)
            });
            Ok(read)
        });
        let mut read = read.await.map_err(|_| Failure::internal())??;
        read.key = key;
        read.ends = ends;
        let name = &platform.adapter.platform;
        match self
            .0
            .pushed
            .push(&id, name, read)
            .await
            .map_err(Failure::from)?
        {
            Pushing::Stored(row) => Ok(Json(PushedView::of(row, false))),
            Pushing::Known(row) => Ok(Json(PushedView::of(row, true))),
            Pushing::Ended => {
                let detail = "the brief takes no articles of this platform any more";
                Err(Failure::conflict(detail).into())
            }
            Pushing::NoBrief => Err(no_brief().into()),
        }
    }
}

impl BriefPushApi {
    fn platform(&self, found: &BriefOfJob, name: &str) -> Result<Arc<Platform>, Failure> {
        let platforms = &found.brief.request.platforms;
        let pushed = platforms.iter().filter_map(|name| {
            let platform = self.0.platforms.get(name)?;
            matches!(platform.adapter.kind, Kind::Push).then_some(platform)
        });
        let pushed: Vec<&Arc<Platform>> = pushed.collect();
        let found = pushed
            .iter()
            .find(|platform| platform.adapter.platform == name);
        match found {
            Some(platform) => Ok(Arc::clone(platform)),
            None if pushed.is_empty() => {
                let problem = "the brief has no platform to which articles are pushed";
                Err(fault("platform", problem))
            }
            None => {
                let names = pushed.iter().map(|one| one.adapter.platform.as_str());
                let names = names.collect::<Vec<_>>().join(", ");
                Err(fault("platform", &format!("expected one of {names}")))
            }
        }
    }
}
