//! The program as a process among others: killed, frozen, ended by its own work, cut off from
//! its databases.

mod backup;
mod bulk;
mod disks;
mod frozen;
mod killed;
mod lost_commits;
mod mixed;
mod outages;
mod poison;
pub(crate) mod program;
