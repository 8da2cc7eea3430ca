//! The health of one job, as calls, commands and pages show it.

use std::sync::Arc;

use entity::{JobId, JobState};

use super::kept::{Kept, corrupt, counted};
use super::named_set::{mixed_document, named_set};
use crate::systems::labelling::label::LabelParams;
use crate::systems::labelling::panels::Sink;
use crate::systems::labelling::results::on_thread;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::health::{Counts, Facts, NamedSet, Report};
use crate::systems::labelling::{Labelling, LabellingError};

/// What the rules of a job did.
#[derive(Clone, Debug)]
pub struct JobHealth {
    pub report: Report,
    pub set: NamedSet,
    pub counts: Counts,
    /// Names, in the order of the counts.
    pub groups: Vec<String>,
    pub facts: Facts,
}

impl Labelling {
    /// The health of a job, of all that is durable if it still runs; `None`: there is no such job, or nothing
    /// was counted of it.
    pub async fn health(&self, id: &JobId) -> Result<Option<Arc<JobHealth>>, LabellingError> {
        let Some(job) = self.job(id).await? else {
            return Ok(None);
        };
        let key = (id.clone(), job.generation);
        if let Some(known) = self.healths.find(&key) {
            return Ok(Some(known));
        }
        let params = self.params(id).await?;
        let sink = self.sinks.get(&params.output)?;
        let stored = self.stored_rules(&params).await?;
        let (output, task_id) = (params.output.clone(), id.to_string());
        let found = on_thread(move || read(&sink, &task_id, &params, stored.as_deref())).await;
        let found = found.map_err(|error| error.naming_output(&output))?;
        let Some((health, is_final)) = found else {
            return Ok(None);
        };
        let health = Arc::new(health);
        if is_final && job.state == JobState::Succeeded {
            self.healths.remember(key, &health);
        }
        Ok(Some(health))
    }

    /// The document by which a job labels, where it is one of a mixed model.
    pub async fn mixed_rules(&self, id: &JobId) -> Result<Option<Document>, LabellingError> {
        let params = self.params(id).await?;
        let stored = self.stored_rules(&params).await?;
        on_thread(move || mixed_document(&params, stored.as_deref())).await
    }

    async fn stored_rules(&self, params: &LabelParams) -> Result<Option<Vec<u8>>, LabellingError> {
        let Some(digest) = &params.rules else {
            return Ok(None);
        };
        let stored = self.store.blobs().get(digest).await?;
        let missing = || LabellingError::Unstorable {
            reason: format!("the rules of the job are not in the store: {digest}"),
        };
        stored.ok_or_else(missing).map(Some)
    }
}

/// With whether nothing of it changes any more.
fn read(
    sink: &Sink,
    task_id: &str,
    params: &LabelParams,
    stored: Option<&[u8]>,
) -> Result<Option<(JobHealth, bool)>, LabellingError> {
    let kept = Kept::read(sink, task_id)?;
    let (flat, facts) = match kept {
        Some(kept) => (kept.counts, kept.facts),
        None => match counted(sink, task_id)? {
            Some(counts) => (counts.to_bytes(), Facts::default()),
            None => return Ok(None),
        },
    };
    let set = named_set(params, stored)?;
    let groups = params.layout().groups;
    let mut counts = Counts::of_labels(set.rules_of_labels(), groups.len());
    counts.add_bytes(&flat).map_err(corrupt)?;
    let report = Report::of(&counts, &set, &groups, &facts).of_job(task_id);
    let is_final = facts.members.is_some();
    let health = JobHealth {
        report,
        set,
        counts,
        groups,
        facts,
    };
    Ok(Some((health, is_final)))
}
