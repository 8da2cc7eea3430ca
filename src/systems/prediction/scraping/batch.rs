//! A run, slice by slice: its pages are fetched, then written.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::NaiveDate;
use entity::{scrape_run, scrape_waiting};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::Handle;

use super::ending::{Ended, Ending, finished, unstorable};
use super::fetching::{Fetched, Fetching};
use super::kind::ScrapeStep;
use super::pack::{self, PackError};
use super::scrapes::plan_of;
use crate::backoff::Backoff;
use crate::clock;
use crate::engine::seam::{
    Batch, BatchContext, Progress, Said, Slice, StepContext, StepError, Unit, Until, blocking,
};
use crate::engine::store::SliceRows;
use crate::fault::FaultPoint;
use crate::systems::prediction::scrape::Plan;
use crate::systems::prediction::store::RunRows;
use crate::systems::prediction::writing::{Pages, WriteError, WrittenPages};

/// Where a run stands, as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Phase {
    /// Its site was away before.
    Fetching(Option<Away>),
    /// Its pages are kept, and are to be written.
    Fetched(Fetched),
    /// The pages of this run are extracted again.
    Replaying(String),
    /// It has failed, which is stored.
    Failed(String),
}

/// A site that is away.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Away {
    /// How often the site was away in a row.
    pub times: u32,
    /// Microseconds since 1970.
    pub since: i64,
}

pub(super) struct ScrapeBatch {
    pub step: ScrapeStep,
    pub context: BatchContext,
    pub phase: Phase,
}

/// A site that stays away is asked again after this long at the latest.
const AWAY_LONGEST: Duration = Duration::from_secs(1_800);

#[async_trait]
impl Batch for ScrapeBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        match self.phase.clone() {
            Phase::Fetching(away) => self.fetch(away).await,
            Phase::Fetched(fetched) => self.write(fetched).await,
            Phase::Replaying(run) => self.replay(&run).await,
            Phase::Failed(reason) => Err(StepError::refused(reason)),
        }
    }
}

impl ScrapeBatch {
    /// The id of the run.
    pub(super) fn id(&self) -> String {
        match self.phase {
            Phase::Replaying(_) => format!("{}-r{}", self.pass_id(), self.context.batch_no),
            _ => self.pass_id(),
        }
    }

    /// What the ids of all runs of the job begin with until it is rerun.
    pub(super) fn pass_id(&self) -> String {
        let StepContext {
            job, generation, ..
        } = &self.context.job;
        match *generation {
            0 => job.to_string(),
            generation => format!("{job}-{generation}"),
        }
    }

    pub(super) fn plan(&self) -> Result<Arc<Plan>, StepError> {
        let params = &self.step.params;
        // It was read when the job was made, perhaps by another version of the program.
        let plan = plan_of(&params.scrape, params.mapping.as_ref());
        plan.map(Arc::new).map_err(StepError::refused)
    }

    async fn fetch(&mut self, away: Option<Away>) -> Result<Slice, StepError> {
        let plan = self.plan()?;
        let id = self.id();
        let fetching = Fetching {
            step: &self.step,
            context: &self.context,
            plan: &plan,
            run: &id,
        };
        match fetching.fetch().await? {
            Ending::Fetched(fetched, pages) => {
                let said = Said {
                    progress: progress(pages.len()),
                    rows: Some(SliceRows::of(RunRows {
                        pages,
                        waits_no_more: Some(self.context.job.job.clone()),
                        ..RunRows::default()
                    })),
                    ..self.moves_to(Phase::Fetched(fetched))?
                };
                Ok(Slice::More(said))
            }
            Ending::Away(reason) => self.wait(&plan, away, &reason),
            Ending::Ended(ended) => {
                let ended = finished(self, *ended).await?;
                self.end(ended)
            }
        }
    }

    /// Leaves its place to others until the site may be there again.
    fn wait(&mut self, plan: &Plan, away: Option<Away>, reason: &str) -> Result<Slice, StepError> {
        let now = clock::now_micros();
        let away = Away {
            times: away.map_or(1, |away| away.times.saturating_add(1)),
            since: away.map_or(now, |away| away.since),
        };
        let backoff = Backoff {
            first: plan.scrape.retry.longest.min(AWAY_LONGEST),
            longest: AWAY_LONGEST,
        };
        let pause = backoff.pause(away.times, now.unsigned_abs());
        let pause = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        let until = now.saturating_add(pause);
        let again = clock::rfc3339(until);
        let said = Said {
            rows: Some(SliceRows::of(RunRows {
                waiting: Some(scrape_waiting::Model {
                    job_id: self.context.job.job.clone(),
                    reason: format!("{reason}; it is asked again at {again}"),
                    since_at: away.since,
                }),
                ..RunRows::default()
            })),
            ..self.moves_to(Phase::Fetching(Some(away)))?
        };
        Ok(Slice::Park(said, Until::Time(until)))
    }

    /// Writes the rows of the pages that were fetched.
    async fn write(&mut self, fetched: Fetched) -> Result<Slice, StepError> {
        let plan = self.plan()?;
        let (id, params) = (self.id(), Arc::clone(&self.step.params));
        let written = self
            .write_pages(&plan, &id, params.day, (&id, fetched.epoch))
            .await?;
        let ended = finished(self, Ended::of_written(fetched, written)).await?;
        self.end(ended)
    }

    /// The rows of the pages that `kept` (a run, and the epoch of its file) has, in one transaction.
    pub(super) async fn write_pages(
        &self,
        plan: &Arc<Plan>,
        id: &str,
        day: NaiveDate,
        kept: (&str, i64),
    ) -> Result<Result<WrittenPages, WriteError>, StepError> {
        let (scrapes, plan) = (self.step.scrapes.clone(), Arc::clone(plan));
        let rows = scrapes.store().pages(kept.0).await?;
        let (id, epoch, context) = (id.to_owned(), kept.1, self.context.clone());
        let runtime = Handle::current();
        let written = blocking(move || {
            let shared = scrapes.shared();
            let pages = Pages {
                id: &id,
                job: context.job.job.as_str(),
                epoch: context.job.epoch,
                plan: &plan,
                day,
                problems_max: shared.problems_max,
                cancel: &context.cancel,
            };
            let database = shared.destination.find(plan.scrape.output.as_deref())?;
            context.job.faults.pass(FaultPoint::BeforePublish)?;
            let read = rows.into_iter().map(|row| {
                let read = pack::read_page(&shared.files, epoch, row);
                runtime.block_on(read).map_err(WriteError::from)
            });
            let written = pages.write(read, database);
            context.job.faults.pass(FaultPoint::AfterPublish)?;
            Ok(written)
        });
        match written.await? {
            Err(error) if !error.is_of_request() => Err(error.into()),
            written => Ok(written),
        }
    }

    /// Stores the end of the run: first what was wrong, then the job fails.
    fn end(&mut self, rows: RunRows) -> Result<Slice, StepError> {
        let Some(run) = rows.run.clone() else {
            return Err(StepError::refused("the run has left nothing"));
        };
        let pages = run.pages.unsigned_abs() as usize;
        let output = summary(&run).map_err(unstorable)?;
        let said = Said {
            progress: progress(pages),
            rows: Some(SliceRows::of(rows)),
            ..Said::default()
        };
        match run.reason.filter(|_| run.state == super::FAILED) {
            None => Ok(Slice::Done(Said {
                output: Some(output),
                ..said
            })),
            Some(reason) => Ok(Slice::More(Said {
                checkpoint: self.moves_to(Phase::Failed(reason))?.checkpoint,
                ..said
            })),
        }
    }

    pub(super) fn moves_to(&mut self, phase: Phase) -> Result<Said, StepError> {
        let checkpoint = serde_json::to_value(&phase).map_err(unstorable)?;
        self.phase = phase;
        Ok(Said {
            checkpoint: Some(checkpoint),
            ..Said::default()
        })
    }
}

impl From<PackError> for WriteError {
    fn from(error: PackError) -> Self {
        Self::Pages(Box::new(error))
    }
}

pub(super) fn progress(pages: usize) -> Progress {
    Progress {
        done: pages as u64,
        total: Some(pages as u64),
        unit: Unit::Pages,
        ..Progress::default()
    }
}

/// What later steps, and callers who look at the job, find.
pub(super) fn summary(run: &scrape_run::Model) -> Result<Value, serde_json::Error> {
    let tables: Value = serde_json::from_str(&run.tables)?;
    Ok(json!({
        "run": run.id, "scrape": run.scrape, "version": run.version, "day": run.day,
        "state": run.state, "reason": run.reason, "pages": run.pages, "rows": run.rows_found,
        "inserted": run.rows_inserted, "updated": run.rows_updated,
        "unchanged": run.rows_unchanged, "problems": run.problems, "tables": tables,
    }))
}
