//! Backtests: two rule sets over the same rows of a table, as a job that publishes nothing.
//!
//! ```text
//! request ──compose──► both sets fixed, source looked at: a job
//!    sample    which windows are read, and which rows of them count       (only with a sample)
//!    compare   batches by portions of the source: rows → parts of a slice
//!    settle    votes of authors, partition by partition → members; all sums → the report
//! ```
//!
//! What a slice has found is stored in the engine's database in one transaction with the checkpoint behind it.

mod at_once;
mod changes;
mod comparing;
mod composing;
mod error;
mod examples;
mod flow;
mod kind;
mod params;
mod range;
mod receiving;
mod request;
mod sampling;
mod settling;
mod view_schema;
mod work;

pub(super) use at_once::BacktestAtOnce;
pub(super) use changes::{ChangeFilter, ChangePage, ChangePlace, ChangesOf};
pub(super) use flow::BacktestFlow;
pub(super) use kind::{BacktestTools, CompareKind, SampleKind, SettleKind};
pub(super) use params::Sample;
pub(super) use range::Range;
pub(super) use request::BacktestRequest;

/// The name of the flow, as its jobs carry it, which is also its member of `POST /v1/jobs`.
pub(super) const FLOW: &str = "backtest";

/// Names of its steps.
const SAMPLE_STEP: &str = "sample";
const COMPARE_STEP: &str = "compare";
const SETTLE_STEP: &str = "settle";
