//! What the steps of a brief are to do, as it is stored with them.

use serde::{Deserialize, Serialize};

use super::request::BriefRequest;

/// Parameters of the kind `collect`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CollectParams {
    /// As it was when the job was made; what counts is that of the brief, which may be changed.
    pub request: BriefRequest,
}

/// Parameters of the kind `export`, which finds all that it needs with the brief of its job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExportParams {}
