//! A simulated step that asks the engine for everything it has: a checkpoint, further batches,
//! parking, time-outs, tolerated failures, an output.
//!
//! Its first batch adds a leaf with each slice, some of them twice. Each leaf parks until a time or
//! a signal, hangs now and then, and leaves its number; the first one may fail for good.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::{Value, json};

use super::output::{Place, Work};
use crate::clock::steady;
use crate::engine::seam::{
    Batch, BatchContext, BatchSpec, Said, Slice, Step, StepContext, StepError, StepKind, StepPlan,
    StepPolicy, Tolerance, Until,
};

/// Name of the step in its flow.
pub(super) const GATHER: &str = "gather";

const SLICE_TIMEOUT: Duration = Duration::from_secs(5);

pub(super) struct GatherKind(pub(super) Place);

impl StepKind for GatherKind {
    const NAME: &'static str = "gather";
    type Params = Work;

    fn prepare(&self, params: Work) -> Result<Arc<dyn Step>, StepError> {
        Ok(Arc::new(Gather(self.0.clone(), params)))
    }
}

struct Gather(Place, Work);

#[async_trait]
impl Step for Gather {
    async fn plan(&self, _: &StepContext) -> Result<StepPlan, StepError> {
        self.0.work(50).await;
        let Self(_, work) = self;
        if work.leaves == 0 {
            return Ok(StepPlan {
                output: Some(json!([])),
                ..StepPlan::default()
            });
        }
        Ok(StepPlan {
            policy: StepPolicy {
                batches_at_once: Some(2),
                slice_timeout: Some(SLICE_TIMEOUT),
                stop_grace: Some(Duration::from_millis(200)),
                tolerate: Tolerance::Batches(u32::from(work.hopeless)),
                ..StepPolicy::default()
            },
            ..StepPlan::of([json!(null)])
        })
    }

    async fn open(
        &self,
        context: &BatchContext,
        spec: &Value,
    ) -> Result<Box<dyn Batch>, StepError> {
        let Self(place, work) = self;
        let (place, context) = (place.clone(), context.clone());
        Ok(match spec.as_u64() {
            None => Box::new(Root {
                done: context.checkpoint.as_ref().map_or(0, number),
                leaves: work.leaves,
                place,
            }),
            Some(leaf) => Box::new(Leaf {
                place,
                hopeless: work.hopeless && leaf == 0,
                leaf,
                context,
            }),
        })
    }

    fn output(&self, batches: Vec<Value>) -> Option<Value> {
        Some(Value::Array(batches))
    }
}

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_default()
}

/// Adds the leaves.
struct Root {
    place: Place,
    done: u64,
    leaves: u64,
}

#[async_trait]
impl Batch for Root {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        self.place.work(500).await;
        let leaf = |leaf: u64| BatchSpec {
            key: Some(format!("leaf {leaf}")),
            spec: json!(leaf),
            checkpoint: None,
        };
        let next = self.done;
        self.done += 1;
        let said = Said {
            checkpoint: Some(json!(self.done)),
            add: vec![leaf(next.saturating_sub(1)), leaf(next)],
            ..Said::default()
        };
        Ok(match self.done == self.leaves {
            true => Slice::Done(said),
            false => Slice::More(said),
        })
    }
}

/// Waits, and leaves its number.
struct Leaf {
    place: Place,
    context: BatchContext,
    leaf: u64,
    hopeless: bool,
}

#[async_trait]
impl Batch for Leaf {
    async fn next_slice(&mut self) -> Result<Slice, StepError> {
        let place = &self.place;
        place.work(300).await;
        let Some(parked) = &self.context.checkpoint else {
            let moment = steady::now_micros() + 1_000 * place.up_to(20_000) as i64;
            let until = steady::wall(moment);
            let said = Said {
                checkpoint: Some(json!(moment)),
                ..Said::default()
            };
            return Ok(Slice::Park(said, Until::Either(until)));
        };
        let is_time = steady::now_micros() >= parked.as_i64().unwrap_or_default();
        if !is_time && self.context.signals.is_empty() {
            place.is_wrong("a parked batch was woken by nothing");
        }
        if self.hopeless {
            return Err(StepError::refused("there is no hope for this leaf"));
        }
        if place.one_in(8) {
            // Ended by its time-out.
            tokio::time::sleep(Duration::from_secs(1_000)).await;
            place.is_wrong("a batch that hangs was not ended");
        }
        Ok(Slice::Done(Said {
            output: Some(json!(self.leaf)),
            ..Said::default()
        }))
    }
}

/// The leaves of which the next step has to find the numbers.
pub(super) fn expected_leaves(work: &Work) -> Vec<u64> {
    (u64::from(work.hopeless)..work.leaves).collect()
}
