//! What new jobs need, as the store has it at that moment.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use entity::{JobId, JobState, need};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, QueryResult};
use serde::Serialize;

use super::{join, reason_of};
use crate::engine::store::rows::{self, ColumnType};
use crate::engine::store::{NewJob, Result, StoreError, query};

const RESOLVE: &str = "look for the jobs that a new one needs";

/// How a new job begins, by what has become of the jobs that it needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine::store) struct Beginning {
    pub needs: Vec<need::Model>,
    /// Those of them that have not ended.
    pub left: i32,
    /// Why it is skipped at once, if it is.
    pub skipped: Option<String>,
}

/// What became of a new job: how it begins, or why it is refused.
pub(in crate::engine::store) type Resolved = Result<Beginning>;

/// Locks what new jobs need, and finds out how they begin. A need that names a job in `instead` is one
/// of the other job. `shared` are unfinished jobs by their identities, which have to be so until the
/// commit. Returns one result for each new job.
pub(in crate::engine::store) async fn resolve(
    on: &DatabaseTransaction,
    new: &[&NewJob],
    instead: &HashMap<JobId, JobId>,
    shared: &BTreeMap<String, JobId>,
) -> Result<Vec<Resolved>> {
    if shared.is_empty() && new.iter().all(|job| job.needs.is_empty()) {
        return Ok(new.iter().map(|_| Ok(Beginning::default())).collect());
    }
    let places = new.iter().zip(0..).map(|(job, at)| (&job.id, at));
    let places: HashMap<&JobId, usize> = places.collect();
    let needs: Vec<BTreeMap<&JobId, bool>> = new.iter().map(|job| needs(job, instead)).collect();
    let others = needs.iter().flat_map(BTreeMap::keys).copied();
    let others = others.filter(|id| !places.contains_key(id));
    let others: BTreeSet<&JobId> = others.chain(shared.values()).collect();
    let stored = locked(on, &others).await?;
    for (identity, id) in shared {
        // It has ended since it was found.
        if stored.get(id).and_then(|job| job.live_key.as_ref()) != Some(identity) {
            return Err(StoreError::Contended);
        }
    }
    Ok(Resolving {
        new,
        places,
        needs,
        stored,
    }
    .all())
}

/// The jobs that one needs, and whether only softly.
fn needs<'a>(job: &'a NewJob, instead: &'a HashMap<JobId, JobId>) -> BTreeMap<&'a JobId, bool> {
    let mut needs = BTreeMap::new();
    for need in &job.needs {
        let id = instead.get(&need.job).unwrap_or(&need.job);
        *needs.entry(id).or_insert(true) &= need.soft;
    }
    needs
}

/// A job that was stored before.
struct Stored {
    state: JobState,
    error: Option<String>,
    title: Option<String>,
    live_key: Option<String>,
}

impl Stored {
    /// Why what needs it is skipped, if it is.
    fn skips(&self, id: &JobId) -> Option<String> {
        match (self.state, &self.error) {
            // It says itself which job it was.
            (JobState::Skipped, Some(reason)) => Some(reason.clone()),
            (state, _) => reason_of(self.title.as_deref().unwrap_or(id.as_str()), state),
        }
    }
}

#[derive(Serialize)]
struct IdRow<'a> {
    id: &'a str,
}

/// These jobs, which do not end before this transaction has.
async fn locked(
    on: &DatabaseTransaction,
    ids: &BTreeSet<&JobId>,
) -> Result<HashMap<JobId, Stored>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let backend = on.get_database_backend();
    let join = join(backend);
    let lock = match backend {
        DbBackend::Sqlite => "",
        DbBackend::MySql => "LOCK IN SHARE MODE",
        _ => "FOR SHARE OF j",
    };
    let sql = format!(
        "SELECT j.id, j.state, j.error, j.title, j.live_key FROM {{rows}} \
         {join} audience_job AS j ON j.id = r.id ORDER BY j.id {lock}"
    );
    let ids = ids.iter().map(|id| IdRow { id: id.as_str() });
    let ids: Vec<IdRow<'_>> = ids.collect();
    let columns = [("id", ColumnType::ShortText)];
    let statement = rows::statement(backend, &sql, &columns, &ids)?;
    let found = on.query_all_raw(statement).await.map_err(query(RESOLVE))?;
    let stored = found.iter().map(stored);
    let stored = stored.collect::<std::result::Result<HashMap<_, _>, _>>();
    stored.map_err(query(RESOLVE))
}

fn stored(row: &QueryResult) -> std::result::Result<(JobId, Stored), DbErr> {
    let job = Stored {
        state: row.try_get("", "state")?,
        error: row.try_get("", "error")?,
        title: row.try_get("", "title")?,
        live_key: row.try_get("", "live_key")?,
    };
    Ok((row.try_get("", "id")?, job))
}

struct Resolving<'a> {
    new: &'a [&'a NewJob],
    /// Where each of them stands.
    places: HashMap<&'a JobId, usize>,
    needs: Vec<BTreeMap<&'a JobId, bool>>,
    stored: HashMap<JobId, Stored>,
}

impl Resolving<'_> {
    /// Each after those that it needs.
    fn all(&self) -> Vec<Resolved> {
        let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); self.new.len()];
        let mut left = vec![0_usize; self.new.len()];
        for (at, needs) in self.needs.iter().enumerate() {
            for place in needs.keys().filter_map(|id| self.places.get(id)) {
                needed_by[*place].push(at);
                left[at] += 1;
            }
        }
        let mut ready: Vec<usize> = (0..left.len()).filter(|at| left[*at] == 0).collect();
        let mut resolved: Vec<Option<Resolved>> = Vec::new();
        resolved.resize_with(self.new.len(), || None);
        while let Some(at) = ready.pop() {
            resolved[at] = Some(self.one(at, &resolved));
            for next in &needed_by[at] {
                left[*next] -= 1;
                if left[*next] == 0 {
                    ready.push(*next);
                }
            }
        }
        let in_circle = |at: usize| {
            let job = self.new[at].id.clone();
            Err(StoreError::NeedsCircle { job })
        };
        let resolved = resolved.into_iter().enumerate();
        resolved
            .map(|(at, resolved)| resolved.unwrap_or_else(|| in_circle(at)))
            .collect()
    }

    fn one(&self, at: usize, resolved: &[Option<Resolved>]) -> Resolved {
        let job = self.new[at];
        let mut beginning = Beginning::default();
        for (id, soft) in &self.needs[at] {
            let (id, soft) = (*id, *soft);
            let unknown = || StoreError::UnknownNeed {
                job: job.id.clone(),
                needs: id.clone(),
            };
            let (has_ended, reason) = match self.places.get(id) {
                Some(place) => match &resolved[*place] {
                    Some(Ok(other)) => (other.skipped.is_some(), other.skipped.clone()),
                    // What is refused is not there.
                    _ => return Err(unknown()),
                },
                None => match self.stored.get(id) {
                    Some(stored) => (stored.state.has_ended(), stored.skips(id)),
                    // It was dropped long after its end.
                    None if soft => continue,
                    None => return Err(unknown()),
                },
            };
            if let Some(reason) = reason.filter(|_| !soft) {
                beginning.skipped.get_or_insert(reason);
            }
            beginning.left += i32::from(!has_ended);
            beginning.needs.push(need::Model {
                job_id: job.id.clone(),
                needs_id: id.clone(),
                soft,
                settled: has_ended,
            });
        }
        Ok(beginning)
    }
}
