//! The messages of the Open Inference Protocol (v2): tensors in JSON or as binary data, to rows and from answers.
//!
//! Pure: bytes in, rows out, and the other way round, for those who ask us (`api/v2`) and for models that we ask
//! (`remote`). A message may come from anybody: nothing is allocated for what a shape merely claims.

mod answer;
mod asking;
mod binary_data;
mod columns;
mod cursor;
mod datatype;
mod fault;
mod half;
mod json_data;
mod request;
mod tensor;

#[cfg(test)]
mod tests;

pub(crate) use answer::{Written, labels_json, outputs_of, write_answer};
pub(crate) use asking::{AskedInput, Asking, ask, read_outputs};
pub(crate) use columns::{Column, claimed_rows, rows_of};
pub(crate) use datatype::Datatype;
pub(crate) use fault::Fault;
pub(crate) use request::{InferRequest, Reply};
pub(crate) use tensor::Tensor;

/// The header that says how long the JSON is if binary data follows it.
pub(crate) const JSON_LENGTH: &str = "Inference-Header-Content-Length";

/// The extension by which tensors are sent as binary data.
pub(crate) const BINARY: &str = "binary_tensor_data";

/// What this server calls itself.
pub(crate) const SERVER_NAME: &str = "audience";
