//! Kind `export`: one batch, which writes the zip of a brief whose pages have all ended.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::error::ExportsError;
use super::exports::{Exports, MadeExport, signed};
use crate::engine::seam::{
    Batch, BatchContext, Progress, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    StepPolicy, blocking,
};
use crate::engine::store::SliceRows;
use crate::engine::store::notifications::NewNotification;
use crate::fault::FaultPoint;
use crate::systems::briefs::params::ExportParams;
use crate::systems::briefs::store::{Brief, EnteredExport, Outcome};

/// What people are told when a zip can be downloaded.
const READY: &str = "brief.ready";

/// The flow, by which rules ask for it.
const FLOW: &str = "brief";

/// The kind.
pub(crate) struct ExportKind(pub Exports);

#[derive(Clone)]
struct ExportStep(Exports);

struct ExportBatch {
    exports: Exports,
    context: BatchContext,
}

impl StepKind for ExportKind {
    const NAME: &'static str = "export";
    type Params = ExportParams;

    fn prepare(&self, _: ExportParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(ExportStep(self.0.clone())))
    }
}

#[async_trait]
impl Step for ExportStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        let policy = StepPolicy {
            is_whole_job: true,
            ..StepPolicy::default()
        };
        Ok(StepPlan {
            policy,
            ..StepPlan::of([json!({})])
        })
    }

    async fn open(&self, batch: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(ExportBatch {
            exports: self.0.clone(),
            context: batch.clone(),
        }))
    }

    /// The files go with the job.
    async fn remove(&self, context: &StepContext, _: u64) -> Result<u64, StepError> {
        let (place, job) = (self.0.place().clone(), context.job.clone());
        blocking(move || {
            let removed = place.remove_of(job.as_str());
            Ok(removed.map_err(ExportsError::from)?)
        })
        .await
    }
}

#[async_trait]
impl Batch for ExportBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let context = &self.context;
        let store = self.exports.store();
        let brief = store.brief(&context.job.job).await?;
        let brief = brief.ok_or_else(|| StepError::refused("the brief is not there any more"))?;
        if brief.outcome == Some(Outcome::Failed) {
            return Err(self.nothing(&brief).await?);
        }
        let job = store.engine().jobs().find(&brief.job).await?;
        let job = job.ok_or_else(|| StepError::refused("the job is not there any more"))?;
        context.job.faults.pass(FaultPoint::BeforePublish)?;
        let made = self.exports.make(&brief, context.cancel.clone()).await?;
        context.job.faults.pass(FaultPoint::AfterPublish)?;
        let progress = Progress {
            done: made.articles,
            total: Some(made.articles),
            ..Progress::default()
        };
        let output = json!({
            "stage": brief.stage, "file": made.row.file, "bytes": made.row.bytes,
            "sha256": made.row.sha256, "articles": made.articles, "accounts": made.accounts,
            "coverage": made.coverage,
        });
        let entered = EnteredExport {
            notification: self.noted(&brief, &made, job.started_by),
            articles: signed(made.articles),
            accounts: signed(made.accounts),
            message: made.message,
            export: made.row,
        };
        Ok(Slice::Done(Said {
            output: Some(output),
            rows: Some(SliceRows::of(entered)),
            ..progress.into()
        }))
    }
}

impl ExportBatch {
    /// Why there is nothing to export.
    async fn nothing(&self, brief: &Brief) -> Result<StepError, StepError> {
        let said = self.exports.shortcomings(brief).await?;
        let reasons = match said.is_empty() {
            true => String::new(),
            false => format!(": {}", said.join("; ")),
        };
        let reason = format!("nothing is stored, and pages are missing{reasons}");
        Ok(StepError::refused(reason))
    }

    /// What is stored for those who want to learn that a zip is there.
    fn noted(
        &self,
        brief: &Brief,
        made: &MadeExport,
        started_by: Option<String>,
    ) -> Option<NewNotification> {
        let interest = self.exports.engine().interest();
        let is_wanted = started_by.is_some() || interest.wants(READY, FLOW);
        is_wanted.then(|| NewNotification {
            kind: READY,
            about: brief.job.to_string(),
            flow: FLOW.to_owned(),
            name: Some(brief.request.job_name.clone()),
            started_by,
            data: json!({
                "state": brief.outcome.map(Outcome::name),
                "figures": {
                    "stage": brief.stage, "articles": made.articles, "accounts": made.accounts,
                    "coverage": made.coverage,
                },
            }),
            ..NewNotification::default()
        })
    }
}
