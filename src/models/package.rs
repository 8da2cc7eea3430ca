//! The file of a model with what it does not say itself.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::golden::Golden;
use super::signature::{Feature, Label, Task};

/// How the file of a model is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Display, EnumString, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Format {
    #[serde(rename = "lightgbm")]
    #[strum(serialize = "lightgbm")]
    LightGbm,
    #[serde(rename = "xgboost")]
    #[strum(serialize = "xgboost")]
    XgBoost,
    Onnx,
    TextLinear,
    Remote,
}

/// What `model.yaml` says; what is left out is in the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Description {
    pub task: Option<Task>,
    pub features: Option<Vec<Feature>>,
    pub labels: Option<Vec<Label>>,
}

/// A model as it was uploaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Package {
    pub format: Format,
    /// The name of the file in the package.
    pub file_name: String,
    pub file: Arc<[u8]>,
    pub description: Description,
    pub golden: Option<Golden>,
}
