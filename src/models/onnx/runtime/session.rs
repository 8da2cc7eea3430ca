//! A graph in ONNX Runtime, with tensors as they are here.

use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::session::SessionInputValue;
use ort::value::{DynValue, PrimitiveTensorElementType, TensorElementType, ValueType};

use crate::models::onnx::graph::{Graph, Input, ValueId, Versions};
use crate::models::onnx::tensor::{Data, Kind, Shape, Tensor};
use crate::models::onnx::trouble::Trouble;

#[derive(Debug)]
pub struct Session {
    /// It computes one batch at a time.
    session: Mutex<ort::session::Session>,
    /// The names of inputs by their values.
    inputs: Vec<(ValueId, String)>,
    outputs: Vec<String>,
}

impl Session {
    /// Opens a file on one thread. `graph` is what is known of it here; what is not, the library is asked for.
    pub fn open(
        environment: &Environment,
        file: &[u8],
        graph: Option<Graph>,
    ) -> Result<(Self, Graph), Trouble> {
        let session = ort::session::Session::builder(environment)
            .and_then(|builder| Ok(builder.with_intra_threads(1)?))
            .and_then(|mut builder| builder.commit_from_memory(file))
            .map_err(|error| refused(error.message()))?;
        let graph = match graph {
            Some(graph) => graph,
            None => outline(&session)?,
        };
        for outlet in session.outputs() {
            kind("output", outlet.name(), outlet.dtype())?;
        }
        let inputs = graph
            .inputs
            .iter()
            .map(|input| (input.value, input.name.clone()));
        let outputs = graph.outputs.iter().map(|(name, _)| name.clone());
        Ok((
            Self {
                inputs: inputs.collect(),
                outputs: outputs.collect(),
                session: Mutex::new(session),
            },
            graph,
        ))
    }

    /// Computes the outputs for rows.
    pub fn run(&self, inputs: Vec<(ValueId, Tensor<'_>)>) -> Result<Vec<Tensor<'static>>, String> {
        let mut given = Vec::with_capacity(inputs.len());
        for (value, tensor) in inputs {
            let name = self.inputs.iter().find(|(own, _)| *own == value);
            let (_, name) = name.ok_or("the model has no such input")?;
            let tensor = sent(tensor).map_err(|error| failed(error.message()))?;
            given.push((name.as_str(), SessionInputValue::from(tensor)));
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let outputs = session
            .run(given)
            .map_err(|error| failed(error.message()))?;
        let outputs = self.outputs.iter().map(|name| {
            let output = outputs.get(name).ok_or("the model does not answer")?;
            received(output)
        });
        outputs.collect()
    }
}

/// What the library says of a graph that is not read here.
fn outline(session: &ort::session::Session) -> Result<Graph, Trouble> {
    let mut inputs = Vec::new();
    for (value, outlet) in session.inputs().iter().enumerate() {
        let (kind, shape) = kind("input", outlet.name(), outlet.dtype())?;
        inputs.push(Input {
            name: outlet.name().to_owned(),
            kind,
            shape: shape
                .iter()
                .map(|length| usize::try_from(*length).ok().filter(|n| *n > 0))
                .collect(),
            value,
        });
    }
    let first = inputs.len();
    let outputs = session.outputs().iter().zip(first..);
    Ok(Graph {
        outputs: outputs
            .map(|(outlet, value)| (outlet.name().to_owned(), value))
            .collect(),
        values: first + session.outputs().len(),
        inputs,
        constants: Vec::new(),
        nodes: Vec::new(),
        versions: Versions::default(),
    })
}

/// The type and the shape of an input or output.
fn kind<'s>(what: &str, name: &str, dtype: &'s ValueType) -> Result<(Kind, &'s [i64]), Trouble> {
    let ValueType::Tensor { ty, shape, .. } = dtype else {
        return Err(Trouble::invalid(format!(
            "the {what} `{name}` is a list or a map; expected a tensor, as skl2onnx makes it with the option zipmap=False"
        )));
    };
    let kind = match ty {
        TensorElementType::Float32 => Kind::Float,
        TensorElementType::Float64 => Kind::Double,
        TensorElementType::Int64 => Kind::Int64,
        TensorElementType::Int32 => Kind::Int32,
        TensorElementType::Bool => Kind::Bool,
        TensorElementType::String => Kind::Text,
        other => {
            return Err(Trouble::invalid(format!(
                "the {what} `{name}` is of the type {other}; expected float, double, int32, int64, bool or string"
            )));
        }
    };
    Ok((kind, &shape[..]))
}

fn sent(tensor: Tensor<'_>) -> Result<DynValue, ort::Error> {
    let shape: Vec<usize> = tensor.shape.to_vec();
    Ok(match tensor.data {
        Data::Float(values) => ort::value::Tensor::from_array((shape, values))?.into_dyn(),
        Data::Double(values) => ort::value::Tensor::from_array((shape, values))?.into_dyn(),
        Data::Int64(values) => ort::value::Tensor::from_array((shape, values))?.into_dyn(),
        Data::Int32(values) => ort::value::Tensor::from_array((shape, values))?.into_dyn(),
        Data::Bool(values) => ort::value::Tensor::from_array((shape, values))?.into_dyn(),
        Data::Text(values) => {
            let texts: Vec<String> = values.into_iter().map(Cow::into_owned).collect();
            ort::value::Tensor::from_string_array((shape, &texts[..]))?.into_dyn()
        }
    })
}

fn received(value: &DynValue) -> Result<Tensor<'static>, String> {
    let ValueType::Tensor { ty, .. } = value.dtype() else {
        return Err("the model does not answer a tensor".to_owned());
    };
    let (shape, data) = match ty {
        TensorElementType::Float32 => numbers(value, Data::Float)?,
        TensorElementType::Float64 => numbers(value, Data::Double)?,
        TensorElementType::Int64 => numbers(value, Data::Int64)?,
        TensorElementType::Int32 => numbers(value, Data::Int32)?,
        TensorElementType::Bool => numbers(value, Data::Bool)?,
        TensorElementType::String => {
            let extracted = value.try_extract_strings();
            let (shape, texts) = extracted.map_err(|error| failed(error.message()))?;
            let texts = texts.into_iter().map(Into::into).collect();
            (lengths(shape), Data::Text(texts))
        }
        other => return Err(format!("the model answers the type {other}")),
    };
    Ok(Tensor { shape, data })
}

fn numbers<T: PrimitiveTensorElementType + Copy>(
    value: &DynValue,
    wrap: fn(Vec<T>) -> Data<'static>,
) -> Result<(Shape, Data<'static>), String> {
    let extracted = value.try_extract_tensor::<T>();
    let (shape, values) = extracted.map_err(|error| failed(error.message()))?;
    Ok((lengths(shape), wrap(values.to_vec())))
}

fn lengths(shape: &[i64]) -> Shape {
    let lengths = shape
        .iter()
        .map(|length| usize::try_from(*length).unwrap_or(0));
    lengths.collect()
}

fn refused(message: &str) -> Trouble {
    Trouble::invalid(format!(
        "ONNX Runtime does not take the file: {}",
        first_line(message)
    ))
}

fn failed(message: &str) -> String {
    format!("ONNX Runtime cannot compute it: {}", first_line(message))
}

/// Its messages may have a trace of calls behind them, with paths of whoever built it in front.
fn first_line(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let words = line.split(' ').filter(|word| !word.starts_with('/'));
    let line: Vec<&str> = words.collect();
    line.join(" ").chars().take(300).collect()
}
