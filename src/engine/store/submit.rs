//! Storing new jobs, any number at once.

mod known;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use entity::{HistoryState, JobId, JobState, job, step};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter,
    Statement,
};
use serde_json::{Value, json};
use tokio::time::Instant;

use self::known::Known;
use super::needs::{Beginning, resolve};
use super::rows;
use super::{
    Claimed, NewJob, Owner, Result, SetOperation, SetOutcome, StoreError, Submitted, audit, blobs,
    inserting, query, slots, take_turn,
};
use crate::clock;

/// How long the number of waiting jobs is believed: other processes store some, too.
const BELIEVED_FOR: Duration = Duration::from_secs(1);

/// A process stores one in so many of the jobs that may still wait without counting again.
const SHARE: u64 = 16;

const SUBJECT_CHARS_MAX: usize = 255;

/// A job to be stored, and how many may wait.
pub(super) struct Submission {
    pub new: NewJob,
    pub digest: String,
    pub queued_max: u64,
    /// The process that begins it at once, and the length of its lease in milliseconds.
    pub begin: Option<(Owner, u64)>,
    /// It is stored together with others.
    pub planned: bool,
    pub slot_key: String,
    /// When it was submitted.
    pub at: i64,
}

/// A job that is stored, and how it begins.
pub(super) struct Fresh<'a> {
    pub submission: &'a Submission,
    pub beginning: Beginning,
}

impl Submission {
    pub(super) fn of(mut new: NewJob, queued_max: u64) -> Self {
        let starter = new.starter.take().or_else(|| new.started_by.clone());
        new.starter = starter.or_else(audit::caller);
        let digest = request_digest(&new);
        let slot_key = slots::key_of(&new.slots);
        Self {
            new,
            digest,
            queued_max,
            begin: None,
            planned: false,
            slot_key,
            at: clock::now_micros(),
        }
    }

    /// The one description of a new job's row: it is stored as it stands here.
    pub(super) fn job(&self, beginning: &Beginning) -> job::Model {
        let new = &self.new;
        let (owner, lease_ms) = self.begin.clone().unzip();
        let state = self.first_state(beginning);
        let identity = new.live_key.clone();
        job::Model {
            id: new.id.clone(),
            flow: new.flow.clone(),
            state,
            queue: new.queue.clone(),
            request: new.request.to_string(),
            request_digest: self.digest.clone(),
            idempotency_key: new.idempotency_key.clone(),
            body_digest: new.body_digest.clone(),
            cancel_requested: false,
            generation: 0,
            created_at: self.at,
            started_at: owner.is_some().then_some(self.at),
            ended_at: state.has_ended().then_some(self.at),
            lease_epoch: i64::from(owner.is_some()),
            lease_owner: owner.map(|owner| owner.to_string()),
            // From the moment at which it is stored.
            lease_until_ms: lease_ms.map(|lease_ms| lease_ms as i64),
            waiting: new.parked.clone(),
            wakes_at: None,
            error: beginning.skipped.clone(),
            history: HistoryState::Kept,
            traceparent: new.traceparent.clone(),
            title: new.title.clone(),
            live_key: identity.clone().filter(|_| !state.has_ended()),
            identity,
            rank_no: new.priority.saturating_neg(),
            needs_left: beginning.left,
            planned: self.planned,
            slot_key: self.slot_key.clone(),
            started_by: new.started_by.clone(),
            starter: new.starter.clone(),
            subject: self.subject(),
        }
    }

    /// As long as its column allows.
    fn subject(&self) -> Option<String> {
        let subject = self.new.subject.as_ref().or(self.new.title.as_ref())?;
        Some(subject.chars().take(SUBJECT_CHARS_MAX).collect())
    }

    /// The one description of the rows of its steps.
    pub(super) fn steps(&self) -> impl Iterator<Item = step::Model> {
        let new = &self.new;
        let steps = (0..).zip(&new.steps);
        steps.map(|(no, step)| step.row(&new.id, no))
    }

    fn first_state(&self, beginning: &Beginning) -> JobState {
        match &self.new.parked {
            _ if beginning.skipped.is_some() => JobState::Skipped,
            _ if beginning.left > 0 => JobState::Blocked,
            Some(_) => JobState::Parked,
            None if self.begin.is_some() => JobState::Running,
            None => JobState::Queued,
        }
    }

    /// What no other job has, of all, or of those that are unfinished.
    fn keys(&self) -> (Option<&str>, Option<&str>) {
        let new = &self.new;
        (new.idempotency_key.as_deref(), new.live_key.as_deref())
    }

    /// Whether it is one of those of which only so many may wait.
    fn takes_place(&self) -> bool {
        let new = &self.new;
        new.parked.is_none() && new.needs.is_empty() && !self.planned && !new.is_urgent
    }

    /// The job for the process that begins it at once, as if it had been found waiting.
    pub(super) fn claimed(&self) -> Claimed {
        let job = job::Model {
            state: JobState::Queued,
            lease_owner: None,
            lease_until_ms: None,
            lease_epoch: 0,
            ..self.job(&Beginning::default())
        };
        let steps = self.steps().collect();
        Claimed {
            steps,
            ..Claimed::of(job)
        }
    }
}

/// How many more jobs this process may store as waiting, at least: counting them all for each would
/// take long.
#[derive(Default)]
pub(super) struct Room(Option<(u64, u64, Instant)>);

impl Room {
    /// Takes a place for a job, if it needs one.
    async fn take(
        &mut self,
        on: &DatabaseTransaction,
        submission: &Submission,
        new: usize,
    ) -> Result<()> {
        let limit = submission.queued_max;
        if !submission.takes_place() || self.take_one(on, limit, new).await? {
            return Ok(());
        }
        Err(StoreError::QueueFull { limit })
    }

    /// `new` jobs have a place already and are not stored yet.
    async fn take_one(
        &mut self,
        on: &DatabaseTransaction,
        queued_max: u64,
        new: usize,
    ) -> Result<bool> {
        let known = self.0.as_mut().filter(|(share, limit, counted_at)| {
            *share > 0 && *limit == queued_max && counted_at.elapsed() < BELIEVED_FOR
        });
        if let Some((share, _, _)) = known {
            *share -= 1;
            return Ok(true);
        }
        let new = new as u64;
        let mut left = queued_max.saturating_sub(count_queued(on).await? + new);
        if (1..SHARE).contains(&left) {
            // One process at a time stores the last ones.
            if !take_turn(on, "jobs.queued").await? {
                return Err(StoreError::Contended);
            }
            left = queued_max.saturating_sub(count_queued(on).await? + new);
        }
        self.0 = Some((left / SHARE, queued_max, Instant::now()));
        Ok(left > 0)
    }
}

/// What two submissions must share to count as the same.
fn request_digest(new: &NewJob) -> String {
    let steps: Vec<Value> = new
        .steps
        .iter()
        .map(|step| json!([step.name, step.kind, step.params, step.after, step.delay_s]))
        .collect();
    blobs::digest(json!([new.flow, new.queue, steps]).to_string().as_bytes())
}

async fn count_queued(on: &DatabaseTransaction) -> Result<u64> {
    job::Entity::find()
        // Written out and not bound: only so is the index of such jobs used.
        .filter(Expr::cust("state = 'queued'"))
        .filter(job::Column::Planned.eq(false))
        .count(on)
        .await
        .map_err(query("count the waiting jobs"))
}

impl SetOperation for Submission {
    type Outcome = Submitted;

    type Memory = Room;

    async fn all(
        on: &DatabaseTransaction,
        set: &[&Self],
        room: &mut Room,
    ) -> Result<SetOutcome<Submitted>> {
        let (outcomes, statements) = prepare(on, set, room).await?;
        if !statements.is_empty() {
            let stored = rows::execute_all(on, statements).await;
            stored.map_err(query("store a job"))?;
        }
        Ok(SetOutcome::Keep(outcomes))
    }
}

/// Finds those of the jobs that were submitted before, and makes the statements that store the
/// others with their steps and inputs, in order. An error is one of the whole set.
pub(super) async fn prepare(
    on: &DatabaseTransaction,
    set: &[&Submission],
    room: &mut Room,
) -> Result<(Vec<Result<Submitted>>, Vec<Statement>)> {
    let known = Known::of(on, set).await?;
    let mut chosen = Chosen::default();
    let mut outcomes = chosen.choose(on, set, known, room).await?;
    let new: Vec<&NewJob> = chosen.fresh.iter().map(|at| &set[*at].new).collect();
    let resolved = resolve(on, &new, &chosen.instead, &chosen.shared).await?;
    let mut fresh = Vec::with_capacity(new.len());
    let mut refused = HashSet::new();
    for (at, resolved) in chosen.fresh.into_iter().zip(resolved) {
        let submission = set[at];
        match resolved {
            Ok(beginning) => fresh.push(Fresh {
                submission,
                beginning,
            }),
            Err(error) => {
                refused.insert(&submission.new.id);
                outcomes[at] = Err(error);
            }
        }
    }
    for outcome in &mut outcomes {
        if let Ok(Submitted::Existing(id) | Submitted::Shared(id)) = outcome
            && refused.contains(id)
        {
            *outcome = Err(StoreError::Contended);
        }
    }
    if fresh.is_empty() {
        return Ok((outcomes, Vec::new()));
    }
    // In one order, like all processes: two that store the same keys must not wait for each other.
    fresh.sort_by(|one, other| one.submission.keys().cmp(&other.submission.keys()));
    let inputs = fresh.iter().map(|fresh| &fresh.submission.new);
    let inputs: Vec<_> = inputs.map(|new| (&new.id, &*new.blobs)).collect();
    let links = blobs::put_all(on, &inputs).await?;
    let backend = on.get_database_backend();
    let mut statements = inserting::statements(backend, &fresh)?;
    statements.extend(links);
    for rows in fresh
        .iter()
        .filter_map(|fresh| fresh.submission.new.rows.as_ref())
    {
        statements.extend(rows.statements(backend)?);
    }
    Ok((outcomes, statements))
}

/// Which of a set of submissions are stored.
#[derive(Default)]
struct Chosen {
    /// Where they stand in the set.
    fresh: Vec<usize>,
    /// Jobs that are needed in the place of those that are not stored.
    instead: HashMap<JobId, JobId>,
    /// Unfinished jobs by their identities, which take the place of others.
    shared: BTreeMap<String, JobId>,
}

impl Chosen {
    async fn choose(
        &mut self,
        on: &DatabaseTransaction,
        set: &[&Submission],
        mut known: Known,
        room: &mut Room,
    ) -> Result<Vec<Result<Submitted>>> {
        let mut outcomes = Vec::with_capacity(set.len());
        let (mut taken, mut own) = (0, HashSet::new());
        for (at, submission) in set.iter().enumerate() {
            let new = &submission.new;
            let outcome = match known.find(submission) {
                Some(before) => same_request(submission, before),
                None if submission.slot_key.len() > slots::KEY_MAX => {
                    let job = new.id.clone();
                    Err(StoreError::TooManySlots { job })
                }
                None => match known.live_like(new) {
                    Some((identity, id)) => {
                        if !own.contains(id) {
                            self.shared.insert(identity.to_owned(), id.clone());
                        }
                        Ok(Submitted::Shared(id.clone()))
                    }
                    None => match room.take(on, submission, taken).await {
                        Ok(()) => {
                            known.add(new, submission.digest.clone());
                            self.fresh.push(at);
                            taken += usize::from(submission.takes_place());
                            own.insert(&new.id);
                            Ok(Submitted::New(new.id.clone()))
                        }
                        Err(error @ (StoreError::QueueFull { .. } | StoreError::Contended)) => {
                            Err(error)
                        }
                        Err(error) => return Err(error),
                    },
                },
            };
            if let Ok(Submitted::Existing(id) | Submitted::Shared(id)) = &outcome
                && *id != new.id
            {
                self.instead.insert(new.id.clone(), id.clone());
            }
            outcomes.push(outcome);
        }
        Ok(outcomes)
    }
}

fn same_request(submission: &Submission, (id, digest): (JobId, &str)) -> Result<Submitted> {
    if submission.digest == digest {
        Ok(Submitted::Existing(id))
    } else if id == submission.new.id {
        Err(StoreError::OtherRequest { job: id })
    } else {
        Err(StoreError::KeyReused)
    }
}
