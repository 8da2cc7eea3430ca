//! What a project has besides its tasks: versions of its file, and slots of its resources.

use entity::pipeline_version;
use poem_openapi::param::{Header, Path, Query};
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use crate::clock;
use crate::engine::store::SlotHolder;
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::tagged::Tagged;
use crate::systems::pipelines::api::scope;
use crate::systems::pipelines::pipelines::Pipelines;
use crate::systems::pipelines::slots;

/// The operations.
pub(crate) struct ResourcesApi(pub Pipelines);

/// Contents that a project's file has had, newest first.
#[derive(Object)]
struct VersionPage {
    versions: Vec<Version>,
    /// Give it as `after` to get the next page; null on the last one.
    next: Option<String>,
}

/// A content of a project's file.
#[derive(Object)]
struct Version {
    /// Its digest.
    version: String,
    /// When it was read for the first time; RFC 3339.
    read_at: String,
    /// Whether it is in use.
    current: bool,
}

/// What jobs of a project hold while they run.
#[derive(Object)]
struct ResourceList {
    resources: Vec<Resource>,
}

/// Slots of a resource, or places of a task with `at_once`.
#[derive(Object)]
struct Resource {
    /// The resource, or the task with `()` behind it.
    resource: String,
    /// How many slots there are.
    slots: u32,
    /// How many of them are held.
    held: u32,
    /// Jobs that are ready, need slots of it, and do not run yet.
    waiting: u64,
    /// Oldest first.
    holders: Vec<Holder>,
}

/// A job that holds slots.
#[derive(Object)]
struct Holder {
    job_id: String,
    /// What it makes.
    instance: Option<String>,
    slots: u32,
}

#[OpenApi(tag = "Groups::Pipelines")]
impl ResourcesApi {
    /// List the versions of a project
    ///
    /// Each content of its file that was in use, newest first, a page at a time.
    #[oai(
        path = "/v1/projects/:project/versions",
        method = "get",
        operation_id = "list_versions"
    )]
    async fn list_versions(
        &self,
        who: Who,
        project: Path<String>,
        /// Versions on a page.
        #[oai(
            default = "fifty",
            validator(minimum(value = "1"), maximum(value = "200"))
        )]
        limit: Query<u32>,
        /// `next` of the page before.
        after: Query<Option<String>>,
    ) -> poem::Result<Json<VersionPage>> {
        let known = scope::project(&self.0, &who, &project)?;
        let (name, current) = (&known.project.name, &known.project.version);
        let before = match after.0.filter(|after| !after.is_empty()) {
            Some(after) => Some(self.before(name, &after).await?),
            None => None,
        };
        let limit = limit.0 as usize;
        // One more than asked for shows whether there is a next page.
        let found = self.0.store.versions(name, before, limit as u64 + 1).await;
        let mut found = found.map_err(Failure::from)?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|one| one.version.clone());
        let versions = found.into_iter().map(|found| Version {
            current: found.version == *current,
            read_at: clock::rfc3339(found.at),
            version: found.version,
        });
        let versions = versions.collect();
        Ok(Json(VersionPage { versions, next }))
    }

    /// List the resources of a project
    ///
    /// How many slots there are, which jobs hold them, and how many jobs wait for some.
    #[oai(
        path = "/v1/projects/:project/resources",
        method = "get",
        operation_id = "list_resources"
    )]
    async fn list_resources(
        &self,
        who: Who,
        project: Path<String>,
        /// The `ETag` of the answer that the caller has.
        #[oai(name = "If-None-Match")]
        if_none_match: Header<Option<String>>,
    ) -> poem::Result<Tagged<ResourceList>> {
        let known = scope::project(&self.0, &who, &project)?;
        let leases = self.0.store.engine().leases();
        let holders = leases.slot_holders().await.map_err(Failure::from)?;
        let waiting = leases.slots_waited_for().await.map_err(Failure::from)?;
        let resources =
            slots::of_project(&known.project)
                .into_iter()
                .map(|(name, full_name, slots)| {
                    let holders = holders_of(&holders, &full_name);
                    Resource {
                        resource: name,
                        slots,
                        held: holders.iter().map(|holder| holder.slots).sum(),
                        waiting: waiting.get(&full_name).copied().unwrap_or(0),
                        holders,
                    }
                });
        let resources = resources.collect();
        Ok(Tagged::of(
            ResourceList { resources },
            if_none_match.as_deref(),
        ))
    }
}

impl ResourcesApi {
    /// The last version of the page before.
    async fn before(&self, project: &str, after: &str) -> Result<pipeline_version::Model, Failure> {
        let is_digest = after.len() <= 64 && after.bytes().all(|byte| byte.is_ascii_hexdigit());
        let found = match is_digest {
            true => self.0.store.version_row(project, after).await?,
            false => None,
        };
        let expected = "after: expected the `next` value of an earlier page";
        found.ok_or_else(|| Failure::invalid(expected))
    }
}

fn holders_of(all: &[SlotHolder], name: &str) -> Vec<Holder> {
    let holders = all.iter().filter(|holder| holder.holds(name) > 0);
    let holders = holders.map(|holder| Holder {
        job_id: holder.job.to_string(),
        instance: holder.title.clone(),
        slots: holder.holds(name),
    });
    holders.collect()
}

fn fifty() -> u32 {
    50
}
