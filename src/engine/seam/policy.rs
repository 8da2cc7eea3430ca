//! How the batches of a step are run, where a kind asks for something else than the settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// `None`: as the settings say. Stored with the step when it is planned.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StepPolicy {
    /// Batches of the step that run at once; with 1 they run in their order, and one that waits
    /// for its next attempt is not overtaken.
    pub batches_at_once: Option<u32>,
    /// Attempts at a batch that may fail in a row.
    pub attempts_max: Option<u32>,
    /// The first pause between two attempts; each further one is twice as long.
    pub backoff_first: Option<Duration>,
    pub backoff_longest: Option<Duration>,
    /// How long one slice may take.
    pub slice_timeout: Option<Duration>,
    /// How long one attempt may take, over all its slices.
    pub attempt_timeout: Option<Duration>,
    /// What a batch gets to stop in.
    pub stop_grace: Option<Duration>,
    /// What goes wrong is reported without naming the step and its batch: it has no other, and callers know
    /// the job by another name.
    pub is_whole_job: bool,
    pub tolerate: Tolerance,
    pub job: Option<JobPolicy>,
}

/// What a step asks for its whole job.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct JobPolicy {
    /// How often a job that fails starts over by itself.
    pub retries: u32,
    /// The first pause before that; each further one is twice as long.
    pub retry_first: Duration,
    pub retry_longest: Duration,
    /// How long all that comes after the step may take, each time.
    pub timeout: Option<Duration>,
}

/// Failed batches that a step completes with all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tolerance {
    #[default]
    None,
    /// So many batches.
    Batches(u32),
    /// This share of all batches, from 0 to 1: known once all have ended.
    Share(f64),
}

impl Tolerance {
    /// Whether the step fails, with so many failed batches of so many; `ended`: no others will
    /// follow.
    pub(in crate::engine) fn is_exceeded(self, failed: u32, total: u32, ended: bool) -> bool {
        match self {
            Self::None => failed > 0,
            Self::Batches(most) => failed > most,
            Self::Share(most) => ended && f64::from(failed) > most * f64::from(total),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_exceeded_at_once_and_a_share_at_the_end() {
        assert!(!Tolerance::None.is_exceeded(0, 3, true));
        assert!(Tolerance::None.is_exceeded(1, 3, false));
        assert!(!Tolerance::Batches(1).is_exceeded(1, 3, true));
        assert!(Tolerance::Batches(1).is_exceeded(2, 3, false));
        assert!(!Tolerance::Share(0.5).is_exceeded(2, 3, false));
        assert!(Tolerance::Share(0.5).is_exceeded(2, 3, true));
        assert!(!Tolerance::Share(0.5).is_exceeded(2, 4, true));
    }
}
