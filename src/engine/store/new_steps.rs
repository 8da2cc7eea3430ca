//! Steps to be stored: those that a job begins with, and those that one of them adds while it runs.

use entity::{JobId, StepState, step};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};
use serde_json::{Value, json};

use super::{Claim, Result, blobs, events, models, query, rows};

/// A step of a job to be stored; its number is its place in the list.
#[derive(Clone, Debug, PartialEq)]
pub struct NewStep {
    pub name: String,
    pub kind: String,
    pub params: Value,
    pub after: Vec<i32>,
    pub delay_s: i64,
}

/// Steps that a step adds to its job.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AddedSteps {
    /// `after` are places in this list. All of them come after the step that adds them.
    pub steps: Vec<NewStep>,
    /// Large inputs that the steps name by digest.
    pub blobs: Vec<Vec<u8>>,
}

impl NewStep {
    /// The one description of the row of a new step.
    pub(super) fn row(&self, job: &JobId, no: i32) -> step::Model {
        step::Model {
            job_id: job.clone(),
            no,
            name: self.name.clone(),
            kind: self.kind.clone(),
            params: self.params.to_string(),
            after: json!(self.after).to_string(),
            delay_s: self.delay_s,
            state: StepState::Pending,
            not_before_at: None,
            failures: 0,
            last_error: None,
            notes: None,
            ended_at: None,
            policy: None,
            output: None,
            batches_total: 0,
            batches_done: 0,
            batches_failed: 0,
            batches_parked: 0,
            units_done: 0,
            added_by: None,
        }
    }
}

/// Stores what a step adds to its job, with its inputs.
pub(super) async fn add(
    on: &DatabaseTransaction,
    claim: &Claim,
    adder: i32,
    added: &AddedSteps,
) -> Result<()> {
    const ADD: &str = "add steps to a job";
    if added.steps.is_empty() {
        return Ok(());
    }
    let job = &claim.job;
    let last: Option<Option<i32>> = step::Entity::find()
        .select_only()
        .column_as(step::Column::No.max(), "last")
        .filter(step::Column::JobId.eq(job.clone()))
        .into_tuple()
        .one(on)
        .await
        .map_err(query(ADD))?;
    let first = last.flatten().map_or(0, |last| last + 1);
    let steps = (first..).zip(&added.steps).map(|(no, new)| {
        let before = new.after.iter().map(|place| first + place);
        let after: Vec<i32> = before.chain([adder]).collect();
        step::Model {
            after: json!(after).to_string(),
            added_by: Some(adder),
            ..new.row(job, no)
        }
    });
    let steps: Vec<step::Model> = steps.collect();
    let mut statements = Vec::new();
    statements.extend(models::insertion(on.get_database_backend(), &steps, &[])?);
    statements.extend(blobs::put_more(on, job, &added.blobs).await?);
    let stored = rows::execute_all(on, statements).await;
    stored.map_err(query(ADD))?;
    let data = json!({ "step": adder, "steps": steps.len() });
    events::record(on, job, "step.steps_added", &data).await
}
