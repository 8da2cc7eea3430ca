//! Hosts one service, of whatever kind.
//!
//! Started and restarted by: the root supervisor. Owns: the task in which the service runs, which
//! ends with it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use ractor::{Actor, ActorProcessingErr, ActorRef};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::debug;

use super::tree::{Post, Turn};
use crate::engine::seam::{Service, ServiceContext, StepError};

/// Messages to a service's actor.
#[derive(Debug)]
pub(super) enum ToService {
    /// The service has returned. `None`: it panicked.
    Ended(Option<Result<(), StepError>>),
}

pub(super) struct ServiceArgs {
    pub service: Arc<dyn Service>,
    pub with: ServiceContext,
    /// How many services run.
    pub running: watch::Sender<usize>,
}

/// Ends the task with the actor.
pub(super) struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Counts a service for as long as it runs, however that ends.
struct Counted(watch::Sender<usize>);

impl Counted {
    fn new(running: watch::Sender<usize>) -> Self {
        running.send_modify(|running| *running += 1);
        Self(running)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

pub(super) struct ServiceActor;

#[ractor::async_trait]
impl Actor for ServiceActor {
    type Msg = ToService;
    type State = Running;
    type Arguments = ServiceArgs;

    async fn pre_start(
        &self,
        myself: ActorRef<ToService>,
        args: ServiceArgs,
    ) -> Result<Running, ActorProcessingErr> {
        let ServiceArgs {
            service,
            with,
            running,
        } = args;
        let counted = Counted::new(running);
        let task = tokio::spawn(async move {
            let ran = AssertUnwindSafe(service.run(with)).catch_unwind().await;
            drop(counted);
            debug!(service = service.name(), "a service has returned");
            // The actor may have ended with the program.
            myself.post(ToService::Ended(ran.ok())).ok();
        });
        Ok(Running(task))
    }

    async fn handle(
        &self,
        myself: ActorRef<ToService>,
        ToService::Ended(ran): ToService,
        _: &mut Running,
    ) -> Result<(), ActorProcessingErr> {
        let _turn = Turn::of(myself.get_id(), true);
        match ran {
            Some(Ok(())) => {
                myself.stop(None);
                Ok(())
            }
            Some(Err(error)) => Err(error.into()),
            None => Err("it panicked".into()),
        }
    }
}
