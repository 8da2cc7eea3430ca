//! What the simulated jobs do, and where: they collect rows slice by slice and hand them out.
//!
//! The output keeps the promises of a real one: a slice and its checkpoint at once, nothing
//! without a fence. What it is given it counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use entity::{JobId, JobState};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::gathering::{GATHER, GatherKind, expected_leaves};
use super::process::Vitals;
use super::world::{Chance, World};
use crate::engine::seam::{
    Batch, BatchContext, JobChange, Progress, Said, Slice, Step, StepContext, StepError, StepKind,
    StepPlan,
};
use crate::engine::store::{Need, NewJob, NewStep, SlotCapacities};
use crate::fault::FaultPoint;

/// What a job is to do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Work {
    batches: u64,
    slices: u64,
    delay_s: i64,
    /// Batches that the second step adds to itself.
    pub(super) leaves: u64,
    /// The first of them fails for good, which is tolerated.
    pub(super) hopeless: bool,
}

impl Work {
    pub(super) fn by_chance(chance: &mut Chance) -> Self {
        Self {
            // Sometimes there is nothing to do.
            batches: chance.below(4),
            slices: 1 + chance.below(6),
            delay_s: [0, 0, 3][chance.below(3) as usize],
            leaves: [0, 0, 1, 4][chance.below(4) as usize],
            hopeless: chance.one_in(3),
        }
    }

    fn rows(&self) -> Vec<u64> {
        let batches = 0..self.batches;
        batches
            .flat_map(|batch| (1..=self.slices).map(move |slice| row(batch, slice)))
            .collect()
    }
}

fn row(batch: u64, slice: u64) -> u64 {
    batch * 1_000 + slice
}

/// A job that needs some of those before it, and by chance the only core that there is.
pub(super) fn job(id: &JobId, work: &Work, needs: Vec<Need>, has_core: bool) -> NewJob {
    let step = |name: &str, kind: &str, after, delay_s| NewStep {
        name: name.to_owned(),
        kind: kind.to_owned(),
        params: json!(work),
        after,
        delay_s,
    };
    NewJob {
        id: id.clone(),
        flow: "simulation".to_owned(),
        queue: "queue1".to_owned(),
        request: json!({}),
        steps: vec![
            step("collect", WorkKind::NAME, vec![], 0),
            step(GATHER, GatherKind::NAME, vec![0], 0),
            step("hand out", HandOutKind::NAME, vec![1], work.delay_s),
        ],
        needs,
        live_key: Some(format!("work {id}")),
        slots: has_core.then(|| (CORE.to_owned(), 1)).into_iter().collect(),
        ..NewJob::default()
    }
}

pub(super) const CORE: &str = "core";

/// There is one core, in all processes together.
pub(super) struct OneCore;

impl SlotCapacities for OneCore {
    fn capacity(&self, name: &str) -> Option<u32> {
        (name == CORE).then_some(1)
    }
}

/// What is durable outside the engine's database.
#[derive(Default)]
pub(super) struct Output(BTreeMap<String, Task>);

#[derive(Default)]
struct Task {
    epoch: i64,
    /// Slices of each batch.
    checkpoints: BTreeMap<u64, u64>,
    collected: Vec<u64>,
    handed_out: Option<Vec<u64>>,
}

impl Output {
    /// Whoever comes with an older lease than somebody before is turned away.
    fn fenced(&mut self, job: &StepContext) -> Result<&mut Task, StepError> {
        let task = self
            .0
            .get_mut(job.job.as_str())
            .ok_or_else(|| StepError::outage("the output", "the output does not know the task"))?;
        if job.epoch < task.epoch {
            return Err(StepError::lease_lost());
        }
        task.epoch = job.epoch;
        Ok(task)
    }

    fn begin(&mut self, job: &StepContext) -> Result<(), StepError> {
        if job.fresh {
            self.0.entry(job.job.to_string()).or_default();
        }
        self.fenced(job).map(drop)
    }

    fn slices(&self, job: &StepContext, batch: u64) -> u64 {
        let task = self.0.get(job.job.as_str());
        let slices = task.and_then(|task| task.checkpoints.get(&batch));
        slices.copied().unwrap_or(0)
    }

    fn collect(&mut self, job: &StepContext, batch: u64, slice: u64) -> Result<(), StepError> {
        let task = self.fenced(job)?;
        let at = task.checkpoints.entry(batch).or_default();
        if *at + 1 != slice {
            return Err(StepError::lease_lost());
        }
        *at = slice;
        task.collected.push(row(batch, slice));
        Ok(())
    }

    fn hand_out(&mut self, job: &StepContext) -> Result<(), StepError> {
        let task = self.fenced(job)?;
        if task.handed_out.is_none() {
            task.handed_out = Some(std::mem::take(&mut task.collected));
        }
        Ok(())
    }

    pub(super) fn has_finished(&self, job: &str, batch: u64, slices: u64) -> bool {
        let task = self.0.get(job);
        task.is_some_and(|task| task.checkpoints.get(&batch) == Some(&slices))
    }

    pub(super) fn check_end(&self, id: &JobId, work: &Work, state: JobState) -> Result<(), String> {
        let task = self.0.get(id.as_str());
        let mut handed_out = task.and_then(|task| task.handed_out.clone());
        if let Some(rows) = &mut handed_out {
            rows.sort_unstable();
        }
        match (state, handed_out) {
            (JobState::Cancelled | JobState::Skipped, None) => Ok(()),
            (JobState::Succeeded | JobState::Cancelled, Some(rows)) if rows == work.rows() => {
                Ok(())
            }
            (state, rows) => Err(format!(
                "job {id} ended as {state:?} with {rows:?} instead of {:?}",
                work.rows()
            )),
        }
    }
}

/// What a process needs for its steps.
#[derive(Clone)]
pub(super) struct Place {
    world: World,
    vitals: Arc<Vitals>,
}

impl Place {
    pub(super) fn new(world: &World, vitals: &Arc<Vitals>) -> Self {
        Self {
            world: world.clone(),
            vitals: Arc::clone(vitals),
        }
    }

    pub(super) fn up_to(&self, limit: u64) -> u64 {
        self.world.chance(|chance| 1 + chance.below(limit))
    }

    /// Never once nothing disturbs any more.
    pub(super) fn one_in(&self, times: u64) -> bool {
        !self.world.is_calm() && self.world.chance(|chance| chance.one_in(times))
    }

    pub(super) fn is_wrong(&self, what: &str) {
        if !self.vitals.is_dead() {
            self.world.is_wrong(what);
        }
    }

    /// Works for a while.
    pub(super) async fn work(&self, most_ms: u64) {
        let pause = self.world.chance(|chance| chance.millis(most_ms));
        tokio::time::sleep(pause).await;
    }

    /// The output, for as long as the process lives.
    fn output<T>(
        &self,
        of: impl FnOnce(&mut Output) -> Result<T, StepError>,
    ) -> Result<T, StepError> {
        if self.vitals.is_dead() {
            return Err(StepError::lease_lost());
        }
        self.world.output(of)
    }

    fn say(&self, job: &StepContext, what: &str) {
        let name = self.vitals.name();
        self.world
            .say(format!("{name} {what} for {} under {}", job.job, job.epoch));
    }
}

pub(super) struct WorkKind(pub(super) Place);

impl StepKind for WorkKind {
    const NAME: &'static str = "work";
    type Params = Work;

    fn prepare(&self, params: Work) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(Collect(self.0.clone(), params)))
    }
}

struct Collect(Place, Work);

#[async_trait]
impl Step for Collect {
    async fn plan(&self, job: &StepContext) -> Result<StepPlan, StepError> {
        job.faults.pass(FaultPoint::BeforePlan)?;
        self.0.work(50).await;
        let batches = 0..self.1.batches;
        let specs = batches.map(|batch| json!([batch, self.1.slices]));
        Ok(StepPlan::of(specs))
    }

    async fn open(
        &self,
        context: &BatchContext,
        spec: &Value,
    ) -> Result<Box<dyn Batch>, StepError> {
        let batch = spec[0].as_u64().unwrap_or_default();
        self.0.work(50).await;
        let done = self
            .0
            .world
            .output(|output| output.slices(&context.job, batch));
        Ok(Box::new(Collecting {
            place: self.0.clone(),
            context: context.clone(),
            batch,
            slices: self.1.slices,
            done,
        }))
    }

    async fn observe(&self, job: &StepContext, change: &JobChange) -> Result<(), StepError> {
        if let JobChange::Started { .. } = change {
            self.0.work(20).await;
            self.0.output(|output| output.begin(job))?;
        }
        Ok(())
    }
}

struct Collecting {
    place: Place,
    context: BatchContext,
    batch: u64,
    slices: u64,
    done: u64,
}

#[async_trait]
impl Batch for Collecting {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let job = &self.context.job;
        if self.done < self.slices {
            self.place.work(700).await;
            job.faults.pass(FaultPoint::BeforeCheckpoint)?;
            let next = self.done + 1;
            self.place
                .output(|output| output.collect(job, self.batch, next))?;
            self.done = next;
            self.place
                .say(job, &format!("collects {}.{next}", self.batch));
            job.faults.pass(FaultPoint::AfterCheckpoint)?;
        }
        let progress = Progress {
            done: self.done,
            ..Progress::default()
        };
        Ok(match self.done == self.slices {
            true => Slice::Done(progress.into()),
            false => Slice::More(progress.into()),
        })
    }
}

pub(super) struct HandOutKind(pub(super) Place);

impl StepKind for HandOutKind {
    const NAME: &'static str = "hand_out";
    type Params = Work;

    fn prepare(&self, params: Work) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(HandOut(self.0.clone(), params)))
    }
}

struct HandOut(Place, Work);

#[async_trait]
impl Step for HandOut {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    async fn open(&self, context: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let mut gathered: Vec<u64> = context.job.inputs.get(GATHER)?;
        gathered.sort_unstable();
        if gathered != expected_leaves(&self.1) {
            self.0.is_wrong(&format!("gathered {gathered:?}"));
        }
        Ok(Box::new(HandingOut(self.0.clone(), context.clone())))
    }
}

struct HandingOut(Place, BatchContext);

#[async_trait]
impl Batch for HandingOut {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let Self(place, context) = self;
        let job = &context.job;
        job.faults.pass(FaultPoint::BeforePublish)?;
        place.work(900).await;
        place.output(|output| output.hand_out(job))?;
        place.say(job, "hands out");
        job.faults.pass(FaultPoint::AfterPublish)?;
        Ok(Slice::Done(Said::default()))
    }
}
