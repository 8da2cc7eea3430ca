//! Rows scored by a model.

use std::fmt::Write as _;

use poem_openapi::OpenApi;
use poem_openapi::param::{Path, Query};
use serde_json::Value;

use super::Groups;
use super::model_views::{PredictAnswer, PredictRequest};
use crate::engine::seam::blocking;
use crate::http::body::{JsonBytes, WrittenJson};
use crate::http::error::Failure;
use crate::models::{Answers, Rows, json_rows};
use crate::strict_json;
use crate::systems::prediction::serving::{Models, Served, Which};

/// The operation.
pub(crate) struct PredictApi(pub Models);

/// A body, or an answer, that is read or written where nobody else waits for the thread.
const LONG_BYTES: usize = 64 << 10;
const LONG_ROWS: usize = 200;

#[OpenApi(tag = "Groups::Models")]
impl PredictApi {
    /// Predict
    ///
    /// Scores rows by the version that the alias `champion` points to, or another alias or version. Every feature
    /// has to be there, null stands for a missing one; a category that is not known counts as the model's library
    /// counts it.
    #[oai(
        path = "/v1/models/:name/predict",
        method = "post",
        operation_id = "predict"
    )]
    async fn predict(
        &self,
        name: Path<String>,
        /// The alias whose version answers; without it, `champion`.
        alias: Query<Option<String>>,
        /// The version that answers, whatever aliases point to.
        version: Query<Option<i32>>,
        body: JsonBytes<PredictRequest>,
    ) -> poem::Result<WrittenJson<PredictAnswer>> {
        let alias = alias.0.filter(|alias| !alias.is_empty());
        let which = Which::of(alias, version.0).map_err(Failure::from)?;
        let served = self.0.find(&name, &which).await.map_err(Failure::from)?;
        let bytes = body.bytes;
        let rows = match bytes.len() > LONG_BYTES {
            false => read(&served, &bytes)?,
            true => {
                let served = served.clone();
                let read = blocking(move || Ok(read(&served, &bytes)));
                read.await.map_err(|_| Failure::internal())??
            }
        };
        let count = rows.len();
        let answers = served.clone().predict(rows).await.map_err(Failure::from)?;
        if let Some((row, reason)) = answers.faults.first_key_value() {
            return Err(Failure::invalid(format!("rows[{row}]: {reason}")).into());
        }
        let text = match count > LONG_ROWS {
            false => write(&served, &answers),
            true => {
                let written = blocking(move || Ok(write(&served, &answers)));
                written.await.map_err(|_| Failure::internal())?
            }
        };
        Ok(WrittenJson::new(text))
    }
}

/// The rows of a body.
fn read(served: &Served, bytes: &[u8]) -> Result<Rows, Failure> {
    let body = strict_json::parse(bytes)
        .map_err(|reason| Failure::invalid(format!("body: expected JSON: {reason}")))?;
    let Value::Object(mut members) = body else {
        return Err(Failure::invalid("body: expected an object with `rows`"));
    };
    let rows = members.shift_remove("rows");
    if let Some(name) = members.keys().next() {
        let detail = format!("{name}: unknown field; known are rows");
        return Err(Failure::invalid(detail));
    }
    let Some(Value::Array(rows)) = rows else {
        let found = match rows {
            None => "nothing",
            Some(_) => "something else",
        };
        return Err(Failure::invalid(format!(
            "rows: expected a list of rows, found {found}"
        )));
    };
    served.check_rows(rows.len())?;
    let read = json_rows::read_rows(served.signature(), &rows);
    read.map_err(|fault| Failure::invalid(fault.to_string()))
}

/// The answer, as it is sent.
fn write(served: &Served, answers: &Answers) -> String {
    let mut text = String::with_capacity(64 + answers.len() * 96);
    let model = Value::from(served.model.as_str());
    let version = served.version;
    write!(
        text,
        "{{\"model\":{model},\"version\":{version},\"predictions\":["
    )
    .ok();
    for row in 0..answers.len() {
        let answer = json_rows::answer_json(served.signature(), answers, row);
        if row > 0 {
            text.push(',');
        }
        write!(text, "{}", Value::Object(answer)).ok();
    }
    text.push_str("]}");
    text
}
