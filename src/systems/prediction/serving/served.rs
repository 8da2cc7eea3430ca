//! A version of a model that is in memory, and answers.

use std::sync::Arc;

use super::error::PredictError;
use super::remote::RemoteScorer;
use crate::models::{Answers, Format, Model, Rows, Signature};

/// A version that was loaded. Whoever holds it can ask it, wherever its aliases point to by now.
pub(crate) struct Served {
    pub model: String,
    pub version: i32,
    pub format: Format,
    scoring: Scoring,
}

/// Who computes the answers.
enum Scoring {
    Here(Model),
    There(Signature, Arc<dyn RemoteScorer>),
}

impl Served {
    pub(crate) fn signature(&self) -> &Signature {
        match &self.scoring {
            Scoring::Here(model) => &model.signature,
            Scoring::There(signature, _) => signature,
        }
    }

    /// Whether another server scores its rows.
    pub(crate) fn is_remote(&self) -> bool {
        matches!(self.scoring, Scoring::There(..))
    }

    /// Scores the rows of a call: counted, with its limits, and compared with the version in the shadow afterwards.
    pub(crate) async fn predict(self: Arc<Self>, rows: Rows) -> Result<Answers, PredictError> {
        match &self.scoring {
            Scoring::Here(_) => self.score_blocking(&rows),
            Scoring::There(_, remote) => remote.score(&rows).await,
        }
    }

    /// Scores rows on the thread of the caller, for steps of jobs: without the limits of calls.
    pub(crate) fn score_blocking(&self, rows: &Rows) -> Result<Answers, PredictError> {
        match &self.scoring {
            Scoring::Here(model) => Ok(model.score(rows)),
            Scoring::There(..) => Err(PredictError::IsRemote {
                model: self.model.clone(),
                version: self.version,
            }),
        }
    }
}
