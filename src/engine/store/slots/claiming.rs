//! Which jobs with slots may be claimed, looked up in the store.

use std::collections::BTreeMap;

use entity::{JobId, JobState, job};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, Statement,
};

use super::{Capacities, Decision, Place, Slots, admit, slots_of_key};
use crate::engine::store::candidates::no_process_runs;
use crate::engine::store::claiming::Wanted;
use crate::engine::store::leases::Leases;
use crate::engine::store::{Result, query};

/// Jobs of one kind that are looked at, at most, beyond the places that there are.
const LOOKED_AT: u64 = 64;

const LOOK: &str = "look for jobs whose slots are free";

/// A job that may be claimed, in the order of claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine::store) struct Ready {
    pub begun: bool,
    pub rank: i32,
    pub id: JobId,
}

/// A job that holds slots.
#[derive(Clone, Debug)]
pub struct SlotHolder {
    pub job: JobId,
    pub title: Option<String>,
    /// When it began; microseconds since 1970.
    pub since: Option<i64>,
    rank: i32,
    slots: Slots,
}

impl SlotHolder {
    /// All that it holds, each with its number.
    pub fn slots(&self) -> impl Iterator<Item = (&str, u32)> {
        let slots = self.slots.iter();
        slots.map(|(name, number)| (name.as_str(), *number))
    }

    /// What people call it.
    pub fn name(&self) -> &str {
        self.title.as_deref().unwrap_or(self.job.as_str())
    }

    pub fn holds(&self, name: &str) -> u32 {
        self.slots.get(name).copied().unwrap_or(0)
    }

    pub(super) fn place(&self) -> Place {
        Place {
            begun: false,
            rank: self.rank,
            id: self.job.clone(),
            slots: self.slots.clone(),
        }
    }
}

/// With what it would hold.
impl From<&job::Model> for SlotHolder {
    fn from(job: &job::Model) -> Self {
        Self {
            job: job.id.clone(),
            title: job.title.clone(),
            since: job.started_at,
            rank: job.rank_no,
            slots: slots_of_key(&job.slot_key),
        }
    }
}

impl Leases<'_> {
    /// Whether there are jobs with slots that could be claimed now.
    pub async fn slots_are_free(&self, wanted: &Wanted) -> Result<bool> {
        Ok(!choose(&self.0.read, wanted).await?.is_empty())
    }

    /// The jobs that hold slots at this moment, in whichever process, oldest first.
    pub async fn slot_holders(&self) -> Result<Vec<SlotHolder>> {
        holders(&self.0.read).await
    }
}

impl Leases<'_> {
    /// How many jobs that may start need slots of each name.
    pub async fn slots_waited_for(&self) -> Result<BTreeMap<String, u64>> {
        let kinds: Vec<(String, i64)> = job::Entity::find()
            .select_only()
            .column(job::Column::SlotKey)
            .column_as(job::Column::Id.count(), "jobs")
            .filter(job::Column::State.eq(JobState::Queued))
            .filter(job::Column::SlotKey.ne(""))
            .group_by(job::Column::SlotKey)
            .into_tuple()
            .all(&self.0.read)
            .await
            .map_err(query("count the jobs that wait for slots"))?;
        let mut waiting = BTreeMap::new();
        for (key, jobs) in kinds {
            for (name, _) in slots_of_key(&key) {
                *waiting.entry(name).or_default() += jobs.unsigned_abs();
            }
        }
        Ok(waiting)
    }
}

async fn holders<C: ConnectionTrait>(on: &C) -> Result<Vec<SlotHolder>> {
    type Row = (JobId, Option<String>, Option<i64>, i32, String);
    let held: Vec<Row> = job::Entity::find()
        .select_only()
        .columns([
            job::Column::Id,
            job::Column::Title,
            job::Column::StartedAt,
            job::Column::RankNo,
            job::Column::SlotKey,
        ])
        .filter(job::Column::State.eq(JobState::Running))
        .filter(job::Column::LeaseOwner.is_not_null())
        .filter(job::Column::SlotKey.ne(""))
        .order_by_asc(job::Column::Id)
        .into_tuple()
        .all(on)
        .await
        .map_err(query("look who holds slots"))?;
    let held = held.into_iter();
    let held = held.map(|(job, title, since, rank, key)| SlotHolder {
        job,
        title,
        since,
        rank,
        slots: slots_of_key(&key),
    });
    Ok(held.collect())
}

/// The jobs with slots that may be claimed now, in order. What another process does at the same moment
/// is not seen, unless this transaction has the turn.
pub(in crate::engine::store) async fn choose<C: ConnectionTrait>(
    on: &C,
    wanted: &Wanted,
) -> Result<Vec<Ready>> {
    if !wanted.capacities.are_known() || wanted.places == 0 || wanted.cancel_requested {
        return Ok(Vec::new());
    }
    let keys = kinds(on).await?;
    let begun = begun(on, wanted).await?;
    if keys.is_empty() && begun.is_empty() {
        return Ok(Vec::new());
    }
    let running: Vec<Place> = holders(on).await?.iter().map(SlotHolder::place).collect();
    let kinds: BTreeMap<&str, Slots> = keys.iter().map(|key| (&**key, slots_of_key(key))).collect();
    if begun.is_empty() && !any_fits(&running, kinds.values(), &wanted.capacities) {
        return Ok(Vec::new());
    }
    let mut ready = begun;
    ready.extend(queued(on, wanted, &kinds).await?);
    ready.sort_by(|one, other| {
        (!one.begun, one.rank, &one.id).cmp(&(!other.begun, other.rank, &other.id))
    });
    let capacity = |name: &str| wanted.capacities.get(name);
    let decisions = admit(&running, &ready, capacity);
    let starting = ready.into_iter().zip(decisions);
    let starting = starting.filter(|(_, decision)| *decision == Decision::Starts);
    let starting = starting.map(|(place, _)| Ready {
        begun: place.begun,
        rank: place.rank,
        id: place.id,
    });
    Ok(starting.collect())
}

/// Whether a job of any kind could start: mostly none can, and then the jobs need not be read.
fn any_fits<'a>(
    running: &[Place],
    mut kinds: impl Iterator<Item = &'a Slots>,
    capacities: &Capacities,
) -> bool {
    let held = |name: &str| {
        let held = running.iter().filter_map(|place| place.slots.get(name));
        held.map(|amount| u64::from(*amount)).sum::<u64>()
    };
    kinds.any(|slots| {
        slots.iter().all(|(name, amount)| {
            let all = capacities.get(name);
            all.is_some_and(|all| held(name) + u64::from(*amount) <= u64::from(all))
        })
    })
}

/// The different slots of the jobs that may start, each found by one seek.
async fn kinds<C: ConnectionTrait>(on: &C) -> Result<Vec<String>> {
    const KINDS: &str = "WITH RECURSIVE kind (slot_key) AS ( \
             SELECT (SELECT j.slot_key FROM audience_job AS j \
                     WHERE j.state = 'queued' AND j.slot_key > '' \
                     ORDER BY j.slot_key LIMIT 1) \
             UNION ALL \
             SELECT (SELECT j.slot_key FROM audience_job AS j \
                     WHERE j.state = 'queued' AND j.slot_key > kind.slot_key \
                     ORDER BY j.slot_key LIMIT 1) \
             FROM kind WHERE kind.slot_key IS NOT NULL) \
         SELECT slot_key FROM kind WHERE slot_key IS NOT NULL";
    let statement = Statement::from_string(on.get_database_backend(), KINDS);
    let found = on.query_all_raw(statement).await.map_err(query(LOOK))?;
    let keys = found.iter().map(|row| row.try_get("", "slot_key"));
    let keys = keys.collect::<std::result::Result<Vec<_>, _>>();
    keys.map_err(query(LOOK))
}

/// Those that some process had begun.
async fn begun<C: ConnectionTrait>(on: &C, wanted: &Wanted) -> Result<Vec<Place>> {
    type Row = (JobId, i32, String);
    let mut select = job::Entity::find()
        .select_only()
        .columns([job::Column::Id, job::Column::RankNo, job::Column::SlotKey])
        .filter(
            Condition::any()
                .add(no_process_runs(JobState::Running))
                .add(no_process_runs(JobState::Parked)),
        )
        .filter(job::Column::LeaseOwner.is_null())
        .filter(Expr::cust("cancel_requested = FALSE"))
        .filter(job::Column::SlotKey.ne(""))
        .filter(job::Column::Queue.is_not_in(wanted.not_in_queues.clone()))
        .order_by_asc(job::Column::RankNo)
        .order_by_asc(job::Column::Id)
        .limit(wanted.places.saturating_add(LOOKED_AT));
    if !wanted.not.is_empty() {
        select = select.filter(job::Column::Id.is_not_in(wanted.not.iter().cloned()));
    }
    if let Some(only) = &wanted.only {
        select = select.filter(job::Column::Id.eq(only.clone()));
    }
    let found: Vec<Row> = select.into_tuple().all(on).await.map_err(query(LOOK))?;
    let found = found.into_iter().map(|(id, rank, key)| Place {
        begun: true,
        rank,
        id,
        slots: slots_of_key(&key),
    });
    Ok(found.collect())
}

/// The first of each kind that waits: as many as could start or reserve, and one more.
async fn queued<C: ConnectionTrait>(
    on: &C,
    wanted: &Wanted,
    kinds: &BTreeMap<&str, Slots>,
) -> Result<Vec<Place>> {
    let backend = on.get_database_backend();
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    let mut parameter = |value: sea_orm::Value| {
        values.push(value);
        match backend {
            DbBackend::Postgres => format!("${}", values.len()),
            _ => "?".to_owned(),
        }
    };
    for (key, slots) in kinds {
        let times = slots.iter().map(|(name, amount)| {
            let all = wanted.capacities.get(name).unwrap_or(0);
            u64::from(all / Ord::max(*amount, 1))
        });
        let times = times.min().unwrap_or(0);
        let limit = Ord::min(times + 1, wanted.places.saturating_add(LOOKED_AT));
        let mut part = format!(
            "SELECT id, rank_no, slot_key FROM audience_job WHERE state = 'queued' \
             AND slot_key = {} AND lease_owner IS NULL AND cancel_requested = FALSE",
            parameter((*key).into())
        );
        for queue in &wanted.not_in_queues {
            let queue = parameter(queue.clone().into());
            part.push_str(&format!(" AND queue <> {queue}"));
        }
        for not in &wanted.not {
            part.push_str(&format!(" AND id <> {}", parameter(not.as_str().into())));
        }
        if let Some(only) = &wanted.only {
            part.push_str(&format!(" AND id = {}", parameter(only.as_str().into())));
        }
        let limit = parameter(i64::try_from(limit).unwrap_or(i64::MAX).into());
        part.push_str(&format!(" ORDER BY rank_no, id LIMIT {limit}"));
        let name = parts.len();
        parts.push(format!("SELECT * FROM ({part}) AS k{name}"));
    }
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let statement = Statement::from_sql_and_values(backend, parts.join(" UNION ALL "), values);
    let found = on.query_all_raw(statement).await.map_err(query(LOOK))?;
    let places = found.iter().map(queued_place);
    let places = places.collect::<std::result::Result<Vec<_>, _>>();
    places.map_err(query(LOOK))
}

fn queued_place(row: &QueryResult) -> std::result::Result<Place, DbErr> {
    let key: String = row.try_get("", "slot_key")?;
    Ok(Place {
        begun: false,
        rank: row.try_get("", "rank_no")?,
        id: row.try_get("", "id")?,
        slots: slots_of_key(&key),
    })
}
