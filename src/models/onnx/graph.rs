//! Reads the graph of a file: who makes which value, in an order in which it can be computed.

use std::collections::HashMap;

use prost::Message;

use super::attributes::Attributes;
use super::bounds;
use super::constant;
use super::proto::{ModelProto, NodeProto, TypeValue, ValueInfoProto};
use super::tensor::{Kind, Tensor};
use super::trouble::Trouble;

/// The newest versions of operators that are known here.
const ONNX_VERSION: i64 = 26;
const ML_VERSION: i64 = 5;

/// The nodes that a graph may have.
const NODES: usize = 20_000;

/// A value of a graph by its number.
pub type ValueId = usize;

/// A graph whose nodes stand in an order in which each finds its inputs computed.
#[derive(Clone, Debug)]
pub struct Graph {
    pub inputs: Vec<Input>,
    /// The names of the outputs, with their values.
    pub outputs: Vec<(String, ValueId)>,
    pub constants: Vec<(ValueId, Tensor<'static>)>,
    pub nodes: Vec<Node>,
    /// The number of values.
    pub values: usize,
    pub versions: Versions,
}

/// An input that the caller gives.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    pub name: String,
    pub kind: Kind,
    /// Its lengths; `None` where any is taken.
    pub shape: Vec<Option<usize>>,
    pub value: ValueId,
}

#[derive(Clone, Debug)]
pub struct Node {
    /// How messages name it: its position in the file and its operator.
    pub place: String,
    pub operator: Operation,
    pub inputs: Vec<Option<ValueId>>,
    pub outputs: Vec<Option<ValueId>>,
    pub attributes: Attributes,
}

/// The name of an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// Whether it belongs to `ai.onnx.ml` instead of `ai.onnx`.
    pub is_ml: bool,
    pub name: String,
}

/// The versions of the two sets of operators.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    pub onnx: i64,
    pub ml: i64,
}

/// Reads and checks a file.
pub fn read(file: &[u8]) -> Result<Graph, Trouble> {
    if !bounds::are_kept(file) {
        return Err(Trouble::invalid(
            "the file has more parts than its size accounts for",
        ));
    }
    let model = ModelProto::decode(file)
        .map_err(|_| Trouble::invalid("the file is not an ONNX model, or is cut off"))?;
    let versions = versions(&model)?;
    if let Some(function) = model.functions.first() {
        return Err(Trouble::unsupported(format!(
            "the function `{}.{}` of the file is not computed here",
            function.domain, function.name
        )));
    }
    let graph = model
        .graph
        .ok_or_else(|| Trouble::invalid("the file has no graph"))?;
    if graph.node.len() > NODES {
        return Err(Trouble::invalid(format!(
            "the graph has {} nodes; expected at most {NODES}",
            graph.node.len()
        )));
    }
    if !graph.sparse_initializer.is_empty() {
        return Err(Trouble::unsupported("sparse tensors are not computed here"));
    }
    let mut names = Names::default();
    let mut constants = Vec::with_capacity(graph.initializer.len());
    for proto in graph.initializer {
        let value = names.define(&proto.name)?;
        let tensor = constant::tensor(&proto)
            .map_err(|trouble| trouble.at(&format!("the initializer `{}`", proto.name)))?;
        constants.push((value, tensor));
    }
    let mut inputs = Vec::new();
    for proto in &graph.input {
        // Files of old versions list their initializers as inputs, too.
        if names
            .values
            .get(&proto.name)
            .is_none_or(|value| *value >= constants.len())
        {
            let value = names.define(&proto.name)?;
            inputs.push(input(proto, value)?);
        }
    }
    let made: Vec<Vec<Option<ValueId>>> = graph
        .node
        .iter()
        .map(|node| {
            node.output
                .iter()
                .map(|name| names.define_optional(name))
                .collect()
        })
        .collect::<Result<_, Trouble>>()?;
    let mut nodes = Vec::with_capacity(graph.node.len());
    for ((position, proto), outputs) in graph.node.into_iter().enumerate().zip(made) {
        nodes.push(node(position, proto, outputs, &names)?);
    }
    let outputs = graph
        .output
        .iter()
        .map(|output| Ok((output.name.clone(), names.find(&output.name)?)))
        .collect::<Result<_, Trouble>>()?;
    Ok(Graph {
        inputs,
        outputs,
        constants,
        nodes: ordered(nodes, names.values.len())?,
        values: names.values.len(),
        versions,
    })
}

#[derive(Default)]
struct Names {
    values: HashMap<String, ValueId>,
}

impl Names {
    fn define(&mut self, name: &str) -> Result<ValueId, Trouble> {
        let value = self.values.len();
        match self.values.insert(name.to_owned(), value) {
            None => Ok(value),
            Some(_) => Err(Trouble::invalid(format!(
                "the value `{name}` is defined twice"
            ))),
        }
    }

    /// An output without a name is one that nobody wants.
    fn define_optional(&mut self, name: &str) -> Result<Option<ValueId>, Trouble> {
        if name.is_empty() {
            return Ok(None);
        }
        self.define(name).map(Some)
    }

    fn find(&self, name: &str) -> Result<ValueId, Trouble> {
        self.values.get(name).copied().ok_or_else(|| {
            Trouble::invalid(format!("the value `{name}` is used, but nothing makes it"))
        })
    }
}

fn versions(model: &ModelProto) -> Result<Versions, Trouble> {
    let mut versions = Versions::default();
    for import in &model.opset_import {
        let (version, newest, name) = match import.domain.as_str() {
            "" | "ai.onnx" => (&mut versions.onnx, ONNX_VERSION, "ai.onnx"),
            "ai.onnx.ml" => (&mut versions.ml, ML_VERSION, "ai.onnx.ml"),
            // Whether any of its operators is used is seen at the nodes.
            _ => continue,
        };
        if import.version < 1 {
            return Err(Trouble::invalid(format!(
                "version {} of the operators {name}",
                import.version
            )));
        }
        if import.version > newest {
            return Err(Trouble::unsupported(format!(
                "version {} of the operators {name} is not known here, only those up to {newest}",
                import.version
            )));
        }
        // skl2onnx writes a set twice.
        *version = import.version.max(*version);
    }
    Ok(versions)
}

fn input(proto: &ValueInfoProto, value: ValueId) -> Result<Input, Trouble> {
    let name = &proto.name;
    let Some(TypeValue::Tensor(tensor)) = proto.r#type.as_ref().and_then(|it| it.value.as_ref())
    else {
        return Err(Trouble::unsupported(format!(
            "the input `{name}` is no tensor"
        )));
    };
    let kind = constant::kind(tensor.elem_type)
        .map_err(|trouble| trouble.at(&format!("the input `{name}`")))?;
    let dims = tensor.shape.iter().flat_map(|shape| &shape.dim);
    let shape = dims
        .map(|dim| match dim.dim_value {
            // Some tools write an unknown length as 0 or -1.
            None | Some(..=0) => Ok(None),
            Some(length) => usize::try_from(length).map(Some),
        })
        .collect::<Result<_, _>>()
        .map_err(|_| Trouble::invalid(format!("the input `{name}` is too large")))?;
    Ok(Input {
        name: name.clone(),
        kind,
        shape,
        value,
    })
}

fn node(
    position: usize,
    proto: NodeProto,
    outputs: Vec<Option<ValueId>>,
    names: &Names,
) -> Result<Node, Trouble> {
    let place = format!("node {position} ({})", proto.op_type);
    let is_ml = match proto.domain.as_str() {
        "" | "ai.onnx" => false,
        "ai.onnx.ml" => true,
        other => {
            return Err(Trouble::unsupported(format!(
                "the operator {other}.{} is not computed here",
                proto.op_type
            )));
        }
    };
    let find = |name: &String| {
        if name.is_empty() {
            return Ok(None);
        }
        names.find(name).map(Some)
    };
    let inputs = proto.input.iter().map(find).collect::<Result<_, Trouble>>();
    Ok(Node {
        inputs: inputs.map_err(|trouble| trouble.at(&place))?,
        outputs,
        attributes: Attributes::new(proto.attribute).map_err(|trouble| trouble.at(&place))?,
        operator: Operation {
            is_ml,
            name: proto.op_type,
        },
        place,
    })
}

/// Sorts nodes so that each stands behind those that make its inputs.
fn ordered(nodes: Vec<Node>, values: usize) -> Result<Vec<Node>, Trouble> {
    let mut maker = vec![None; values];
    for (position, node) in nodes.iter().enumerate() {
        for output in node.outputs.iter().flatten() {
            maker[*output] = Some(position);
        }
    }
    let mut users = vec![Vec::new(); nodes.len()];
    let mut missing = vec![0_usize; nodes.len()];
    for (position, node) in nodes.iter().enumerate() {
        for maker in node
            .inputs
            .iter()
            .flatten()
            .filter_map(|input| maker[*input])
        {
            users[maker].push(position);
            missing[position] += 1;
        }
    }
    let mut order: Vec<usize> = (0..nodes.len())
        .filter(|node| missing[*node] == 0)
        .collect();
    let mut done = 0;
    while let Some(node) = order.get(done).copied() {
        done += 1;
        for user in &users[node] {
            missing[*user] -= 1;
            if missing[*user] == 0 {
                order.push(*user);
            }
        }
    }
    if order.len() < nodes.len() {
        return Err(Trouble::invalid(
            "the graph has a cycle: a node needs its own output",
        ));
    }
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    Ok(order
        .into_iter()
        .filter_map(|node| nodes[node].take())
        .collect())
}
