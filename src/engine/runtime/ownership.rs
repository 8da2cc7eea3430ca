//! Which process holds a job.

use entity::job;

use super::Runtime;
use crate::engine::store::Owner;

impl Runtime {
    /// Whether a job that is held by `owner` is held by this process.
    pub fn is_owner(&self, owner: &str) -> bool {
        self.engine.owner.to_string() == owner
    }

    /// The process that holds a job, with the name of its machine, in words.
    pub fn holder(&self, job: &job::Model) -> Option<String> {
        let owner = Owner::of(job)?;
        Some(owner.with_host(&self.engine.owner))
    }
}
