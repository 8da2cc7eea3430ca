//! Decisions on jobs that are held.

use entity::{HistoryState, JobId, job, rule_gate};

use super::GateView;
use super::view::{PASSED, waiting};
use crate::clock;
use crate::engine::store::StoreError;
use crate::engine::{CallerError, ErrorKind};
use crate::systems::labelling::store::{Decided, Decision, LabellingStore};
use crate::systems::labelling::{Labelling, LabellingError};

/// Characters of a reason.
const WHY_MAX: usize = 2_000;

/// Who decides, and why.
#[derive(Clone, Debug)]
pub struct Approver {
    pub name: String,
    pub why: String,
}

/// Why nothing was decided.
#[derive(Debug, thiserror::Error)]
pub enum GateFault {
    #[error("job {0} is not held by a gate; it is {1}")]
    NotHeld(JobId, String),
    #[error("why: expected a reason of 1 to {WHY_MAX} characters")]
    NoReason,
    #[error(
        "a job that is held is approved by another person than the one who {did}, `{who}` \
         (setting labelling.gate_two_people)"
    )]
    SamePerson { who: String, did: &'static str },
    #[error("failed to decide on a job")]
    Store(#[from] StoreError),
}

impl CallerError for GateFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotHeld(..) | Self::SamePerson { .. } => ErrorKind::Conflict,
            Self::NoReason => ErrorKind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Store(error) => error.public_message(),
            _ => self.to_string(),
        }
    }

    fn is_logged(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_logged())
    }
}

impl Labelling {
    /// The tables of labelling in the engine's database.
    pub(in crate::systems::labelling) fn tables(&self) -> LabellingStore {
        LabellingStore::new(self.store.clone())
    }

    /// Decides on a job that is held. It acts once, and is stored when this returns.
    pub(in crate::systems::labelling) async fn decide(
        &self,
        job: &job::Model,
        decision: Decision,
        approver: Approver,
    ) -> Result<GateView, GateFault> {
        let why = approver.why.trim();
        if why.is_empty() || why.chars().count() > WHY_MAX {
            return Err(GateFault::NoReason);
        }
        let store = self.tables();
        let gate = store.gate(&job.id, job.generation).await?;
        let Some(gate) = gate.filter(|gate| gate.decision.is_none()) else {
            return Err(self.not_held(&job.id).await?);
        };
        if decision == Decision::Approved && self.options.gate_two_people {
            let activated_by = match gate.version {
                Some(version) => store.activated_by(&gate.rule_set, version).await?,
                None => None,
            };
            expect_another(job, activated_by, &approver)?;
        }
        let decided = Decided {
            decision,
            by: Some(approver.name),
            why: Some(why.to_owned()),
            at: clock::now_micros(),
        };
        let now = clock::steady::now_micros();
        match store.decide_gate(&gate.job_id, &decided, now).await? {
            Some(gate) => Ok(GateView::of(&gate)),
            None => Err(self.not_held(&job.id).await?),
        }
    }

    /// With what has become of it.
    async fn not_held(&self, id: &JobId) -> Result<GateFault, StoreError> {
        let job = self.store.jobs().find(id).await?;
        let Some(job) = job.filter(|job| job.history != HistoryState::Dropping) else {
            return Ok(GateFault::NotHeld(id.clone(), "removed".to_owned()));
        };
        let gate = self.tables().gate(id, job.generation).await?;
        let decision = gate.and_then(|gate| gate.decision);
        let state = match decision.filter(|what| what != PASSED) {
            Some(decision) => format!("{decision} already"),
            None => job.state.as_str().to_owned(),
        };
        Ok(GateFault::NotHeld(id.clone(), state))
    }

    /// What the gate of a job found, and what was decided; `None`: it has none, or has not come to it.
    pub(in crate::systems::labelling) async fn gate_shown(
        &self,
        id: &JobId,
    ) -> Result<Option<GateView>, LabellingError> {
        let gate: Option<rule_gate::Model> = self.tables().present_gate(id).await?;
        Ok(gate.as_ref().map(GateView::of))
    }

    /// What those of these jobs wait for that are held.
    pub(in crate::systems::labelling) async fn held(
        &self,
        jobs: &[JobId],
    ) -> Result<Vec<(JobId, String)>, LabellingError> {
        let held = self.tables().held_gates(jobs).await?;
        let held = held.into_iter();
        Ok(held
            .map(|gate| (gate.job_id.clone(), waiting(&gate)))
            .collect())
    }
}

/// Nobody lets through what they have begun themselves.
fn expect_another(
    job: &job::Model,
    activated_by: Option<String>,
    approver: &Approver,
) -> Result<(), GateFault> {
    let began = [
        (job.started_by.clone(), "has started it"),
        (activated_by, "has activated its rule set"),
    ];
    for (who, did) in began {
        if let Some(who) = who.filter(|who| *who == approver.name) {
            return Err(GateFault::SamePerson { who, did });
        }
    }
    Ok(())
}
