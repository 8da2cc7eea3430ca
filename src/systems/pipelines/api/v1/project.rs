//! One project: what it can make, and its upload.

use poem::http::StatusCode;
use poem_openapi::param::{Header, Path};
use poem_openapi::payload::Json;
use poem_openapi::{ApiResponse, OpenApi};

use super::Groups;
use super::project_view::ProjectView;
use crate::http::Who;
use crate::http::body::YamlBody;
use crate::http::error::Failure;
use crate::http::tagged::{Tagged, matches, tag_of};
use crate::systems::pipelines::api::scope;
use crate::systems::pipelines::error::PipelineError;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::project::shown_name;
use crate::systems::pipelines::store::Expected;

/// The operations.
pub(crate) struct ProjectApi(pub Pipelines);

#[derive(ApiResponse)]
enum Stored {
    /// The project was there; it is as the body says from now on.
    #[oai(status = 200)]
    Replaced(Json<ProjectView>, #[oai(header = "ETag")] String),
    /// The project is new.
    #[oai(status = 201)]
    Created(
        Json<ProjectView>,
        #[oai(header = "ETag")] String,
        /// Where to look at the project.
        #[oai(header = "Location")]
        String,
    ),
}

#[derive(ApiResponse)]
enum Removed {
    /// The project is not there any more. What it has made stays in its directory.
    #[oai(status = 204)]
    Done,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl ProjectApi {
    /// Look at a project
    ///
    /// Its tasks with their parameters, its resources, and what is wrong with its file as it is now.
    #[oai(
        path = "/v1/projects/:project",
        method = "get",
        operation_id = "get_project"
    )]
    async fn get_project(
        &self,
        who: Who,
        project: Path<String>,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> poem::Result<Tagged<ProjectView>> {
        let known = scope::project(&self.0, &who, &project)?;
        Ok(Tagged::of(
            ProjectView::of(&known),
            if_none_match.as_deref(),
        ))
    }

    /// Upload a project
    ///
    /// A project file of this name, without faults, where the server allows it
    /// (`pipelines.allow_upload`). Paths in it begin at a directory of its own.
    #[oai(
        path = "/v1/projects/:project",
        method = "put",
        operation_id = "upload_project"
    )]
    async fn upload_project(
        &self,
        who: Who,
        project: Path<String>,
        /// The `ETag` of the project that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
        body: YamlBody,
    ) -> poem::Result<Stored> {
        let name = project.0;
        if !scope::sees_project(&who, &name) {
            return Err(unknown(&name).into());
        }
        self.check_allowed()?;
        let is_new = self.0.projects.find(&name).is_none();
        let expected = self.expected(&name, if_match.as_deref())?;
        let known = self
            .0
            .uploads
            .put(&name, body.0, who.name(), expected)
            .await;
        let known = known.map_err(failure)?;
        let view = ProjectView::of(&known);
        let tag = tag_of(&view);
        Ok(match is_new {
            true => Stored::Created(Json(view), tag, format!("/v1/projects/{name}")),
            false => Stored::Replaced(Json(view), tag),
        })
    }

    /// Remove a project
    ///
    /// One that was uploaded, and of which no run has still to end. Its runs are kept.
    #[oai(
        path = "/v1/projects/:project",
        method = "delete",
        operation_id = "remove_project"
    )]
    async fn remove_project(
        &self,
        who: Who,
        project: Path<String>,
        /// The `ETag` of the project that the caller has; it is refused if that has changed.
        #[oai(name = "If-Match")]
        if_match: Header<Option<String>>,
    ) -> poem::Result<Removed> {
        let known = scope::project(&self.0, &who, &project)?;
        self.check_allowed()?;
        let name = &known.project.name;
        let expected = self.expected(name, if_match.as_deref())?;
        let removed = self.0.uploads.remove(name, expected).await;
        removed.map_err(failure)?;
        Ok(Removed::Done)
    }
}

impl ProjectApi {
    fn check_allowed(&self) -> Result<(), Failure> {
        match self.0.uploads.are_allowed() {
            true => Ok(()),
            false => Err(Failure::new(
                StatusCode::FORBIDDEN,
                "this server does not let projects be uploaded (pipelines.allow_upload)",
            )),
        }
    }

    /// The version that has to be in use when something is changed.
    fn expected(&self, name: &str, if_match: Option<&str>) -> Result<Expected, Failure> {
        let Some(tags) = if_match else {
            return Ok(None);
        };
        let found = self.0.projects.find(name);
        let same = found.filter(|known| matches(tags, &tag_of(&ProjectView::of(known))));
        match same {
            Some(known) => Ok(Some(known.given.clone())),
            None => Err(failure(PipelineError::Changed(shown_name(name)))),
        }
    }
}

fn failure(error: PipelineError) -> Failure {
    match error {
        PipelineError::Changed(_) => {
            Failure::new(StatusCode::PRECONDITION_FAILED, error.to_string())
        }
        error => error.into(),
    }
}

fn unknown(name: &str) -> Failure {
    Failure::not_found(format!("there is no project {}", shown_name(name)))
}
