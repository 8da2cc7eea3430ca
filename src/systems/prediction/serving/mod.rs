//! Models in memory: loaded beside those that answer, proved, swapped while people predict, followed by other
//! processes.
//!
//! ```text
//! upload ──add──► a version (proved, unproved, refused) with its package in pieces
//! alias  ──set──► loaded here and proved again ──► stored with its move ──► swapped in memory
//!                                                       │ read once a second
//!                                                       ▼
//!                                     other processes: loaded beside, then swapped
//! ```
//!
//! A request holds the version that it began with, so that none fails because an alias moves.

mod adding;
mod comparing;
mod error;
mod loading;
mod models;
mod moving;
mod registry;
mod remote;
mod served;
mod shadow;
mod watch;
mod which;
mod work;

pub(crate) use adding::NewVersion;
pub(crate) use error::{ModelsError, PredictError, ServeError};
pub(crate) use models::{Models, use_runtime};
pub(crate) use moving::{SetAlias, TestedVersion};
pub(crate) use remote::{OpenRemote, RemoteScorer};
pub(crate) use served::Served;
pub(crate) use which::{CHAMPION, Which};
