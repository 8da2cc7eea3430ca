//! Where tasks are, read for many callers at once: those who ask while one question is under way
//! share the next. A statement costs the same hop to the database for one task as for hundreds.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use entity::{DispatchStatus, JobId};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, QueryResult};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use crate::engine::store::rows::{self, Column, ColumnType};
use crate::engine::store::{Result, Store, StoreError, query};

/// Callers that may wait; more wait to be let in.
const WAITING_MAX: usize = 1_024;

/// Callers that are answered by one question.
const TOGETHER: usize = 32;

/// Questions under way at once: while the database works on one, the answer to another is taken
/// apart.
const READERS: usize = 2;

/// Where a task is, without what may be long.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Standing {
    pub job_id: JobId,
    pub service: String,
    pub status: DispatchStatus,
    pub message: Option<String>,
    pub message_running: Option<String>,
    pub message_finished: Option<String>,
    pub message_failed: Option<String>,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
    pub progress_ppm: Option<i64>,
    pub cancelled_at: Option<i64>,
}

struct Waiting {
    ids: Vec<JobId>,
    /// Dropped if the question could not be answered.
    reply: oneshot::Sender<HashMap<JobId, Standing>>,
}

/// A handle to the readers; clones share them.
#[derive(Clone, Debug)]
pub struct Standings {
    store: Store,
    waiting: [mpsc::Sender<Waiting>; READERS],
    turn: Arc<AtomicUsize>,
}

#[derive(Serialize)]
struct IdRow<'a> {
    id: &'a str,
}

const ID_COLUMNS: &[Column] = &[("id", ColumnType::ShortText)];

const READ: &str = "\
    SELECT d.job_id, d.service, d.status, d.message, d.message_running, d.message_finished, \
    d.message_failed, d.started_at, d.ended_at, d.progress_ppm, d.cancelled_at \
    FROM {rows} JOIN audience_dispatch AS d ON d.job_id = r.id";

impl Standings {
    /// Starts the readers. They end when all handles are dropped.
    pub fn start(store: &Store) -> Self {
        let waiting = std::array::from_fn(|_| {
            let (handle, waiting) = mpsc::channel(WAITING_MAX);
            tokio::spawn(run(store.clone(), waiting));
            handle
        });
        Self {
            store: store.clone(),
            waiting,
            turn: Arc::default(),
        }
    }

    /// Where these tasks are; those that do not exist are left out.
    pub async fn of(&self, ids: Vec<JobId>) -> Result<HashMap<JobId, Standing>> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let (reply, answer) = oneshot::channel();
        let asked = Waiting {
            ids: ids.clone(),
            reply,
        };
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let sent = self.waiting[turn % READERS].send(asked).await;
        sent.map_err(|_| StoreError::Closed)?;
        match answer.await {
            Ok(found) => Ok(found),
            // What is the matter is found out by each alone.
            Err(_) => read(&self.store, &ids).await,
        }
    }
}

async fn run(store: Store, mut waiting: mpsc::Receiver<Waiting>) {
    let mut together = Vec::new();
    while waiting.recv_many(&mut together, TOGETHER).await > 0 {
        let ids: Vec<JobId> = together
            .iter()
            .flat_map(|asked: &Waiting| asked.ids.iter().cloned())
            .collect();
        let Ok(found) = read(&store, &ids).await else {
            together.clear();
            continue;
        };
        for asked in together.drain(..) {
            let own = asked.ids.into_iter().filter_map(|id| {
                let standing = found.get(&id)?.clone();
                Some((id, standing))
            });
            // The caller may have stopped waiting.
            asked.reply.send(own.collect()).ok();
        }
    }
}

async fn read(store: &Store, ids: &[JobId]) -> Result<HashMap<JobId, Standing>> {
    let attempted = "read where tasks are";
    // Many may ask for the same.
    let ids: BTreeSet<&str> = ids.iter().map(JobId::as_str).collect();
    let rows: Vec<_> = ids.into_iter().map(|id| IdRow { id }).collect();
    let backend = store.reader().get_database_backend();
    let statement = rows::statement(backend, READ, ID_COLUMNS, &rows)?;
    let found = store.reader().query_all_raw(statement).await;
    let mut standings = HashMap::new();
    for row in found.map_err(query(attempted))? {
        let standing = by_place(&row).map_err(query(attempted))?;
        standings.insert(standing.job_id.clone(), standing);
    }
    Ok(standings)
}

/// Looking a column up by its name for each row takes longer than reading it.
fn by_place(row: &QueryResult) -> std::result::Result<Standing, DbErr> {
    Ok(Standing {
        job_id: row.try_get_by_index(0)?,
        service: row.try_get_by_index(1)?,
        status: row.try_get_by_index(2)?,
        message: row.try_get_by_index(3)?,
        message_running: row.try_get_by_index(4)?,
        message_finished: row.try_get_by_index(5)?,
        message_failed: row.try_get_by_index(6)?,
        started_at: row.try_get_by_index(7)?,
        ended_at: row.try_get_by_index(8)?,
        progress_ppm: row.try_get_by_index(9)?,
        cancelled_at: row.try_get_by_index(10)?,
    })
}
