//! Outputs: what shows that an instance is made, and how it is made without anybody ever seeing
//! half of it.
//!
//! ```text
//! resolved   an output of one instance, its values filled in
//! look       which of many outputs are there, whatever their form
//! files      which of many files and directories are there
//! glob       patterns of paths, and what they match
//! making     temporaries beside the final places; publishing and removing them
//! place      which paths are inside of the project's directory
//! ```

mod error;
mod files;
mod glob;
mod listing;
mod look;
mod making;
mod matches;
mod place;
mod resolved;

pub(crate) use error::OutputError;
pub(crate) use look::{Found, Look, Sources, look, look_after, paths_of};
pub(crate) use making::{
    Attempt, Intent, PublishError, Temporaries, discard, finish, prepare, publish, sweep,
};
pub(crate) use place::ProjectDir;
pub(crate) use resolved::{Bound, ResolvedOutput};
