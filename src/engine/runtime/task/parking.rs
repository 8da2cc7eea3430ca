//! Jobs that are given up until a time comes or a signal arrives.

use ractor::ActorRef;
use tracing::info;

use super::snapshot::JobSnapshot;
use super::waiting::OutageNote;
use super::{LookError, TaskState, ToTask, stop_without_lease};
use crate::engine::runtime::Engine;
use crate::engine::runtime::waiting::pause;
use crate::engine::store::Parking;

/// A shorter time is waited for where the job is, in microseconds: giving a job up and claiming it
/// again costs more than its place.
const PARKS_FROM: i64 = 5_000_000;

impl Engine {
    /// From which length on a pause is waited for without a place. The rescuer notices in time when
    /// it is over.
    fn parks_from(&self) -> i64 {
        let rescue_every = i64::try_from(self.limits.rescue_every_ms).unwrap_or(i64::MAX);
        PARKS_FROM.max(rescue_every.saturating_mul(1_000))
    }
}

impl TaskState {
    /// What has been away for as long as that may take as long to be looked at again: such a job does not
    /// keep its place between two looks, however short the pause is.
    pub(super) fn parks_from(&self) -> i64 {
        let age = self.waiting.as_ref().map(OutageNote::age);
        match age.is_some_and(|age| age.as_micros() >= PARKS_FROM.unsigned_abs().into()) {
            true => 0,
            false => self.engine.parks_from(),
        }
    }

    pub(super) fn parking(&self, until: Option<i64>, seen: &JobSnapshot) -> Parking {
        let parked = seen.steps.iter().map(|step| step.batches_parked);
        let note = self.waiting.as_ref().map(|note| note.text.clone());
        let limits = &self.engine.limits;
        let pause = || pause(&seen.steps, &seen.pending, limits.into(), seen.now);
        let waiting = match until {
            Some(_) => note.or_else(|| pause().map(|pause| pause.reason)),
            None => note,
        };
        Parking {
            until,
            batches_parked: parked.sum(),
            waiting,
        }
    }

    /// `false`: something has happened meanwhile, and the job stays here.
    pub(super) async fn park(
        &self,
        parking: Parking,
        myself: &ActorRef<ToTask>,
    ) -> Result<bool, LookError> {
        let until = parking.until;
        if !self.engine.store.park_job(&self.claim, parking).await? {
            return Ok(false);
        }
        if let Some(until) = until {
            self.engine.wakes_at(until);
        }
        self.engine.hub.changed(&self.claim.job);
        self.span.event("job.parked", &[]);
        info!(job.id = %self.claim.job, "job parked");
        stop_without_lease(myself);
        Ok(true)
    }

    /// Parks a job that could not even be looked at, because something is away, until it is looked at
    /// again. `false`: it waits here.
    pub(super) async fn park_unseen(
        &self,
        until: i64,
        myself: &ActorRef<ToTask>,
    ) -> Result<bool, LookError> {
        let is_idle = self.children.is_empty() && self.deaths.is_empty();
        if !is_idle || self.draining.is_some() || self.give_up.is_some() {
            return Ok(false);
        }
        let steps = self.engine.store.steps().of(&self.claim.job).await?;
        let parked = steps.iter().map(|step| step.batches_parked);
        let parking = Parking {
            until: Some(until),
            batches_parked: parked.sum(),
            waiting: self.waiting.as_ref().map(|note| note.text.clone()),
        };
        self.park(parking, myself).await
    }
}
