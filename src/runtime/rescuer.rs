//! Finds jobs whose lease lapsed and hands them to the job supervisor.
//!
//! Started and restarted by: the root supervisor. A lease lapses when the process that held
//! it died. Retrying a failed batch is not its business: see `plan` and `restart`.

use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use tracing::{info, warn};

use super::Engine;
use crate::telemetry::chain;

/// Messages to the rescuer.
#[derive(Debug)]
pub(super) enum ToRescuer {
    /// Look for lapsed leases, and for jobs that another process stored.
    Sweep,
}

pub(super) struct Rescuer;

#[ractor::async_trait]
impl Actor for Rescuer {
    type Msg = ToRescuer;
    type State = Arc<Engine>;
    type Arguments = Arc<Engine>;

    async fn pre_start(
        &self,
        myself: ActorRef<ToRescuer>,
        engine: Arc<Engine>,
    ) -> Result<Arc<Engine>, ActorProcessingErr> {
        let every = Duration::from_millis(engine.limits.rescue_every_ms);
        myself.send_interval(every, || ToRescuer::Sweep);
        Ok(engine)
    }

    async fn handle(
        &self,
        _: ActorRef<ToRescuer>,
        ToRescuer::Sweep: ToRescuer,
        engine: &mut Arc<Engine>,
    ) -> Result<(), ActorProcessingErr> {
        match engine.store.leases().rescue().await {
            Ok(rescued) => {
                for job in &rescued {
                    info!(job.id = %job, "job rescued");
                    engine.hub.changed(job);
                }
                engine.wake();
            }
            Err(error) => warn!(error = chain(&error), "lapsed leases cannot be looked for"),
        }
        Ok(())
    }
}
