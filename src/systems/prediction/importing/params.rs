//! What an import is to do, as it is stored with its step.

use serde::{Deserialize, Serialize};

/// Parameters of the kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ImportParams {
    pub file: StoredFile,
    pub mapping: StoredText,
    /// As the settings name it; `None`: the engine's database.
    pub output: Option<String>,
    pub strict: bool,
}

/// A file among the inputs of the job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredFile {
    /// As its owner calls it.
    pub name: String,
    pub sha256: String,
    pub bytes: u64,
    /// Digests of its pieces, in their order.
    pub pieces: Vec<String>,
}

/// The mapping as it was when the job was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoredText {
    pub name: String,
    /// `None`: it came with the file.
    pub version: Option<i32>,
    /// YAML.
    pub text: String,
}
