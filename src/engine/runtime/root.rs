//! The root of the tree: one-for-one over the job supervisor, the rescuer, the sweeper and the
//! services.
//!
//! Intensity: five deaths in sixty seconds among the first three; then it gives up, and the
//! process ends with an error, to be started again by its service manager. A service dies of what
//! is outside: it is restarted after growing pauses, and affects no other actor.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorId, ActorProcessingErr, ActorRef, SpawnErr, SupervisionEvent};
use tokio::time::Instant;
use tracing::{error, warn};

use super::Engine;
use super::intensity::Intensity;
use super::job_supervisor::JobSupervisor;
use super::rescuer::Rescuer;
use super::service_actor::{ServiceActor, ServiceArgs};
use super::sweeper::Sweeper;
use super::tree::{ActorKind, Post, Turn};
use crate::backoff::Backoff;
use crate::engine::seam::ServiceContext;
use crate::telemetry::chain;

const DEATHS_MAX: usize = 5;
const DEATHS_PERIOD: Duration = Duration::from_secs(60);
const PAUSES: Backoff = Backoff {
    first: Duration::from_millis(200),
    longest: Duration::from_secs(30),
};

/// A service that ran this long has recovered: its deaths are forgotten.
const RECOVERED: Duration = Duration::from_secs(60);

/// Messages to the root.
#[derive(Debug)]
pub(super) enum ToRoot {
    /// Start a child again after a pause.
    Revive(ChildName),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChildName {
    Jobs,
    Rescuer,
    Sweeper,
    /// By its place in the engine.
    Service(usize),
}

/// How a service has fared.
#[derive(Clone, Copy, Debug)]
struct Fate {
    started: Instant,
    deaths: u32,
}

pub(super) struct RootState {
    engine: Arc<Engine>,
    children: Vec<(ActorId, ChildName)>,
    intensity: Intensity,
    fates: HashMap<usize, Fate>,
}

pub(super) struct RootSupervisor;

#[ractor::async_trait]
impl Actor for RootSupervisor {
    type Msg = ToRoot;
    type State = RootState;
    type Arguments = Arc<Engine>;

    async fn pre_start(
        &self,
        myself: ActorRef<ToRoot>,
        engine: Arc<Engine>,
    ) -> Result<RootState, ActorProcessingErr> {
        let intensity = Intensity::new(DEATHS_MAX, DEATHS_PERIOD);
        let kind = ActorKind::RootSupervisor;
        engine.tree.add(myself.get_cell(), None, kind, "root");
        let mut state = RootState {
            engine,
            children: Vec::new(),
            intensity,
            fates: HashMap::new(),
        };
        let services = (0..state.engine.services.len()).map(ChildName::Service);
        let names = [ChildName::Jobs, ChildName::Rescuer, ChildName::Sweeper];
        for name in names.into_iter().chain(services) {
            state.spawn(name, &myself).await?;
        }
        Ok(state)
    }

    async fn handle(
        &self,
        myself: ActorRef<ToRoot>,
        ToRoot::Revive(name): ToRoot,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        let _turn = Turn::of(myself.get_id(), true);
        // A start that fails comes back here as an error of the spawn, not as an event.
        if let Err(cause) = state.spawn(name, &myself).await {
            state.died(name, &cause, &myself);
        }
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<ToRoot>,
        event: SupervisionEvent,
        state: &mut RootState,
    ) -> Result<(), ActorProcessingErr> {
        if let SupervisionEvent::ActorFailed(cell, cause) = event
            && let Some(at) = state
                .children
                .iter()
                .position(|(id, _)| *id == cell.get_id())
        {
            let (_, name) = state.children.swap_remove(at);
            state.engine.tree.died(cell.get_id(), &chain(&*cause));
            state.died(name, &*cause, &myself);
        }
        Ok(())
    }
}

impl RootState {
    async fn spawn(&mut self, name: ChildName, myself: &ActorRef<ToRoot>) -> Result<(), SpawnErr> {
        let engine = Arc::clone(&self.engine);
        let cell = myself.get_cell();
        let args = Arc::clone(&engine);
        let (child, kind) = match name {
            ChildName::Jobs => {
                let spawned = JobSupervisor::spawn_linked(None, JobSupervisor, args, cell);
                let (jobs, _) = spawned.await?;
                engine.set_jobs(jobs.clone());
                (jobs.get_cell(), ActorKind::JobSupervisor)
            }
            ChildName::Rescuer => {
                let (rescuer, _) = Rescuer::spawn_linked(None, Rescuer, args, cell).await?;
                (rescuer.get_cell(), ActorKind::Rescuer)
            }
            ChildName::Sweeper => {
                let (sweeper, _) = Sweeper::spawn_linked(None, Sweeper, args, cell).await?;
                (sweeper.get_cell(), ActorKind::Sweeper)
            }
            ChildName::Service(place) => {
                let args = ServiceArgs {
                    service: Arc::clone(&engine.services[place]),
                    with: ServiceContext {
                        stop: engine.stop_services.clone(),
                        submit: engine.clone(),
                        bell: engine.hub.bell(),
                        store: engine.store.clone(),
                        owner: engine.owner.clone(),
                    },
                    running: engine.running_services.clone(),
                };
                let fate = self.fates.entry(place).or_insert(Fate {
                    started: Instant::now(),
                    deaths: 0,
                });
                fate.started = Instant::now();
                let spawned = ServiceActor::spawn_linked(None, ServiceActor, args, cell);
                (spawned.await?.0.get_cell(), ActorKind::ServiceActor)
            }
        };
        let id = child.get_id();
        let shown = match name {
            ChildName::Jobs => "jobs",
            ChildName::Rescuer => "rescuer",
            ChildName::Sweeper => "sweeper",
            ChildName::Service(place) => engine.services[place].name(),
        };
        engine.tree.add(child, Some(myself.get_id()), kind, shown);
        self.children.push((id, name));
        Ok(())
    }

    fn died(
        &mut self,
        name: ChildName,
        cause: &(dyn std::error::Error + 'static),
        myself: &ActorRef<ToRoot>,
    ) {
        if let ChildName::Service(place) = name {
            return self.service_died(place, cause, myself);
        }
        warn!(actor = ?name, error = chain(cause), "a supervisor died");
        if self.intensity.allows(Instant::now()) {
            myself.post_after(PAUSES.first, move || ToRoot::Revive(name));
        } else {
            error!(actor = ?name, "supervisors keep dying; giving up");
            self.engine.give_up();
        }
    }

    fn service_died(
        &mut self,
        place: usize,
        cause: &(dyn std::error::Error + 'static),
        myself: &ActorRef<ToRoot>,
    ) {
        let service = self.engine.services[place].name();
        let Some(fate) = self.fates.get_mut(&place) else {
            return;
        };
        if fate.started.elapsed() > RECOVERED {
            fate.deaths = 0;
        }
        fate.deaths += 1;
        let pause = PAUSES.pause(fate.deaths, 0);
        warn!(service, error = chain(cause), pause = ?pause, "a service died");
        myself.post_after(pause, move || ToRoot::Revive(ChildName::Service(place)));
    }
}
