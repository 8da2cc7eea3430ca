//! Gates: a job whose figures breach the thresholds of its rule set waits for a person before it publishes.
//!
//! ```text
//! label ──► gate: judged ──nothing is breached──────────► publish
//!                   │                                        ▲
//!                   └──breached──► held ──approved───────────┘
//!                                   │
//!                                   └──rejected, or nobody in time──► the job fails
//! ```

mod deciding;
mod judging;
mod kind;
mod thresholds;
mod view;

#[cfg(test)]
mod tests;

pub(super) use deciding::Approver;
pub(super) use judging::{Judgement, Reviewed};
pub(super) use kind::{GateKind, GateParams};
pub(super) use thresholds::Thresholds;
pub(super) use view::GateView;
