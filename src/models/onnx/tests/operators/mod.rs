mod columns;
mod numbers;
mod shapes;

use std::borrow::Cow;

use super::making::node;
use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::graph::{Operation, Versions};
use crate::models::onnx::operators::{self, Building, Findings, Inputs};
use crate::models::onnx::proto::NodeProto;
use crate::models::onnx::tensor::{Shape, Tensor};
use crate::models::onnx::trouble::Trouble;

type Found = Result<(Tensor<'static>, Option<String>), Trouble>;

/// The first output of an operator, with what it finds wrong with the values.
fn try_run(version: i64, node: NodeProto, inputs: &[Tensor<'static>]) -> Found {
    let operation = Operation {
        is_ml: !node.domain.is_empty(),
        name: node.op_type,
    };
    let inputs: Vec<Option<&Tensor<'static>>> = inputs.iter().map(Some).collect();
    let inputs = Inputs(&inputs);
    let mut attributes = Attributes::new(node.attribute)?;
    let operator = operators::build(&mut Building {
        operation: &operation,
        attributes: &mut attributes,
        versions: Versions {
            onnx: version,
            ml: 3,
        },
        inputs: &inputs,
    })?;
    attributes.finish()?;
    let mut findings = Findings::default();
    let outputs = operator.run(&inputs, &mut findings)?;
    let output = outputs.into_iter().next().unwrap().into_owned();
    Ok((output, findings.first().map(str::to_owned)))
}

fn run(node: NodeProto, inputs: &[Tensor<'static>]) -> Tensor<'static> {
    let (output, finding) = try_run(17, node, inputs).unwrap();
    assert_eq!(finding, None);
    output
}

fn fault(node: NodeProto, inputs: &[Tensor<'static>]) -> String {
    match try_run(17, node, inputs) {
        Err(Trouble::Invalid(message) | Trouble::Unsupported(message)) => message,
        Ok(found) => panic!("computed {found:?}"),
    }
}

fn float(shape: &[usize], values: &[f32]) -> Tensor<'static> {
    Tensor::new(Shape::from_slice(shape), values.to_vec())
}

fn int(shape: &[usize], values: &[i64]) -> Tensor<'static> {
    Tensor::new(Shape::from_slice(shape), values.to_vec())
}

fn bools(shape: &[usize], values: &[bool]) -> Tensor<'static> {
    Tensor::new(Shape::from_slice(shape), values.to_vec())
}

fn texts(shape: &[usize], values: &[&'static str]) -> Tensor<'static> {
    let values: Vec<Cow<'static, str>> = values.iter().copied().map(Cow::Borrowed).collect();
    Tensor::new(Shape::from_slice(shape), values)
}

fn op(name: &str) -> NodeProto {
    node(name, &[], &[])
}

const NAN: f32 = f32::NAN;
