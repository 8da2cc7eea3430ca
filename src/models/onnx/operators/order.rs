//! ArgMax, ArgMin and TopK.

use std::cmp::Ordering;

use smallvec::{SmallVec, smallvec};

use super::axis;
use crate::models::onnx::operators::{Findings, Inputs, Operator, Outputs};
use crate::models::onnx::tensor::{Data, Element, Shape, Tensor, length_of};
use crate::models::onnx::trouble::Fault;

/// The position of the greatest (or least) element along an axis.
#[derive(Clone, Copy, Debug)]
pub struct Arg {
    pub axis: i64,
    pub keeps_axis: bool,
    pub is_least: bool,
    /// Which one of equals.
    pub takes_last: bool,
}

impl Arg {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let input = inputs.get(0)?;
        match &input.data {
            Data::Float(numbers) => self.find(input, numbers),
            Data::Double(numbers) => self.find(input, numbers),
            Data::Int64(numbers) => self.find(input, numbers),
            Data::Int32(numbers) => self.find(input, numbers),
            Data::Bool(_) | Data::Text(_) => Err(Fault::new("it is computed of numbers only")),
        }
    }

    fn find<'m, T: PartialOrd>(
        self,
        input: &Tensor<'m>,
        numbers: &[T],
    ) -> Result<Tensor<'m>, Fault> {
        let lanes = Lanes::new(&input.shape, self.axis)?;
        if lanes.length == 0 {
            return Err(Fault::new("the axis is empty"));
        }
        let is_better = |one: &T, other: &T| match one.partial_cmp(other) {
            Some(Ordering::Greater) => !self.is_least,
            Some(Ordering::Less) => self.is_least,
            Some(Ordering::Equal) => self.takes_last,
            None => false,
        };
        let found = lanes.starts().map(|start| {
            let at = |step: usize| &numbers[start + step * lanes.stride];
            let mut best = 0;
            for step in 1..lanes.length {
                if is_better(at(step), at(best)) {
                    best = step;
                }
            }
            best as i64
        });
        let found = found.collect();
        let mut shape = input.shape.clone();
        if self.keeps_axis {
            shape[lanes.axis] = 1;
        } else {
            shape.remove(lanes.axis);
        }
        Ok(Tensor::new(shape, found))
    }
}

/// The lines of elements along an axis.
struct Lanes {
    axis: usize,
    length: usize,
    stride: usize,
    outer: usize,
}

impl Lanes {
    fn new(shape: &[usize], number: i64) -> Result<Self, Fault> {
        let axis = axis(number, shape.len())?;
        Ok(Self {
            axis,
            length: shape[axis],
            stride: shape[axis + 1..].iter().product(),
            outer: shape[..axis].iter().product(),
        })
    }

    /// Where each line begins.
    fn starts(&self) -> impl Iterator<Item = usize> {
        let (stride, length) = (self.stride, self.length);
        (0..self.outer)
            .flat_map(move |outer| (0..stride).map(move |inner| outer * length * stride + inner))
    }
}

/// The greatest (or least) elements along an axis with their positions, in order.
#[derive(Clone, Copy, Debug)]
pub struct TopK {
    pub axis: i64,
    pub is_least: bool,
    /// How many, as old versions say it.
    pub count: Option<i64>,
}

impl Operator for TopK {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        let count = match inputs.optional(1) {
            Some(count) => count.integers()?.first().copied(),
            None => self.count,
        };
        let count = count.and_then(|count| usize::try_from(count).ok());
        let count = count.ok_or_else(|| Fault::new("it does not say how many"))?;
        match &input.data {
            Data::Float(numbers) => self.find(input, numbers, count),
            Data::Double(numbers) => self.find(input, numbers, count),
            Data::Int64(numbers) => self.find(input, numbers, count),
            Data::Int32(numbers) => self.find(input, numbers, count),
            Data::Bool(_) | Data::Text(_) => Err(Fault::new("it is computed of numbers only")),
        }
    }
}

impl TopK {
    fn find<'m, T: Element<'m> + Copy + PartialOrd>(
        self,
        input: &Tensor<'m>,
        numbers: &[T],
        count: usize,
    ) -> Result<Outputs<'m>, Fault> {
        let lanes = Lanes::new(&input.shape, self.axis)?;
        if count > lanes.length {
            return Err(Fault::new(format!(
                "{count} of {} elements are asked for",
                lanes.length
            )));
        }
        let mut shape: Shape = input.shape.clone();
        shape[lanes.axis] = count;
        let length = length_of(&shape, size_of::<i64>())?;
        let mut values = vec![T::default(); length];
        let mut positions = vec![0_i64; length];
        let mut order: Vec<usize> = Vec::with_capacity(lanes.length);
        for (lane, start) in lanes.starts().enumerate() {
            let at = |step: usize| numbers[start + step * lanes.stride];
            order.clear();
            order.extend(0..lanes.length);
            order.sort_by(|one, other| {
                let ordering = at(*one).partial_cmp(&at(*other)).unwrap_or(Ordering::Equal);
                if self.is_least {
                    ordering
                } else {
                    ordering.reverse()
                }
            });
            let (outer, inner) = (lane / lanes.stride, lane % lanes.stride);
            for (step, found) in order.iter().take(count).enumerate() {
                let place = (outer * count + step) * lanes.stride + inner;
                values[place] = at(*found);
                positions[place] = *found as i64;
            }
        }
        let outputs: SmallVec<_> = smallvec![
            Tensor::new(shape.clone(), values),
            Tensor::new(shape, positions)
        ];
        Ok(outputs)
    }
}
