//! Makes ONNX files by hand.

use prost::Message;

use crate::models::model::Scorer;
use crate::models::onnx::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto,
    TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, TypeValue, ValueInfoProto,
    data_type,
};
use crate::models::package::{Description, Format, Package};
use crate::models::signature::Signature;

/// A node of `ai.onnx`, or of `ai.onnx.ml` if its name begins with `ml.`.
pub fn node(operator: &str, inputs: &[&str], outputs: &[&str]) -> NodeProto {
    let (domain, operator) = match operator.strip_prefix("ml.") {
        Some(operator) => ("ai.onnx.ml", operator),
        None => ("", operator),
    };
    NodeProto {
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: outputs.iter().map(|name| (*name).to_owned()).collect(),
        name: String::new(),
        op_type: operator.to_owned(),
        attribute: Vec::new(),
        domain: domain.to_owned(),
    }
}

impl NodeProto {
    pub fn with(mut self, name: &str, set: impl FnOnce(&mut AttributeProto)) -> Self {
        let mut attribute = AttributeProto {
            name: name.to_owned(),
            ..AttributeProto::default()
        };
        set(&mut attribute);
        self.attribute.push(attribute);
        self
    }

    pub fn int(self, name: &str, value: i64) -> Self {
        self.with(name, |attribute| attribute.i = Some(value))
    }

    pub fn float(self, name: &str, value: f32) -> Self {
        self.with(name, |attribute| attribute.f = Some(value))
    }

    pub fn text(self, name: &str, value: &str) -> Self {
        self.with(name, |attribute| attribute.s = Some(value.into()))
    }

    pub fn ints(self, name: &str, values: &[i64]) -> Self {
        self.with(name, |attribute| attribute.ints = values.to_vec())
    }

    pub fn floats(self, name: &str, values: &[f32]) -> Self {
        self.with(name, |attribute| attribute.floats = values.to_vec())
    }

    pub fn texts(self, name: &str, values: &[&str]) -> Self {
        let values = values.iter().map(|value| value.as_bytes().to_vec());
        self.with(name, |attribute| attribute.strings = values.collect())
    }
}

/// A value of numbers in single precision with an open number of rows.
pub fn value(name: &str, width: i64) -> ValueInfoProto {
    typed_value(name, data_type::FLOAT, width)
}

pub fn typed_value(name: &str, elem_type: i32, width: i64) -> ValueInfoProto {
    let dim = [None, Some(width)].map(|dim_value| DimensionProto { dim_value });
    let tensor = TensorTypeProto {
        elem_type,
        shape: Some(TensorShapeProto { dim: dim.into() }),
    };
    ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(TypeProto {
            value: Some(TypeValue::Tensor(tensor)),
        }),
    }
}

pub fn floats(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: data_type::FLOAT,
        float_data: values.to_vec(),
        ..TensorProto::default()
    }
}

pub fn ints(name: &str, dims: &[i64], values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: data_type::INT64,
        int64_data: values.to_vec(),
        ..TensorProto::default()
    }
}

/// A graph from the input `x` of some columns to outputs.
pub fn graph(
    width: i64,
    constants: Vec<TensorProto>,
    nodes: Vec<NodeProto>,
    outputs: &[&str],
) -> GraphProto {
    GraphProto {
        node: nodes,
        initializer: constants,
        input: vec![value("x", width)],
        output: outputs.iter().map(|name| value(name, 1)).collect(),
        sparse_initializer: Vec::new(),
    }
}

pub fn model(graph: GraphProto) -> ModelProto {
    let import = |domain: &str, version| OperatorSetIdProto {
        domain: domain.to_owned(),
        version,
    };
    ModelProto {
        ir_version: 8,
        graph: Some(graph),
        opset_import: vec![import("", 17), import("ai.onnx.ml", 3)],
        functions: Vec::new(),
    }
}

/// Reads a file that says everything itself.
pub fn load(file: Vec<u8>) -> Result<(Signature, Box<dyn Scorer>), String> {
    load_described(file, Description::default())
}

pub fn load_described(
    file: Vec<u8>,
    description: Description,
) -> Result<(Signature, Box<dyn Scorer>), String> {
    let package = Package {
        format: Format::Onnx,
        file_name: "model.onnx".to_owned(),
        file: file.into(),
        description,
        golden: None,
    };
    crate::models::onnx::load(&package).map_err(|refusal| refusal.message)
}

/// Why a graph is refused.
pub fn refusal(graph: GraphProto) -> String {
    match load(model(graph).encode_to_vec()) {
        Ok((signature, _)) => panic!("taken: {signature:?}"),
        Err(message) => message,
    }
}
