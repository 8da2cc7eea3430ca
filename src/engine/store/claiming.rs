//! Claiming jobs that no process runs, many at once, together with what is known of them.

use std::collections::HashMap;

use entity::{BatchState, JobId, JobState, batch, job, step};
use sea_orm::sea_query::{CaseStatement, Expr, Func, LockBehavior, LockType, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, ExprTrait,
    FromQueryResult, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};
use serde_json::json;

use super::candidates::{BEGUN_FIRST, candidates};
use super::events::{self, NewEvent};
use super::holders::have_place_in_queue;
use super::leases::{Leases, now_ms};
use super::owner::Owner;
use super::unindexed::unindexed;
use super::{
    Capacities, Claim, Result, crashes, held_back, notes_outage, query, rows, slots, take_turn,
};
use crate::clock;

/// Which jobs a process would run.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub cancel_requested: bool,
    pub only: Option<JobId>,
    pub not: Vec<JobId>,
    pub not_in_queues: Vec<String>,
    /// Queues with a limit of their own.
    pub queue_places: HashMap<String, QueuePlaces>,
    pub places: u64,
    /// Of what jobs hold while they run.
    pub capacities: Capacities,
    /// Jobs with slots, too, as far as these are free.
    pub with_slots: bool,
}

/// How many jobs of one queue may be taken.
#[derive(Clone, Copy, Debug)]
pub struct QueuePlaces {
    /// In this process.
    pub free_here: u64,
    /// That run at once in all processes together.
    pub most: u64,
}

/// A job that was claimed, as it was at that moment.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub claim: Claim,
    pub job: job::Model,
    pub steps: Vec<step::Model>,
    /// Of its pending batches, the most processes in a row that ended under one.
    pub crashes: i32,
}

/// What a process claims at once.
#[derive(Debug, Default)]
pub(in crate::engine) struct Claims {
    pub claimed: Vec<Claimed>,
    /// Another process claims jobs with slots at this moment: there may be more.
    pub contended: bool,
}

/// The most processes in a row that ended under a batch of a job.
#[derive(FromQueryResult)]
struct Crashes {
    job_id: JobId,
    crashes: i32,
}

impl Leases<'_> {
    /// Takes jobs in these states that no process runs, those of the greatest priority first and then the
    /// oldest, and marks them as begun. None:
    /// there are none, or other processes were faster.
    pub async fn claim(
        &self,
        wanted: &Wanted,
        states: &[JobState],
        owner: &Owner,
        lease_ms: u64,
    ) -> Result<Vec<Claimed>> {
        let claims = self.claim_in_turn(wanted, states, owner, lease_ms).await?;
        Ok(claims.claimed)
    }

    /// The same; says whether jobs with slots were left to another process.
    pub(in crate::engine) async fn claim_in_turn(
        &self,
        wanted: &Wanted,
        states: &[JobState],
        owner: &Owner,
        lease_ms: u64,
    ) -> Result<Claims> {
        let (wanted, states, owner) = (wanted.clone(), states.to_vec(), owner.clone());
        self.0
            .write_soon(move |on| {
                Box::pin(async move { claim(on, &wanted, &states, &owner, lease_ms).await })
            })
            .await
    }

    /// How many jobs of these queues run at this moment, in whichever process.
    pub async fn running_by_queue(&self, queues: &[String]) -> Result<HashMap<String, u64>> {
        running_by_queue(&self.0.read, queues).await
    }

    /// In which states there are jobs to run, now, those that were begun first; for each of what
    /// is wanted. One question for everything, which costs readers nothing: the turn to write is
    /// only asked for if it is needed.
    pub async fn waiting(&self, wanted: &[Wanted]) -> Result<Vec<Vec<JobState>>> {
        let column = |no: usize, state: JobState| format!("{}_{no}", state.as_str());
        let mut all = Query::select();
        for (no, wanted) in wanted.iter().enumerate() {
            for state in BEGUN_FIRST {
                let one = candidates(wanted, state, 1).select_only();
                let one = QuerySelect::query(&mut one.column(job::Column::Id)).to_owned();
                let there = CaseStatement::new()
                    .case(Expr::exists(one), 1_i64)
                    .finally(0_i64);
                all.expr_as(there, column(no, state));
            }
        }
        let row = self.0.read.query_one(&all).await.map_err(query(LOOK))?;
        let mut waiting = vec![Vec::new(); wanted.len()];
        let Some(row) = row else { return Ok(waiting) };
        for (no, states) in waiting.iter_mut().enumerate() {
            for state in BEGUN_FIRST {
                let there: i64 = row.try_get("", &column(no, state)).map_err(query(LOOK))?;
                if there != 0 {
                    states.push(state);
                }
            }
        }
        Ok(waiting)
    }
}

const LOOK: &str = "look for jobs to run";
const CLAIM: &str = "claim jobs";

async fn claim(
    on: &DatabaseTransaction,
    wanted: &Wanted,
    states: &[JobState],
    owner: &Owner,
    lease_ms: u64,
) -> Result<Claims> {
    let mut found = Vec::new();
    for state in states {
        let left = wanted.places.saturating_sub(found.len() as u64);
        let mut select = candidates(wanted, *state, left);
        if on.get_database_backend() != DbBackend::Sqlite {
            // What another process is claiming at this moment is not waited for.
            QuerySelect::query(&mut select)
                .lock_with_behavior(LockType::Update, LockBehavior::SkipLocked);
        }
        if left > 0 {
            found.extend(select.all(on).await.map_err(query(LOOK))?);
        }
    }
    let mut contended = false;
    if wanted.with_slots && !wanted.cancel_requested {
        match take_turn(on, "slots").await? {
            true => slots::add(on, wanted, &mut found).await?,
            false => contended = true,
        }
    }
    if !wanted.queue_places.is_empty() {
        keep_to_places(on, &mut found, &wanted.queue_places).await?;
    }
    let claimed = match found.is_empty() {
        true => Vec::new(),
        false => {
            take(on, &found, owner, lease_ms).await?;
            read(on, found).await?
        }
    };
    Ok(Claims { claimed, contended })
}

/// Leaves jobs out for which their queue has no place. Of a queue to which another process gives a
/// job at this moment, none is taken.
async fn keep_to_places(
    on: &DatabaseTransaction,
    found: &mut Vec<job::Model>,
    places: &HashMap<String, QueuePlaces>,
) -> Result<()> {
    let mut left = HashMap::new();
    for job in &*found {
        let Some(places) = places
            .get(&job.queue)
            .filter(|_| !left.contains_key(&job.queue))
        else {
            continue;
        };
        let free = match take_turn(on, &format!("queue.{}", job.queue)).await? {
            true => {
                let running = running_by_queue(on, std::slice::from_ref(&job.queue)).await?;
                let running = running.get(&job.queue).copied().unwrap_or(0);
                Ord::min(places.most.saturating_sub(running), places.free_here)
            }
            false => 0,
        };
        left.insert(job.queue.clone(), free);
    }
    found.retain(|job| match left.get_mut(&job.queue) {
        Some(0) => false,
        Some(left) => {
            *left -= 1;
            true
        }
        None => true,
    });
    Ok(())
}

/// How many jobs of these queues have a place, in whichever process; queues without such jobs are
/// left out.
async fn running_by_queue<C: ConnectionTrait>(
    on: &C,
    queues: &[String],
) -> Result<HashMap<String, u64>> {
    let counts: Vec<(String, i64)> = job::Entity::find()
        .select_only()
        .column(job::Column::Queue)
        .column_as(job::Column::Id.count(), "number")
        .filter(have_place_in_queue())
        .filter(
            unindexed(on.get_database_backend(), job::Column::Queue)
                .is_in(rows::padded(queues.iter().cloned())),
        )
        .group_by(job::Column::Queue)
        .into_tuple()
        .all(on)
        .await
        .map_err(query("count the running jobs of queues"))?;
    let counts = counts.into_iter();
    Ok(counts
        .map(|(queue, count)| (queue, count.unsigned_abs()))
        .collect())
}

fn begin_events(found: &[job::Model]) -> Vec<NewEvent> {
    let events = found.iter().filter_map(|job| {
        let data = json!({ "epoch": job.lease_epoch + 1 });
        Some(NewEvent::new(&job.id, begin_event(job)?, &data))
    });
    events.collect()
}

/// What is recorded of a job that is claimed. `None`: nothing has happened yet.
fn begin_event(job: &job::Model) -> Option<&'static str> {
    let was_taken_away = job.lease_until_ms.is_some();
    match job.state {
        JobState::Queued => Some("job.started"),
        // It may be left to others again. Otherwise that is recorded where it begins.
        JobState::Parked => None,
        // It is looked at now and then.
        _ if notes_outage(job.waiting.as_deref()) && !was_taken_away => None,
        _ => Some("job.adopted"),
    }
}

async fn take(
    on: &DatabaseTransaction,
    found: &[job::Model],
    owner: &Owner,
    lease_ms: u64,
) -> Result<()> {
    let ids = || found.iter().map(|job| job.id.clone());
    let backend = on.get_database_backend();
    let taken = job::Entity::update_many()
        .col_expr(job::Column::LeaseOwner, Expr::value(owner.as_str()))
        .col_expr(
            job::Column::LeaseUntilMs,
            now_ms(backend).add(lease_ms as i64),
        )
        .col_expr(
            job::Column::LeaseEpoch,
            Expr::col(job::Column::LeaseEpoch).add(1),
        )
        .col_expr(job::Column::State, Expr::value(JobState::Running))
        .col_expr(job::Column::WakesAt, Expr::value(None::<i64>))
        .col_expr(job::Column::Waiting, Expr::cust(held_back::NOTE_TAKEN_BACK))
        .col_expr(
            job::Column::StartedAt,
            // A job that was resumed began long ago.
            Func::coalesce([
                Expr::col(job::Column::StartedAt),
                Expr::value(clock::now_micros()),
            ])
            .into(),
        )
        .filter(job::Column::Id.is_in(rows::padded(ids())))
        .build(backend);
    let mut statements = vec![taken];
    let events = begin_events(found);
    if !events.is_empty() {
        statements.push(events::insertion(backend, &events)?);
    }
    rows::execute_all(on, statements)
        .await
        .map_err(query(CLAIM))?;
    // Only of jobs that were run before can anything have been left.
    let before: Vec<JobId> = found
        .iter()
        .filter(|job| job.lease_epoch > 0)
        .map(|job| job.id.clone())
        .collect();
    if before.is_empty() {
        return Ok(());
    }
    crashes::count(on, &before).await?;
    crashes::close_attempts(on, &before, crashes::PROCESS_ENDED).await
}

/// What the tasks need to know to begin; no other process can change it from here on.
async fn read(on: &DatabaseTransaction, found: Vec<job::Model>) -> Result<Vec<Claimed>> {
    let ids = || found.iter().map(|job| job.id.clone());
    let steps = step::Entity::find()
        .filter(step::Column::JobId.is_in(rows::padded(ids())))
        .order_by_asc(step::Column::JobId)
        .order_by_asc(step::Column::No);
    let steps = steps.all(on).await.map_err(query(CLAIM))?;
    // Only of jobs that were run before can a process have ended.
    let found_before = found.iter().any(|job| job.lease_epoch > 0);
    let mut claimed: Vec<Claimed> = found.into_iter().map(Claimed::of).collect();
    let place: HashMap<JobId, usize> = claimed
        .iter()
        .enumerate()
        .map(|(at, claimed)| (claimed.claim.job.clone(), at))
        .collect();
    for step in steps {
        if let Some(at) = place.get(&step.job_id) {
            claimed[*at].steps.push(step);
        }
    }
    if found_before {
        let worst = batch::Entity::find()
            .select_only()
            .column(batch::Column::JobId)
            .column_as(batch::Column::Crashes.max(), "crashes")
            .filter(batch::Column::JobId.is_in(rows::padded(place.keys().cloned())))
            .filter(batch::Column::State.eq(BatchState::Pending))
            .group_by(batch::Column::JobId)
            .into_model::<Crashes>()
            .all(on)
            .await
            .map_err(query(CLAIM))?;
        for worst in worst {
            if let Some(at) = place.get(&worst.job_id) {
                claimed[*at].crashes = worst.crashes;
            }
        }
    }
    Ok(claimed)
}

impl Claimed {
    /// `job` is as it was found: before it was claimed.
    pub(super) fn of(mut job: job::Model) -> Self {
        job.waiting = job
            .waiting
            .filter(|note| !note.starts_with(held_back::QUEUE));
        let claim = Claim {
            job: job.id.clone(),
            epoch: job.lease_epoch + 1,
        };
        Self {
            claim,
            job,
            steps: Vec::new(),
            crashes: 0,
        }
    }
}
