//! A model as it was uploaded, and how its file is written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

use super::description::Description;
use crate::models::golden::Golden;

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
