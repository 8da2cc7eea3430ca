//! Models that another server scores: what serving asks of those who know how.

use std::sync::Arc;

use async_trait::async_trait;

use super::error::PredictError;
use crate::models::{Answers, Package, Refusal, Rows, Signature};

/// Opens packages of the format `remote`.
pub(crate) trait OpenRemote: Send + Sync {
    /// Reads the file of the package; asks nobody.
    fn open(&self, package: &Package) -> Result<(Signature, Arc<dyn RemoteScorer>), Refusal>;
}

/// A model on another server.
#[async_trait]
pub(crate) trait RemoteScorer: Send + Sync {
    async fn score(&self, rows: &Rows) -> Result<Answers, PredictError>;
}

/// Where no other server may be asked.
pub(crate) struct NoRemotes;

impl OpenRemote for NoRemotes {
    fn open(&self, _: &Package) -> Result<(Signature, Arc<dyn RemoteScorer>), Refusal> {
        Err(Refusal::new("models of other servers are not asked here"))
    }
}
