//! The program, as the commands of systems see it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use entity::JobId;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::server::{CaArgument, Server};
use super::target::Answer;
use super::{apart, serve};
use crate::app::{App, StartOptions, open_database_if_there};
use crate::engine::store::Store;
use crate::printable::printable;
use crate::process::print_error_line;
use crate::settings::{Loaded, LogSettings, Settings, SettingsPlace, auth_token, caller_token};
use crate::systems::{
    Asked, Platform, Program, RefusedCall, RemoteServer, RunningProgram, ServerAnswer, Systems,
};
use crate::telemetry;

/// This program, with the place of its settings.
pub(super) struct ThisProgram {
    pub systems: Systems,
    pub place: SettingsPlace,
}

impl ThisProgram {
    fn load_with(
        &self,
        place: &SettingsPlace,
        lower: fn(&mut LogSettings),
    ) -> anyhow::Result<Loaded> {
        let mut loaded = Settings::load(place, &self.systems.sections())?;
        lower(&mut loaded.settings.log);
        telemetry::start(&loaded.settings.log);
        telemetry::start_sending(&loaded.settings.telemetry)?;
        Ok(loaded)
    }
}

#[async_trait]
impl Program for ThisProgram {
    fn place(&self) -> &SettingsPlace {
        &self.place
    }

    fn load(&self, place: &SettingsPlace) -> anyhow::Result<Loaded> {
        let loaded = self.load_with(place, LogSettings::be_quiet)?;
        for warning in loaded.warnings() {
            warn!("{warning}");
        }
        Ok(loaded)
    }

    fn load_silently(&self, place: &SettingsPlace) -> anyhow::Result<Loaded> {
        let loaded = self.load_with(place, LogSettings::be_silent)?;
        for warning in loaded.warnings() {
            print_error_line(&format!("warning: {}", printable(&warning)));
        }
        Ok(loaded)
    }

    async fn database(&self, loaded: &Loaded) -> anyhow::Result<Option<Store>> {
        open_database_if_there(loaded).await
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

    fn server(&self, url: &str, ca: Option<PathBuf>) -> anyhow::Result<Box<dyn RemoteServer>> {
        let ca = CaArgument::named(ca);
        let server = Server::new(url, "--server", &ca, caller_token()?, None)?;
        Ok(Box::new(server))
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

    async fn serve(
        &self,
        stop: CancellationToken,
        listening: &(dyn Fn(SocketAddr) + Send + Sync),
    ) -> anyhow::Result<()> {
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        App::serve(self, any_port, auth_token()?, stop, listening).await
    }

    async fn stop(&self) {
        App::stop(self).await;
    }
}

#[async_trait]
impl RemoteServer for Server {
    async fn ask(&self, asked: Asked<'_>) -> anyhow::Result<ServerAnswer> {
        let method = match (asked.is_post, asked.is_put) {
            (_, true) => Method::PUT,
            (true, false) => Method::POST,
            (false, false) => Method::GET,
        };
        let (path, body) = (&asked.path, asked.body.as_ref());
        let response = match asked.document {
            Some((content_type, bytes)) => {
                let call = self.request(method, path, &asked.headers);
                let call = call.header(CONTENT_TYPE, content_type);
                self.send(call.body(bytes)).await?
            }
            None => self.call_with(method, path, &asked.headers, body).await?,
        };
        let status = response.status();
        let answer = Answer::of(response);
        if status.is_success() {
            return Ok(ServerAnswer(answer.0));
        }
        let problem = answer.json().await.unwrap_or_default();
        let status = status.as_u16();
        let refused = self.refused(path, status, problem["detail"].as_str());
        let detail = format!("{refused:#}");
        Err(RefusedCall { status, detail }.into())
    }
}
