//! The flows of all systems, by name: how one system starts the flow of another, and how the
//! shell does.

use std::sync::Arc;

use entity::{JobId, JobState, job};
use serde_json::{Value, json};
use tokio::sync::SetOnce;
use tracing::warn;

use crate::engine::runtime::Runtime;
use crate::engine::seam::{
    AnyFlow, Composed, EndedJob, FlowDescription, NewRun, ResultRows, SystemError,
};
use crate::engine::store::{OUTAGE, Store, StoreError, Submitted, audit};
use crate::telemetry::chain;

/// Longest result of a job, as JSON.
const RESULT_BYTES_MAX: usize = 64 << 10;

/// A handle to all flows; clones share it. Systems are given it before the engine runs, and can
/// use it once it does.
#[derive(Clone, Default)]
pub struct Flows(Arc<SetOnce<Started>>);

struct Started {
    flows: Vec<(FlowDescription, Arc<dyn AnyFlow>)>,
    store: Store,
    runtime: Runtime,
}

/// A request that became a job.
#[derive(Clone, Debug)]
pub struct Accepted {
    pub job: JobId,
    /// The request as it was understood, with what the caller should know about it.
    pub understood: Value,
}

#[derive(Debug, thiserror::Error)]
pub enum FlowsError {
    #[error("there is no flow `{name}`; known are: {known}")]
    UnknownFlow { name: String, known: String },
    #[error("there is no job {0}")]
    UnknownJob(JobId),
    #[error("job {0} has not ended")]
    NotEnded(JobId),
    #[error("the result of job {job} has {bytes} bytes; {RESULT_BYTES_MAX} is the limit")]
    ResultTooLong { job: JobId, bytes: usize },
    #[error(transparent)]
    Flow(#[from] SystemError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Flows {
    /// Called once, when the engine runs. Panics if two flows share a name.
    pub(crate) fn start(&self, flows: Vec<Arc<dyn AnyFlow>>, store: Store, runtime: Runtime) {
        let flows: Vec<_> = flows
            .into_iter()
            .map(|flow| (flow.description(), flow))
            .collect();
        assert_distinct(&flows);
        let started = Started {
            flows,
            store,
            runtime,
        };
        assert!(self.0.set(started).is_ok(), "the flows are started once");
    }

    /// Waits until they can be used: services are begun a little earlier.
    pub(crate) async fn wait_until_started(&self) {
        self.0.wait().await;
    }

    fn started(&self) -> &Started {
        self.0
            .get()
            .expect("flows are used once the engine has been started")
    }

    /// The engine.
    pub fn runtime(&self) -> &Runtime {
        &self.started().runtime
    }

    /// The flow whose jobs carry this name.
    pub fn find(&self, name: &str) -> Option<&Arc<dyn AnyFlow>> {
        self.find_where(|flow| flow.name == name)
    }

    /// The flow that a step of another one calls by this name.
    pub fn find_by_use(&self, name: &str) -> Option<&Arc<dyn AnyFlow>> {
        self.find_where(|flow| flow.uses == Some(name))
    }

    /// The flow that has this member in the body of `POST /v1/jobs`.
    pub fn find_by_member(&self, name: &str) -> Option<&Arc<dyn AnyFlow>> {
        self.find_where(|flow| flow.member == Some(name))
    }

    fn find_where(
        &self,
        mut is_wanted: impl FnMut(&FlowDescription) -> bool,
    ) -> Option<&Arc<dyn AnyFlow>> {
        let mut flows = self.started().flows.iter();
        let found = flows.find(|(description, _)| is_wanted(description));
        found.map(|(_, flow)| flow)
    }

    /// What is known of all flows.
    pub fn descriptions(&self) -> impl Iterator<Item = &FlowDescription> {
        self.started()
            .flows
            .iter()
            .map(|(description, _)| description)
    }

    /// Starts a flow by the name that its jobs carry.
    pub async fn submit(
        &self,
        name: &str,
        request: Value,
        run: NewRun,
    ) -> Result<Accepted, FlowsError> {
        let Some(flow) = self.find(name) else {
            return Err(self.unknown(name));
        };
        let composed = flow.compose(request, run)?.await?;
        Ok(self.store(composed, None).await?)
    }

    /// Stores a job that a flow has made. `body_digest` shows whether two bodies say the same.
    pub async fn store(
        &self,
        composed: Composed,
        body_digest: Option<&str>,
    ) -> Result<Accepted, StoreError> {
        let Composed { mut job, warnings } = composed;
        if !warnings.is_empty() {
            job.request["warnings"] = json!(warnings);
        }
        let understood = job.request.clone();
        audit::about(&job.id);
        job.body_digest = body_digest.map(str::to_owned);
        let job = match self.started().runtime.submit(job.clone()).await? {
            Submitted::Existing(id) | Submitted::Shared(id) => id,
            Submitted::New(id) => {
                if let Some(flow) = self.find(&job.flow) {
                    flow.stored(&job).await;
                }
                id
            }
        };
        Ok(Accepted { job, understood })
    }

    /// Jobs of any flow that people call so and that have ended since; see [`AnyFlow::ended_jobs`].
    pub async fn ended_jobs(
        &self,
        what: &str,
        state: &str,
        since: i64,
        limit: u64,
    ) -> Result<Vec<EndedJob>, StoreError> {
        let mut found = Vec::new();
        for (_, flow) in &self.started().flows {
            found.extend(flow.ended_jobs(what, state, since, limit).await?);
        }
        found.sort_by_key(|job| job.ended_at);
        Ok(found)
    }

    /// Says what parked jobs wait for, where a system knows better than what is stored of them. While
    /// that cannot be read, they say what is stored.
    pub(crate) async fn fill_in_reasons(&self, jobs: &mut [job::Model]) {
        let is_parked = |job: &&mut job::Model| {
            // What is away is waited for before anything else.
            let is_away = |note: &String| note.starts_with(OUTAGE);
            let is_known = job.cancel_requested || job.waiting.as_ref().is_some_and(is_away);
            job.state == JobState::Parked && !is_known
        };
        let parked: Vec<JobId> = jobs
            .iter_mut()
            .filter(is_parked)
            .map(|job| job.id.clone())
            .collect();
        if parked.is_empty() {
            return;
        }
        for (_, flow) in &self.started().flows {
            let reasons = match flow.waits_for(&parked).await {
                Ok(reasons) => reasons,
                Err(error) => {
                    warn!(
                        error = chain(&error),
                        "jobs are shown without what they wait for"
                    );
                    continue;
                }
            };
            for job in jobs.iter_mut().filter(is_parked) {
                if let Some(reason) = reasons.get(&job.id) {
                    job.waiting = Some(reason.clone());
                }
            }
        }
    }

    /// What an ended job came to, at most 64 KiB of JSON.
    pub async fn result(&self, id: &JobId) -> Result<Value, FlowsError> {
        let job = self.started().store.jobs().find(id).await?;
        let job = job.ok_or_else(|| FlowsError::UnknownJob(id.clone()))?;
        if !job.state.has_ended() {
            return Err(FlowsError::NotEnded(id.clone()));
        }
        let flow = self
            .find(&job.flow)
            .ok_or_else(|| self.unknown(&job.flow))?;
        Self::checked_result(flow, &job).await
    }

    /// The same of the steps of a flow that a job of another flow has, and that have completed.
    pub async fn result_of_use(&self, name: &str, id: &JobId) -> Result<Value, FlowsError> {
        let job = self.started().store.jobs().find(id).await?;
        let job = job.ok_or_else(|| FlowsError::UnknownJob(id.clone()))?;
        let flow = self.find_by_use(name).ok_or_else(|| self.unknown(name))?;
        Self::checked_result(flow, &job).await
    }

    /// The rows that a job made, whichever of the flows that it uses made them; `None`: there are none.
    pub async fn result_rows(&self, job: &job::Model) -> Result<Option<ResultRows>, SystemError> {
        for (_, flow) in &self.started().flows {
            if let Some(rows) = flow.result_rows(job).await? {
                return Ok(Some(rows));
            }
        }
        Ok(None)
    }

    async fn checked_result(
        flow: &Arc<dyn AnyFlow>,
        job: &job::Model,
    ) -> Result<Value, FlowsError> {
        let result = flow.result(job).await?;
        let bytes = result.to_string().len();
        if bytes > RESULT_BYTES_MAX {
            let job = job.id.clone();
            return Err(FlowsError::ResultTooLong { job, bytes });
        }
        Ok(result)
    }

    fn unknown(&self, name: &str) -> FlowsError {
        let names: Vec<&str> = self.descriptions().map(|flow| flow.name).collect();
        FlowsError::UnknownFlow {
            name: name.to_owned(),
            known: names.join(", "),
        }
    }
}

/// Panics if two flows share a name by which they are found.
fn assert_distinct(flows: &[(FlowDescription, Arc<dyn AnyFlow>)]) {
    for (no, (flow, _)) in flows.iter().enumerate() {
        for (other, _) in &flows[..no] {
            let name = flow.name;
            assert!(name != other.name, "two flows are named `{name}`");
            let shares = |one: Option<&str>, two| one.is_some() && one == two;
            assert!(
                !shares(flow.member, other.member) && !shares(flow.uses, other.uses),
                "`{name}` and `{}` are called by the same name",
                other.name
            );
        }
    }
}
