//! Why a job does not move, found out when somebody asks.
//!
//! What a job waits for over a longer time (a database that is away, a signal) is stored with it.
//! All else follows from what is stored anyway: places of queues, times that have not come yet,
//! leases.

mod full;

use std::collections::{BTreeSet, HashMap};

use entity::{BatchState, JobState, StepState, batch, job, step};

use self::full::Full;
use super::task::policy_of;
use super::{Engine, PRIVATE_QUEUE, Runtime, RuntimeLimits};
use crate::clock;
use crate::clock::steady::rfc3339 as shown;
use crate::engine::store::{Holder, Owner, Shortage, SlotHolder, StoreError, slots_of_key};

/// The beginning of the reason of a queue that is full.
const FULL_QUEUE: &str = "queue `";

/// Holders of places that are named.
const NAMED_MAX: u64 = 3;

/// Pending batches that are looked at: where so many wait for a time, others are not looked for.
const LOOKED_AT: u64 = 100;

impl Runtime {
    /// The slots that a job waits for; `None`: it waits for none.
    pub async fn shortage(&self, job: &job::Model) -> Result<Option<Shortage>, StoreError> {
        if !wants_place(job) || job.slot_key.is_empty() {
            return Ok(None);
        }
        let leases = self.engine.store.leases();
        leases.shortage(job, &self.engine.capacities).await
    }

    /// What a job waits for; `None`: it moves, or has ended.
    pub async fn waits_for(
        &self,
        job: &job::Model,
        steps: &[step::Model],
    ) -> Result<Option<String>, StoreError> {
        let engine = &self.engine;
        if job.cancel_requested {
            return Ok(job.waiting.clone());
        }
        if job.state == JobState::Blocked {
            return Ok(Some(waits_for_others(job)));
        }
        if let Some(shortage) = self.shortage(job).await? {
            return Ok(Some(sentence(&shortage)));
        }
        if wants_place(job) {
            let queue = BTreeSet::from([job.queue.clone()]);
            let full = engine.full_queues(queue).await?;
            return Ok(waits_for_place(job, full.get(&job.queue)));
        }
        if job.state != JobState::Running {
            return Ok(job.waiting.clone());
        }
        if let Some(lapsing) = engine.lapsing_lease(job) {
            return Ok(Some(lapsing));
        }
        if job.waiting.is_some() {
            return Ok(job.waiting.clone());
        }
        Ok(engine.pause(steps).await?.map(|pause| pause.reason))
    }

    /// The same for many jobs, as far as it can be known at once: those that have no place are
    /// looked at, the others say what is stored of them.
    pub async fn fill_in_places(&self, jobs: &mut [job::Model]) -> Result<(), StoreError> {
        let wanting = |job: &&mut job::Model| wants_place(job) && !job.cancel_requested;
        let queues = jobs.iter_mut().filter(wanting);
        let queues: BTreeSet<String> = queues.map(|job| job.queue.clone()).collect();
        let full = self.engine.full_queues(queues).await?;
        for job in jobs.iter_mut().filter(wanting) {
            job.waiting = waits_for_place(job, full.get(&job.queue));
        }
        let with_slots = |job: &&mut job::Model| wanting(job) && !job.slot_key.is_empty();
        let any = jobs.iter_mut().any(|job| with_slots(&job));
        if any {
            let holders = self.engine.store.leases().slot_holders().await?;
            for job in jobs.iter_mut().filter(with_slots) {
                let full = self.engine.full_slots(job, &holders);
                job.waiting = full.or(job.waiting.take());
            }
        }
        let blocked = |job: &&mut job::Model| job.state == JobState::Blocked;
        for job in jobs.iter_mut().filter(blocked) {
            job.waiting = Some(waits_for_others(job));
        }
        Ok(())
    }
}

fn waits_for_place(job: &job::Model, full: Option<&Full>) -> Option<String> {
    match full {
        Some(full) => full.reason_for(&job.id),
        None => note_of_other_reason(job),
    }
}

/// A full queue is looked at anew whenever somebody asks, so the note of it may be out of date.
fn note_of_other_reason(job: &job::Model) -> Option<String> {
    let note = job.waiting.clone();
    note.filter(|note| !is_of_full_queue(note))
}

pub(super) fn is_of_full_queue(reason: &str) -> bool {
    reason.starts_with(FULL_QUEUE)
}

fn waits_for_others(job: &job::Model) -> String {
    match job.needs_left {
        1 => "waits for 1 job".to_owned(),
        more => format!("waits for {more} jobs"),
    }
}

/// Whether the job is to run and no process runs it.
fn wants_place(job: &job::Model) -> bool {
    let is_begun = job.state == JobState::Running && job.lease_owner.is_none();
    job.state == JobState::Queued || is_begun
}

impl Engine {
    /// Of these queues those whose jobs are not begun, with the reason.
    pub(super) async fn full_queues(
        &self,
        queues: BTreeSet<String>,
    ) -> Result<HashMap<String, Full>, StoreError> {
        let leases = self.store.leases();
        let mut full = HashMap::new();
        let mut left = Vec::new();
        for queue in queues.into_iter().filter(|queue| queue != PRIVATE_QUEUE) {
            let Some(most) = self.limits.queue_jobs_max.get(&queue) else {
                left.push(queue);
                continue;
            };
            let holders = leases.holders(Some(&queue), None, NAMED_MAX).await?;
            if holders.number < *most as u64 {
                left.push(queue);
                continue;
            }
            let named = self.named(&holders.first, holders.number);
            let these_are = match holders.number {
                1 => "that is",
                _ => "they are",
            };
            let reason = format!(
                "{FULL_QUEUE}{queue}` is full: it may run {}, and {these_are} {named}",
                at_a_time(*most)
            );
            let holders = holders.first;
            full.insert(queue, Full { reason, holders });
        }
        if left.is_empty() {
            return Ok(full);
        }
        let most = self.limits.jobs_at_once;
        let here = leases.holders(None, Some(&self.owner), NAMED_MAX).await?;
        // One that has just ended has no place any more.
        if here.number >= most as u64 && !here.first.is_empty() {
            let named = self.named(&here.first, here.number);
            let reason = format!(
                "no place is free: a process may run {} (runtime.jobs_at_once), and this one runs {named}",
                at_a_time(most)
            );
            let holders = here.first;
            let found = Full { reason, holders };
            full.extend(left.into_iter().map(|queue| (queue, found.clone())));
        }
        Ok(full)
    }

    /// Why a job does not get its slots, if others hold them.
    fn full_slots(&self, job: &job::Model, holders: &[SlotHolder]) -> Option<String> {
        if holders.iter().any(|holder| holder.job == job.id) {
            return None;
        }
        let needed = slots_of_key(&job.slot_key);
        Shortage::beside(&needed, holders, &self.capacities)
            .as_ref()
            .map(sentence)
    }

    fn named(&self, holders: &[Holder], number: u64) -> String {
        let named = holders.iter().map(|holder| {
            let process = holder.owner.as_ref();
            let at = process.map_or("its countdown".to_owned(), |owner| {
                owner.seen_from(&self.owner)
            });
            format!("job {} in {at}", holder.job)
        });
        let mut named = named.collect::<Vec<_>>().join(", ");
        let more = number.saturating_sub(holders.len() as u64);
        if more > 0 {
            named.push_str(&format!(" and {more} more"));
        }
        named
    }

    /// Said where the holder of a lease is silent.
    fn lapsing_lease(&self, job: &job::Model) -> Option<String> {
        let owner = Owner::of(job)?;
        if owner == self.owner {
            return None;
        }
        let left_ms = job.lease_until_ms? - clock::steady::now_micros() / 1_000;
        silence(&owner.seen_from(&self.owner), left_ms, self.limits.lease_ms)
    }

    /// The time that a running job waits for.
    async fn pause(&self, steps: &[step::Model]) -> Result<Option<Pause>, StoreError> {
        let now = clock::steady::now_micros();
        let mut pending = Vec::new();
        let running = |step: &&step::Model| step.state == StepState::Running;
        for step in steps.iter().filter(running) {
            let batches = self.store.batches();
            let first = batches.first(&step.job_id, step.no, BatchState::Pending, LOOKED_AT);
            pending.extend(first.await?);
        }
        Ok(pause(steps, &pending, (&self.limits).into(), now))
    }
}

fn sentence(shortage: &Shortage) -> String {
    let (name, held, needs) = (&shortage.slot, shortage.held, shortage.needs);
    let Some(most) = shortage.most else {
        return format!("waits for {name}: how many there are is not known");
    };
    if needs > most {
        return format!("waits for {name}: it needs {needs} of {most}");
    }
    match shortage.kept_for.as_slice() {
        [] => format!(
            "waits for {name}: {held} of {most} held by {}",
            names(&shortage.holders)
        ),
        first => format!(
            "waits for {name}: {held} of {most} are held, the others are kept for {}",
            names(first)
        ),
    }
}

fn names(holders: &[SlotHolder]) -> String {
    let first = holders.iter().take(NAMED_MAX as usize);
    let first: Vec<&str> = first.map(SlotHolder::name).collect();
    let more = holders.len() - first.len();
    let named = first.join(", ");
    match more {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn at_a_time(jobs: usize) -> String {
    match jobs {
        1 => "1 job at a time".to_owned(),
        more => format!("{more} jobs at a time"),
    }
}

/// A holder renews its lease three times before it lapses.
fn silence(process: &str, left_ms: i64, lease_ms: u64) -> Option<String> {
    let lease_ms = i64::try_from(lease_ms).unwrap_or(i64::MAX);
    if left_ms > lease_ms / 3 {
        return None;
    }
    let lapses = shown(clock::steady::now_micros() + left_ms * 1_000);
    let then = match left_ms {
        0.. => format!("its lease lapses at {lapses}, and then"),
        _ => format!("its lease lapsed at {lapses}, and"),
    };
    Some(format!(
        "{process} holds the job and has not been heard of lately; {then} another process continues it"
    ))
}

/// A time that a job waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pause {
    /// By the steady clock.
    pub until: i64,
    pub reason: String,
}

/// What the settings say where a step has no policy of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct UsualPolicy {
    pub attempts_max: u32,
    pub batches_at_once: usize,
}

impl From<&RuntimeLimits> for UsualPolicy {
    fn from(limits: &RuntimeLimits) -> Self {
        Self {
            attempts_max: limits.attempts_max,
            batches_at_once: limits.batches_at_once,
        }
    }
}

/// The first time at which a step or a batch may begin; `None`: one of them may now.
///
/// `pending`: of each step those that may begin next, in their order.
pub(super) fn pause(
    steps: &[step::Model],
    pending: &[batch::Model],
    usual: UsualPolicy,
    now: i64,
) -> Option<Pause> {
    let later = |at: Option<i64>| at.filter(|at| *at > now);
    let pending: Vec<&batch::Model> = steps
        .iter()
        .flat_map(|step| {
            let own = policy_of(step)
                .ok()
                .and_then(|policy| policy.batches_at_once);
            let at_once = own.map_or(usual.batches_at_once, |own| own as usize);
            let of_step = |batch: &&batch::Model| batch.step_no == step.no;
            // One at a time means in order: none overtakes the first.
            let considered = if at_once > 1 { usize::MAX } else { 1 };
            pending.iter().filter(of_step).take(considered)
        })
        .collect();
    if pending
        .iter()
        .any(|batch| later(batch.not_before_at).is_none())
    {
        return None;
    }
    let waiting = steps.iter().filter(|step| step.state == StepState::Pending);
    let waiting = waiting.filter_map(|step| Some((later(step.not_before_at)?, step)));
    let of_steps = waiting.map(|(until, step)| Pause {
        until,
        reason: reason_of_step(step, until, usual.attempts_max),
    });
    let of_batches = pending.iter().filter_map(|batch| {
        let until = batch.not_before_at?;
        let step = steps.iter().find(|step| step.no == batch.step_no)?;
        let policy = policy_of(step).ok()?;
        let attempts_max = policy.attempts_max.unwrap_or(usual.attempts_max);
        let reason = match policy.is_whole_job {
            true => reason_of_job(batch, until),
            false => reason_of_batch(batch, &step.name, until, attempts_max),
        };
        Some(Pause { until, reason })
    });
    of_steps.chain(of_batches).min_by_key(|pause| pause.until)
}

fn reason_of_step(step: &step::Model, until: i64, attempts_max: u32) -> String {
    let until = shown(until);
    let name = &step.name;
    if let (0, Some(error)) = (step.failures, &step.last_error) {
        return format!("the job starts over at {until}: {error}");
    }
    if step.failures == 0 {
        let seconds = step.delay_s;
        return format!("countdown of {seconds} s: step `{name}` begins at {until}");
    }
    let attempt = step.failures + 1;
    let error = step.last_error.as_deref().unwrap_or_default();
    format!(
        "step `{name}` is planned again at {until}, attempt {attempt} of {attempts_max}: {error}"
    )
}

/// The kind counts the attempts itself.
fn reason_of_job(batch: &batch::Model, until: i64) -> String {
    let error = batch.last_error.as_deref().unwrap_or_default();
    format!("is tried again at {}: {error}", shown(until))
}

fn reason_of_batch(batch: &batch::Model, step: &str, until: i64, attempts_max: u32) -> String {
    let until = shown(until);
    let no = batch.no + 1;
    let error = batch.last_error.as_deref().unwrap_or_default();
    if batch.outages > 0 && batch.failures == 0 {
        return format!("batch {no} of step `{step}` is tried again at {until}: {error}");
    }
    let attempt = batch.failures + 1;
    format!(
        "batch {no} of step `{step}` is tried again at {until}, attempt {attempt} of {attempts_max}: {error}"
    )
}

#[cfg(test)]
mod tests;
