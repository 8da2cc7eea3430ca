//! Versions of models: uploaded, looked at, tested, removed.

use std::fmt::Write as _;

use poem_openapi::param::{Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, Object, OpenApi};
use serde::Deserialize;
use serde_json::Value;

use super::model_views::{ModelTestView, ModelVersionPage, ModelVersionView};
use super::{Groups, fifty};
use crate::http::Who;
use crate::http::body::{Body, FileForm, JsonBody, Part, SentFile, optional_object};
use crate::http::error::Failure;
use crate::systems::prediction::serving::{Models, NewVersion};
use crate::systems::prediction::store::REFUSED;

/// The operations.
pub(crate) struct ModelVersionsApi(pub Models);

/// Parts of an upload.
struct VersionForm;

impl FileForm for VersionForm {
    const PARTS: &'static [Part] = &[
        Part {
            name: "golden",
            description: "Rows with the answers of the library that made the model, as JSON: `inputs` and `outputs`; \
                without it, `golden.json` of the package.",
            is_required: false,
            is_flag: false,
            example: "",
        },
        Part {
            name: "model_yaml",
            description: "What the file does not say itself, as YAML; without it, `model.yaml` of the package.",
            is_required: false,
            is_flag: false,
            example: "",
        },
    ];

    /// Thousands of goldens.
    const TEXT_BYTES_MAX: usize = 32 << 20;
}

/// Goldens.
#[derive(Default, Object, Deserialize)]
struct ModelTestBody {
    /// `inputs` and `outputs`; without it, the version's own.
    #[serde(default, deserialize_with = "optional_object")]
    golden: Option<Value>,
}

impl Body for ModelTestBody {
    const REQUIRED: bool = false;
}

#[derive(ApiResponse)]
enum Added {
    /// The version is stored; an alias can point to it.
    #[oai(status = 201)]
    Stored(
        Json<ModelVersionView>,
        /// Where to look at the version.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Removed {
    /// Its bytes are not there any more. Its number is not given again.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Groups::Models")]
impl ModelVersionsApi {
    /// Add a version of a model
    ///
    /// The file is a package (a zip with the model, `model.yaml` and `golden.json`), a bare file of a model, or a
    /// zipped MLflow model directory. Its model is read, and proved by the goldens. What cannot be computed
    /// exactly, or answers in another way than the goldens, is refused (422) and listed as such.
    #[oai(
        path = "/v1/models/:name/versions",
        method = "post",
        operation_id = "add_model_version"
    )]
    async fn add_model_version(
        &self,
        who: Who,
        name: Path<String>,
        sent: SentFile<VersionForm>,
    ) -> poem::Result<Added> {
        let text = |part: &str| sent.text(part).map(|text| text.as_bytes().to_vec());
        let (golden, model_yaml) = (text("golden"), text("model_yaml"));
        let new = NewVersion {
            model: name.0,
            file_name: sent.name,
            bytes: sent.bytes.into(),
            golden,
            model_yaml,
            by: who.name().to_owned(),
        };
        let added = self.0.add_version(new).await.map_err(Failure::from)?;
        let view = ModelVersionView::from(added);
        if view.state == REFUSED {
            let mut failure = Failure::invalid(view.reason());
            failure.members = view.members();
            return Err(failure.into());
        }
        let location = format!(
            "/v1/models/{}/versions/{}",
            urlencoded(&view.model),
            view.version
        );
        Ok(Added::Stored(Json(view), location))
    }

    /// List the versions of a model
    ///
    /// Newest first, a page at a time; also those that were refused.
    #[oai(
        path = "/v1/models/:name/versions",
        method = "get",
        operation_id = "list_model_versions"
    )]
    async fn list_model_versions(
        &self,
        name: Path<String>,
        /// Versions on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<i32>>,
    ) -> poem::Result<Json<ModelVersionPage>> {
        self.0.model(&name).await.map_err(Failure::from)?;
        let limit = limit.0 as usize;
        let store = self.0.store();
        // One more than asked for shows whether there is a next page.
        let found = store.model_versions(&name, after.0, limit as u64 + 1).await;
        let mut found = found.map_err(Failure::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.version);
        let versions = found.into_iter().map(ModelVersionView::from).collect();
        Ok(Json(ModelVersionPage { versions, next }))
    }

    /// Look at a version of a model
    ///
    /// With its state, and for one that was refused with the row whose answer differs, what was expected and what was
    /// found.
    #[oai(
        path = "/v1/models/:name/versions/:version",
        method = "get",
        operation_id = "get_model_version"
    )]
    async fn get_model_version(
        &self,
        name: Path<String>,
        version: Path<i32>,
    ) -> poem::Result<Json<ModelVersionView>> {
        let found = self.0.version(&name, version.0).await;
        Ok(Json(found.map_err(Failure::from)?.into()))
    }

    /// Remove a version of a model
    ///
    /// Not while an alias points to it, or a job that has not ended needs it.
    #[oai(
        path = "/v1/models/:name/versions/:version",
        method = "delete",
        operation_id = "remove_model_version"
    )]
    async fn remove_model_version(
        &self,
        name: Path<String>,
        version: Path<i32>,
    ) -> poem::Result<Removed> {
        let removed = self.0.remove_version(&name, version.0).await;
        removed.map_err(Failure::from)?;
        Ok(Removed::Done)
    }

    /// Prove a version of a model
    ///
    /// By its own goldens, or by others. The version stays as it is.
    #[oai(
        path = "/v1/models/:name/versions/:version/test",
        method = "post",
        operation_id = "test_model_version"
    )]
    async fn test_model_version(
        &self,
        name: Path<String>,
        version: Path<i32>,
        body: JsonBody<ModelTestBody>,
    ) -> poem::Result<Json<ModelTestView>> {
        let golden = body.value.golden;
        let golden = golden.map(|golden| golden.to_string().into_bytes());
        let tested = self.0.test(&name, version.0, golden).await;
        Ok(Json(tested.map_err(Failure::from)?.into()))
    }
}

/// A name as it stands in a path.
fn urlencoded(name: &str) -> String {
    let mut path = String::with_capacity(name.len());
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                path.push(char::from(byte));
            }
            byte => {
                // A text takes whatever is written.
                write!(path, "%{byte:02X}").ok();
            }
        }
    }
    path
}
