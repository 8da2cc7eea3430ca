//! Kinds of step that do next to nothing, each with something that the seam offers.

use std::collections::BTreeMap;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use audience::engine::seam::{
    Batch, BatchContext, BatchSpec, JobChange, Progress, Registry, Said, Slice, Step, StepContext,
    StepError, StepKind, StepPlan, StepPolicy, StopReason, Unit, Until,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::adding::Adding;

/// What the batches of one test have in common outside of the database.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// How often each batch was opened.
    opened: Mutex<BTreeMap<u64, u32>>,
    stopped: Mutex<Vec<StopReason>>,
    /// Batches that are about to park wait until this is `false`.
    held_up: watch::Sender<bool>,
    /// What the batches of steps that need it need is away.
    is_away: AtomicBool,
    /// What steps may need is in the settings.
    knows_all: AtomicBool,
}

impl Ledger {
    fn open(&self, no: u64) -> u32 {
        let mut opened = self.0.opened.lock().unwrap();
        let times = opened.entry(no).or_default();
        *times += 1;
        *times
    }

    pub(super) fn opened(&self, no: u64) -> u32 {
        let opened = self.0.opened.lock().unwrap();
        opened.get(&no).copied().unwrap_or(0)
    }

    pub(super) fn stopped(&self) -> Vec<StopReason> {
        self.0.stopped.lock().unwrap().clone()
    }

    pub(super) fn hold_up(&self, held_up: bool) {
        self.0.held_up.send_replace(held_up);
    }

    pub(super) fn be_away(&self, is_away: bool) {
        self.0.is_away.store(is_away, Ordering::SeqCst);
    }

    pub(super) fn know_all(&self) {
        self.0.knows_all.store(true, Ordering::SeqCst);
    }

    async fn pass(&self) {
        let mut held_up = self.0.held_up.subscribe();
        held_up.wait_for(|held_up| !held_up).await.ok();
    }
}

pub(super) fn registry(ledger: &Ledger) -> Registry {
    Registry::default()
        .with(Many(ledger.clone()))
        .with(Sum)
        .with(Growing)
        .with(Adding)
        .with(Parking(ledger.clone()))
}

/// What a slice says that leaves an output.
fn said(output: Value) -> Said {
    Said {
        progress: Progress {
            done: 1,
            total: Some(1),
            unit: Unit::Items,
            ..Progress::default()
        },
        output: Some(output),
        ..Said::default()
    }
}

/// Numbered batches, each of which outputs its number, unless it fails, hangs or never ends.
struct Many(Ledger);

#[derive(Clone, Deserialize)]
#[serde(default)]
struct ManyParams {
    batches: u64,
    failing: Vec<u64>,
    /// Batches whose first attempts hang, so many.
    hanging: BTreeMap<u64, u32>,
    /// Batches that have always another slice to do.
    endless: Vec<u64>,
    /// Batches that hang until they are asked to stop, and say that they did.
    obedient: Vec<u64>,
    /// Its batches need what is away now and then.
    remote: bool,
    /// The first look at the job needs it, too.
    shown_there: bool,
    /// What it needs, which is not in all settings.
    unknown: Option<String>,
    policy: StepPolicy,
}

impl Default for ManyParams {
    fn default() -> Self {
        Self {
            batches: 1,
            failing: vec![],
            hanging: BTreeMap::new(),
            endless: vec![],
            obedient: vec![],
            remote: false,
            shown_there: false,
            unknown: None,
            policy: StepPolicy::default(),
        }
    }
}

impl StepKind for Many {
    const NAME: &'static str = "many";
    type Params = ManyParams;

    fn prepare(&self, params: ManyParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(ManyStep(self.0.clone(), params)))
    }
}

struct ManyStep(Ledger, ManyParams);

impl ManyStep {
    fn reach(&self, remote: bool) -> Result<(), StepError> {
        let is_away = self.0.0.is_away.load(Ordering::SeqCst);
        match remote && is_away {
            true => Err(StepError::outage("the source", "it is away")),
            false => Ok(()),
        }
    }
}

#[async_trait]
impl Step for ManyStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan {
            policy: self.1.policy.clone(),
            ..StepPlan::of((0..self.1.batches).map(Value::from))
        })
    }

    fn needs(&self) -> Result<(), StepError> {
        let knows_all = self.0.0.knows_all.load(Ordering::SeqCst);
        match self.1.unknown.as_ref().filter(|_| !knows_all) {
            Some(name) => Err(StepError::not_here(format!("source `{name}` is unknown"))),
            None => Ok(()),
        }
    }

    async fn observe(&self, _: &StepContext, _: &JobChange) -> Result<(), StepError> {
        self.reach(self.1.shown_there)
    }

    async fn open(
        &self,
        context: &BatchContext,
        spec: &Value,
    ) -> Result<Box<dyn Batch>, StepError> {
        let no = spec.as_u64().unwrap();
        self.reach(self.1.remote)?;
        let times = self.0.open(no);
        Ok(Box::new(ManyBatch {
            no,
            hangs: self.1.hanging.get(&no).is_some_and(|hung| times <= *hung),
            fails: self.1.failing.contains(&no),
            is_endless: self.1.endless.contains(&no),
            stops_by: (self.1.obedient.contains(&no)).then(|| context.cancel.clone()),
            ledger: self.0.clone(),
        }))
    }

    /// A list, of one number, too.
    fn output(&self, batches: Vec<Value>) -> Option<Value> {
        Some(Value::Array(batches))
    }
}

struct ManyBatch {
    no: u64,
    hangs: bool,
    fails: bool,
    is_endless: bool,
    stops_by: Option<CancellationToken>,
    ledger: Ledger,
}

#[async_trait]
impl Batch for ManyBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        if let Some(stop) = &self.stops_by {
            stop.cancelled().await;
            return Err(StepError::stopped());
        }
        if self.hangs {
            pending::<()>().await;
        }
        if self.is_endless {
            tokio::time::sleep(Duration::from_millis(5)).await;
            return Ok(Slice::More(Progress::default().into()));
        }
        if self.fails {
            return Err(StepError::refused(format!("number {} is bad", self.no)));
        }
        Ok(Slice::Done(said(self.no.into())))
    }

    async fn stop(&mut self, why: StopReason) {
        self.ledger.0.stopped.lock().unwrap().push(why);
    }
}

/// Adds up what the step before has output.
struct Sum;

#[derive(Deserialize)]
struct SumParams {
    of: String,
}

impl StepKind for Sum {
    const NAME: &'static str = "sum";
    type Params = SumParams;

    fn prepare(&self, params: SumParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(SumStep(params)))
    }
}

struct SumStep(SumParams);

#[async_trait]
impl Step for SumStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    async fn open(&self, context: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        let inputs = &context.job.inputs;
        let numbers: Vec<u64> = inputs.get(&self.0.of)?;
        let step = inputs.step(&self.0.of);
        let failed = step.map_or(0, |step| step.batches_failed);
        let (count, sum) = (numbers.len(), numbers.iter().sum::<u64>());
        let output = json!({ "count": count, "sum": sum, "failed": failed });
        Ok(Box::new(SumBatch(output)))
    }
}

struct SumBatch(Value);

#[async_trait]
impl Batch for SumBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        Ok(Slice::Done(said(self.0.take())))
    }
}

/// Numbers in a tree: each batch adds those of the two below its own, and not once but twice.
struct Growing;

#[derive(Clone, Copy, Deserialize)]
struct GrowingParams {
    most: u64,
}

impl StepKind for Growing {
    const NAME: &'static str = "growing";
    type Params = GrowingParams;

    fn prepare(&self, params: GrowingParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(GrowingStep(params)))
    }
}

struct GrowingStep(GrowingParams);

fn numbered(no: u64) -> BatchSpec {
    BatchSpec {
        key: Some(no.to_string()),
        spec: no.into(),
        checkpoint: None,
    }
}

#[async_trait]
impl Step for GrowingStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan {
            batches: vec![numbered(1)],
            ..StepPlan::default()
        })
    }

    async fn open(
        &self,
        context: &BatchContext,
        spec: &Value,
    ) -> Result<Box<dyn Batch>, StepError> {
        Ok(Box::new(GrowingBatch {
            no: spec.as_u64().unwrap(),
            most: self.0.most,
            has_added: context.checkpoint.is_some(),
        }))
    }
}

struct GrowingBatch {
    no: u64,
    most: u64,
    has_added: bool,
}

#[async_trait]
impl Batch for GrowingBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        tokio::time::sleep(Duration::from_millis(5)).await;
        if self.has_added {
            return Ok(Slice::Done(said(self.no.into())));
        }
        self.has_added = true;
        let below = [2 * self.no, 2 * self.no + 1];
        // The first number is there already.
        let added = below.into_iter().chain(below).chain([1]);
        let add = added.filter(|no| *no <= self.most).map(numbered);
        Ok(Slice::More(Said {
            checkpoint: Some(json!("added")),
            add: add.collect(),
            ..Said::default()
        }))
    }
}

/// Waits for signals, and outputs them.
struct Parking(Ledger);

#[derive(Clone, Copy, Deserialize)]
struct ParkingParams {
    /// So many are waited for.
    signals: usize,
    /// Until then; `None`: for ever.
    longest_ms: Option<u64>,
}

impl StepKind for Parking {
    const NAME: &'static str = "parking";
    type Params = ParkingParams;

    fn prepare(&self, params: ParkingParams) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(ParkingStep(self.0.clone(), params)))
    }
}

struct ParkingStep(Ledger, ParkingParams);

#[async_trait]
impl Step for ParkingStep {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        Ok(StepPlan::of([json!({})]))
    }

    async fn open(&self, context: &BatchContext, _: &Value) -> Result<Box<dyn Batch>, StepError> {
        self.0.open(0);
        Ok(Box::new(ParkingBatch {
            ledger: self.0.clone(),
            params: self.1,
            context: context.clone(),
        }))
    }
}

struct ParkingBatch {
    ledger: Ledger,
    params: ParkingParams,
    context: BatchContext,
}

#[async_trait]
impl Batch for ParkingBatch {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let checkpoint = self.context.checkpoint.take();
        let has_parked = checkpoint.is_some();
        let mut seen: Vec<Value> = match checkpoint {
            Some(Value::Array(seen)) => seen,
            _ => vec![],
        };
        let arrived = std::mem::take(&mut self.context.signals);
        let is_late = has_parked && arrived.is_empty() && self.params.longest_ms.is_some();
        seen.extend(arrived);
        if is_late || seen.len() >= self.params.signals {
            return Ok(Slice::Done(said(
                json!({ "signals": seen, "is_late": is_late }),
            )));
        }
        self.ledger.pass().await;
        let until = match self.params.longest_ms.map(from_now) {
            Some(at) if self.params.signals == 0 => Until::Time(at),
            Some(at) => Until::Either(at),
            None => Until::Signal,
        };
        let said = Said {
            checkpoint: Some(Value::Array(seen)),
            ..Said::default()
        };
        Ok(Slice::Park(said, until))
    }
}

fn from_now(millis: u64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let at = now + Duration::from_millis(millis);
    i64::try_from(at.as_micros()).unwrap()
}
