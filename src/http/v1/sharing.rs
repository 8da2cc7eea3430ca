//! What shares the database with the process that answers.

use std::collections::BTreeMap;
use std::time::Instant;

use entity::JobState;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use crate::clock;
use crate::engine::runtime::PRIVATE_QUEUE;
use crate::engine::store::{LeaseHolder, Owner, QueueUse};
use crate::http::error::Failure;
use crate::http::{Services, Who};

/// Jobs of a queue that are named.
const HOLDERS: u64 = 5;

/// The operations.
pub(crate) struct SharingApi(pub(super) Services);

/// The database and all that work with it.
#[derive(Object)]
struct SharedStore {
    database: Database,
    disk: Option<Disk>,
    /// This one, and those that hold jobs.
    processes: Vec<SharingProcess>,
    /// Jobs that run at once in the process that answers.
    jobs_at_once: u64,
    /// By name: those with unfinished jobs, and those with a limit; of a caller with limits those that its
    /// token names.
    queues: Vec<Queue>,
}

/// The engine's database.
#[derive(Object)]
struct Database {
    /// `sqlite`, `postgres` or `mysql`.
    engine: String,
    /// With all that others keep in it.
    size_bytes: u64,
    /// How long it took to answer, in milliseconds.
    answers_ms: f64,
    /// Connections of the process that answers that are in use.
    connections_used: u64,
    connections_idle: u64,
}

/// The disk of the server's working directory.
#[derive(Object)]
struct Disk {
    free_bytes: u64,
    total_bytes: u64,
}

/// A process that works with the database.
#[derive(Object)]
struct SharingProcess {
    /// Such as `this process` or `process 911 of this machine`.
    process: String,
    /// Whether it is the one that answers.
    answers: bool,
    /// Jobs that it holds.
    jobs: u64,
    /// When the first of its leases ends, unless the process renews it; RFC 3339. Null: it holds no jobs.
    lease_ends_at: Option<String>,
}

/// A queue.
#[derive(Object)]
struct Queue {
    queue: String,
    /// How many of its jobs run at once in all processes; null: there is no limit of its own.
    limit: Option<u64>,
    running: u64,
    /// Jobs that have not ended and do not run.
    waiting: u64,
    /// When the oldest of these was stored; RFC 3339.
    waiting_since: Option<String>,
    /// Jobs that have its places, oldest first, five at most; empty for callers with limits.
    holders: Vec<String>,
}

#[OpenApi(tag = "Groups::Runtime")]
impl SharingApi {
    /// See what shares the database
    ///
    /// Processes with the jobs that they hold, queues with their limits and who has the places, how large the
    /// database is and how fast it answers.
    #[oai(
        path = "/v1/runtime/store",
        method = "get",
        operation_id = "get_shared_store"
    )]
    async fn get_shared_store(&self, who: Who) -> poem::Result<Json<SharedStore>> {
        let store = &self.0.store;
        let began = Instant::now();
        store.ping().await.map_err(Failure::from)?;
        let took = began.elapsed();
        let size = store.size_bytes().await.map_err(Failure::from)?;
        let connections = store.connections();
        Ok(Json(SharedStore {
            database: Database {
                engine: store.engine_name().to_owned(),
                size_bytes: size,
                answers_ms: took.as_secs_f64() * 1e3,
                connections_used: connections.used,
                connections_idle: connections.idle,
            },
            disk: Disk::of_working_directory(),
            processes: self.processes().await?,
            jobs_at_once: self.0.runtime.jobs_at_once() as u64,
            queues: self.queues(&who).await?,
        }))
    }
}

impl SharingApi {
    async fn processes(&self) -> Result<Vec<SharingProcess>, Failure> {
        let own = self.0.runtime.owner();
        let holders = self.0.store.lease_holders().await?;
        let held_by = |owner: &Owner| {
            let mut holders = holders.iter();
            holders.find(|holder| holder.owner == *owner)
        };
        let now = clock::now_micros();
        let end = |holder: &LeaseHolder| clock::rfc3339(now.saturating_add(holder.left_ms * 1_000));
        let others = holders.iter().filter(|holder| holder.owner != *own);
        let shown = std::iter::once(own).chain(others.map(|holder| &holder.owner));
        let shown = shown.map(|owner| SharingProcess {
            process: owner.seen_from(own),
            answers: owner == own,
            jobs: held_by(owner).map_or(0, |holder| holder.jobs),
            lease_ends_at: held_by(owner).map(end),
        });
        Ok(shown.collect())
    }

    async fn queues(&self, who: &Who) -> Result<Vec<Queue>, Failure> {
        let (scope, runtime) = (who.scope(), &self.0.runtime);
        if scope.is_limited() && scope.queues().is_none() {
            // Queues hold what belongs to others, too.
            return Ok(Vec::new());
        }
        let mut queues: BTreeMap<String, Queue> = BTreeMap::new();
        for (queue, limit) in runtime.queue_limits() {
            let mut shown = Queue::new(queue.clone());
            shown.limit = Some(*limit as u64);
            queues.insert(queue.clone(), shown);
        }
        for found in self.0.store.queue_use(scope.queues()).await? {
            let queue = queues.entry(found.queue.clone());
            queue
                .or_insert_with(|| Queue::new(found.queue.clone()))
                .add(&found);
        }
        queues.retain(|name, _| name != PRIVATE_QUEUE && scope.has_queue(name));
        if !scope.is_limited() {
            let leases = self.0.store.leases();
            for queue in queues.values_mut().filter(|queue| queue.running > 0) {
                let holders = leases.holders(Some(&queue.queue), None, HOLDERS).await?;
                let holders = holders.first.into_iter();
                queue.holders = holders.map(|holder| holder.job.to_string()).collect();
            }
        }
        Ok(queues.into_values().collect())
    }
}

impl Queue {
    fn new(queue: String) -> Self {
        Self {
            queue,
            limit: None,
            running: 0,
            waiting: 0,
            waiting_since: None,
            holders: Vec::new(),
        }
    }

    fn add(&mut self, found: &QueueUse) {
        if found.state == JobState::Running {
            self.running += found.jobs;
            return;
        }
        self.waiting += found.jobs;
        let since = clock::rfc3339(found.since);
        let earlier = self.waiting_since.take();
        self.waiting_since = Some(match earlier {
            // As they are written, they are ordered by time.
            Some(earlier) => earlier.min(since),
            None => since,
        });
    }
}

impl Disk {
    /// `None`: the system does not say.
    fn of_working_directory() -> Option<Self> {
        let disk = rustix::fs::statvfs(".").ok()?;
        Some(Self {
            free_bytes: disk.f_bavail.saturating_mul(disk.f_frsize),
            total_bytes: disk.f_blocks.saturating_mul(disk.f_frsize),
        })
    }
}
