//! A remote model that was opened, and what opens it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::answers::answers_of;
use super::client::{RemoteClient, RemoteError};
use super::file::RemoteFile;
use super::layout::lay_out;
use crate::fetch::{AllowedHosts, ExchangeError};
use crate::models::{Answers, FeatureKind, Package, Refusal, Rows, Signature};
use crate::systems::prediction::protocol::{Asking, Datatype, ask, read_outputs};
use crate::systems::prediction::serving::{OpenRemote, PredictError, RemoteScorer};
use crate::systems::prediction::settings::PredictionSection;

/// Why no servers can be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemotesError {
    #[error("prediction.remote_hosts: {0}")]
    Hosts(String),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// Asks other servers for their models.
pub(crate) struct Remotes(RemoteClient);

impl Remotes {
    pub fn of(section: &PredictionSection) -> Result<Self, RemotesError> {
        let exceptions = AllowedHosts::read(&section.remote_hosts);
        let exceptions = exceptions.map_err(RemotesError::Hosts)?;
        let within = Duration::from_secs(section.remote_seconds);
        Ok(Self(RemoteClient::new(exceptions, within)?))
    }
}

#[async_trait]
impl OpenRemote for Remotes {
    async fn complete(&self, package: Package) -> Result<Package, Refusal> {
        let mut file = RemoteFile::read(&package.file)?;
        let refusal = |error: RemoteError| Refusal::new(error.to_string());
        let server = self.0.server(&file).await.map_err(refusal)?;
        let model = self.0.model(&file).await.map_err(refusal)?;
        let (description, asking) = lay_out(&server, &model, package.description)?;
        file.asking = Some(asking);
        Ok(Package {
            file: file.to_bytes().into(),
            description,
            ..package
        })
    }

    fn open(&self, package: &Package) -> Result<(Signature, Arc<dyn RemoteScorer>), Refusal> {
        let file = RemoteFile::read(&package.file)?;
        let url = self.0.check(&file.url);
        url.map_err(|error| Refusal::new(error.to_string()))?;
        let description = &package.description;
        let incomplete =
            || Refusal::new("the server of the model has not been asked what it takes");
        let signature = Signature::new(
            description.task.ok_or_else(incomplete)?,
            description.features.clone().ok_or_else(incomplete)?,
            description.labels.clone().unwrap_or_default(),
        );
        let asking = file.asking.clone().ok_or_else(incomplete)?;
        check(&signature, &asking)?;
        let model = RemoteModel {
            client: self.0.clone(),
            file,
            asking,
            signature: signature.clone(),
        };
        Ok((signature, Arc::new(model)))
    }
}

/// Packages come from the store, and what is in it from uploads.
fn check(signature: &Signature, asking: &Asking) -> Result<(), Refusal> {
    let features = signature.features();
    let fits = |datatype: Datatype, feature: usize| match features.get(feature) {
        None => false,
        Some(feature) => match feature.kind {
            FeatureKind::Number => datatype.is_number(),
            FeatureKind::Text => datatype == Datatype::Bytes,
        },
    };
    let mut inputs = asking.inputs.iter();
    let fits = inputs.all(|input| {
        let mut asked = input.features.iter();
        asked.all(|feature| fits(input.datatype, *feature))
    });
    let has_labels = !signature.task.has_labels() || signature.labels.len() >= 2;
    match fits && has_labels && !asking.outputs.is_empty() {
        true => Ok(()),
        false => Err(Refusal::new(
            "what the file says of the server's inputs does not fit the features of the model",
        )),
    }
}

/// A model on another server.
struct RemoteModel {
    client: RemoteClient,
    file: RemoteFile,
    asking: Asking,
    signature: Signature,
}

#[async_trait]
impl RemoteScorer for RemoteModel {
    async fn score(&self, rows: &Rows) -> Result<Answers, PredictError> {
        let asked = ask(&self.asking, &self.signature, rows);
        let answered = self.client.infer(&self.file, asked.written).await;
        let answered = answered.map_err(failure)?;
        let unreadable = |fault: String| {
            PredictError::Remote(format!(
                "the server of the model answered what cannot be used: {fault}"
            ))
        };
        let outputs = read_outputs(&answered.body, answered.json_length.as_deref());
        let outputs = outputs.map_err(|fault| unreadable(fault.to_string()))?;
        let names = &self.asking.outputs;
        answers_of(&self.signature, names, &outputs, rows.len(), asked.faults).map_err(unreadable)
    }

    async fn ready(&self) -> Result<(), PredictError> {
        let ready = self.client.ready(&self.file).await;
        ready.map_err(|error| {
            let reason = format!("the server of the model does not say that it is ready: {error}");
            PredictError::Remote(reason)
        })
    }
}

fn failure(error: RemoteError) -> PredictError {
    match error {
        RemoteError::Refused { .. } => PredictError::RefusedByRemote(error.to_string()),
        RemoteError::Exchange(_) | RemoteError::Failed { .. } | RemoteError::Unreadable { .. } => {
            PredictError::Remote(error.to_string())
        }
    }
}
