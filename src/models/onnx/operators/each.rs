//! Operators that change each element for itself.

use crate::models::onnx::operators::Inputs;
use crate::models::onnx::tensor::{Data, Tensor};
use crate::models::onnx::trouble::Fault;

/// Functions of numbers with a fraction.
#[derive(Clone, Copy, Debug, strum::EnumString)]
pub enum Each {
    Abs,
    Ceil,
    Exp,
    Floor,
    Log,
    Neg,
    Reciprocal,
    Relu,
    Sigmoid,
    Sqrt,
    Tanh,
}

macro_rules! function {
    ($each:expr, $number:ident) => {
        match $each {
            Each::Abs => $number::abs,
            Each::Ceil => $number::ceil,
            Each::Exp => $number::exp,
            Each::Floor => $number::floor,
            Each::Log => $number::ln,
            Each::Neg => |number: $number| -number,
            Each::Reciprocal => |number: $number| 1.0 / number,
            // NaN stays NaN.
            Each::Relu => |number: $number| if number < 0.0 { 0.0 } else { number },
            Each::Sigmoid => |number: $number| {
                let positive = 1.0 / (1.0 + (-number.abs()).exp());
                if number < 0.0 {
                    1.0 - positive
                } else {
                    positive
                }
            },
            Each::Sqrt => $number::sqrt,
            Each::Tanh => $number::tanh,
        }
    };
}

impl Each {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let input = inputs.get(0)?;
        let data = match &input.data {
            Data::Float(numbers) => {
                let function: fn(f32) -> f32 = function!(self, f32);
                Data::Float(numbers.iter().copied().map(function).collect())
            }
            Data::Double(numbers) => {
                let function: fn(f64) -> f64 = function!(self, f64);
                Data::Double(numbers.iter().copied().map(function).collect())
            }
            Data::Int64(numbers) => {
                let function: fn(i64) -> i64 = match self {
                    Self::Abs => i64::wrapping_abs,
                    Self::Neg => i64::wrapping_neg,
                    Self::Relu => |number| number.max(0),
                    _ => return Err(wrong(input)),
                };
                Data::Int64(numbers.iter().copied().map(function).collect())
            }
            Data::Int32(numbers) => {
                let function: fn(i32) -> i32 = match self {
                    Self::Abs => i32::wrapping_abs,
                    Self::Neg => i32::wrapping_neg,
                    Self::Relu => |number| number.max(0),
                    _ => return Err(wrong(input)),
                };
                Data::Int32(numbers.iter().copied().map(function).collect())
            }
            Data::Bool(_) | Data::Text(_) => return Err(wrong(input)),
        };
        Ok(Tensor {
            shape: input.shape.clone(),
            data,
        })
    }
}

fn wrong(input: &Tensor<'_>) -> Fault {
    Fault::new(format!("it is not computed of {}", input.kind()))
}

pub fn not<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let truths = input.elements::<bool>()?.iter().map(|truth| !truth);
    Ok(Tensor::new(input.shape.clone(), truths.collect()))
}

pub fn is_nan<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let truths: Vec<bool> = match &input.data {
        Data::Float(numbers) => numbers.iter().map(|number| number.is_nan()).collect(),
        Data::Double(numbers) => numbers.iter().map(|number| number.is_nan()).collect(),
        _ => return Err(wrong(input)),
    };
    Ok(Tensor::new(input.shape.clone(), truths))
}

pub fn identity<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    inputs.get(0).cloned()
}
