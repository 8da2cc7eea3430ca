//! Reductions (ReduceSum and its like) and CumSum.

use smallvec::smallvec;

use super::axis;
use super::broadcast::Steps;
use crate::models::onnx::operators::Inputs;
use crate::models::onnx::tensor::{Data, Element, Shape, Tensor, length_of};
use crate::models::onnx::trouble::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
pub enum Reduction {
    #[strum(serialize = "ReduceSum")]
    Sum,
    #[strum(serialize = "ReduceMean")]
    Mean,
    #[strum(serialize = "ReduceMax")]
    Max,
    #[strum(serialize = "ReduceMin")]
    Min,
    #[strum(serialize = "ReduceProd")]
    Product,
    #[strum(serialize = "ReduceL1")]
    L1,
    #[strum(serialize = "ReduceL2")]
    L2,
    #[strum(serialize = "ReduceSumSquare")]
    SumSquare,
    #[strum(serialize = "ReduceLogSumExp")]
    LogSumExp,
}

/// A reduction over axes.
#[derive(Clone, Debug)]
pub struct Reduce {
    pub reduction: Reduction,
    /// As old versions say them; new ones have them as an input.
    pub axes: Option<Vec<i64>>,
    pub keeps_axes: bool,
    /// Whether no axes mean that nothing is reduced instead of everything.
    pub none_is_nothing: bool,
}

/// Where elements go: the shape of the result, its shape with the axes that were reduced, and the steps through it.
struct Target {
    shape: Shape,
    strides: Shape,
    length: usize,
}

impl Reduce {
    pub fn run<'m>(&self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let input = inputs.get(0)?;
        let axes = match inputs.optional(1) {
            Some(axes) => Some(axes.integers()?),
            None => self.axes.clone(),
        };
        let axes = axes.unwrap_or_default();
        if axes.is_empty() && self.none_is_nothing {
            return Ok(input.clone());
        }
        let target = self.target(&input.shape, &axes)?;
        match &input.data {
            Data::Float(numbers) => self.reduce(input, numbers, target, |n| n.into(), |n| n as f32),
            Data::Double(numbers) => self.reduce(input, numbers, target, |n| n, |n| n),
            Data::Int64(numbers) => {
                self.reduce_integers(input, numbers, target, |number| number, |number| number)
            }
            Data::Int32(numbers) => {
                self.reduce_integers(input, numbers, target, i64::from, |number| number as i32)
            }
            Data::Bool(_) | Data::Text(_) => Err(Fault::new("it is computed of numbers only")),
        }
    }

    fn target(&self, shape: &[usize], axes: &[i64]) -> Result<Target, Fault> {
        let mut is_reduced = vec![axes.is_empty(); shape.len()];
        for number in axes {
            is_reduced[axis(*number, shape.len())?] = true;
        }
        let mut strides: Shape = smallvec![0; shape.len()];
        let mut length = 1;
        for axis in (0..shape.len()).rev().filter(|axis| !is_reduced[*axis]) {
            strides[axis] = length;
            length *= shape[axis];
        }
        let kept = shape
            .iter()
            .zip(&is_reduced)
            .filter_map(|(length, is_reduced)| match (is_reduced, self.keeps_axes) {
                (false, _) => Some(*length),
                (true, true) => Some(1),
                (true, false) => None,
            });
        Ok(Target {
            shape: kept.collect(),
            strides,
            length: length_of(&[length], size_of::<f64>())?,
        })
    }

    /// In double precision, whatever the numbers are.
    fn reduce<'m, T: Element<'m> + Copy>(
        &self,
        input: &Tensor<'m>,
        numbers: &[T],
        target: Target,
        wide: impl Fn(T) -> f64,
        narrow: impl Fn(f64) -> T,
    ) -> Result<Tensor<'m>, Fault> {
        let steps = || Steps::with_strides(&input.shape, target.strides.clone());
        let gather = |first: f64, add: &dyn Fn(f64, f64) -> f64| {
            let mut sums = vec![first; target.length];
            let mut steps = steps();
            for number in numbers {
                let sum = &mut sums[steps.next()];
                *sum = add(*sum, wide(*number));
            }
            sums
        };
        let count = numbers.len().checked_div(target.length).unwrap_or(0);
        let reduced = match self.reduction {
            Reduction::Sum => gather(0.0, &|sum, number| sum + number),
            Reduction::Mean => {
                let mut sums = gather(0.0, &|sum, number| sum + number);
                sums.iter_mut().for_each(|sum| *sum /= count as f64);
                sums
            }
            Reduction::Max => gather(f64::NEG_INFINITY, &greater),
            Reduction::Min => gather(f64::INFINITY, &|one, other| -greater(-one, -other)),
            Reduction::Product => gather(1.0, &|product, number| product * number),
            Reduction::L1 => gather(0.0, &|sum, number| sum + number.abs()),
            Reduction::SumSquare => gather(0.0, &|sum, number| sum + number * number),
            Reduction::L2 => {
                let mut sums = gather(0.0, &|sum, number| sum + number * number);
                sums.iter_mut().for_each(|sum| *sum = sum.sqrt());
                sums
            }
            Reduction::LogSumExp => {
                let greatest = gather(f64::NEG_INFINITY, &greater);
                let mut sums = vec![0.0; target.length];
                let mut steps = steps();
                for number in numbers {
                    let place = steps.next();
                    // Infinity less infinity would be NaN.
                    let shift = if greatest[place].is_infinite() {
                        0.0
                    } else {
                        greatest[place]
                    };
                    sums[place] += (wide(*number) - shift).exp();
                }
                let logs = sums.iter().zip(&greatest).map(|(sum, greatest)| {
                    let shift = if greatest.is_infinite() {
                        0.0
                    } else {
                        *greatest
                    };
                    sum.ln() + shift
                });
                logs.collect()
            }
        };
        let reduced = reduced.into_iter().map(narrow).collect();
        Ok(Tensor::new(target.shape, reduced))
    }

    fn reduce_integers<'m, T: Element<'m> + Copy>(
        &self,
        input: &Tensor<'m>,
        numbers: &[T],
        target: Target,
        wide: impl Fn(T) -> i64,
        narrow: impl Fn(i64) -> T,
    ) -> Result<Tensor<'m>, Fault> {
        let (first, add): (i64, fn(i64, i64) -> i64) = match self.reduction {
            Reduction::Sum => (0, i64::wrapping_add),
            Reduction::Max => (i64::MIN, i64::max),
            Reduction::Min => (i64::MAX, i64::min),
            Reduction::Product => (1, i64::wrapping_mul),
            _ => {
                return Err(Fault::new(format!(
                    "it is not computed of {}",
                    input.kind()
                )));
            }
        };
        let mut sums = vec![first; target.length];
        let mut steps = Steps::with_strides(&input.shape, target.strides);
        for number in numbers {
            let sum = &mut sums[steps.next()];
            *sum = add(*sum, wide(*number));
        }
        let sums = sums.into_iter().map(narrow).collect();
        Ok(Tensor::new(target.shape, sums))
    }
}

/// The greater number; NaN wins.
fn greater(one: f64, other: f64) -> f64 {
    if one > other || one.is_nan() {
        one
    } else {
        other
    }
}

/// Sums up along an axis.
#[derive(Clone, Copy, Debug)]
pub struct CumSum {
    pub is_exclusive: bool,
    pub is_reverse: bool,
}

impl CumSum {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let input = inputs.get(0)?;
        let [number] = inputs.get(1)?.integers()?[..] else {
            return Err(Fault::new("the axis is not one number"));
        };
        let axis = axis(number, input.shape.len())?;
        match &input.data {
            Data::Float(numbers) => self.sum_up(input, numbers, axis, |sum, number| sum + number),
            Data::Double(numbers) => self.sum_up(input, numbers, axis, |sum, number| sum + number),
            Data::Int64(numbers) => self.sum_up(input, numbers, axis, i64::wrapping_add),
            Data::Int32(numbers) => self.sum_up(input, numbers, axis, i32::wrapping_add),
            Data::Bool(_) | Data::Text(_) => Err(Fault::new("it is computed of numbers only")),
        }
    }

    fn sum_up<'m, T: Element<'m> + Copy>(
        self,
        input: &Tensor<'m>,
        numbers: &[T],
        axis: usize,
        add: impl Fn(T, T) -> T,
    ) -> Result<Tensor<'m>, Fault> {
        let length = input.shape[axis];
        let inner: usize = input.shape[axis + 1..].iter().product();
        let mut sums = numbers.to_vec();
        if sums.is_empty() {
            return Ok(input.clone());
        }
        for (block, numbers) in sums
            .chunks_exact_mut(length * inner)
            .zip(numbers.chunks_exact(length * inner))
        {
            for offset in 0..inner {
                let mut sum = T::default();
                for step in 0..length {
                    let step = if self.is_reverse {
                        length - 1 - step
                    } else {
                        step
                    };
                    let place = step * inner + offset;
                    let before = sum;
                    sum = add(sum, numbers[place]);
                    block[place] = if self.is_exclusive { before } else { sum };
                }
            }
        }
        Ok(Tensor::new(input.shape.clone(), sums))
    }
}
