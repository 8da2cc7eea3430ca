//! The program, as the commands of systems see it.

use std::sync::Arc;

use async_trait::async_trait;
use entity::JobId;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{apart, serve};
use crate::app::{App, StartOptions};
use crate::settings::{Loaded, Settings, SettingsPlace};
use crate::systems::{Platform, Program, RunningProgram, Systems};
use crate::telemetry;

/// This program, with the place of its settings.
pub(super) struct ThisProgram {
    pub systems: Systems,
    pub place: SettingsPlace,
}

#[async_trait]
impl Program for ThisProgram {
    fn place(&self) -> &SettingsPlace {
        &self.place
    }

    fn load(&self, place: &SettingsPlace) -> anyhow::Result<Loaded> {
        let mut loaded = Settings::load(place, &self.systems.sections())?;
        loaded.settings.log.be_quiet();
        telemetry::start(&loaded.settings.log);
        telemetry::start_sending(&loaded.settings.telemetry)?;
        for warning in loaded.warnings() {
            warn!("{warning}");
        }
        Ok(loaded)
    }

    async fn start(
        &self,
        loaded: &Loaded,
        only: Option<JobId>,
    ) -> anyhow::Result<Arc<dyn RunningProgram>> {
        let isolate = match only {
            Some(_) => Some(apart::command(apart::own_arguments())?),
            None => None,
        };
        let options = StartOptions {
            systems: self.systems.clone(),
            only,
            isolate,
            ..StartOptions::default()
        };
        Ok(Arc::new(App::start(loaded, options).await?))
    }

    async fn run_only(&self, job: &JobId, loaded: &Loaded) -> anyhow::Result<()> {
        apart::run(job, loaded, &self.systems).await
    }

    fn stop_on_signal(&self) -> anyhow::Result<CancellationToken> {
        serve::stop_on_signal()
    }
}

#[async_trait]
impl RunningProgram for App {
    fn platform(&self) -> &Platform {
        &self.platform
    }

    async fn stop(&self) {
        App::stop(self).await;
    }
}
