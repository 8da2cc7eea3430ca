//! The program as a process among others: killed, frozen, ended by its own work, cut off from
//! its databases.

mod frozen;
mod killed;
mod outages;
mod poison;
pub(crate) mod program;
