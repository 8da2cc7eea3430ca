//! Commits of repositories, by `git` as a program of its own.
//!
//! ```text
//! address ──► mirror.git (bare: all branches and tags) ──► commits/ID (files of one commit)
//! ```
//!
//! What a repository holds is data of strangers: nothing of it is run or interpreted here. No hook, no
//! filter, no submodule, no configuration but ours, no address that is not checked; see `command`.

mod address;
mod checkout;
mod command;
mod error;
mod history;
mod links;
mod lock;
mod mirror;
mod repositories;
mod sweep;

#[cfg(test)]
mod tests;

pub(crate) use address::Address;
pub(crate) use command::GitLimits;
pub(crate) use error::GitError;
pub(crate) use repositories::Repositories;
pub(crate) use sweep::Keep;
