//! The operations of the protocol.

use std::sync::Arc;
use std::time::Duration;

use entity::model_version;
use poem::http::StatusCode;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{OpenApi, Tags};
use tokio::time::timeout;

use super::documents::{
    IndexRequest, ModelIndex, ModelMetadata, ModelReady, ServerLive, ServerMetadata, ServerReady,
    TensorMetadata,
};
use super::tensors::{TensorBody, Tensors};
use crate::engine::seam::blocking;
use crate::engine::store::Store;
use crate::engine::{CallerError, ErrorKind};
use crate::http::body::JsonBody;
use crate::http::error::Failure;
use crate::models::Rows;
use crate::systems::prediction::protocol::{
    BINARY, Fault, InferRequest, Reply, SERVER_NAME, claimed_rows, rows_of, write_answer,
};
use crate::systems::prediction::serving::{Models, ServeError, Served, Which};

/// How long the database may take to say that it is there.
const PATIENCE: Duration = Duration::from_secs(5);

/// A body, or an answer, that is read or written where nobody else waits for the thread.
const LONG_BYTES: usize = 64 << 10;
const LONG_VALUES: usize = 8 << 10;

#[derive(Tags)]
enum Groups {
    /// Models by the Open Inference Protocol, version 2.
    Inference,
}

/// The operations.
pub(crate) struct InferenceApi {
    pub models: Models,
    pub store: Store,
}

#[OpenApi(tag = "Groups::Inference")]
impl InferenceApi {
    /// See what the server is
    ///
    /// With the extensions of the protocol that it has.
    #[oai(path = "/v2", method = "get", operation_id = "v2_server")]
    async fn server(&self) -> Json<ServerMetadata> {
        Json(ServerMetadata {
            name: SERVER_NAME.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            extensions: vec![BINARY.to_owned()],
        })
    }

    /// Whether the server runs
    ///
    /// It answers: nothing else is looked at. Needs no token.
    #[oai(
        path = "/v2/health/live",
        method = "get",
        operation_id = "v2_server_live"
    )]
    async fn live(&self) -> Json<ServerLive> {
        Json(ServerLive { live: true })
    }

    /// Whether the server can answer
    ///
    /// 400 as long as the database cannot be reached that its models are in. Each model says itself whether it is
    /// ready. Needs no token.
    #[oai(
        path = "/v2/health/ready",
        method = "get",
        operation_id = "v2_server_ready"
    )]
    async fn ready(&self) -> poem::Result<Json<ServerReady>> {
        match timeout(PATIENCE, self.store.ping()).await {
            Ok(Ok(())) => Ok(Json(ServerReady {
                live: true,
                ready: true,
            })),
            _ => {
                let detail = "the database of the server cannot be reached";
                let mut failure = Failure::new(StatusCode::BAD_REQUEST, detail);
                failure.members = vec![("live", true.into()), ("ready", false.into())];
                Err(failure.into())
            }
        }
    }

    /// See what a model takes and answers
    ///
    /// Of the version that its alias `champion` points to.
    #[oai(
        path = "/v2/models/:model_name",
        method = "get",
        operation_id = "v2_model"
    )]
    async fn model(&self, model_name: Path<String>) -> poem::Result<Json<ModelMetadata>> {
        self.metadata(&model_name, Which::champion()).await
    }

    /// See what a version of a model takes and answers
    ///
    /// By its number.
    #[oai(
        path = "/v2/models/:model_name/versions/:model_version",
        method = "get",
        operation_id = "v2_model_version"
    )]
    async fn model_version(
        &self,
        model_name: Path<String>,
        model_version: Path<String>,
    ) -> poem::Result<Json<ModelMetadata>> {
        let which = version(&model_name, &model_version)?;
        self.metadata(&model_name, which).await
    }

    /// Whether a model can answer
    ///
    /// The version that its alias `champion` points to: it is loaded, and if another server scores its rows, that one is
    /// asked. 400 says why it cannot.
    #[oai(
        path = "/v2/models/:model_name/ready",
        method = "get",
        operation_id = "v2_model_ready"
    )]
    async fn model_ready(&self, model_name: Path<String>) -> poem::Result<Json<ModelReady>> {
        self.readiness(model_name.0, Which::champion()).await
    }

    /// Whether a version of a model can answer
    ///
    /// 400 says why it cannot.
    #[oai(
        path = "/v2/models/:model_name/versions/:model_version/ready",
        method = "get",
        operation_id = "v2_model_version_ready"
    )]
    async fn model_version_ready(
        &self,
        model_name: Path<String>,
        model_version: Path<String>,
    ) -> poem::Result<Json<ModelReady>> {
        let which = version(&model_name, &model_version)?;
        self.readiness(model_name.0, which).await
    }

    /// Ask a model
    ///
    /// Scores rows by the version that the alias `champion` points to. Tensors are JSON, or binary data behind the JSON:
    /// then the header says how long the JSON is.
    #[oai(
        path = "/v2/models/:model_name/infer",
        method = "post",
        operation_id = "v2_infer"
    )]
    async fn infer(
        &self,
        model_name: Path<String>,
        /// How many bytes of the body are JSON, if binary data stands behind it.
        #[oai(name = "Inference-Header-Content-Length")]
        json_length: Header<Option<String>>,
        body: TensorBody,
    ) -> poem::Result<Tensors> {
        let body = (body, json_length.0);
        self.answer(&model_name, Which::champion(), body).await
    }

    /// Ask a version of a model
    ///
    /// By its number.
    #[oai(
        path = "/v2/models/:model_name/versions/:model_version/infer",
        method = "post",
        operation_id = "v2_infer_version"
    )]
    async fn infer_version(
        &self,
        model_name: Path<String>,
        model_version: Path<String>,
        /// How many bytes of the body are JSON, if binary data stands behind it.
        #[oai(name = "Inference-Header-Content-Length")]
        json_length: Header<Option<String>>,
        body: TensorBody,
    ) -> poem::Result<Tensors> {
        let which = version(&model_name, &model_version)?;
        let body = (body, json_length.0);
        self.answer(&model_name, which, body).await
    }

    /// List all models
    ///
    /// With each of their versions, and whether it can be asked.
    #[oai(
        path = "/v2/repository/index",
        method = "post",
        operation_id = "v2_repository_index"
    )]
    async fn index(&self, body: JsonBody<IndexRequest>) -> poem::Result<Json<Vec<ModelIndex>>> {
        let mut index = Vec::new();
        for name in self.models.names().await.map_err(Failure::from)? {
            let versions = match self.models.versions(&name).await {
                // Removed meanwhile.
                Err(ServeError::UnknownModel { .. }) => continue,
                versions => versions.map_err(Failure::from)?,
            };
            let versions = versions.iter().rev().map(indexed);
            index.extend(versions.filter(|one| !body.value.ready || one.state == READY));
        }
        Ok(Json(index))
    }
}

const READY: &str = "READY";

fn indexed(version: &model_version::Model) -> ModelIndex {
    let is_ready = can_be_asked(version);
    let reason = version.reason.clone();
    ModelIndex {
        name: version.model.clone(),
        version: version.version.to_string(),
        state: if is_ready { READY } else { "UNAVAILABLE" }.to_owned(),
        reason: reason.filter(|_| !is_ready).unwrap_or_default(),
    }
}

fn can_be_asked(version: &model_version::Model) -> bool {
    version.state != "refused" && version.removed_at.is_none()
}

impl InferenceApi {
    async fn find(&self, name: &str, which: &Which) -> Result<Arc<Served>, Failure> {
        Ok(self.models.find(name, which).await?)
    }

    async fn metadata(&self, name: &str, which: Which) -> poem::Result<Json<ModelMetadata>> {
        let served = self.find(name, &which).await?;
        let versions = self.models.versions(name).await.map_err(Failure::from)?;
        let versions = versions.iter().rev().filter(|one| can_be_asked(one));
        Ok(Json(ModelMetadata {
            name: served.model.clone(),
            versions: versions.map(|one| one.version.to_string()).collect(),
            platform: served.format.to_string(),
            inputs: TensorMetadata::inputs(served.signature()),
            outputs: TensorMetadata::outputs(served.signature()),
        }))
    }

    async fn readiness(&self, name: String, which: Which) -> poem::Result<Json<ModelReady>> {
        let served = match self.models.find(&name, &which).await {
            Ok(served) => served,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(Failure::from(error).into());
            }
            Err(error) => return Err(not_ready(name, error.public_message())),
        };
        match served.ready().await {
            Ok(()) => Ok(Json(ModelReady { name, ready: true })),
            Err(error) => Err(not_ready(name, error.public_message())),
        }
    }

    async fn answer(
        &self,
        name: &str,
        which: Which,
        (TensorBody(body), json_length): (TensorBody, Option<String>),
    ) -> poem::Result<Tensors> {
        let served = self.find(name, &which).await?;
        let asked = Arc::clone(&served);
        let is_long = body.len() > LONG_BYTES;
        let read = move || read(&asked, &body, json_length.as_deref());
        let (rows, reply) = apart(is_long, read).await??;
        let is_long = rows.len() * served.signature().labels.len().max(1) > LONG_VALUES;
        let answers = Arc::clone(&served).predict(rows).await;
        let answers = answers.map_err(Failure::from)?;
        let write = move || {
            let by = (served.model.as_str(), served.version);
            write_answer(by, served.signature(), &reply, &answers)
        };
        let written = apart(is_long, write).await?;
        Ok(Tensors(written.map_err(failure)?))
    }
}

/// The rows of a body, and how they are to be answered.
fn read(served: &Served, body: &[u8], json_length: Option<&str>) -> Result<(Rows, Reply), Failure> {
    let signature = served.signature();
    // A model takes one tensor for each feature, and a request with more of them is wrong.
    let inputs_max = signature.features().len().max(1) + 1;
    let request = InferRequest::read(body, json_length, inputs_max).map_err(failure)?;
    // Before rows are scored for an answer that there is not.
    request.reply.outputs_of(signature).map_err(failure)?;
    served.check_rows(claimed_rows(&request.inputs))?;
    let rows = rows_of(signature, &request.inputs).map_err(failure)?;
    Ok((rows, request.reply))
}

/// Does long work where nobody else waits for the thread.
async fn apart<T: Send + 'static>(
    is_long: bool,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Failure> {
    match is_long {
        false => Ok(work()),
        true => blocking(move || Ok(work()))
            .await
            .map_err(|_| Failure::internal()),
    }
}

/// The version that a path names.
fn version(name: &str, text: &str) -> Result<Which, Failure> {
    let version = text.parse().ok().filter(|version| *version > 0);
    version.map(Which::Version).ok_or_else(|| {
        Failure::not_found(format!(
            "model {name} has no version {text}; expected a number such as 3"
        ))
    })
}

fn failure(fault: Fault) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, fault.to_string())
}

fn not_ready(name: String, reason: String) -> poem::Error {
    let mut failure = Failure::new(StatusCode::BAD_REQUEST, reason);
    failure.members = vec![("name", name.into()), ("ready", false.into())];
    failure.into()
}
