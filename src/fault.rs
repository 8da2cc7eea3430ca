//! Faults put in on purpose, at named points, so that tests can show what happens then.
//!
//! A plan belongs to one running program, so tests with different plans run side by side.
//! Without a plan a fault point costs one look at an `Option`.

use std::sync::{Arc, Mutex, PoisonError};

/// Where a fault can be put in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultPoint {
    /// A step is about to be cut into batches.
    BeforePlan,
    /// A slice has been read and labelled, nothing of it is written.
    BeforeCheckpoint,
    /// A slice and its checkpoint are durable and not yet reported.
    AfterCheckpoint,
    /// Publishing is about to begin.
    BeforePublish,
    /// What is published is durable and not yet reported.
    AfterPublish,
    /// A model is about to score rows.
    BeforeScoring,
}

/// What happens at a fault point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    Error,
    Panic,
    /// As if a database were away.
    Outage,
}

/// One fault: at which passage of its point it strikes, and how often from then on.
#[derive(Clone, Debug)]
struct Fault {
    point: FaultPoint,
    kind: FaultKind,
    passages_before: u32,
    times: u32,
}

/// The faults of one program. The default has none.
#[derive(Clone, Debug, Default)]
pub struct Faults(Option<Arc<Mutex<Vec<Fault>>>>);

/// The error that a fault point answers.
#[derive(Debug, thiserror::Error)]
#[error("a fault was put in here: {point:?}")]
pub struct InjectedFault {
    point: FaultPoint,
    pub transient: bool,
}

impl Faults {
    /// Adds a fault that strikes at the `nth` passage (from 1) and at the `times - 1` after it.
    pub fn with(self, point: FaultPoint, kind: FaultKind, nth: u32, times: u32) -> Self {
        let plan = self.0.unwrap_or_default();
        let fault = Fault {
            point,
            kind,
            passages_before: nth.saturating_sub(1),
            times,
        };
        plan.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fault);
        Self(Some(plan))
    }

    /// Passes a fault point.
    pub fn pass(&self, point: FaultPoint) -> Result<(), InjectedFault> {
        match self.strike(point) {
            None => Ok(()),
            Some(FaultKind::Panic) => panic!("a panic was put in here: {point:?}"),
            Some(kind) => Err(InjectedFault {
                point,
                transient: kind == FaultKind::Outage,
            }),
        }
    }

    fn strike(&self, point: FaultPoint) -> Option<FaultKind> {
        let plan = self.0.as_ref()?;
        let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
        let fault = plan
            .iter_mut()
            .find(|fault| fault.point == point && fault.times > 0)?;
        if fault.passages_before > 0 {
            fault.passages_before -= 1;
            return None;
        }
        fault.times -= 1;
        Some(fault.kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_strikes_at_its_passage_and_as_often_as_told() {
        let faults = Faults::default().with(FaultPoint::BeforePlan, FaultKind::Error, 2, 2);
        let passed: Vec<bool> = (0..5)
            .map(|_| faults.pass(FaultPoint::BeforePlan).is_ok())
            .collect();
        assert_eq!(passed, [true, false, false, true, true]);
        assert!(faults.pass(FaultPoint::AfterPublish).is_ok());
    }
}
