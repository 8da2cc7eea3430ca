//! The health of some jobs in memory: lists of rules are read page by page, and each page would read all of it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use entity::JobId;

use super::JobHealth;

/// Jobs that are remembered: those that people look at and compare now.
const REMEMBERED: usize = 3;

/// What is final of jobs, by job and generation. Clones share it.
#[derive(Clone, Default)]
pub struct Healths(Arc<Mutex<VecDeque<Remembered>>>);

struct Remembered {
    job: (JobId, i32),
    health: Arc<JobHealth>,
}

impl Healths {
    pub(super) fn find(&self, job: &(JobId, i32)) -> Option<Arc<JobHealth>> {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = remembered.iter().position(|known| known.job == *job)?;
        let found = remembered.remove(place)?;
        let health = Arc::clone(&found.health);
        remembered.push_back(found);
        Some(health)
    }

    pub(super) fn remember(&self, job: (JobId, i32), health: &Arc<JobHealth>) {
        let mut remembered = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        remembered.retain(|known| known.job != job);
        if remembered.len() == REMEMBERED {
            remembered.pop_front();
        }
        remembered.push_back(Remembered {
            job,
            health: Arc::clone(health),
        });
    }
}
