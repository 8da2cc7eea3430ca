//! Jobs that their gates hold, and decisions on them.
//!
//! A decision is one row that changes once: whoever comes second finds it decided. It is stored in one
//! transaction with the signal that wakes the job, before anybody is answered.

use entity::{JobId, job, rule_gate, rule_set_activation};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryFilter, QueryOrder, Statement,
};
use serde_json::{Value, json};
use strum::IntoStaticStr;

use super::LabellingStore;
use crate::engine::store::changing::locked;
use crate::engine::store::events::{self, NewEvent};
use crate::engine::store::notifications::{self, NewNotification};
use crate::engine::store::{
    BatchKey, BesideSlice, JobTable, Result, insertion, query, send_signal,
};

/// Its rows go with their jobs.
pub(crate) const GATES: JobTable = JobTable {
    name: "audience_rule_gate",
    job: "job_id",
    key: "job_id, generation",
};

/// What became of a job that was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Decision {
    Approved,
    Rejected,
    /// Nobody has decided in time.
    Expired,
}

/// A decision to be stored.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub decision: Decision,
    pub by: Option<String>,
    pub why: Option<String>,
    /// Microseconds since 1970.
    pub at: i64,
}

/// What a gate found of a job, which may be held from now on; stored with the end of the slice that found it out.
#[derive(Clone, Debug)]
pub(crate) struct HeldGate {
    pub gate: rule_gate::Model,
    /// What people learn of it.
    pub notification: Option<NewNotification>,
}

impl BesideSlice for HeldGate {
    fn statements(&self, backend: DbBackend) -> Result<Vec<Statement>> {
        let row = std::slice::from_ref(&self.gate);
        let mut statements: Vec<Statement> = insertion(backend, row, &[])?.into_iter().collect();
        if self.gate.decision.is_none() {
            let held: Value = serde_json::from_str(&self.gate.judgement).unwrap_or_default();
            let event = NewEvent::new(&self.gate.job_id, "gate.held", &held);
            statements.push(events::insertion(backend, &[event])?);
        }
        if let Some(noted) = &self.notification {
            let noted = std::slice::from_ref(noted);
            statements.extend(notifications::insertion(backend, noted)?);
        }
        Ok(statements)
    }
}

impl Decision {
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

const DECIDE: &str = "decide on a job that is held";
const LOOK: &str = "look for jobs that are held";

/// A job that is run anew leaves what it was before behind.
const OF_PRESENT_RUN: &str = "audience_rule_gate.generation = (
    SELECT j.generation FROM audience_job AS j WHERE j.id = audience_rule_gate.job_id)";

impl LabellingStore {
    /// The gate of one run of a job; `None`: nothing holds it, nothing has held it.
    pub async fn gate(&self, job: &JobId, generation: i32) -> Result<Option<rule_gate::Model>> {
        rule_gate::Entity::find_by_id((job.clone(), generation))
            .one(self.0.reader())
            .await
            .map_err(query(LOOK))
    }

    /// That of the run that a job is in, or was in last.
    pub async fn present_gate(&self, job: &JobId) -> Result<Option<rule_gate::Model>> {
        rule_gate::Entity::find()
            .filter(rule_gate::Column::JobId.eq(job.clone()))
            .filter(Expr::cust(OF_PRESENT_RUN))
            .one(self.0.reader())
            .await
            .map_err(query(LOOK))
    }

    /// Those of these jobs that are held.
    pub async fn held_gates(&self, jobs: &[JobId]) -> Result<Vec<rule_gate::Model>> {
        rule_gate::Entity::find()
            .filter(rule_gate::Column::JobId.is_in(jobs.to_vec()))
            .filter(rule_gate::Column::Decision.is_null())
            .filter(Expr::cust(OF_PRESENT_RUN))
            .all(self.0.reader())
            .await
            .map_err(query(LOOK))
    }

    /// Who has activated a version of a rule set last; `None`: nobody has, or it is no set of the store.
    pub async fn activated_by(&self, set: &str, version: i32) -> Result<Option<String>> {
        use rule_set_activation::Column;
        let found = rule_set_activation::Entity::find()
            .filter(Column::Name.eq(set))
            .filter(Column::ToVersion.eq(version))
            .order_by_desc(Column::No)
            .one(self.0.reader())
            .await
            .map_err(query("look for who has activated a rule set"))?;
        Ok(found.map(|activation| activation.activated_by))
    }

    /// Decides on a job that is held at this moment (`now`, as parked batches know it) and wakes it. `None`:
    /// it is not held, or not any more.
    pub async fn decide_gate(
        &self,
        job: &JobId,
        decided: &Decided,
        now: i64,
    ) -> Result<Option<rule_gate::Model>> {
        let write = || {
            let (job, decided) = (job.clone(), decided.clone());
            self.0.write(move |on| {
                Box::pin(async move { decide(on, &job, &decided, now, true).await })
            })
        };
        let gate = self.0.again(write).await?;
        if gate.is_some() {
            self.0.has_woken(job);
        }
        Ok(gate)
    }

    /// Ends the wait of a job that nobody has decided on, from within the job. Returns what holds by now.
    pub async fn expire_gate(
        &self,
        job: &JobId,
        generation: i32,
        at: i64,
    ) -> Result<Option<rule_gate::Model>> {
        let decided = Decided {
            decision: Decision::Expired,
            by: None,
            why: None,
            at,
        };
        let write = || {
            let (job, decided) = (job.clone(), decided.clone());
            self.0.write(move |on| {
                Box::pin(async move { decide(on, &job, &decided, i64::MIN, false).await.map(drop) })
            })
        };
        self.0.again(write).await?;
        // Written by whoever came first.
        rule_gate::Entity::find_by_id((job.clone(), generation))
            .one(self.0.reader())
            .await
            .map_err(query(LOOK))
    }
}

/// `None`: it is not held. `wakes`: its batch is parked and is to continue.
async fn decide(
    on: &DatabaseTransaction,
    id: &JobId,
    decided: &Decided,
    now: i64,
    wakes: bool,
) -> Result<Option<rule_gate::Model>> {
    let job = locked(on, job::Entity::find_by_id(id.clone()));
    let Some(job) = job.one(on).await.map_err(query(DECIDE))? else {
        return Ok(None);
    };
    let gate = rule_gate::Entity::find_by_id((id.clone(), job.generation));
    let gate = locked(on, gate).one(on).await.map_err(query(DECIDE))?;
    let Some(mut gate) = gate else {
        return Ok(None);
    };
    let text = decided.decision.as_str();
    if gate.decision.is_some() {
        // The same decision once more: its first transaction was committed, and nobody could be told.
        let is_same = gate.decision.as_deref() == Some(text)
            && gate.decided_at == Some(decided.at)
            && gate.decided_by == decided.by
            && gate.why == decided.why;
        return Ok(is_same.then_some(gate));
    }
    if job.state.has_ended() || job.cancel_requested || gate.expires_at <= now {
        return Ok(None);
    }
    gate.decision = Some(text.to_owned());
    gate.decided_at = Some(decided.at);
    gate.decided_by.clone_from(&decided.by);
    gate.why.clone_from(&decided.why);
    rule_gate::Entity::update_many()
        .col_expr(rule_gate::Column::Decision, Expr::value(text))
        .col_expr(rule_gate::Column::DecidedAt, Expr::value(decided.at))
        .col_expr(
            rule_gate::Column::DecidedBy,
            Expr::value(decided.by.clone()),
        )
        .col_expr(rule_gate::Column::Why, Expr::value(decided.why.clone()))
        .filter(rule_gate::Column::JobId.eq(id.clone()))
        .filter(rule_gate::Column::Generation.eq(gate.generation))
        .filter(rule_gate::Column::Decision.is_null())
        .exec(on)
        .await
        .map_err(query(DECIDE))?;
    let data = json!({ "by": decided.by, "why": decided.why });
    events::record(on, id, event_kind(decided.decision), &data).await?;
    if wakes {
        let key = BatchKey {
            step_no: gate.step_no,
            no: gate.batch_no,
        };
        send_signal(on, id, key, json!({ "gate": text })).await?;
    }
    Ok(Some(gate))
}

fn event_kind(decision: Decision) -> &'static str {
    match decision {
        Decision::Approved => "gate.approved",
        Decision::Rejected => "gate.rejected",
        Decision::Expired => "gate.expired",
    }
}
