//! Finds jobs whose lease lapsed, and parked jobs whose time has come, and hands them to the job
//! supervisor.
//!
//! Started and restarted by: the root supervisor. A lease lapses when the process that held it
//! died or was frozen. It looks when the next lease of another process lapses, and from time to
//! time, for a process of this machine may have ended long before that. Retrying a failed batch is
//! not its business: see `plan` and `retry`.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use entity::JobId;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::time::Instant;
use tracing::{info, warn};

use super::Engine;
use super::spans::log_of;
use super::tree::{Post, Turn};
use crate::clock;
use crate::telemetry::chain;
use crate::telemetry::metrics::metrics;

/// Behind the end of a lease, so that it has lapsed when it is looked at.
const BEHIND_LAPSE_MS: i64 = 20;

/// A lease that lapsed and cannot be taken away is not looked at more often than this.
const PAUSE_LEAST_MS: i64 = 50;

/// After a boot, no more than this is missing from the store's time.
const NOTE_TIME_EVERY: Duration = Duration::from_secs(60);

/// Messages to the rescuer.
#[derive(Debug)]
pub(super) enum ToRescuer {
    /// Look for lapsed leases, for parked jobs whose time has come, and for jobs that another
    /// process stored.
    Sweep,
    /// The time of a job that was parked for a moment has come.
    WakeParked,
}

pub(super) struct RescuerState {
    engine: Arc<Engine>,
    note_time_at: Instant,
}

impl RescuerState {
    /// Notes the store's time now and then.
    async fn note_time(&mut self) {
        if Instant::now() < self.note_time_at {
            return;
        }
        self.note_time_at = Instant::now() + NOTE_TIME_EVERY;
        if let Err(error) = self.engine.store.note_time().await {
            warn!(error = chain(&error), "the store's time cannot be noted");
        }
    }
}

pub(super) struct Rescuer;

#[ractor::async_trait]
impl Actor for Rescuer {
    type Msg = ToRescuer;
    type State = RescuerState;
    type Arguments = Arc<Engine>;

    async fn pre_start(
        &self,
        myself: ActorRef<ToRescuer>,
        engine: Arc<Engine>,
    ) -> Result<RescuerState, ActorProcessingErr> {
        let pause = pause(&engine, None).await;
        myself.post_after(pause, || ToRescuer::Sweep);
        *engine
            .rescuer
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(myself);
        Ok(RescuerState {
            engine,
            note_time_at: Instant::now() + NOTE_TIME_EVERY,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<ToRescuer>,
        message: ToRescuer,
        state: &mut RescuerState,
    ) -> Result<(), ActorProcessingErr> {
        let _turn = Turn::of(myself.get_id(), true);
        let engine = &state.engine;
        match message {
            ToRescuer::WakeParked => {
                wake_parked(engine).await;
                return Ok(());
            }
            ToRescuer::Sweep => {}
        }
        match engine.store.leases().rescue().await {
            Ok(rescued) => {
                report_rescued(engine, &rescued).await;
                engine.wake();
            }
            Err(error) => {
                let health = engine.store.health();
                health.warn(&error, "lapsed leases cannot be looked for");
            }
        }
        let next = wake_parked(engine).await;
        // Behind the look: a file that a frozen process keeps locked is freed by that.
        state.note_time().await;
        let pause = pause(&state.engine, next).await;
        myself.post_after(pause, || ToRescuer::Sweep);
        Ok(())
    }
}

impl Engine {
    /// Called when a job is parked: a sweep would look at it too late if its time comes before.
    pub(super) fn wakes_at(&self, at: i64) {
        let left_ms = (at - clock::steady::now_micros()) / 1_000 + 1;
        let left_ms = left_ms.max(1).unsigned_abs();
        if left_ms > self.limits.rescue_every_ms {
            return;
        }
        let rescuer = self.rescuer.read();
        if let Some(rescuer) = &*rescuer.unwrap_or_else(PoisonError::into_inner) {
            let after = Duration::from_millis(left_ms);
            rescuer.post_after(after, || ToRescuer::WakeParked);
        }
    }
}

/// Lets parked jobs continue whose time has come; returns when the next one's will.
async fn wake_parked(engine: &Engine) -> Option<i64> {
    match engine.store.wake_parked().await {
        Ok((woken, next)) => {
            for job in woken {
                engine.look(&job);
            }
            next
        }
        Err(error) => {
            let health = engine.store.health();
            health.warn(&error, "parked jobs cannot be looked for");
            None
        }
    }
}

/// Counts and logs jobs that were taken from processes that died or were frozen.
pub(super) async fn report_rescued(engine: &Engine, rescued: &[JobId]) {
    for job in rescued {
        metrics().jobs_rescued.add(1, &[]);
        let log = log_of(engine, job).await;
        log.in_scope(|| info!(job.id = %job, "job rescued"));
        engine.hub.changed(job);
    }
}

/// Until there may be a lapsed lease, or a parked job is to be woken.
async fn pause(engine: &Engine, wakes_at: Option<i64>) -> Duration {
    let until_wake = wakes_at.map(|at| (at - clock::steady::now_micros()) / 1_000 + 1);
    let until_wake = until_wake.map(|millis| millis.max(PAUSE_LEAST_MS).unsigned_abs());
    let longest = engine.limits.rescue_every_ms;
    let longest = until_wake.map_or(longest, |millis| millis.min(longest));
    let lapse = engine.store.leases().next_lapse_ms(&engine.owner).await;
    // Where the store cannot be asked, the next sweep finds out.
    let left = lapse.ok().flatten();
    let millis = left.map_or(longest, |left| {
        let left = (left + BEHIND_LAPSE_MS).max(PAUSE_LEAST_MS);
        longest.min(left.unsigned_abs())
    });
    Duration::from_millis(millis)
}
