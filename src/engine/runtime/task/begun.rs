//! What is known of a job once it has begun here.

use std::collections::BTreeMap;
use std::sync::Arc;

use entity::{StepState, step};

use crate::engine::seam::{Step, StepContext};

pub(super) struct Begun {
    /// Of the job; `fresh` and `inputs` differ from step to step.
    context: StepContext,
    steps: BTreeMap<i32, BegunStep>,
}

struct BegunStep {
    step: Arc<dyn Step>,
    kind: String,
    added_by: Option<i32>,
    is_planned: bool,
}

impl Begun {
    pub(super) fn new(context: StepContext) -> Self {
        Self {
            context,
            steps: BTreeMap::new(),
        }
    }

    /// `prepared` is made of the stored step.
    pub(super) fn add(&mut self, stored: &step::Model, prepared: Arc<dyn Step>) {
        let step = BegunStep {
            step: prepared,
            kind: stored.kind.clone(),
            added_by: stored.added_by,
            is_planned: stored.state != StepState::Pending,
        };
        self.steps.insert(stored.no, step);
    }

    pub(super) fn remove(&mut self, no: i32) {
        self.steps.remove(&no);
    }

    pub(super) fn has(&self, no: i32) -> bool {
        self.steps.contains_key(&no)
    }

    pub(super) fn numbers(&self) -> Vec<i32> {
        self.steps.keys().copied().collect()
    }

    pub(super) fn kind(&self, no: i32) -> Option<&str> {
        self.steps.get(&no).map(|step| step.kind.as_str())
    }

    /// From now on what the step leaves in an output has to be found there.
    pub(super) fn is_planned(&mut self, no: i32) {
        if let Some(step) = self.steps.get_mut(&no) {
            step.is_planned = true;
        }
    }

    /// A step with what it may know of its job.
    pub(super) fn step(&self, no: i32) -> Option<(StepContext, Arc<dyn Step>)> {
        let step = self.steps.get(&no)?;
        // Steps that were added leave something of their own.
        let mut together = self.steps.values();
        let any_planned = together.any(|one| one.added_by == step.added_by && one.is_planned);
        let context = StepContext {
            fresh: !any_planned,
            ..self.context.clone()
        };
        Some((context, Arc::clone(&step.step)))
    }
}
