//! The living tree of this process.

use std::collections::BTreeSet;

use entity::JobId;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use super::words::ActorKinds;
use crate::clock;
use crate::engine::runtime::{ActorView, SliceView};
use crate::http::body::Word;
use crate::http::error::Failure;
use crate::http::{Services, Who};
use crate::telemetry::metrics::{self, ProcessView};

/// The operations.
pub(crate) struct RuntimeApi(pub(super) Services);

/// A process and its actors.
#[derive(Object)]
struct RuntimeState {
    process: Process,
    /// The actor that supervises all others.
    root: Option<Actor>,
}

/// What the operating system says of the process.
#[derive(Object)]
struct Process {
    version: String,
    pid: u32,
    started_at: String,
    memory_bytes: u64,
    memory_peak_bytes: u64,
    /// Processor time since the start.
    cpu_seconds: f64,
}

/// An actor and those that it supervises.
#[derive(Object)]
struct Actor {
    /// Within this process; later ones are higher.
    id: u64,
    kind: Word<ActorKinds>,
    /// Of a task the id of its job, of a batch its kind, step and number, of a service its name.
    name: String,
    #[oai(skip_serializing_if_is_none)]
    job_id: Option<String>,
    /// `idle`, `working`, or what it waits for.
    state: String,
    /// Since when it lives.
    since: String,
    /// How often one of this name died before it.
    restarts: u32,
    #[oai(skip_serializing_if_is_none)]
    last_failure: Option<LastFailure>,
    /// Messages that wait for it.
    mailbox: u64,
    #[oai(skip_serializing_if_is_none)]
    slice: Option<CurrentSlice>,
    children: Vec<Actor>,
}

/// Why the last one died.
#[derive(Object)]
struct LastFailure {
    at: String,
    reason: String,
}

/// What a batch is at.
#[derive(Object)]
struct CurrentSlice {
    /// From 1, in this attempt.
    no: u64,
    /// Since when.
    since: String,
    /// Rows of the batch that are done, over all attempts.
    rows: u64,
    rows_per_s: f64,
    /// Of the batch, 0 to 1.
    fraction: f64,
}

#[OpenApi(tag = "Groups::Runtime")]
impl RuntimeApi {
    /// See the living tree
    ///
    /// The actors of the process that answers, but for those of jobs that the caller does not see; others that share its database have their own.
    #[oai(path = "/v1/runtime", method = "get", operation_id = "get_runtime")]
    async fn get_runtime(&self, who: Who) -> poem::Result<Json<RuntimeState>> {
        let mut actors = self.seen(&who, self.0.runtime.actors()).await?;
        let root = actors.iter().position(|actor| actor.parent.is_none());
        let root = root.map(|at| actors.swap_remove(at));
        Ok(Json(RuntimeState {
            process: Process::of(&metrics::process()),
            root: root.map(|root| Actor::of(root, &mut actors)),
        }))
    }
}

impl RuntimeApi {
    /// The actors without those of jobs that the caller does not see.
    async fn seen(&self, who: &Who, actors: Vec<ActorView>) -> Result<Vec<ActorView>, Failure> {
        if !who.scope().is_limited() {
            return Ok(actors);
        }
        let jobs: BTreeSet<JobId> = actors
            .iter()
            .filter_map(|actor| actor.job.clone())
            .collect();
        let mut hidden = BTreeSet::new();
        for id in jobs {
            let job = self.0.store.jobs().find(&id).await?;
            if job.is_none_or(|job| !who.sees(&job)) {
                hidden.insert(id);
            }
        }
        let is_seen =
            |actor: &ActorView| actor.job.as_ref().is_none_or(|job| !hidden.contains(job));
        Ok(actors.into_iter().filter(is_seen).collect())
    }
}

impl Process {
    fn of(process: &ProcessView) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            started_at: clock::rfc3339((process.started * 1e6) as i64),
            memory_bytes: process.memory_bytes as u64,
            memory_peak_bytes: process.memory_peak_bytes as u64,
            cpu_seconds: process.cpu_seconds,
        }
    }
}

impl Actor {
    /// Takes its children, and theirs, out of the others.
    fn of(actor: ActorView, others: &mut Vec<ActorView>) -> Self {
        let is_child = |other: &mut ActorView| other.parent == Some(actor.id);
        let mut own: Vec<ActorView> = others.extract_if(.., is_child).collect();
        own.sort_by_key(|child| child.id);
        Self {
            id: actor.id,
            kind: Word(actor.kind),
            name: actor.name,
            job_id: actor.job.map(|job| job.to_string()),
            state: actor.state,
            since: clock::rfc3339(actor.since),
            restarts: actor.restarts,
            last_failure: actor.last_failure.map(|failure| LastFailure {
                at: clock::rfc3339(failure.at),
                reason: failure.reason,
            }),
            mailbox: actor.mailbox,
            slice: actor.slice.as_ref().map(CurrentSlice::of),
            children: own
                .into_iter()
                .map(|child| Self::of(child, others))
                .collect(),
        }
    }
}

impl CurrentSlice {
    fn of(slice: &SliceView) -> Self {
        let progress = slice.progress.as_ref();
        Self {
            no: slice.no,
            since: clock::rfc3339(slice.since),
            rows: progress.map_or(0, |progress| progress.done),
            rows_per_s: progress.map_or(0.0, |progress| progress.per_s),
            fraction: progress.map_or(0.0, |progress| progress.share()),
        }
    }
}
