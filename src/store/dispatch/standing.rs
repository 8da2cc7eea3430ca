//! Where tasks are, read for many callers at once: whoever asks while one question is under way
//! goes together into the next. A statement costs the same hop to the database for one task as for
//! hundreds.

use std::collections::HashMap;

use entity::{DispatchStatus, JobId};
use sea_orm::{ConnectionTrait, FromQueryResult};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};

use super::super::rows::{self, Column, Kind};
use super::super::{Result, Store, StoreError, query};

/// Callers that may wait; more wait to be let in.
const WAITING_MAX: usize = 1_024;

/// Callers that are answered by one question.
const TOGETHER: usize = 64;

/// Where a task is, without what may be long.
#[derive(Clone, Debug, PartialEq, Eq, FromQueryResult)]
pub struct Standing {
    pub job_id: JobId,
    pub service: String,
    pub status: DispatchStatus,
    pub message: Option<String>,
    pub started_at: Option<i64>,
    pub ended_at: Option<i64>,
}

struct Waiting {
    ids: Vec<JobId>,
    /// Dropped if the question could not be answered.
    reply: oneshot::Sender<HashMap<JobId, Standing>>,
}

/// A handle to the reader; clones share it.
#[derive(Clone, Debug)]
pub struct Standings {
    store: Store,
    waiting: mpsc::Sender<Waiting>,
}

#[derive(Serialize)]
struct IdRow<'a> {
    id: &'a str,
}

const ID_COLUMNS: &[Column] = &[("id", Kind::Word)];

const READ: &str = "\
    SELECT d.job_id, d.service, d.status, d.message, d.started_at, d.ended_at \
    FROM {rows} JOIN audience_dispatch AS d ON d.job_id = r.id";

impl Standings {
    /// Starts the reader. It ends when all handles are gone.
    pub fn start(store: &Store) -> Self {
        let (handle, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(run(store.clone(), waiting));
        Self {
            store: store.clone(),
            waiting: handle,
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
        let sent = self.waiting.send(asked).await;
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
            // Whoever has stopped waiting does not mind.
            asked.reply.send(own.collect()).ok();
        }
    }
}

async fn read(store: &Store, ids: &[JobId]) -> Result<HashMap<JobId, Standing>> {
    let attempted = "read where tasks are";
    let rows: Vec<_> = ids.iter().map(|id| IdRow { id: id.as_str() }).collect();
    let backend = store.read.get_database_backend();
    let statement = rows::statement(backend, READ, ID_COLUMNS, &rows)?;
    let found = store.read.query_all_raw(statement).await;
    let mut standings = HashMap::new();
    for row in found.map_err(query(attempted))? {
        let standing = Standing::from_query_result(&row, "").map_err(query(attempted))?;
        standings.insert(standing.job_id.clone(), standing);
    }
    Ok(standings)
}
