//! The file of a remote model: which model of which server, and how it is asked.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use crate::models::Refusal;
use crate::systems::prediction::protocol::Asking;

/// A file that was read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct RemoteFile {
    /// What stands before `/v2`.
    pub url: Url,
    pub model: String,
    /// `None`: that which the other server chooses.
    pub version: Option<String>,
    /// `None`: its server has not been asked yet.
    pub asking: Option<Asking>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Only told from other files by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    url: String,
    model: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    asking: Option<Asking>,
}

impl RemoteFile {
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let written: Written = serde_json::from_slice(bytes).map_err(|error| {
            Refusal::new(format!(
                "expected {{\"url\", \"model\", \"version\"}} of a server: {error}"
            ))
        })?;
        let url = read_url(&written.url)?;
        if written.model.is_empty() {
            return Err(Refusal::new("model: expected the name of a model"));
        }
        let version = match written.version {
            None | Some(Value::Null) => None,
            Some(Value::String(version)) if !version.is_empty() => Some(version),
            Some(Value::Number(version)) => Some(version.to_string()),
            Some(_) => return Err(Refusal::new("version: expected a text such as \"3\"")),
        };
        Ok(Self {
            url,
            model: written.model,
            version,
            asking: written.asking,
        })
    }

    /// The file that says the same.
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = Written {
            format: None,
            url: self.url.to_string(),
            model: self.model.clone(),
            version: self.version.clone().map(Value::String),
            asking: self.asking.clone(),
        };
        serde_json::to_vec(&written).expect("texts and numbers are JSON")
    }

    /// The URL of a path below that of the server, and of the model in it.
    pub fn server_url(&self) -> Url {
        below(&self.url, &["v2"])
    }

    pub fn model_url(&self, last: Option<&str>) -> Url {
        let mut steps = vec!["v2", "models", &self.model];
        if let Some(version) = &self.version {
            steps.extend(["versions", version]);
        }
        steps.extend(last);
        below(&self.url, &steps)
    }
}

fn read_url(text: &str) -> Result<Url, Refusal> {
    let fault = || {
        Refusal::new(
            "url: expected http:// or https:// with a host, without a user, a query or `/v2` at its end",
        )
    };
    let url = Url::parse(text).map_err(|_| fault())?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_http = ["http", "https"].contains(&url.scheme()) && url.has_host();
    let is_above = !url.path().trim_end_matches('/').ends_with("/v2");
    match is_http && is_plain && !has_user && is_above {
        true => Ok(url),
        false => Err(fault()),
    }
}

fn below(url: &Url, steps: &[&str]) -> Url {
    let mut url = url.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(steps);
    }
    url
}
