//! What a step of kind `command` is stored with.

use serde::{Deserialize, Serialize};

/// Which instance is made, and by which version of its project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CommandParams {
    pub project: String,
    pub version: String,
    pub task: String,
    /// All parameters with their values, in the order of their declarations.
    pub values: Vec<(String, String)>,
    /// As people see it.
    pub identity: String,
    /// The run that asked for it first.
    pub run: String,
    /// It is made although its outputs are there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub forced: bool,
    /// In whose files its commands run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
}
