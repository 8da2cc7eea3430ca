//! Models that another server scores: what serving asks of those who know how.

use std::sync::Arc;

use async_trait::async_trait;

use super::error::PredictError;
use crate::models::{Answers, Package, Refusal, Rows, Signature};

/// Opens packages of the format `remote`.
#[async_trait]
pub(crate) trait OpenRemote: Send + Sync {
    /// Asks the other server what the model takes and answers, once, when a file is uploaded: the package with what
    /// its description does not say, so that it can be opened later while that server is away. Refused if the server
    /// does not answer, or has another model than the description says.
    async fn complete(&self, package: Package) -> Result<Package, Refusal>;

    /// Reads a package that is complete; asks nobody.
    fn open(&self, package: &Package) -> Result<(Signature, Arc<dyn RemoteScorer>), Refusal>;
}

/// A model on another server.
#[async_trait]
pub(crate) trait RemoteScorer: Send + Sync {
    async fn score(&self, rows: &Rows) -> Result<Answers, PredictError>;

    /// Whether the other server says that the model is ready; an error says why not.
    async fn ready(&self) -> Result<(), PredictError>;
}
