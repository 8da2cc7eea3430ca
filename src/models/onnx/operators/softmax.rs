//! Softmax and LogSoftmax.

use super::axis;
use crate::models::onnx::operators::Inputs;
use crate::models::onnx::tensor::{Data, Tensor};
use crate::models::onnx::trouble::Fault;

#[derive(Clone, Copy, Debug)]
pub struct Softmax {
    pub axis: i64,
    /// Until version 13 all axes from that one on were one.
    pub joins_axes: bool,
    pub is_log: bool,
}

impl Softmax {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let input = inputs.get(0)?;
        let axis = axis(self.axis, input.shape.len())?;
        let inner: usize = input.shape[axis + 1..].iter().product();
        let (length, stride) = if self.joins_axes {
            (input.shape[axis] * inner, 1)
        } else {
            (input.shape[axis], inner)
        };
        let data = match &input.data {
            Data::Float(numbers) => {
                let wide = numbers.iter().map(|number| f64::from(*number)).collect();
                let computed = self.compute(wide, length, stride);
                Data::Float(computed.into_iter().map(|number| number as f32).collect())
            }
            Data::Double(numbers) => Data::Double(self.compute(numbers.clone(), length, stride)),
            _ => return Err(Fault::new("it is computed of float and double only")),
        };
        Ok(Tensor {
            shape: input.shape.clone(),
            data,
        })
    }

    fn compute(self, mut numbers: Vec<f64>, length: usize, stride: usize) -> Vec<f64> {
        if numbers.is_empty() {
            return numbers;
        }
        for block in numbers.chunks_exact_mut(length * stride) {
            for offset in 0..stride {
                let places = (0..length).map(|step| step * stride + offset);
                let greatest = places.clone().map(|place| block[place]);
                let greatest = greatest.fold(f64::NEG_INFINITY, f64::max);
                let sum: f64 = places
                    .clone()
                    .map(|place| (block[place] - greatest).exp())
                    .sum();
                for place in places {
                    let shifted = block[place] - greatest;
                    block[place] = if self.is_log {
                        shifted - sum.ln()
                    } else {
                        shifted.exp() / sum
                    };
                }
            }
        }
        numbers
    }
}
