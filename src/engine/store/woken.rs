//! Who is notified of jobs that a system has let continue.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use entity::JobId;

use super::Store;

type Notified = Arc<dyn Fn(&JobId) + Send + Sync>;

/// Clones share it.
#[derive(Clone, Default)]
pub(super) struct Woken(Arc<RwLock<Option<Notified>>>);

impl fmt::Debug for Woken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Woken").finish_non_exhaustive()
    }
}

impl Store {
    /// Says that a transaction, which is committed by now, has sent a signal to this job. It only saves time:
    /// parked jobs are looked at now and then.
    pub(crate) fn has_woken(&self, job: &JobId) {
        let notified = self.woken.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(notified) = &*notified {
            notified(job);
        }
    }

    /// From now on this is called for each such job.
    pub(in crate::engine) fn when_woken(&self, notified: impl Fn(&JobId) + Send + Sync + 'static) {
        let mut place = self.woken.0.write().unwrap_or_else(PoisonError::into_inner);
        *place = Some(Arc::new(notified));
    }
}
