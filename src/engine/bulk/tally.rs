//! What has become of jobs that were acted on together.

use entity::JobId;
use serde::{Deserialize, Serialize};

/// Reasons that are distinguished.
const REASONS_MAX: usize = 20;
const OTHERS: &str = "other reasons";

/// How many were done, and why the others were not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    pub done: u64,
    pub refused: Vec<Refusal>,
}

/// Jobs with which nothing was done for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// In the words in which the call for one job is refused, without its id.
    pub reason: String,
    pub jobs: u64,
    /// One of them.
    pub example: JobId,
}

impl Tally {
    /// How many were looked at.
    pub fn jobs(&self) -> u64 {
        self.done + self.refused()
    }

    pub fn refused(&self) -> u64 {
        self.refused.iter().map(|refusal| refusal.jobs).sum()
    }

    pub fn refuse(&mut self, reason: &str, job: &JobId, jobs: u64) {
        let reason = reason.replace(&format!("job {job}"), "the job");
        let known = |reason: &str| self.refused.iter().position(|own| own.reason == reason);
        let at = known(&reason);
        let at = at.or_else(|| known(OTHERS).filter(|_| self.refused.len() > REASONS_MAX));
        if let Some(at) = at {
            self.refused[at].jobs += jobs;
            return;
        }
        let reason = match self.refused.len() < REASONS_MAX {
            true => reason,
            false => OTHERS.to_owned(),
        };
        self.refused.push(Refusal {
            reason,
            jobs,
            example: job.clone(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_counted_without_ids() {
        let mut tally = Tally::default();
        for _ in 0..3 {
            let job = JobId::new();
            let reason = format!("job {job} is in state running; this needs an ended job");
            tally.refuse(&reason, &job, 1);
        }
        assert_eq!(tally.refused.len(), 1);
        let expected = "the job is in state running; this needs an ended job";
        assert_eq!(tally.refused[0].reason, expected);
        assert_eq!((tally.jobs(), tally.refused()), (3, 3));
    }

    #[test]
    fn only_so_many_reasons_are_told_apart() {
        let mut tally = Tally::default();
        for no in 0..100 {
            tally.refuse(&format!("reason {no}"), &JobId::new(), 1);
        }
        tally.refuse("reason 7", &JobId::new(), 2);
        assert_eq!(tally.refused.len(), REASONS_MAX + 1);
        assert_eq!(tally.refused[7].jobs, 3);
        assert_eq!(tally.refused[REASONS_MAX].jobs, 80);
        assert_eq!(tally.jobs(), 102);
    }
}
