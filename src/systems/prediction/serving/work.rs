//! How much is scored at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::PredictError;
use crate::fault::Faults;
use crate::systems::prediction::settings::PredictSection;

/// The limits of a process, shared by all of its models.
pub(super) struct Work {
    rows_max: usize,
    rows_in_work_max: usize,
    rows_in_work: AtomicUsize,
    /// Threads that score: more would only wait for each other.
    threads: Arc<Semaphore>,
    pub faults: Faults,
}

/// Rows that are being scored; dropping it gives their place up.
pub(super) struct RowsInWork {
    work: Arc<Work>,
    rows: usize,
}

impl Work {
    pub fn of(section: &PredictSection, faults: Faults) -> Self {
        let number = |most: u64| usize::try_from(most).unwrap_or(usize::MAX);
        let threads = available_parallelism().map_or(1, usize::from);
        Self {
            rows_max: number(section.rows_max),
            rows_in_work_max: number(section.rows_in_work_max),
            rows_in_work: AtomicUsize::new(0),
            threads: Arc::new(Semaphore::new(threads)),
            faults,
        }
    }

    /// Whether a call may have so many rows.
    pub fn check(&self, rows: usize) -> Result<(), PredictError> {
        match rows > self.rows_max {
            true => Err(PredictError::TooManyRows {
                found: rows,
                most: self.rows_max,
            }),
            false => Ok(()),
        }
    }

    /// Takes a place for the rows of a call.
    pub fn admit(self: &Arc<Self>, rows: usize) -> Result<RowsInWork, PredictError> {
        self.check(rows)?;
        let most = self.rows_in_work_max;
        let more = |now: usize| now.checked_add(rows).filter(|sum| *sum <= most);
        let taken = self
            .rows_in_work
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more);
        match taken {
            Ok(_) => Ok(RowsInWork {
                work: Arc::clone(self),
                rows,
            }),
            Err(_) => Err(PredictError::TooManyInWork { most }),
        }
    }

    /// A thread for work that takes long.
    pub async fn thread(&self) -> Result<OwnedSemaphorePermit, PredictError> {
        let permit = Arc::clone(&self.threads).acquire_owned().await;
        permit.map_err(|_| PredictError::Stopped)
    }
}

impl Drop for RowsInWork {
    fn drop(&mut self) {
        self.work
            .rows_in_work
            .fetch_sub(self.rows, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_places_until_they_are_scored() {
        let section = PredictSection {
            rows_max: 10,
            rows_in_work_max: 15,
            ..PredictSection::default()
        };
        let work = Arc::new(Work::of(&section, Faults::default()));
        let too_many = PredictError::TooManyRows {
            found: 11,
            most: 10,
        };
        assert_eq!(work.admit(11).err(), Some(too_many));
        let first = work.admit(10).ok().unwrap();
        assert_eq!(
            work.admit(6).err(),
            Some(PredictError::TooManyInWork { most: 15 })
        );
        let second = work.admit(5).ok().unwrap();
        drop(first);
        assert!(work.admit(10).is_ok());
        drop(second);
        assert_eq!(work.rows_in_work.load(Ordering::Acquire), 0);
    }
}
