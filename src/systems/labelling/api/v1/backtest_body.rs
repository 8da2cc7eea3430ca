//! What a new job is asked to compare.

use poem_openapi::Object;
use serde::Deserialize;

use super::rules_bodies::{GivenRules, GivenSample};
use crate::http::body::{Body, DocumentedAs, Misfit, Word};
use crate::systems::labelling::api::words::PredictTypes;
use crate::systems::labelling::backtest::{BacktestRequest, Sample};
use crate::systems::labelling::{LabellingRequest, PredictType, Written};

/// Two rule sets, and the rows that both are to label. Nothing is published.
#[derive(Object, Deserialize)]
pub(crate) struct Backtest {
    /// What rows have their labels by.
    base: GivenRules,
    /// What they would have them by.
    candidate: GivenRules,
    /// The source to read, by its name on the server. Default: as set on the server.
    source: Option<String>,
    /// The table to read. Default: as set on the server.
    table: Option<String>,
    /// First moment of the range: `YYYY-MM-DD HH:MM:SS`, ISO 8601, or a date. Default: as set on
    /// the server, usually a year before now.
    start_time: Option<DocumentedAs<Written, String>>,
    /// Last moment of the range, written like `start_time`. Default: as set on the server,
    /// usually now.
    end_time: Option<DocumentedAs<Written, String>>,
    /// Only these rows. Default: all rows of the range.
    sample: Option<GivenSample>,
    /// What a set without `in` looks at. Default: `author_name`.
    predict_type: Option<Word<PredictTypes>>,
}

impl Body for Backtest {}

impl Backtest {
    /// The request as the system knows it.
    pub(in crate::systems::labelling) fn into_request(self) -> Result<BacktestRequest, Misfit> {
        let predict_type = self.predict_type.map(|word| word.0);
        Ok(BacktestRequest {
            base: self.base.asked_as("base")?,
            candidate: self.candidate.asked_as("candidate")?,
            predict_type: predict_type.unwrap_or(PredictType::AuthorName),
            range: LabellingRequest {
                source: self.source,
                table: self.table,
                start_time: self.start_time.map(|moment| moment.0),
                end_time: self.end_time.map(|moment| moment.0),
                ..LabellingRequest::default()
            },
            sample: self.sample.map(|sample| Sample {
                rows: sample.rows.into(),
                seed: sample.seed,
            }),
        })
    }
}
