//! What a system gives so that its flows can be started by name: over HTTP, by a schedule, by a
//! step of another flow.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use async_trait::async_trait;
use entity::{JobId, job};
use futures_util::future::BoxFuture;
use serde_json::Value;

use super::{EndedJob, ResultRows};
use crate::engine::store::{NewJob, StoreError};
use crate::engine::{CallerError, ErrorKind};

/// What is known of a flow before anything is started.
#[derive(Clone, Debug)]
pub struct FlowDescription {
    /// As jobs carry it.
    pub name: &'static str,
    /// Its member in the body of `POST /v1/jobs`; `None`: it is not submitted there.
    pub member: Option<&'static str>,
    /// What a step of another flow calls it.
    pub uses: Option<&'static str>,
    /// What its steps wait for where they are parked, e.g. `an outside worker`.
    pub parked_for: Option<&'static str>,
    /// What it does, in a sentence.
    pub summary: &'static str,
    /// JSON Schema of a request. What it refers to stands in its `$defs`; its `title` is the name
    /// that it has in the OpenAPI document.
    pub request: Value,
    /// Reads a request and looks nothing up: what fits here may still be refused.
    pub check: fn(&Value) -> Result<(), SystemError>,
    /// JSON Schema of what [`AnyFlow::view`] returns, in the same form.
    pub view: Option<Value>,
    pub examples: FlowExamples,
}

/// Examples for the OpenAPI document.
#[derive(Clone, Debug, Default)]
pub struct FlowExamples {
    /// Bodies of `POST /v1/jobs`, by the name of the example.
    pub bodies: Value,
    /// Sentences for requests that are refused, by the name of the example.
    pub refused: Value,
    /// The sentence when something that the flow needs is away.
    pub unavailable: &'static str,
    /// A job as `/v1/jobs/{job_id}` shows it, before it runs and while it runs.
    pub queued: Value,
    pub running: Value,
}

/// What a caller may say of a job beside the flow's own request.
#[derive(Clone, Debug, Default)]
pub struct NewRun {
    pub id: Option<JobId>,
    pub queue: Option<String>,
    /// The same key with the same request finds the job that was submitted before.
    pub idempotency_key: Option<String>,
}

/// A job that a flow made of a request, ready to be stored.
#[derive(Clone, Debug)]
pub struct Composed {
    /// Its request is the request as it was understood.
    pub job: NewJob,
    /// What the caller should know, a sentence each.
    pub warnings: Vec<String>,
}

/// Reads of a request have succeeded; what is left looks up what the request names.
pub type Composing = BoxFuture<'static, Result<Composed, SystemError>>;

/// What a flow would do with a request.
#[derive(Clone, Debug)]
pub struct Preview {
    pub queue: String,
    /// The request as it was understood.
    pub request: Value,
    /// What the caller should know, a sentence each.
    pub warnings: Vec<String>,
    /// What the flow tells besides, e.g. how many rows there are; null: nothing.
    pub found: Value,
}

/// The same once what the request names has been looked up.
pub type Previewing = BoxFuture<'static, Result<Preview, SystemError>>;

/// What a member of a request may name on this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub member: &'static str,
    pub values: Vec<String>,
    /// What is taken where the member is left out.
    pub usual: Option<String>,
}

/// A flow that can be started by its name.
#[async_trait]
pub trait AnyFlow: Send + Sync {
    fn description(&self) -> FlowDescription;

    /// What members of a request may name here, as far as the settings say.
    fn choices(&self) -> Vec<Choice> {
        Vec::new()
    }

    /// Reads a request at once; the future looks up and checks what it names, and makes a job.
    fn compose(&self, request: Value, run: NewRun) -> Result<Composing, SystemError>;

    /// What it would do with a request: reads, looks up and checks as [`compose`](Self::compose) does, and
    /// changes nothing.
    fn preview(&self, request: Value, run: NewRun) -> Result<Previewing, SystemError> {
        let composing = self.compose(request, run)?;
        Ok(Box::pin(async move {
            let Composed { job, warnings } = composing.await?;
            Ok(Preview {
                queue: job.queue,
                request: job.request,
                warnings,
                found: Value::Null,
            })
        }))
    }

    /// Called once a new job is stored, e.g. to show it where its users look. It may already run.
    async fn stored(&self, _job: &NewJob) {}

    /// What `/v1/jobs/{job_id}` shows of a job besides what the engine knows; `None` while it
    /// cannot be read.
    async fn view(&self, _job: &job::Model) -> Option<Value> {
        None
    }

    /// What these jobs wait for, of any flow, where this system knows it better than what is stored of
    /// them: they are done outside of this program.
    async fn waits_for(&self, _jobs: &[JobId]) -> Result<HashMap<JobId, String>, SystemError> {
        Ok(HashMap::new())
    }

    /// What the steps of an ended job came to, or those that a step of another flow has added to its job.
    async fn result(&self, _job: &job::Model) -> Result<Value, SystemError> {
        Ok(Value::Null)
    }

    /// The rows that an ended job made, for callers who download them; `None`: its flow makes none, or makes
    /// them elsewhere.
    async fn result_rows(&self, _job: &job::Model) -> Result<Option<ResultRows>, SystemError> {
        Ok(None)
    }

    /// Why a job is not started again by itself, and what to do instead; `None`: it may be.
    fn refuses_again(&self, _job: &job::Model) -> Option<String> {
        None
    }

    /// Jobs of this flow that people call so, such as `project/task`, and that have ended in this state at
    /// this moment (microseconds since 1970) or later: oldest first, not more than so many.
    async fn ended_jobs(
        &self,
        _what: &str,
        _state: &str,
        _since: i64,
        _limit: u64,
    ) -> Result<Vec<EndedJob>, StoreError> {
        Ok(Vec::new())
    }

    /// Whether it is this flow that starts its ended jobs again, and not the engine.
    fn starts_itself(&self) -> bool {
        false
    }

    /// Whether a job that has succeeded may be resumed, as one that failed: something of it may be missing.
    fn resumes_succeeded(&self) -> bool {
        false
    }

    /// Starts a job again that the engine does not run itself. `false`: the engine does it.
    async fn start_again(&self, _job: &job::Model) -> Result<bool, SystemError> {
        Ok(false)
    }
}

/// Why a system did not do what it was asked for.
#[derive(Debug)]
pub enum SystemError {
    /// The request does not fit its schema. `place` is a path inside of the request, or empty.
    Misfit {
        place: String,
        reason: String,
    },
    Failed(Box<dyn CallerError + Send + Sync>),
}

impl SystemError {
    /// For `map_err`.
    pub fn of(error: impl CallerError + Send + Sync + 'static) -> Self {
        Self::Failed(Box::new(error))
    }
}

impl fmt::Display for SystemError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Misfit { place, reason } if place.is_empty() => formatter.write_str(reason),
            Self::Misfit { place, reason } => write!(formatter, "{place}: {reason}"),
            Self::Failed(error) => error.fmt(formatter),
        }
    }
}

impl Error for SystemError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Misfit { .. } => None,
            Self::Failed(error) => error.source(),
        }
    }
}

impl CallerError for SystemError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Misfit { .. } => ErrorKind::Invalid,
            Self::Failed(error) => error.kind(),
        }
    }

    fn may_pass(&self) -> bool {
        match self {
            Self::Misfit { .. } => false,
            Self::Failed(error) => error.may_pass(),
        }
    }

    fn members(&self) -> Vec<(&'static str, Value)> {
        match self {
            Self::Misfit { .. } => Vec::new(),
            Self::Failed(error) => error.members(),
        }
    }

    fn public_message(&self) -> String {
        match self {
            Self::Misfit { .. } => self.to_string(),
            Self::Failed(error) => error.public_message(),
        }
    }

    fn is_logged(&self) -> bool {
        match self {
            Self::Misfit { .. } => false,
            Self::Failed(error) => error.is_logged(),
        }
    }
}
