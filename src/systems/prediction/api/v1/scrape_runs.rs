//! Runs of scrapes, and the pages that they keep.

use entity::{JobId, job};
use poem::Body;
use poem_openapi::param::{Path, Query};
use poem_openapi::payload::{Binary, Json};
use poem_openapi::{ApiResponse, OpenApi};

use super::problems::CellProblem;
use super::scrape_failures::failure;
use super::scrape_views::{ScrapePageView, ScrapeRunDetail, ScrapeRunPage, ScrapeRunView};
use super::{Groups, fifty};
use crate::http::error::Failure;
use crate::systems::prediction::scraping::{FLOW, Scrapes, ScrapesError, waits_for_site};
use crate::systems::prediction::store::RunFilter;

/// The operations.
pub(crate) struct ScrapeRunsApi(pub Scrapes);

/// Problems that are shown of a run.
const PROBLEMS_SHOWN: u64 = 100;

#[derive(ApiResponse)]
enum Download {
    /// The page as its site sent it, unpacked; secrets in it are stars. It is sent as bytes, so that no browser
    /// shows it: what it is says `content_type` of the run's pages.
    #[oai(status = 200)]
    Page(
        Binary<Body>,
        #[oai(header = "Content-Type")] String,
        /// Its name.
        #[oai(header = "Content-Disposition")]
        String,
        #[oai(header = "X-Content-Type-Options")] String,
    ),
}

#[OpenApi(tag = "Groups::Scrapes")]
impl ScrapeRunsApi {
    /// List the runs of a scrape
    ///
    /// Those that have ended, replays included, newest first, a page at a time; others are jobs of the flow `scrape`.
    #[oai(
        path = "/v1/scrapes/:name/runs",
        method = "get",
        operation_id = "list_scrape_runs"
    )]
    async fn list_scrape_runs(
        &self,
        name: Path<String>,
        /// Runs on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Json<ScrapeRunPage>> {
        let filter = RunFilter {
            scrape: name.0,
            before: after.0.filter(|after| !after.is_empty()),
        };
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let found = self.0.store().runs(&filter, limit as u64 + 1).await;
        let mut found = found.map_err(Failure::from)?;
        if found.is_empty() {
            // One that was removed has runs still.
            let known = self.0.definitions().find(&filter.scrape).await;
            if known.map_err(Failure::from)?.is_none() {
                return Err(failure(ScrapesError::NoScrape(filter.scrape)).into());
            }
        }
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|run| run.id.clone());
        let runs = found.into_iter().map(ScrapeRunView::of).collect();
        Ok(Json(ScrapeRunPage { runs, next }))
    }

    /// Look at a run of a scrape
    ///
    /// What became of its rows, the pages that it keeps, and what could not be used.
    #[oai(
        path = "/v1/scrapes/:name/runs/:run_id",
        method = "get",
        operation_id = "get_scrape_run"
    )]
    async fn get_scrape_run(
        &self,
        name: Path<String>,
        run_id: Path<String>,
    ) -> poem::Result<Json<ScrapeRunDetail>> {
        match self.0.run_of(&name, &run_id).await {
            Ok(run) => {
                let store = self.0.store();
                let pages = store.pages(&run.id).await.map_err(Failure::from)?;
                let problems = store.run_problems(&run.id, 0, PROBLEMS_SHOWN).await;
                let problems = problems.map_err(Failure::from)?;
                Ok(Json(ScrapeRunDetail {
                    run: ScrapeRunView::of(run),
                    pages: pages.into_iter().map(ScrapePageView::from).collect(),
                    problems: problems.into_iter().map(CellProblem::from).collect(),
                }))
            }
            Err(ScrapesError::UnknownRun { .. }) => {
                let job = self.job(&name, &run_id).await?;
                let waiting = self
                    .0
                    .store()
                    .scrapes_waiting(std::slice::from_ref(&job.id))
                    .await;
                let waiting = waiting.map_err(Failure::from)?.pop();
                Ok(Json(ScrapeRunDetail {
                    run: ScrapeRunView::of_job(&job, waiting.as_ref().map(waits_for_site)),
                    pages: Vec::new(),
                    problems: Vec::new(),
                }))
            }
            Err(error) => Err(failure(error).into()),
        }
    }

    /// Download a kept page
    ///
    /// As it came from its site.
    #[oai(
        path = "/v1/scrapes/:name/runs/:run_id/pages/:number",
        method = "get",
        operation_id = "get_scrape_page"
    )]
    async fn get_scrape_page(
        &self,
        name: Path<String>,
        run_id: Path<String>,
        number: Path<i32>,
    ) -> poem::Result<Download> {
        let run = self.0.run_of(&name, &run_id).await.map_err(failure)?;
        let page = self.0.kept_page(&run, number.0).await.map_err(failure)?;
        let file = format!("{}-{}-{}", run.scrape, run.day, number.0);
        Ok(Download::Page(
            Binary(Body::from_vec(page.body.to_vec())),
            "application/octet-stream".to_owned(),
            format!("attachment; filename=\"{file}\""),
            "nosniff".to_owned(),
        ))
    }
}

impl ScrapeRunsApi {
    /// The job of a run that has not ended.
    async fn job(&self, scrape: &str, run: &str) -> Result<job::Model, Failure> {
        let unknown = || {
            failure(ScrapesError::UnknownRun {
                scrape: scrape.to_owned(),
                run: run.to_owned(),
            })
        };
        let id: JobId = run.parse().map_err(|_| unknown())?;
        let job = self.0.store().engine().jobs().find(&id).await?;
        let is_its = |job: &job::Model| job.flow == FLOW && job.subject.as_deref() == Some(scrape);
        job.filter(is_its).ok_or_else(unknown)
    }
}
