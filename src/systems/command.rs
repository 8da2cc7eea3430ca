//! A command of the program that a system gives, and what it may do with the program.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use clap::{ArgMatches, Args};
use entity::JobId;
use futures_util::stream::BoxStream;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Platform;
use crate::engine::store::Store;
use crate::settings::{Loaded, SettingsPlace};

/// A command, e.g. `audience label`.
#[async_trait]
pub trait Command: Send + Sync {
    /// Its name, its arguments and its help.
    fn definition(&self) -> clap::Command;

    /// The command that it is a part of, e.g. `demo` of `audience demo pipelines`.
    fn below(&self) -> Option<&'static str> {
        None
    }

    /// Does it in a process that has no other threads. `None`: it is not such a command.
    fn run_alone(&self, _arguments: &ArgMatches) -> Option<ExitCode> {
        None
    }

    /// Does what the arguments say.
    async fn run(&self, arguments: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode>;
}

/// The program, as a command of a system sees it.
#[async_trait]
pub trait Program: Send + Sync {
    /// Where the arguments say that the settings are.
    fn place(&self) -> &SettingsPlace;

    /// Reads the settings. Such commands show their progress themselves: of the usual log only
    /// what is wrong is shown.
    fn load(&self, place: &SettingsPlace) -> anyhow::Result<Loaded>;

    /// The same for commands that report failed attempts themselves: only errors are logged.
    fn load_silently(&self, place: &SettingsPlace) -> anyhow::Result<Loaded> {
        self.load(place)
    }

    /// Starts the engine with everything that the systems give, but the API. With `only`, no other
    /// job is run, and that one in a process of its own once it may have ended a process.
    async fn start(
        &self,
        loaded: &Loaded,
        only: Option<JobId>,
    ) -> anyhow::Result<Arc<dyn RunningProgram>>;

    /// Runs the job for which this process was started by another one, see [`OnlyJob`].
    async fn run_only(&self, job: &JobId, loaded: &Loaded) -> anyhow::Result<()>;

    /// Opens the engine's database for a command that starts no engine. `None`: it is a file that is not
    /// there.
    async fn database(&self, _loaded: &Loaded) -> anyhow::Result<Option<Store>> {
        anyhow::bail!("this program opens no database")
    }

    /// A running server that is asked instead; `ca`: a file with further certificates of authorities.
    fn server(&self, _url: &str, _ca: Option<PathBuf>) -> anyhow::Result<Box<dyn RemoteServer>> {
        anyhow::bail!("this program asks no servers")
    }

    /// Cancelled by the first SIGTERM or SIGINT; a second one ends the process.
    fn stop_on_signal(&self) -> anyhow::Result<CancellationToken>;
}

/// A call that a server has refused.
#[derive(Debug, thiserror::Error)]
#[error("{detail}")]
pub struct RefusedCall {
    pub status: u16,
    pub detail: String,
}

/// A running server, as a command asks it.
#[async_trait]
pub trait RemoteServer: Send + Sync {
    /// An answer with a status of success; fails with a [`RefusedCall`] otherwise.
    async fn ask(&self, asked: Asked<'_>) -> anyhow::Result<ServerAnswer>;
}

/// A call.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// `POST`, and not `GET`.
    pub is_post: bool,
    /// `PUT`, and neither.
    pub is_put: bool,
    pub path: String,
    pub headers: Vec<(&'a str, String)>,
    pub body: Option<Value>,
    /// A body that is no JSON of ours, with its type.
    pub document: Option<(&'static str, Vec<u8>)>,
}

/// What is answered, as it comes.
pub struct ServerAnswer(pub BoxStream<'static, anyhow::Result<Vec<u8>>>);

/// A program whose engine runs.
#[async_trait]
pub trait RunningProgram: Send + Sync {
    fn platform(&self) -> &Platform;

    /// Serves the API and the pages on a free port of this machine until `stop`. `listening` is told the
    /// address.
    async fn serve(
        &self,
        _stop: CancellationToken,
        _listening: &(dyn Fn(SocketAddr) + Send + Sync),
    ) -> anyhow::Result<()> {
        anyhow::bail!("this program serves nothing")
    }

    /// Finishes the slices in work and gives up the jobs for the next start.
    async fn stop(&self);
}

/// The argument of a process that was started for one job.
#[derive(Debug, Args)]
pub struct OnlyJob {
    /// Run this job and nothing else; what `serve` starts for a job that may have ended it
    #[arg(long = "only-job", value_name = "HEX32", hide = true)]
    job: Option<JobId>,
}

impl OnlyJob {
    pub fn job(&self) -> Option<&JobId> {
        self.job.as_ref()
    }
}
