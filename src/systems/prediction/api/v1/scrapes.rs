//! Scrapes by name: stored, run, tried, replayed.

use std::collections::HashMap;
use std::time::Duration;

use entity::JobId;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::scrape_bodies::{ScrapeReplayBody, ScrapeRunBody, ScrapeTestBody, day};
use super::scrape_failures::{failure, tag};
use super::scrape_views::{ScrapeList, ScrapeRunView, ScrapeTrial, ScrapeView};
use super::versions::TextVersionPage;
use super::{Groups, fifty};
use crate::engine::Flows;
use crate::engine::seam::{Composed, NewRun};
use crate::engine::store::JobFilter;
use crate::engine::triggers::{TriggerError, Triggers};
use crate::http::Who;
use crate::http::body::{JsonBody, YamlBody};
use crate::http::error::Failure;
use crate::http::submit::checked_key;
use crate::http::tagged::matches;
use crate::systems::prediction::scraping::{
    Entry, FLOW, Scrapes, ScrapesError, TrialLimits, trigger_id,
};
use crate::systems::prediction::store::Expected;

/// The operations.
pub(crate) struct ScrapesApi {
    pub scrapes: Scrapes,
    pub flows: Flows,
    pub triggers: Triggers,
}

/// Whoever tries a scrape waits for the answer.
const TRIED: TrialLimits = TrialLimits {
    pages: 5,
    rows: 500,
    problems: 100,
    time: Some(Duration::from_secs(60)),
};

/// Jobs that have not ended which are looked at.
const UNFINISHED_MAX: u64 = 1_000;

#[derive(ApiResponse)]
enum Seen {
    /// The scrape as it is now. The `ETag` is that of its text.
    #[oai(status = 200)]
    Now(Json<ScrapeView>, #[oai(header = "ETag")] String),
}

#[derive(ApiResponse)]
enum Stored {
    /// The scrape was there; it is as the body says from now on.
    #[oai(status = 200)]
    Replaced(Json<ScrapeView>, #[oai(header = "ETag")] String),
    /// The scrape is new.
    #[oai(status = 201)]
    Created(
        Json<ScrapeView>,
        #[oai(header = "ETag")] String,
        /// Where to look at the scrape.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Removed {
    /// The scrape is not there any more. Its rows and its runs stay.
    #[oai(status = 204)]
    Done,
}

#[derive(ApiResponse)]
enum Accepted {
    /// A job is stored that does it.
    #[oai(status = 202)]
    Stored(
        Json<ScrapeRunView>,
        /// Where to look at the run.
        #[oai(header = "Location")]
        String,
    ),
}

#[OpenApi(tag = "Groups::Scrapes")]
impl ScrapesApi {
    /// List scrapes
    ///
    /// By name, with their freshness, their last run and the next five times.
    #[oai(path = "/v1/scrapes", method = "get", operation_id = "list_scrapes")]
    async fn list_scrapes(&self) -> poem::Result<Json<ScrapeList>> {
        self.scrapes.book().look().await.map_err(Failure::from)?;
        let store = self.scrapes.store();
        let states = store.scrape_states().await.map_err(Failure::from)?;
        let mut last = store.last_runs().await.map_err(Failure::from)?;
        let mut current = self.current().await?;
        let all = self.scrapes.book().all();
        let scrapes = all.iter().map(|(name, entry)| {
            let (current, last_run) = (current.remove(name), last.remove(name));
            ScrapeView::of(entry, states.get(name), current, last_run)
        });
        let scrapes = scrapes.collect();
        Ok(Json(ScrapeList { scrapes }))
    }

    /// Look at a scrape
    ///
    /// What it fetches when, how fresh its rows are, and when it runs next.
    #[oai(
        path = "/v1/scrapes/:name",
        method = "get",
        operation_id = "get_scrape"
    )]
    async fn get_scrape(&self, name: Path<String>) -> poem::Result<Seen> {
        self.scrapes.book().look().await.map_err(Failure::from)?;
        let entry = self.find(&name)?;
        let view = self.view(&entry).await?;
        Ok(Seen::Now(Json(view), tag(&entry)))
    }

    /// List the versions of a scrape
    ///
    /// Newest first, with their texts, a page at a time; also of a scrape that was removed.
    #[oai(
        path = "/v1/scrapes/:name/versions",
        method = "get",
        operation_id = "list_scrape_versions"
    )]
    async fn list_scrape_versions(
        &self,
        name: Path<String>,
        /// Versions on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<i32>>,
    ) -> poem::Result<Json<TextVersionPage>> {
        let texts = self.scrapes.definitions();
        let found = TextVersionPage::of(texts, &name, after.0, limit.0).await?;
        let page = found.ok_or_else(|| failure(ScrapesError::NoScrape(name.0)))?;
        Ok(Json(page))
    }

    /// Put a scrape
    ///
    /// YAML whose `scrape` is the name in the path. Each other text is a version of its own. The answer has the next
    /// five times; from now on nothing that is due is missed.
    #[oai(
        path = "/v1/scrapes/:name",
        method = "put",
        operation_id = "put_scrape"
    )]
    async fn put_scrape(
        &self,
        who: Who,
        name: Path<String>,
        /// The `ETag` of the scrape that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: YamlBody,
    ) -> poem::Result<Stored> {
        let name = name.0;
        let text = String::from_utf8(body.0);
        let text = text.map_err(|_| Failure::invalid("body: expected UTF-8"))?;
        let expected = self.expected(&name, if_match.as_deref()).await?;
        let put = self.scrapes.put(&name, &text, who.name(), expected).await;
        let (entry, is_new) = put.map_err(failure)?;
        if entry.trigger().is_some() {
            match self.triggers.arm(&trigger_id(&name)).await {
                // It was removed, or lost its schedule, meanwhile.
                Ok(()) | Err(TriggerError::Unknown(_)) => {}
                Err(error) => return Err(failure(error.into()).into()),
            }
        }
        let view = self.view(&entry).await?;
        let tag = tag(&entry);
        Ok(match is_new {
            true => Stored::Created(Json(view), tag, format!("/v1/scrapes/{name}")),
            false => Stored::Replaced(Json(view), tag),
        })
    }

    /// Remove a scrape
    ///
    /// Its rows, its runs and the pages that they keep stay.
    #[oai(
        path = "/v1/scrapes/:name",
        method = "delete",
        operation_id = "remove_scrape"
    )]
    async fn remove_scrape(
        &self,
        who: Who,
        name: Path<String>,
        /// The `ETag` of the scrape that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> poem::Result<Removed> {
        let expected = self.expected(&name, if_match.as_deref()).await?;
        let removed = self.scrapes.forget(&name, who.name(), expected).await;
        removed.map_err(failure)?;
        Ok(Removed::Done)
    }

    /// Run a scrape
    ///
    /// At once. A job fetches its pages and writes their rows in one transaction.
    #[oai(
        path = "/v1/scrapes/:name/run",
        method = "post",
        operation_id = "run_scrape"
    )]
    async fn run_scrape(
        &self,
        who: Who,
        name: Path<String>,
        /// Up to 255 characters. The same key with the same body answers with the run that was started before.
        #[oai(name = "Idempotency-Key", validator(min_length = 1, max_length = 255))]
        key: Header<Option<String>>,
        body: JsonBody<ScrapeRunBody>,
    ) -> poem::Result<Accepted> {
        let day = day("day", body.value.day.as_deref())?;
        let chosen = self.scrapes.named(&name).await.map_err(failure)?;
        let run = new_run(&who, key.0)?;
        let composed = self.scrapes.compose(&chosen, day, run).map_err(failure)?;
        self.accept(&who, composed, &body.digest).await
    }

    /// Try a scrape
    ///
    /// Its first five pages are fetched and extracted, once each, and nothing is stored.
    #[oai(
        path = "/v1/scrapes/:name/test",
        method = "post",
        operation_id = "test_scrape"
    )]
    async fn test_scrape(
        &self,
        name: Path<String>,
        body: JsonBody<ScrapeTestBody>,
    ) -> poem::Result<Json<ScrapeTrial>> {
        let day = day("day", body.value.day.as_deref())?;
        let chosen = match &body.value.scrape {
            None => self.scrapes.named(&name).await,
            Some(text) => self.scrapes.read(text).await,
        };
        let chosen = chosen.map_err(failure)?;
        let trial = self.scrapes.try_out(&chosen, day, TRIED).await;
        Ok(Json(trial.into()))
    }

    /// Extract kept pages again
    ///
    /// With the scrape as it is now, run by run, the oldest first. A row does not take the place of one that was
    /// fetched later.
    #[oai(
        path = "/v1/scrapes/:name/replay",
        method = "post",
        operation_id = "replay_scrape"
    )]
    async fn replay_scrape(
        &self,
        who: Who,
        name: Path<String>,
        body: JsonBody<ScrapeReplayBody>,
    ) -> poem::Result<Accepted> {
        let from = day("from", body.value.from.as_deref())?;
        let to = day("to", body.value.to.as_deref())?;
        let chosen = self.scrapes.named(&name).await.map_err(failure)?;
        let run = new_run(&who, None)?;
        let composed = self.scrapes.compose_replay(&chosen, from, to, run).await;
        self.accept(&who, composed.map_err(failure)?, &body.digest)
            .await
    }
}

impl ScrapesApi {
    fn find(&self, name: &str) -> Result<Entry, Failure> {
        let found = self.scrapes.book().find(name);
        found.ok_or_else(|| failure(ScrapesError::NoScrape(name.to_owned())))
    }

    async fn view(&self, entry: &Entry) -> Result<ScrapeView, Failure> {
        let name = &entry.definition.name;
        let store = self.scrapes.store();
        let state = store.scrape_state(name).await?;
        let last = store.last_run(name).await?;
        let current = self.current().await?.remove(name);
        Ok(ScrapeView::of(entry, state.as_ref(), current, last))
    }

    /// By scrape: the newest of its jobs that has not ended.
    async fn current(&self) -> Result<HashMap<String, ScrapeRunView>, Failure> {
        let filter = JobFilter {
            is_unfinished: true,
            flow: Some(FLOW.to_owned()),
            ..JobFilter::default()
        };
        let engine = self.scrapes.store().engine();
        let mut jobs = engine.jobs().page(&filter, UNFINISHED_MAX).await?;
        self.flows.runtime().fill_in_places(&mut jobs).await?;
        self.flows.fill_in_reasons(&mut jobs).await;
        let mut current = HashMap::new();
        for job in jobs {
            if let Some(scrape) = job.subject.clone() {
                let view = || ScrapeRunView::of_job(&job, job.waiting.clone());
                current.entry(scrape).or_insert_with(view);
            }
        }
        Ok(current)
    }

    async fn accept(
        &self,
        who: &Who,
        mut composed: Composed,
        digest: &str,
    ) -> poem::Result<Accepted> {
        composed.job.started_by = Some(who.name().to_owned());
        let scrape = composed.job.subject.clone().unwrap_or_default();
        let accepted = self.flows.store(composed, Some(digest)).await;
        let id: JobId = accepted.map_err(Failure::from)?.job;
        let job = self.scrapes.store().engine().jobs().find(&id).await;
        let job = job.map_err(Failure::from)?.ok_or_else(Failure::internal)?;
        let view = ScrapeRunView::of_job(&job, None);
        Ok(Accepted::Stored(
            Json(view),
            format!("/v1/scrapes/{scrape}/runs/{id}"),
        ))
    }

    /// The text that has to be there when something is changed.
    async fn expected(&self, name: &str, if_match: Option<&str>) -> Result<Expected, Failure> {
        let Some(tags) = if_match else {
            return Ok(None);
        };
        let found = self.scrapes.definitions().find(name).await?;
        let same = found.filter(|found| matches(tags, &format!("\"{}\"", found.digest)));
        match same {
            Some(found) => Ok(Some(found.digest)),
            None => Err(failure(ScrapesError::Changed(name.to_owned()))),
        }
    }
}

fn new_run(who: &Who, key: Option<String>) -> Result<NewRun, Failure> {
    let key = key.map(checked_key).transpose()?;
    Ok(NewRun {
        idempotency_key: key.map(|key| who.scope().stored_key(key)),
        ..NewRun::default()
    })
}
