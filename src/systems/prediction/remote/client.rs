//! Asks the other server.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::file::RemoteFile;
use super::metadata::{ModelMetadata, ServerMetadata};
use crate::fetch::{AllowedHosts, Exchange, ExchangeError, Inquiry, InquiryAnswer, host_of};
use crate::systems::prediction::protocol::{JSON_LENGTH, Written};

/// The setting that makes exceptions.
pub(super) const SETTING: &str = "prediction.remote_hosts";

/// Of one answer.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// Of what an answer says of an error, as far as people are shown it.
const SAID_CHARS: usize = 300;

/// Clones share connections.
#[derive(Clone, Debug)]
pub(super) struct RemoteClient {
    exchange: Exchange,
    /// For one request, with all of its answer.
    within: Duration,
}

/// Why there is no answer. Messages hold nothing of the URL but its host.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemoteError {
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    /// It is there, and refuses what it was asked.
    #[error("{host} refuses the request: {said}")]
    Refused { host: String, said: String },
    #[error("{host} answered {status}{said}")]
    Failed {
        host: String,
        status: u16,
        said: String,
    },
    #[error("{host} answered what cannot be read: {fault}")]
    Unreadable { host: String, fault: String },
}

/// An answer to a request for predictions.
pub(super) struct Answered {
    pub body: Vec<u8>,
    pub json_length: Option<String>,
}

impl RemoteClient {
    pub fn new(exceptions: AllowedHosts, within: Duration) -> Result<Self, ExchangeError> {
        Ok(Self {
            exchange: Exchange::new(exceptions, SETTING, ANSWER_BYTES_MAX)?,
            within,
        })
    }

    /// Whether the URL of a server may be asked at all.
    pub fn check(&self, url: &Url) -> Result<(), ExchangeError> {
        self.exchange.check(url)
    }

    /// One that says nothing of itself has no extensions.
    pub async fn server(&self, file: &RemoteFile) -> Result<ServerMetadata, RemoteError> {
        match self.get(&file.server_url()).await {
            Err(RemoteError::Failed { .. } | RemoteError::Refused { .. }) => {
                Ok(ServerMetadata::default())
            }
            got => got,
        }
    }

    pub async fn model(&self, file: &RemoteFile) -> Result<ModelMetadata, RemoteError> {
        self.get(&file.model_url(None)).await
    }

    /// An error says why the model is not ready.
    pub async fn ready(&self, file: &RemoteFile) -> Result<(), RemoteError> {
        let url = file.model_url(Some("ready"));
        self.ask(&url, Vec::new(), None).await.map(drop)
    }

    pub async fn infer(
        &self,
        file: &RemoteFile,
        request: Written,
    ) -> Result<Answered, RemoteError> {
        let content_type = match request.json_length {
            None => "application/json",
            Some(_) => "application/octet-stream",
        };
        let json_length = request.json_length;
        let json_length = json_length.map(|length| (JSON_LENGTH, length.to_string()));
        let headers = [("Content-Type", content_type.to_owned())];
        let headers = headers.into_iter().chain(json_length).collect();
        let url = file.model_url(Some("infer"));
        let answer = self.ask(&url, headers, Some(request.bytes)).await?;
        Ok(Answered {
            json_length: answer.header(JSON_LENGTH),
            body: answer.body,
        })
    }

    async fn get<T: DeserializeOwned>(&self, url: &Url) -> Result<T, RemoteError> {
        let answer = self.ask(url, Vec::new(), None).await?;
        serde_json::from_slice(&answer.body).map_err(|error| RemoteError::Unreadable {
            host: host_of(url),
            fault: error.to_string(),
        })
    }

    /// The answer, if it is a success.
    async fn ask(
        &self,
        url: &Url,
        headers: Vec<(&'static str, String)>,
        body: Option<Vec<u8>>,
    ) -> Result<InquiryAnswer, RemoteError> {
        let inquiry = Inquiry { url, headers, body };
        let answer = self.exchange.ask(inquiry, self.within).await?;
        let host = host_of(url);
        match answer.status {
            200 => Ok(answer),
            400 | 413 | 422 => Err(RemoteError::Refused {
                host,
                said: sentence(&answer.body).unwrap_or_else(|| format!("status {}", answer.status)),
            }),
            status => Err(RemoteError::Failed {
                host,
                status,
                said: sentence(&answer.body)
                    .map(|sentence| format!(": {sentence}"))
                    .unwrap_or_default(),
            }),
        }
    }
}

/// What the protocol says of an error, in one line.
fn sentence(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let said = body["error"].as_str()?;
    let plain = said.chars().map(|letter| match letter.is_control() {
        true => ' ',
        false => letter,
    });
    let plain: String = plain.take(SAID_CHARS).collect();
    Some(plain.trim().to_owned()).filter(|plain| !plain.is_empty())
}
