//! A simulated process: a tokio runtime of its own with a store and an engine in it.
//!
//! It lives for as long as that runtime is driven, a little at a time. Frozen, it is not driven;
//! killed, it is dropped with all that it was about to do.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use entity::JobId;
use serde_json::json;

use super::database::{Connections, connect};
use super::gathering::GatherKind;
use super::output::{HandOutKind, OneCore, Place, WorkKind};
use super::world::World;
use crate::backoff::Backoff;
use crate::clock;
use crate::engine::runtime::{KeptTables, Retention, Runtime, RuntimeLimits, RuntimeParts};
use crate::engine::seam::Registry;
use crate::engine::store::{BatchKey, Capacities, NewJob, Owner, Store};
use crate::fault::{FaultKind, FaultPoint, Faults};
use crate::telemetry::chain;

pub(super) const LEASE: Duration = Duration::from_secs(15);

/// Simulated: how long an answer is waited for.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Whether a process lives. What a dead one still does has no effect.
#[derive(Debug)]
pub(super) struct Vitals {
    name: String,
    dead: AtomicBool,
}

impl Vitals {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            dead: AtomicBool::new(false),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn die(&self) {
        self.dead.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_dead(&self) -> bool {
        self.dead.load(Ordering::Relaxed)
    }
}

pub(super) struct Process {
    world: World,
    slot: usize,
    life: Option<Life>,
    /// Not driven before: frozen, or not started again yet.
    rests_until: Duration,
}

struct Life {
    vitals: Arc<Vitals>,
    tokio: tokio::runtime::Runtime,
    runtime: Runtime,
}

impl Process {
    pub(super) fn new(world: &World, slot: usize) -> Self {
        Self {
            world: world.clone(),
            slot,
            life: None,
            rests_until: Duration::ZERO,
        }
    }

    /// Lets it live for a moment, in its own time. One that has ended is started again.
    pub(super) fn live(&mut self, moment: Duration) {
        if self.rests_until > self.world.now() {
            return;
        }
        if self.life.is_none() {
            self.start();
        }
        if let Some(life) = &self.life {
            self.world
                .within(&life.tokio, async { tokio::time::sleep(moment).await });
        }
        self.bury_if_dead();
    }

    fn start(&mut self) {
        let vitals = self.world.new_vitals(self.slot);
        let tokio = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let started = self.world.within(&tokio, async {
            let starting = Runtime::start(parts(&self.world, &vitals));
            tokio::time::timeout(ANSWERS_WITHIN, starting).await
        });
        match started {
            Ok(Ok(runtime)) => {
                self.world.say(format!("{} is up", vitals.name()));
                self.life = Some(Life {
                    vitals,
                    tokio,
                    runtime,
                });
            }
            failed => {
                let why = match failed {
                    Ok(Err(error)) => chain(&error),
                    _ => "no answer".to_owned(),
                };
                self.world
                    .say(format!("{} does not start: {why}", vitals.name()));
                self.rest(Duration::from_secs(1));
            }
        }
    }

    fn rest(&mut self, length: Duration) {
        self.rests_until = self.world.now() + length;
    }

    fn bury_if_dead(&mut self) {
        let ended = self
            .life
            .as_ref()
            .is_some_and(|life| life.vitals.is_dead() || *life.runtime.engine.gave_up.borrow());
        if ended {
            self.end();
            let pause = self.world.chance(|chance| chance.millis(3_000));
            self.rest(pause);
        }
    }

    fn end(&mut self) {
        if let Some(life) = self.life.take() {
            // What is dropped may try to say a last word.
            life.vitals.die();
        }
    }

    /// Something that is asked of the engine; `None`: no answer.
    fn ask<T>(&mut self, of: impl AsyncFnOnce(&Runtime) -> T) -> Option<T> {
        let life = self.life.as_ref()?;
        let asked = self.world.within(&life.tokio, async {
            tokio::time::timeout(ANSWERS_WITHIN, of(&life.runtime)).await
        });
        let alive = !life.vitals.is_dead();
        asked.ok().filter(|_| alive)
    }

    /// `false`: it is not known whether it is stored.
    pub(super) fn submit(&mut self, job: NewJob) -> bool {
        let submitted = self.ask(async |runtime| runtime.submit(job).await);
        match submitted {
            Some(Ok(_)) => true,
            Some(Err(error)) => {
                assert!(error.is_transient(), "{error}");
                false
            }
            None => false,
        }
    }

    /// `SIGKILL`, and a start some time later.
    pub(super) fn kill(&mut self, pause: Duration) {
        if let Some(life) = &self.life {
            self.world.say(format!("{} is killed", life.vitals.name()));
        }
        self.end();
        self.rest(pause);
    }

    /// `SIGSTOP`, and `SIGCONT` later.
    pub(super) fn freeze(&mut self, length: Duration) {
        if let Some(life) = &self.life {
            let name = life.vitals.name();
            self.world.say(format!("{name} freezes for {length:?}"));
            self.rest(length);
        }
    }

    /// `SIGTERM`, and a start some time later.
    pub(super) fn drain(&mut self, grace: Duration, pause: Duration) {
        if let Some(life) = &self.life {
            self.world.say(format!("{} drains", life.vitals.name()));
        }
        self.ask(async |runtime| runtime.drain(grace).await);
        self.end();
        self.rest(pause);
    }

    /// For all of them, up to two hours back or forth.
    pub(super) fn set_the_time_of_day(&mut self, from_two_hours_back: Duration) {
        const TWO_HOURS: i64 = 7_200_000_000;
        let by = from_two_hours_back.as_micros() as i64 - TWO_HOURS;
        self.world
            .say(format!("the time of day is set by {} s", by / 1_000_000));
        clock::simulated::set_wall(by);
    }

    pub(super) fn signal(&mut self, job: &JobId, key: BatchKey) {
        // Whether it has arrived makes no difference: each waits for a time, too.
        self.ask(async |runtime| runtime.signal(job, key, json!(1)).await.ok());
    }

    pub(super) fn cancel(&mut self, job: &JobId) {
        let cancelled = self.ask(async |runtime| runtime.cancel(job).await);
        if let Some(Ok(outcome)) = cancelled {
            self.world
                .say(format!("{job} is to be cancelled: {outcome:?}"));
        }
    }
}

fn parts(world: &World, vitals: &Arc<Vitals>) -> RuntimeParts {
    let read = connect(world, vitals);
    let write = Arc::new(Connections::new(world, vitals));
    let place = Place::new(world, vitals);
    RuntimeParts {
        store: Store::simulated(read, write),
        registry: Registry::default()
            .with(WorkKind(place.clone()))
            .with(GatherKind(place.clone()))
            .with(HandOutKind(place)),
        limits: limits(world),
        faults: faults(world),
        owner: Owner::named(vitals.name()),
        only: None,
        isolate: None,
        artifacts: None,
        kept: KeptTables::default(),
        capacities: Capacities::of(vec![Arc::new(OneCore)]),
        services: vec![],
    }
}

fn limits(world: &World) -> RuntimeLimits {
    world.chance(|chance| RuntimeLimits {
        jobs_at_once: 1 + chance.below(3) as usize,
        queue_jobs_max: HashMap::new(),
        jobs_queued_max: 100,
        batches_at_once: 1 + chance.below(2) as usize,
        // What is put in on purpose must not add up to a failure.
        attempts_max: 100,
        backoff: Backoff {
            first: Duration::from_millis(200),
            longest: Duration::from_secs(5),
        },
        slice_timeout: None,
        stop_grace: Duration::from_secs(1),
        crashes_max: 1_000,
        lease_ms: LEASE.as_millis() as u64,
        rescue_every_ms: 5_000,
        retention: Retention {
            history: Duration::from_secs(if chance.one_in(3) { 4 } else { 100_000 }),
            jobs: Duration::from_secs(100_000),
            artifacts: Duration::from_secs(100_000),
            history_bytes: 1 << 30,
            rows_per_step: 1 + chance.below(20),
            every: Duration::from_secs(7),
        },
    })
}

fn faults(world: &World) -> Faults {
    const POINTS: [FaultPoint; 5] = [
        FaultPoint::BeforePlan,
        FaultPoint::BeforeCheckpoint,
        FaultPoint::AfterCheckpoint,
        FaultPoint::BeforePublish,
        FaultPoint::AfterPublish,
    ];
    const KINDS: [FaultKind; 3] = [FaultKind::Error, FaultKind::Panic, FaultKind::Outage];
    let mut faults = Faults::default();
    if world.is_calm() {
        return faults;
    }
    world.chance(|chance| {
        for _ in 0..chance.below(4) {
            let point = POINTS[chance.below(5) as usize];
            let kind = KINDS[chance.below(3) as usize];
            let (nth, times) = (1 + chance.below(8) as u32, 1 + chance.below(2) as u32);
            faults = faults.clone().with(point, kind, nth, times);
        }
    });
    faults
}
