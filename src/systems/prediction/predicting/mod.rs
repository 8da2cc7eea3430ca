//! Prediction jobs: the rows of a table are scored by a version of a model and written to another table, once,
//! whatever breaks.
//!
//! ```text
//! request ──compose──► the version is fixed, columns and tables are looked at: a job
//!                        │ kind `predict`: one batch
//!                        ▼
//!  reading thread           scoring thread          batch
//!  table ──► ReadSlice ═══► Served ──► Scored ═════► one transaction in the output:
//!            (values as the model takes them)        rows, checkpoint
//! ```
//!
//! What is durable of a job stands in the output beside its rows: a process that takes it over continues there.

mod batch;
mod composing;
mod error;
mod flow;
mod kind;
mod params;
mod pipeline;
mod places;
mod predictions;
mod request;
mod result_rows;
mod table;
mod values;

pub(crate) use error::PredictionsError;
pub(crate) use flow::PredictionFlow;
pub(crate) use kind::PredictKind;
pub(crate) use predictions::Predictions;

/// The name of the flow, as its jobs carry it, which is also its member of `POST /v1/jobs`.
pub(crate) const FLOW: &str = "prediction";

/// What others call it where they use it as a step.
const USES: &str = "predict";

/// The queue of prediction jobs, which has few places: each keeps two processors busy.
pub(crate) const QUEUE: &str = "predictions";
