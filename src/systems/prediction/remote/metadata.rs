//! What another server says of itself and its models.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::systems::prediction::protocol::{BINARY, SERVER_NAME};

/// What it says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServerMetadata {
    pub name: String,
    pub extensions: Vec<String>,
}

/// What it says of a model.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ModelMetadata {
    pub inputs: Vec<TensorMetadata>,
    pub outputs: Vec<TensorMetadata>,
}

/// An input or an output.
#[derive(Debug, Deserialize)]
pub(super) struct TensorMetadata {
    pub name: String,
    pub datatype: String,
    /// -1: any size.
    #[serde(default)]
    pub shape: Vec<i64>,
    #[serde(default)]
    pub parameters: Option<Map<String, Value>>,
}

impl ServerMetadata {
    /// Whether tensors may be sent as binary data.
    pub fn takes_binary(&self) -> bool {
        self.extensions.iter().any(|extension| extension == BINARY)
    }

    /// Whether null is a missing value to it: the protocol does not say so.
    pub fn takes_null(&self) -> bool {
        self.name == SERVER_NAME
    }
}

impl TensorMetadata {
    /// The values of each row; `None`: any number.
    pub fn width(&self) -> Option<usize> {
        match self.shape[..] {
            // Some leave out the dimension of the rows.
            [] | [_] => Some(1),
            [_, width] => usize::try_from(width).ok(),
            _ => None,
        }
    }

    /// Whether it has a dimension besides that of the rows.
    pub fn is_matrix(&self) -> bool {
        self.shape.len() == 2
    }
}
