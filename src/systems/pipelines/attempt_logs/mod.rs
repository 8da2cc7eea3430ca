//! The logs of attempts for those that read them, wherever they are: a file while commands write it, an
//! artifact after. Many may follow the same log; it is looked at once for all of them.
//!
//! ```text
//! AttemptLogs::open ─► AttemptLog ─┬─ LiveLog   one watch for all followers
//!                                  ├─ KeptLog   parts of the artifact
//!                                  └─ nothing was written
//! ```
//!
//! `searching` finds lines in each of them.

mod attempt_log;
mod error;
mod kept;
mod live;
mod opening;
mod searching;
mod text;

pub(crate) use attempt_log::AttemptLog;
pub(crate) use error::LogError;
pub(crate) use opening::AttemptLogs;
pub(crate) use text::{TextPiece, TextReader};
