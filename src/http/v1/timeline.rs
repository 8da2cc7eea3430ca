//! What became of a job in the course of time.

use std::collections::BTreeMap;

use entity::{JobState, job, step};
use poem_openapi::param::Path;
use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;
use super::models::Attempt;
use super::views::{self, job_id};
use super::words::MarkKinds;
use crate::clock;
use crate::engine::timeline::{self, Axis, Mark, MarkKind, Part, StepTime, Story, Wait};
use crate::http::Services;
use crate::http::body::Word;
use crate::http::error::Failure;

/// Of a job with more batches a share is looked at.
const BATCHES_LOOKED_AT: u32 = 20_000;

/// Attempts that are listed one by one.
const ATTEMPTS_LISTED: u64 = 100;

/// The operations.
pub(crate) struct TimelineApi(pub(super) Services);

/// A job on an axis of time.
#[derive(Object)]
struct Timeline {
    /// When it began; null: it has not.
    from: Option<String>,
    /// When it ended, or now.
    until: Option<String>,
    /// The time is cut into 120 parts of this length.
    part_s: f64,
    /// One of so many batches is looked at, and the numbers are those of these: 1, but for jobs with more
    /// than 20,000 batches.
    one_in: u32,
    steps: Vec<StepTimeline>,
    /// Each attempt, oldest first; null: there are more than 100.
    attempts: Option<Vec<Attempt>>,
    /// The newest of them, oldest first.
    marks: Vec<TimelineMark>,
    /// When the job stood still, oldest first.
    waits: Vec<TimelineWait>,
}

/// A step on the axis.
#[derive(Object)]
struct StepTimeline {
    name: String,
    /// What it does, e.g. `label`.
    kind: String,
    /// `pending`, `running`, `completed` or `failed`.
    state: String,
    /// When its first attempt began; null: none has.
    from: Option<String>,
    /// When it ended; null: it has not.
    until: Option<String>,
    /// Attempts at its batches, and those of them that failed or crashed.
    attempts: u64,
    failed: u64,
    /// Parts of the time in which it was worked on, in their order.
    density: Vec<DensityPart>,
}

/// What was done for a step in a part of the time.
#[derive(Object)]
struct DensityPart {
    /// From 0 to 119.
    part: u32,
    /// How many batches were worked on at once, on average.
    at_work: f64,
    /// Attempts that completed their batch in it.
    completed: u64,
    /// Attempts that failed or crashed in it.
    failed: u64,
    /// Attempts that stopped or parked in it, or lost their database.
    interrupted: u64,
}

/// Something that happened to the job as a whole.
#[derive(Object)]
struct TimelineMark {
    at: String,
    kind: Word<MarkKinds>,
    /// Why.
    #[oai(skip_serializing_if_is_none)]
    reason: Option<String>,
}

/// A time in which the job stood still.
#[derive(Object)]
struct TimelineWait {
    from: String,
    /// Null: it still does.
    until: Option<String>,
    /// What it waited for.
    #[oai(skip_serializing_if_is_none)]
    reason: Option<String>,
    /// Whether it was parked: no process held it.
    parked: bool,
}

#[OpenApi(tag = "Groups::Jobs")]
impl TimelineApi {
    /// See a job in the course of time
    ///
    /// When its steps were worked on, and by how many batches at once; restarts, rescues and what else
    /// happened to it; when it waited. Of a job that started over it is the time since then. The history
    /// of old jobs is dropped, and then there is little to see.
    #[oai(
        path = "/v1/jobs/:job_id/timeline",
        method = "get",
        operation_id = "get_job_timeline"
    )]
    async fn get_job_timeline(&self, job_id: Path<String>) -> poem::Result<Json<Timeline>> {
        let id = self::job_id(&job_id)?;
        let job = self.0.job(&id).await?;
        Ok(Json(self.of(&job).await?))
    }
}

impl TimelineApi {
    async fn of(&self, job: &job::Model) -> Result<Timeline, Failure> {
        let steps = self.0.store.steps().of(&job.id).await?;
        let Some(from) = begun_at(job) else {
            return Ok(Timeline::of_one_that_waits(&steps));
        };
        let axis = Axis::new(from, job.ended_at.unwrap_or_else(clock::now_micros));
        let batches: i32 = steps
            .iter()
            .fold(0, |sum, step| sum.saturating_add(step.batches_total));
        let one_in = batches.unsigned_abs().max(1).div_ceil(BATCHES_LOOKED_AT);
        let timelines = self.0.store.timelines();
        let groups = timelines.groups(&job.id, axis, one_in).await?;
        let story = Story::of(&timelines.story(&job.id).await?);
        let times = timeline::by_step(axis, &groups);
        let count: u64 = times.values().map(|time| time.attempts).sum();
        let attempts = match one_in == 1 && count <= ATTEMPTS_LISTED {
            true => {
                let found = timelines.attempts(&job.id, from, ATTEMPTS_LISTED).await?;
                let found = found.into_iter();
                Some(found.map(|one| views::attempt_view(one, &steps)).collect())
            }
            false => None,
        };
        let marks = since_the_beginning(story.marks, from);
        let is_within = |wait: &Wait| wait.until.is_none_or(|until| until >= from);
        let waits = story.waits.into_iter().filter(is_within);
        Ok(Timeline {
            from: Some(clock::rfc3339(from)),
            until: Some(clock::rfc3339(axis.until)),
            part_s: axis.part as f64 / 1e6,
            one_in,
            steps: with_times(&steps, times),
            attempts,
            marks: marks.into_iter().map(TimelineMark::of).collect(),
            waits: waits.map(|wait| TimelineWait::of(wait, from)).collect(),
        })
    }
}

/// A job for others, such as a worker, is parked from its beginning.
fn begun_at(job: &job::Model) -> Option<i64> {
    let since_made = (job.state == JobState::Parked).then_some(job.created_at);
    job.started_at.or(since_made)
}

/// A job that runs again was made to before it began.
fn since_the_beginning(mut marks: Vec<Mark>, from: i64) -> Vec<Mark> {
    match marks.iter().rposition(|mark| mark.kind == MarkKind::Rerun) {
        Some(rerun) => {
            marks.drain(..rerun);
            marks[0].at = marks[0].at.max(from);
        }
        None => marks.retain(|mark| mark.at >= from),
    }
    marks
}

fn with_times(steps: &[step::Model], mut times: BTreeMap<i32, StepTime>) -> Vec<StepTimeline> {
    let steps = steps.iter();
    let steps = steps.map(|step| StepTimeline::of(step, times.remove(&step.no)));
    steps.collect()
}

impl Timeline {
    fn of_one_that_waits(steps: &[step::Model]) -> Self {
        Self {
            from: None,
            until: None,
            part_s: 0.0,
            one_in: 1,
            steps: with_times(steps, BTreeMap::new()),
            attempts: Some(Vec::new()),
            marks: Vec::new(),
            waits: Vec::new(),
        }
    }
}

impl StepTimeline {
    fn of(step: &step::Model, time: Option<StepTime>) -> Self {
        let from = time.as_ref().map(|time| clock::rfc3339(time.begun));
        let time = time.unwrap_or_default();
        Self {
            name: step.name.clone(),
            kind: step.kind.clone(),
            state: step.state.as_str().to_owned(),
            from,
            until: step.ended_at.map(clock::rfc3339),
            attempts: time.attempts,
            failed: time.failed,
            density: time.density.iter().map(DensityPart::of).collect(),
        }
    }
}

impl DensityPart {
    fn of((number, part): (&u32, &Part)) -> Self {
        Self {
            part: *number,
            // Enough digits for people, and for pictures.
            at_work: (part.at_work * 1e3).round() / 1e3,
            completed: part.completed,
            failed: part.failed,
            interrupted: part.interrupted,
        }
    }
}

impl TimelineMark {
    fn of(mark: Mark) -> Self {
        Self {
            at: clock::rfc3339(mark.at),
            kind: Word(mark.kind),
            reason: mark.reason,
        }
    }
}

impl TimelineWait {
    fn of(wait: Wait, from: i64) -> Self {
        Self {
            from: clock::rfc3339(wait.from.max(from)),
            until: wait.until.map(clock::rfc3339),
            reason: wait.reason,
            parked: wait.parked,
        }
    }
}
