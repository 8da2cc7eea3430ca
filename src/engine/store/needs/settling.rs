//! What the end of jobs means for those that need them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use entity::{JobId, JobState};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement};
use serde::Serialize;
use serde_json::json;

use super::{join, reason_of};
use crate::clock;
use crate::engine::store::events::{self, NewEvent};
use crate::engine::store::rows::{self, Column, ColumnType};
use crate::engine::store::{Result, query};
use crate::telemetry::metrics::metrics;

const SETTLE: &str = "look for the jobs that need one";

/// What became of others when jobs ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Consequences {
    /// With their flows.
    pub skipped: Vec<(JobId, String)>,
    /// They may start now.
    pub unblocked: Vec<JobId>,
}

impl Consequences {
    /// Counts the jobs that have ended by it, once that is committed.
    pub(crate) fn count(&self) {
        let mut by_flow: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, flow) in &self.skipped {
            *by_flow.entry(flow).or_default() += 1;
        }
        for (flow, number) in by_flow {
            let titles = [("flow", flow), ("state", JobState::Skipped.as_str())];
            metrics().jobs_ended.add(number, &titles);
        }
    }
}

/// Settles the needs of others for jobs that this transaction has ended, and skips and unblocks what
/// follows from that. Jobs among them that have not ended are left alone.
pub(crate) async fn settle(on: &DatabaseTransaction, jobs: &[JobId]) -> Result<Consequences> {
    let mut open = open_needs(on, jobs).await?;
    if open.is_empty() {
        return Ok(Consequences::default());
    }
    let skipped = skip(on, &open).await?;
    if !skipped.is_empty() {
        let ended: Vec<JobId> = skipped.iter().map(|(id, _)| id.clone()).collect();
        open.extend(open_needs(on, &ended).await?);
    }
    let unblocked = count_down(on, &open).await?;
    Ok(Consequences { skipped, unblocked })
}

/// A need that is not settled although the job that it names has ended.
struct OpenNeed {
    job: JobId,
    needs: JobId,
    soft: bool,
    state: JobState,
    title: Option<String>,
}

impl OpenNeed {
    /// Why its job is skipped, if it is.
    fn skips(&self) -> Option<String> {
        let name = self.title.as_deref().unwrap_or(self.needs.as_str());
        reason_of(name, self.state).filter(|_| !self.soft)
    }
}

#[derive(Serialize)]
struct IdRow<'a> {
    id: &'a str,
}

const ID: &[Column] = &[("id", ColumnType::ShortText)];

fn id_rows<'a>(ids: impl IntoIterator<Item = &'a JobId>) -> Vec<IdRow<'a>> {
    let ids = ids.into_iter();
    ids.map(|id| IdRow { id: id.as_str() }).collect()
}

async fn open_needs(on: &DatabaseTransaction, ended: &[JobId]) -> Result<Vec<OpenNeed>> {
    let backend = on.get_database_backend();
    let join = join(backend);
    let sql = format!(
        "SELECT n.job_id, n.needs_id, n.soft, e.state, e.title FROM {{rows}} \
         {join} audience_need AS n ON n.needs_id = r.id \
         {join} audience_job AS e ON e.id = n.needs_id WHERE n.settled = FALSE"
    );
    let statement = rows::statement(backend, &sql, ID, &id_rows(ended))?;
    let found = on.query_all_raw(statement).await.map_err(query(SETTLE))?;
    let needs = found.iter().map(open_need);
    let needs = needs.collect::<std::result::Result<Vec<_>, _>>();
    let mut needs = needs.map_err(query(SETTLE))?;
    needs.retain(|need| need.state.has_ended());
    Ok(needs)
}

fn open_need(row: &QueryResult) -> std::result::Result<OpenNeed, DbErr> {
    Ok(OpenNeed {
        job: row.try_get("", "job_id")?,
        needs: row.try_get("", "needs_id")?,
        soft: row.try_get("", "soft")?,
        state: row.try_get("", "state")?,
        title: row.try_get("", "title")?,
    })
}

/// Skips what needs jobs that have ended without success, and what needs that, however long the chain
/// is; returns the skipped jobs with their flows.
async fn skip(on: &DatabaseTransaction, open: &[OpenNeed]) -> Result<Vec<(JobId, String)>> {
    let reasons = open.iter().filter_map(|need| {
        let reason = need.skips()?;
        Some((need.needs.clone(), reason))
    });
    let mut reasons: HashMap<JobId, String> = reasons.collect();
    let mut frontier: Vec<JobId> = reasons.keys().cloned().collect();
    let mut all = Vec::new();
    // Once more from those that were skipped: a database may look only so deep at once, and another
    // process may have stored a job that needs one of them before it was locked here.
    while !frontier.is_empty() {
        let found = reached(on, &frontier).await?;
        spread(&found, frontier, &mut reasons);
        let ids: BTreeSet<&JobId> = found.iter().map(|(job, _)| job).collect();
        let blocked = lock_blocked(on, ids).await?;
        store_skipped(on, &blocked, &reasons).await?;
        frontier = blocked.iter().map(|job| job.id.clone()).collect();
        all.extend(blocked.into_iter().map(|job| (job.id, job.flow)));
    }
    Ok(all)
}

/// The hard needs by which these jobs reach others, over any number of jobs. What has ended is not gone
/// through: what needs it is settled.
async fn reached(on: &DatabaseTransaction, from: &[JobId]) -> Result<Vec<(JobId, JobId)>> {
    if from.is_empty() {
        return Ok(Vec::new());
    }
    let backend = on.get_database_backend();
    let join = join(backend);
    let next = |from: &str, id: &str| {
        format!(
            "SELECT n.job_id FROM {from} {join} audience_need AS n ON n.needs_id = {id} \
             WHERE n.soft = FALSE AND n.settled = FALSE"
        )
    };
    let (first, others) = (next("{rows}", "r.id"), next("reached", "reached.id"));
    let sql = format!(
        "WITH RECURSIVE reached (id) AS ({first} UNION {others}) \
         SELECT n.job_id, n.needs_id FROM reached {join} audience_need AS n ON n.job_id = reached.id \
         WHERE n.soft = FALSE"
    );
    let statement = rows::statement(backend, &sql, ID, &id_rows(from))?;
    let found = on.query_all_raw(statement).await.map_err(query(SETTLE))?;
    let pairs = found
        .iter()
        .map(|row| Ok((row.try_get("", "job_id")?, row.try_get("", "needs_id")?)));
    let pairs = pairs.collect::<std::result::Result<Vec<_>, DbErr>>();
    pairs.map_err(query(SETTLE))
}

/// Gives each job that is reached the reason of the first by which it is.
fn spread(found: &[(JobId, JobId)], frontier: Vec<JobId>, reasons: &mut HashMap<JobId, String>) {
    let mut needed_by: HashMap<&JobId, Vec<&JobId>> = HashMap::new();
    for (job, needs) in found {
        needed_by.entry(needs).or_default().push(job);
    }
    let mut frontier = frontier;
    frontier.sort_unstable();
    while !frontier.is_empty() {
        let mut next = Vec::new();
        for from in frontier {
            let reason = reasons.get(&from).cloned().unwrap_or_default();
            for job in needed_by.get(&from).into_iter().flatten() {
                if !reasons.contains_key(*job) {
                    reasons.insert((*job).clone(), reason.clone());
                    next.push((*job).clone());
                }
            }
        }
        frontier = next;
    }
}

/// A job that is blocked, locked until the end of the transaction.
struct Blocked {
    id: JobId,
    flow: String,
    needs_left: i32,
}

async fn lock_blocked(on: &DatabaseTransaction, ids: BTreeSet<&JobId>) -> Result<Vec<Blocked>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let backend = on.get_database_backend();
    let join = join(backend);
    let lock = match backend {
        DbBackend::Sqlite => "",
        DbBackend::MySql => "FOR UPDATE",
        _ => "FOR UPDATE OF j",
    };
    // The state is compared in a roundabout way, so that a server looks the jobs up by their ids and not
    // by the index of states.
    let sql = format!(
        "SELECT j.id, j.flow, j.needs_left FROM {{rows}} {join} audience_job AS j ON j.id = r.id \
         WHERE coalesce(j.state, '') = 'blocked' ORDER BY j.id {lock}"
    );
    let statement = rows::statement(backend, &sql, ID, &id_rows(ids))?;
    let found = on.query_all_raw(statement).await.map_err(query(SETTLE))?;
    let blocked = found.iter().map(|row| {
        Ok(Blocked {
            id: row.try_get("", "id")?,
            flow: row.try_get("", "flow")?,
            needs_left: row.try_get("", "needs_left")?,
        })
    });
    let blocked = blocked.collect::<std::result::Result<Vec<_>, DbErr>>();
    blocked.map_err(query(SETTLE))
}

#[derive(Serialize)]
struct SkipRow<'a> {
    id: &'a str,
    because: &'a str,
    at: i64,
}

const SKIP_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("because", ColumnType::Text),
    ("at", ColumnType::Integer),
];

/// The state was compared when the job was locked.
const SKIP_SET: &str = "state = 'skipped', error = r.because, ended_at = r.at, live_key = NULL";

async fn store_skipped(
    on: &DatabaseTransaction,
    blocked: &[Blocked],
    reasons: &HashMap<JobId, String>,
) -> Result<()> {
    let at = clock::now_micros();
    let reason = |job: &Blocked| reasons.get(&job.id).map_or("", String::as_str);
    let skipped = blocked.iter().map(|job| SkipRow {
        id: job.id.as_str(),
        because: reason(job),
        at,
    });
    let events = blocked.iter().map(|job| {
        let data = json!({ "error": reason(job) });
        NewEvent::new(&job.id, "job.skipped", &data)
    });
    let (skipped, events): (Vec<_>, Vec<_>) = (skipped.collect(), events.collect());
    let backend = on.get_database_backend();
    let statements = updates(backend, SKIP_SET, SKIP_COLUMNS, &skipped, &events)?;
    let stored = rows::execute_all(on, statements).await;
    stored.map(drop).map_err(query("skip jobs"))
}

#[derive(Serialize)]
struct CountRow<'a> {
    id: &'a str,
    remain: i32,
    becomes: &'static str,
}

const COUNT_COLUMNS: &[Column] = &[
    ("id", ColumnType::ShortText),
    ("remain", ColumnType::Integer),
    ("becomes", ColumnType::ShortText),
];

const COUNT_SET: &str = "needs_left = r.remain, state = r.becomes";

/// Marks needs as settled, and queues the jobs that have no other.
async fn count_down(on: &DatabaseTransaction, open: &[OpenNeed]) -> Result<Vec<JobId>> {
    let mut fewer: HashMap<&JobId, i32> = HashMap::new();
    for need in open {
        if need.skips().is_none() {
            *fewer.entry(&need.job).or_default() += 1;
        }
    }
    let blocked = lock_blocked(on, fewer.keys().copied().collect()).await?;
    let mut unblocked = Vec::new();
    let counted = blocked.iter().map(|job| {
        let settled = fewer.get(&job.id).copied().unwrap_or(0);
        let remain = Ord::max(job.needs_left - settled, 0);
        let becomes = match remain {
            0 => JobState::Queued,
            _ => JobState::Blocked,
        };
        if remain == 0 {
            unblocked.push(job.id.clone());
        }
        CountRow {
            id: job.id.as_str(),
            remain,
            becomes: becomes.as_str(),
        }
    });
    let counted: Vec<CountRow<'_>> = counted.collect();
    let events = unblocked.iter();
    let events = events.map(|id| NewEvent::new(id, "job.unblocked", &json!({})));
    let events: Vec<NewEvent> = events.collect();
    let backend = on.get_database_backend();
    let mut statements = vec![settled(backend, open)?];
    statements.extend(updates(
        backend,
        COUNT_SET,
        COUNT_COLUMNS,
        &counted,
        &events,
    )?);
    let counted = rows::execute_all(on, statements).await;
    counted.map_err(query("settle needs"))?;
    Ok(unblocked)
}

/// Marks the needs.
fn settled(backend: DbBackend, open: &[OpenNeed]) -> Result<Statement> {
    let ended: HashSet<&JobId> = open.iter().map(|need| &need.needs).collect();
    let condition = "audience_need.needs_id = r.id AND audience_need.settled = FALSE";
    let sql = rows::update(backend, "audience_need", "settled = TRUE", condition);
    rows::statement(backend, &sql, ID, &id_rows(ended))
}

fn updates<T: Serialize>(
    backend: DbBackend,
    set: &str,
    columns: &[Column],
    changed: &[T],
    events: &[NewEvent],
) -> Result<Vec<Statement>> {
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let sql = rows::update(backend, "audience_job", set, "audience_job.id = r.id");
    let mut statements: Vec<Statement> = vec![rows::statement(backend, &sql, columns, changed)?];
    if !events.is_empty() {
        statements.push(events::insertion(backend, events)?);
    }
    Ok(statements)
}
