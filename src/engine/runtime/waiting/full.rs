//! Why the jobs of a queue do not begin.

use entity::JobId;

use crate::engine::store::Holder;

/// A queue, or a process, that runs as many jobs as it may.
#[derive(Clone)]
pub(in crate::engine::runtime) struct Full {
    pub reason: String,
    /// Those that the reason names.
    pub holders: Vec<Holder>,
}

impl Full {
    /// `None`: the job has a place itself since it was read.
    pub fn reason_for(&self, job: &JobId) -> Option<String> {
        let has_place = self.holders.iter().any(|holder| holder.job == *job);
        (!has_place).then(|| self.reason.clone())
    }
}
