//! Ending jobs that have done everything, any number at once.

use entity::{JobId, StepState, job};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait};
use serde::Serialize;
use serde_json::json;

use super::events::{self, NewEvent};
use super::needs::settle;
use super::notifications::{EndKind, EndedJob, of_jobs};
use super::rows::{self, Column, ColumnType};
use super::{Claim, Result, SetOperation, SetOutcome, StoreError, query};
use crate::clock;

/// The last word on a job: its last steps have completed, and so it has succeeded.
#[derive(Clone, Debug)]
pub struct Finish {
    pub claim: Claim,
    /// In the order in which they completed.
    pub steps: Vec<CompletedStep>,
    /// Whether somebody may want to learn of it.
    pub is_noted: bool,
}

/// A step that has nothing left to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedStep {
    pub no: i32,
    /// As the store has it: a step that needs no batches may still be pending there.
    pub from: StepState,
    /// Of such a step, what planning it had to say.
    pub notes: Option<String>,
    /// What it leaves to later steps; JSON.
    pub output: Option<String>,
}

#[derive(Serialize)]
struct JobRow<'a> {
    id: &'a str,
    epoch: i64,
    at: i64,
}

const JOB_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("epoch", ColumnType::Integer),
    ("at", ColumnType::Integer),
];

#[derive(Serialize)]
struct StepRow<'a> {
    id: &'a str,
    no: i32,
    was: &'static str,
    said: Option<&'a str>,
    made: Option<&'a str>,
    at: i64,
}

const STEP_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("no", ColumnType::Integer),
    ("was", ColumnType::ShortText),
    ("said", ColumnType::Text),
    ("made", ColumnType::Text),
    ("at", ColumnType::Integer),
];

impl SetOperation for Finish {
    /// `false`: the job is not as it was thought to be, and nothing has been changed.
    type Outcome = bool;

    type Memory = ();

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        (): &mut Self::Memory,
    ) -> Result<SetOutcome<bool>> {
        Ok(match all(on, set).await? {
            true => SetOutcome::Keep(set.iter().map(|_| Ok(true)).collect()),
            false => SetOutcome::Undo(false),
        })
    }
}

/// Ends the jobs. `false`: at least one of them is not as it was thought to be, and everything
/// is to be undone. One alone whose lease is lost is an error.
async fn all(on: &DatabaseTransaction, set: &[&Finish]) -> Result<bool> {
    let at = clock::now_micros();
    let backend = on.get_database_backend();
    let (jobs, steps, events) = (job_rows(set, at), step_rows(set, at), new_events(set));
    let noted = noted(set, at);
    let mut statements = vec![
        rows::statement(backend, &JOBS.sql(backend), JOB_COLUMNS, &jobs)?,
        rows::statement(backend, &STEPS.sql(backend), STEP_COLUMNS, &steps)?,
        events::insertion(backend, &events)?,
    ];
    if !noted.is_empty() {
        statements.push(of_jobs(backend, &noted)?);
    }
    let met = rows::execute_all(on, statements).await;
    let met = met.map_err(query("end a job"))?;
    // No statement meets more rows than it is given: together they met all only if each did.
    if met == (jobs.len() + steps.len() + events.len() + noted.len()) as u64 {
        let ended: Vec<JobId> = set.iter().map(|finish| finish.claim.job.clone()).collect();
        // Success skips nothing, and what it unblocks is looked for when the job's actor has ended.
        settle(on, &ended).await?;
        return Ok(true);
    }
    match set {
        [alone] if !has_ended(on, &alone.claim).await? => Err(StoreError::LeaseLost {
            job: alone.claim.job.clone(),
        }),
        _ => Ok(false),
    }
}

/// Whether the job itself was as it was thought to be.
async fn has_ended(on: &DatabaseTransaction, claim: &Claim) -> Result<bool> {
    let job = job::Entity::find_by_id(claim.job.clone()).one(on).await;
    let job = job.map_err(query("look at a job"))?;
    Ok(job.is_some_and(|job| job.state.has_ended() && job.lease_epoch == claim.epoch))
}

fn job_rows<'a>(set: &[&'a Finish], at: i64) -> Vec<JobRow<'a>> {
    let rows = set.iter().map(|finish| JobRow {
        id: finish.claim.job.as_str(),
        epoch: finish.claim.epoch,
        at,
    });
    rows.collect()
}

fn step_rows<'a>(set: &[&'a Finish], at: i64) -> Vec<StepRow<'a>> {
    let rows = set.iter().flat_map(|finish| {
        finish.steps.iter().map(move |step| StepRow {
            id: finish.claim.job.as_str(),
            no: step.no,
            was: step.from.as_str(),
            said: step.notes.as_deref(),
            made: step.output.as_deref(),
            at,
        })
    });
    rows.collect()
}

fn new_events(set: &[&Finish]) -> Vec<NewEvent> {
    let mut events = Vec::new();
    for finish in set {
        let job = &finish.claim.job;
        for step in &finish.steps {
            let data = json!({ "step": step.no, "error": null });
            events.push(NewEvent::new(job, "step.completed", &data));
        }
        events.push(NewEvent::new(
            job,
            "job.succeeded",
            &json!({ "error": null }),
        ));
    }
    events
}

/// The ends of which somebody may want to learn.
fn noted(set: &[&Finish], at: i64) -> Vec<EndedJob> {
    let noted = set.iter().filter(|finish| finish.is_noted);
    let noted = noted.map(|finish| EndedJob {
        job: finish.claim.job.clone(),
        end: EndKind::Succeeded,
        at,
        error: None,
        always: true,
    });
    noted.collect()
}

/// A table, what is set in it, and which rows belong together.
struct Update {
    table: &'static str,
    set: &'static str,
    on: &'static str,
}

/// The state is compared in a roundabout way, so that SQLite looks the jobs up by their ids: by
/// the index of states it would compare each running job with each of the set.
const JOBS: Update = Update {
    table: "audience_job",
    set: "state = 'succeeded', error = NULL, waiting = NULL, ended_at = r.at, \
          lease_owner = NULL, lease_until_ms = NULL, live_key = NULL",
    on: "audience_job.id = r.id AND audience_job.lease_epoch = r.epoch \
         AND audience_job.lease_owner IS NOT NULL AND coalesce(audience_job.state, '') = 'running'",
};

const STEPS: Update = Update {
    table: "audience_step",
    // A step that was planned before keeps what was said then.
    set: "state = 'completed', last_error = NULL, ended_at = r.at, output = r.made, \
          notes = CASE WHEN r.was = 'pending' THEN r.said ELSE audience_step.notes END",
    on: "audience_step.job_id = r.id AND audience_step.no = r.no AND audience_step.state = r.was",
};

impl Update {
    fn sql(&self, backend: DbBackend) -> String {
        rows::update(backend, self.table, self.set, self.on)
    }
}
