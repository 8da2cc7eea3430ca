//! The objects of the protocol, as they are documented and answered.

use poem_openapi::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::http::body::Body;
use crate::models::{FeatureKind, Signature};
use crate::systems::prediction::protocol::{Datatype, labels_json, outputs_of};

/// What answers.
#[derive(Object)]
pub(super) struct ServerMetadata {
    pub name: String,
    /// Of the program.
    pub version: String,
    /// `binary_tensor_data`: tensors may be binary data behind the JSON.
    pub extensions: Vec<String>,
}

/// That the server runs.
#[derive(Object)]
pub(super) struct ServerLive {
    pub live: bool,
}

/// That the server can answer requests.
#[derive(Object)]
pub(super) struct ServerReady {
    pub live: bool,
    pub ready: bool,
}

/// That a model can answer requests.
#[derive(Object)]
pub(super) struct ModelReady {
    pub name: String,
    pub ready: bool,
}

/// What a model takes and answers.
#[derive(Object)]
pub(super) struct ModelMetadata {
    pub name: String,
    /// Those that can be named in a path, the first one first.
    pub versions: Vec<String>,
    /// The format of its file.
    pub platform: String,
    /// One for each feature. If all are numbers, one input `X` of the shape `[N, F]` is taken instead.
    pub inputs: Vec<TensorMetadata>,
    pub outputs: Vec<TensorMetadata>,
}

/// An input or an output.
#[derive(Object)]
pub(super) struct TensorMetadata {
    pub name: String,
    /// Of inputs the usual one; every type of numbers is taken for numbers.
    pub datatype: String,
    /// -1 is the number of rows.
    pub shape: Vec<i64>,
    /// Of the output `scores`: `labels`, in the order of its columns.
    #[oai(skip_serializing_if_is_none)]
    pub parameters: Option<Value>,
}

/// A version in the list of all.
#[derive(Object)]
pub(super) struct ModelIndex {
    pub name: String,
    pub version: String,
    /// `READY` or `UNAVAILABLE`.
    pub state: String,
    /// Why it is unavailable; else empty.
    pub reason: String,
}

/// Which versions to list.
#[derive(Object, Deserialize)]
pub(super) struct IndexRequest {
    /// Only those that are ready.
    #[oai(default)]
    #[serde(default)]
    pub ready: bool,
}

impl Body for IndexRequest {
    const REQUIRED: bool = false;
}

/// An input of a request.
#[derive(Object)]
pub(super) struct RequestInput {
    /// A feature, or `X` for all.
    name: String,
    /// `[N]` or `[N, 1]`; of `X` `[N, F]`.
    shape: Vec<u64>,
    /// `INT8` to `INT64`, `UINT8` to `UINT64`, `FP16`, `FP32` or `FP64` for a number, `BYTES` for a text.
    datatype: String,
    /// `binary_data_size`: the bytes of this input behind the JSON, which it has instead of `data`.
    parameters: Option<Value>,
    /// Values row by row, flat or as lists in lists. `null` and NaN are missing.
    data: Option<Vec<Value>>,
}

/// An output that is asked for.
#[derive(Object)]
pub(super) struct RequestOutput {
    /// `label`, `scores` or `value`.
    name: String,
    /// `binary_data`: whether it is answered as binary data.
    parameters: Option<Value>,
}

/// The answer to a request.
#[derive(Object)]
pub(super) struct InferenceAnswer {
    model_name: String,
    model_version: String,
    /// That of the request, if it had one.
    id: Option<String>,
    outputs: Vec<AnswerOutput>,
}

/// An output with its values.
#[derive(Object)]
pub(super) struct AnswerOutput {
    /// `label`, `scores` or `value`.
    name: String,
    /// `FP64`; of labels `INT64` if all are whole numbers, else `BYTES`.
    datatype: String,
    shape: Vec<u64>,
    /// `labels`: those of the columns of `scores`. `binary_data_size`: the bytes of this output behind the JSON, which
    /// it has instead of `data`.
    parameters: Option<Value>,
    data: Option<Vec<Value>>,
}

impl TensorMetadata {
    /// Of the inputs of a model.
    pub fn inputs(signature: &Signature) -> Vec<Self> {
        let features = signature.features().iter();
        let input = features.map(|feature| Self {
            name: feature.name.clone(),
            datatype: match feature.kind {
                FeatureKind::Number => Datatype::Fp64.to_string(),
                FeatureKind::Text => Datatype::Bytes.to_string(),
            },
            shape: vec![-1],
            parameters: None,
        });
        input.collect()
    }

    /// Of its outputs.
    pub fn outputs(signature: &Signature) -> Vec<Self> {
        let outputs = outputs_of(signature).into_iter().map(|output| {
            let width = output.width.map(|width| i64::try_from(width).unwrap_or(-1));
            let labels = width.map(|_| json!({ "labels": labels_json(signature) }));
            Self {
                name: output.name.to_owned(),
                datatype: output.datatype.to_string(),
                shape: [Some(-1), width].into_iter().flatten().collect(),
                parameters: labels,
            }
        });
        outputs.collect()
    }
}
