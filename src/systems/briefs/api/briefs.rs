//! What the calls of both surfaces do: find briefs that a caller may see, submit, change and cancel them.

use std::time::Duration;

use chrono_tz::Tz;
use entity::{JobId, JobState, job};
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};

use super::asking::fault;
use super::failure::no_brief;
use crate::engine::Flows;
use crate::engine::seam::{NewRun, blocking};
use crate::engine::store::{CancelOutcome, StoreError, audit};
use crate::http::Who;
use crate::http::error::Failure;
use crate::http::submit::has_body;
use crate::settings::Loaded;
use crate::systems::Platform;
use crate::systems::briefs::collecting::Collecting;
use crate::systems::briefs::exporting::Exports;
use crate::systems::briefs::platforms::Platforms;
use crate::systems::briefs::request;
use crate::systems::briefs::settings::BriefSettings;
use crate::systems::briefs::sources::Pushed;
use crate::systems::briefs::store::{BriefFilter, BriefOfJob, BriefStore, Changed};
use crate::systems::briefs::storing::{ArticleTables, StoringError};
use crate::systems::briefs::upstream::UpstreamState;

/// The flow of briefs, as callers of `POST /v1/jobs` name it.
const MEMBER: &str = "brief";

/// How long a call waits for a job to stop, which takes a second at most, unless the machine is overloaded.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How often a change is tried again that somebody else has come before.
const CHANGES_MAX: u32 = 5;

/// What the calls work with; clones share it.
#[derive(Clone)]
pub(crate) struct Briefs {
    pub store: BriefStore,
    pub tables: ArticleTables,
    pub platforms: Platforms,
    pub zone: Tz,
    pub flows: Flows,
    pub exports: Exports,
    /// What is pushed to briefs.
    pub pushed: Pushed,
    /// Says how platforms are, as far as this process asks them; `None`: it only looks at briefs.
    pub collecting: Option<Collecting>,
}

impl Briefs {
    /// For a command that looks at briefs which the program runs.
    pub fn to_look(loaded: &Loaded, platform: &Platform) -> anyhow::Result<Self> {
        let section = loaded.system::<BriefSettings>().briefs;
        let platforms = Platforms::of(loaded);
        let platforms = platforms.map_err(|faults| anyhow::anyhow!("{}", faults.join("\n")))?;
        let store = BriefStore::new(platform.store.clone());
        let tables = ArticleTables::of(loaded);
        let dictionary = std::sync::Arc::default();
        Ok(Self {
            exports: Exports::of(
                loaded,
                store.clone(),
                tables.clone(),
                platforms.clone(),
                dictionary,
            ),
            pushed: Pushed::of(store.clone()),
            store,
            tables,
            platforms,
            zone: section.zone(),
            flows: platform.flows.clone(),
            collecting: None,
        })
    }

    /// How a platform is, if this process has asked it.
    pub(super) fn upstream_state(&self, platform: &str) -> Option<UpstreamState> {
        self.collecting.as_ref()?.upstream_state(platform)
    }

    /// A brief that the caller may see, with its job.
    pub async fn find(&self, who: &Who, id: &JobId) -> Result<BriefOfJob, Failure> {
        let found = self.store.brief_of_job(id).await?;
        let found = found.filter(|found| who.sees(&found.job));
        found.ok_or_else(no_brief)
    }

    /// How many briefs fit that the caller may see, and some of them, newest first.
    pub async fn list(
        &self,
        who: &Who,
        filter: &BriefFilter,
        offset: u64,
        limit: u64,
    ) -> Result<(u64, Vec<BriefOfJob>), Failure> {
        let scope = who.scope();
        // Briefs belong to no project and no service.
        match scope.has_project(None) && scope.has_service(None) {
            true => Ok(self.store.briefs(filter, offset, limit).await?),
            false => Ok((0, Vec::new())),
        }
    }

    /// Submits a request, or finds the brief that was submitted under the same key.
    pub async fn submit(
        &self,
        who: &Who,
        request: Map<String, Value>,
        key: Option<String>,
        digest: &str,
    ) -> Result<BriefOfJob, Failure> {
        let id = self.submit_once(who, request, key, digest).await?;
        let found = self.store.brief_of_job(&id).await?;
        // The key may belong to a job of another flow.
        found.ok_or_else(|| StoreError::KeyReused.into())
    }

    async fn submit_once(
        &self,
        who: &Who,
        request: Map<String, Value>,
        key: Option<String>,
        digest: &str,
    ) -> Result<JobId, Failure> {
        if let Some(before) = self.submitted_before(key.as_deref(), digest).await? {
            return Ok(before);
        }
        let flow = self
            .flows
            .find_by_member(MEMBER)
            .ok_or_else(Failure::internal)?;
        let run = NewRun {
            idempotency_key: key.clone(),
            ..NewRun::default()
        };
        let composing = flow.compose(Value::Object(request), run)?;
        let mut composed = composing.await?;
        composed.job.started_by = Some(who.name().to_owned());
        who.may_start(&composed.job.queue, &composed.job.request)?;
        match self.flows.store(composed, Some(digest)).await {
            Ok(accepted) => Ok(accepted.job),
            // Somebody else used the key in between.
            Err(error @ StoreError::KeyReused) => {
                let before = self.submitted_before(key.as_deref(), digest).await?;
                before.ok_or_else(|| error.into())
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn submitted_before(
        &self,
        key: Option<&str>,
        digest: &str,
    ) -> Result<Option<JobId>, Failure> {
        let Some(key) = key else {
            return Ok(None);
        };
        let Some(job) = self.store.engine().jobs().find_by_key(key).await? else {
            return Ok(None);
        };
        match has_body(&job, digest) {
            true => {
                audit::about(&job.id);
                Ok(Some(job.id))
            }
            false => Err(StoreError::KeyReused.into()),
        }
    }

    /// Changes what a brief looks for; an ended one begins its next stage.
    pub async fn change(
        &self,
        who: &Who,
        id: &JobId,
        members: &Map<String, Value>,
    ) -> Result<BriefOfJob, Failure> {
        audit::about(id);
        for _ in 0..CHANGES_MAX {
            let found = self.find(who, id).await?;
            let known = self.known_to(&found);
            let revision = found.brief.revision;
            let changed = request::change(found.brief.request, members, &known, self.zone)?;
            match self.store.change(id, revision, &changed).await? {
                Changed::Now => return self.find(who, id).await,
                Changed::NextStage => {
                    self.flows.runtime().begin_again(id);
                    return self.find(who, id).await;
                }
                Changed::Busy => return Err(Failure::conflict(busy(&found.job))),
                Changed::Unknown => return Err(no_brief()),
                Changed::Meanwhile => {}
            }
        }
        Err(Failure::conflict("the job is being changed by others"))
    }

    /// A platform of the brief may be off by now; it stays one of the brief until it is changed.
    fn known_to(&self, found: &BriefOfJob) -> request::KnownPlatforms {
        let mut known = self.platforms.known();
        let own = &found.brief.request.platforms;
        for name in own {
            if !known.on.contains(name) && self.platforms.get(name).is_none() {
                known.on.push(name.clone());
            }
        }
        known
    }

    /// Returns once the job has stopped, or will without anybody doing anything.
    pub async fn cancel(&self, who: &Who, id: &JobId) -> Result<(), Failure> {
        audit::about(id);
        self.find(who, id).await?;
        let runtime = self.flows.runtime();
        let mut changes = runtime.watch(id);
        match runtime.cancel(id).await? {
            CancelOutcome::Requested => {}
            CancelOutcome::AlreadyEnded(JobState::Cancelled) => return Ok(()),
            CancelOutcome::AlreadyEnded(_) => return Err(self.has_ended(who, id).await),
            CancelOutcome::Unknown => return Err(no_brief()),
        }
        let until = Instant::now() + STOP_PATIENCE;
        loop {
            let found = self.find(who, id).await?;
            match found.job.state {
                JobState::Cancelled => return Ok(()),
                state if state.has_ended() => return Err(self.has_ended(who, id).await),
                _ if Instant::now() >= until => return Ok(()),
                _ => {
                    let look_again = until.min(Instant::now() + Duration::from_millis(100));
                    // Another process may run it, of which nothing is heard here.
                    timeout_at(look_again, changes.next()).await.ok();
                }
            }
        }
    }

    async fn has_ended(&self, who: &Who, id: &JobId) -> Failure {
        match self.find(who, id).await {
            Ok(found) => {
                let status = found.status.name();
                Failure::conflict(format!("the job has ended: it is {status}"))
            }
            Err(failure) => failure,
        }
    }

    /// The platforms that are looked at: those of the brief, or one of them.
    pub fn platforms_of(
        &self,
        found: &BriefOfJob,
        only: Option<String>,
    ) -> Result<Vec<String>, Failure> {
        let own = &found.brief.request.platforms;
        let Some(only) = only else {
            return Ok(own.clone());
        };
        if own.contains(&only) {
            return Ok(vec![only]);
        }
        match self.platforms.get(&only) {
            // It has none of the brief's articles.
            Some(_) => Ok(Vec::new()),
            None => {
                let own = own.join(", ");
                let problem = format!("unknown platform `{only}`; expected one of {own}");
                Err(fault("platform", &problem))
            }
        }
    }

    /// Reads tables, which blocks, where nobody waits for the thread.
    pub async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ArticleTables) -> Result<T, StoringError> + Send + 'static,
    ) -> Result<T, Failure> {
        let tables = self.tables.clone();
        let read = blocking(move || Ok(work(&tables))).await;
        Ok(read.map_err(|_| Failure::internal())??)
    }
}

fn busy(job: &job::Model) -> &'static str {
    match job.cancel_requested {
        true => "the job is being cancelled",
        false => "the job is being exported; it can be changed once that has ended",
    }
}
