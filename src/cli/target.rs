//! Where commands about jobs are done: by a running server, or in the database of the settings.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use entity::JobId;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::app::{App, StartOptions, expect_database};
use crate::http::Inside;
use crate::settings::{Settings, SettingsPlace};
use crate::systems::Systems;
use crate::telemetry;

/// A server that accepts no connection for this long is away.
const CONNECTS_WITHIN: Duration = Duration::from_secs(10);

/// Variables that hold the token, the first that is set.
const TOKENS: [&str; 2] = ["AUDIENCE_TOKEN", "AUTH_TOKEN"];

#[derive(Debug, Args)]
pub(super) struct TargetArguments {
    /// A running server, whose token is in the variable AUDIENCE_TOKEN [default: the database of the
    /// settings itself]
    #[arg(long, value_name = "http://ADDRESS:PORT")]
    server: Option<String>,
}

/// Something that has the API.
pub(super) enum Target {
    Server {
        client: reqwest::Client,
        url: String,
        token: Option<SecretString>,
    },
    Here {
        app: Box<App>,
        inside: Inside,
    },
}

/// An answer whose status is one of success.
pub(super) struct Answer(BoxStream<'static, anyhow::Result<Vec<u8>>>);

impl Target {
    pub async fn open(
        arguments: TargetArguments,
        place: &SettingsPlace,
        systems: &Systems,
    ) -> anyhow::Result<Self> {
        if let Some(url) = arguments.server {
            let url = url.trim_end_matches('/').to_owned();
            if !url.starts_with("http://") {
                bail!("--server: expected http://address:port, found `{url}`");
            }
            let client = reqwest::Client::builder().connect_timeout(CONNECTS_WITHIN);
            let mut tokens = TOKENS.iter().filter_map(|name| std::env::var(name).ok());
            return Ok(Self::Server {
                client: client.build()?,
                url,
                token: tokens.find(|token| !token.is_empty()).map(Into::into),
            });
        }
        let mut loaded = Settings::load(place, &systems.sections())?;
        expect_database(&loaded.settings)?;
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

    /// Calls the API without a body; fails with what it says if it does not do it.
    pub async fn call(&self, method: Method, path: &str) -> anyhow::Result<Answer> {
        let (status, answer) = match self {
            Self::Server { client, url, token } => {
                let mut call = client.request(method, format!("{url}{path}"));
                if let Some(token) = token {
                    call = call.bearer_auth(token.expose_secret());
                }
                let response = call.send().await;
                let response = response.with_context(|| {
                    format!(
                        "no server answers at {url} (--server); without that option the database of \
                         the settings is used"
                    )
                })?;
                (response.status().as_u16(), Answer::of(response))
            }
            Self::Here { inside, .. } => {
                let uri = path.parse().context("the path of a call")?;
                let answer = inside.call(method, uri).await;
                let body = answer.body.map(|bytes| bytes.context(CUT_OFF));
                (answer.status, Answer(body.boxed()))
            }
        };
        if (200..300).contains(&status) {
            return Ok(answer);
        }
        Err(self.refusal(status, answer).await)
    }

    async fn refusal(&self, status: u16, answer: Answer) -> anyhow::Error {
        let has_token = matches!(self, Self::Server { token: Some(_), .. });
        if status == 401 {
            let [name, other] = TOKENS;
            return match has_token {
                true => anyhow::anyhow!("the server does not take the token in {name} or {other}"),
                false => anyhow::anyhow!("the server needs a token: set the variable {name}"),
            };
        }
        let problem = answer.json().await.unwrap_or_default();
        match problem["detail"].as_str() {
            Some(detail) => anyhow::anyhow!("{detail}"),
            None => anyhow::anyhow!("the server answers {status}: is it an audience server?"),
        }
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
    fn of(response: reqwest::Response) -> Self {
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
