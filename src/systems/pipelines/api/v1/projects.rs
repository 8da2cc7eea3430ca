//! Which projects there are.

use poem_openapi::param::Header;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use crate::http::Who;
use crate::http::tagged::Tagged;
use crate::systems::pipelines::api::scope::sees_project;
use crate::systems::pipelines::known_project::KnownProject;
use crate::systems::pipelines::pipelines::Pipelines;

/// The operations.
pub(crate) struct ProjectsApi(pub Pipelines);

/// The projects of this server, by name.
#[derive(Object)]
struct ProjectList {
    projects: Vec<ProjectSummary>,
}

/// A project in a list.
#[derive(Object)]
struct ProjectSummary {
    project: String,
    /// Digest of the file that is in use.
    version: String,
    /// How many tasks it has.
    tasks: u64,
    /// What is wrong with the file as it is now, in number; while there is something, the version before
    /// stays in use.
    faults: u64,
}

impl From<&KnownProject> for ProjectSummary {
    fn from(known: &KnownProject) -> Self {
        let project = &known.project;
        Self {
            project: project.name.clone(),
            version: project.version.clone(),
            tasks: project.tasks.len() as u64,
            faults: known.faults.len() as u64,
        }
    }
}

#[OpenApi(tag = "Groups::Pipelines")]
impl ProjectsApi {
    /// List projects
    ///
    /// Those that this server knows.
    #[oai(path = "/v1/projects", method = "get", operation_id = "list_projects")]
    async fn list_projects(
        &self,
        who: Who,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> Tagged<ProjectList> {
        let all = self.0.projects.all();
        let seen = all
            .iter()
            .filter(|known| sees_project(&who, &known.project.name));
        let projects = seen.map(|known| ProjectSummary::from(&**known)).collect();
        Tagged::of(ProjectList { projects }, if_none_match.as_deref())
    }
}
