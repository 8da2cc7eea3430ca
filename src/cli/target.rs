//! Where commands about jobs are done: by a running server, or in the database of the settings.

use anyhow::Context;
use clap::Args;
use entity::JobId;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::Method;
use serde_json::Value;

use super::server::{CaArgument, Server};
use crate::app::{self, App, StartOptions, expect_database};
use crate::engine::store::Store;
use crate::http::Inside;
use crate::settings::{Settings, SettingsPlace, caller_token};
use crate::systems::Systems;
use crate::telemetry;

#[derive(Debug, Args)]
pub(super) struct TargetArguments {
    /// A running server, whose token is in the variable AUDIENCE_TOKEN or AUTH_TOKEN [default: the
    /// database of the settings itself]
    #[arg(long, value_name = "URL")]
    server: Option<String>,
    #[command(flatten)]
    ca: CaArgument,
}

/// Something that has the API.
pub(super) enum Target {
    Server(Box<Server>),
    Here { app: Box<App>, inside: Inside },
}

/// At which of two paths something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    First,
    Second,
}

/// An answer whose status is one of success.
pub(super) struct Answer(pub(super) BoxStream<'static, anyhow::Result<Vec<u8>>>);

impl Target {
    pub async fn open(
        arguments: TargetArguments,
        place: &SettingsPlace,
        systems: &Systems,
    ) -> anyhow::Result<Self> {
        if let Some(url) = arguments.server {
            let server = Server::new(&url, "--server", &arguments.ca, caller_token()?, None)?;
            return Ok(Self::Server(Box::new(server)));
        }
        arguments.ca.expect_none("no --server is given")?;
        let mut loaded = Settings::load(place, &systems.sections())?;
        if !loaded.is_set("database.url")
            && let Some(url) = systems.iter().find_map(|system| system.database_here())
        {
            loaded.settings.database.url = url;
        }
        expect_database(&loaded.settings)?;
        let has_tables = Store::look_at(&loaded.settings.database.url).await;
        if has_tables.map_err(|error| app::blamed(&loaded, error))? == Some(false) {
            anyhow::bail!(
                "the database (setting `database.url`) does not have the tables of this version: \
                 `audience migrate`, or a start of the server, brings them to it"
            );
        }
        loaded.settings.log.be_quiet();
        telemetry::start(&loaded.settings.log);
        let options = StartOptions {
            systems: systems.clone(),
            // One that nobody has submitted: jobs are left to servers.
            only: Some(JobId::new()),
            ..StartOptions::default()
        };
        let app = Box::new(App::start(&loaded, options).await?);
        let inside = app.inside()?;
        Ok(Self::Here { app, inside })
    }

    /// Sends a body to the API; fails with what it says if it does not do it.
    pub async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Answer> {
        let (status, answer) = self.ask_with(Method::POST, path, Some(body)).await?;
        self.expect_success(path, status, answer).await
    }

    /// Calls the API without a body; fails with what it says if it does not do it.
    pub async fn call(&self, method: Method, path: &str) -> anyhow::Result<Answer> {
        let (status, answer) = self.ask(method, path).await?;
        self.expect_success(path, status, answer).await
    }

    /// The same at the second path, where nothing is found at the first.
    pub async fn call_either(
        &self,
        method: Method,
        first: &str,
        second: &str,
    ) -> anyhow::Result<(Found, Answer)> {
        let (status, answer) = self.ask(method.clone(), first).await?;
        if status != 404 {
            let answer = self.expect_success(first, status, answer).await?;
            return Ok((Found::First, answer));
        }
        let (other_status, other) = self.ask(method, second).await?;
        match other_status {
            // The first path is the usual one.
            404 => Ok((
                Found::First,
                self.expect_success(first, status, answer).await?,
            )),
            _ => Ok((
                Found::Second,
                self.expect_success(second, other_status, other).await?,
            )),
        }
    }

    async fn ask(&self, method: Method, path: &str) -> anyhow::Result<(u16, Answer)> {
        self.ask_with(method, path, None).await
    }

    async fn ask_with(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<(u16, Answer)> {
        Ok(match self {
            Self::Server(server) => {
                let response = server.call_with(method, path, &[], body).await?;
                (response.status().as_u16(), Answer::of(response))
            }
            Self::Here { inside, .. } => {
                let uri = path.parse().context("the path of a call")?;
                let answer = inside.call(method, uri, body).await;
                let body = answer.body.map(|bytes| bytes.context(CUT_OFF));
                (answer.status, Answer(body.boxed()))
            }
        })
    }

    async fn expect_success(
        &self,
        path: &str,
        status: u16,
        answer: Answer,
    ) -> anyhow::Result<Answer> {
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        let problem = answer.json().await.unwrap_or_default();
        let detail = problem["detail"].as_str();
        Err(match self {
            Self::Server(server) => server.refused(path, status, detail),
            Self::Here { .. } => anyhow::anyhow!("{}", detail.unwrap_or("the call has failed")),
        })
    }

    pub async fn close(self) {
        if let Self::Here { app, inside } = self {
            drop(inside);
            app.stop().await;
        }
    }
}

const CUT_OFF: &str = "the answer was cut off";

impl Answer {
    pub(super) fn of(response: reqwest::Response) -> Self {
        let chunks = futures_util::stream::unfold(Some(response), |response| async move {
            let mut response = response?;
            match response.chunk().await {
                Ok(Some(chunk)) => Some((Ok(chunk.to_vec()), Some(response))),
                Ok(None) => None,
                Err(error) => Some((Err(error).context(CUT_OFF), None)),
            }
        });
        Self(chunks.boxed())
    }

    /// The next bytes; `None`: that was all.
    pub async fn next(&mut self) -> anyhow::Result<Option<Vec<u8>>> {
        self.0.next().await.transpose()
    }

    pub async fn json(mut self) -> anyhow::Result<Value> {
        let mut bytes = Vec::new();
        while let Some(some) = self.next().await? {
            bytes.extend(some);
        }
        serde_json::from_slice(&bytes)
            .context("the answer cannot be read: is it an audience server?")
    }
}
