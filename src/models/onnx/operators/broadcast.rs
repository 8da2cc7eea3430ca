//! Brings the shapes of two tensors together: an axis of length 1 is repeated, missing axes in front are added.

use smallvec::smallvec;

use crate::models::onnx::tensor::{Dimensions, Shape, length_of};
use crate::models::onnx::trouble::Fault;

/// The shape of what two tensors make.
pub fn common_shape(left: &[usize], right: &[usize]) -> Result<Shape, Fault> {
    let axes = left.len().max(right.len());
    let length = |shape: &[usize], axis: usize| {
        let missing = axes - shape.len();
        if axis < missing {
            1
        } else {
            shape[axis - missing]
        }
    };
    let axis = |axis| match (length(left, axis), length(right, axis)) {
        (one, other) if one == other => Ok(one),
        (1, other) => Ok(other),
        (one, 1) => Ok(one),
        _ => Err(Fault::new(format!(
            "the shapes {} and {} do not fit together",
            Dimensions(left),
            Dimensions(right)
        ))),
    };
    (0..axes).map(axis).collect()
}

/// Walks over the elements of a tensor as if it had another shape, which it must fit.
#[derive(Debug)]
pub struct Steps {
    /// The shape that is walked over, with what each axis moves in the tensor.
    axes: Shape,
    strides: Shape,
    at: Shape,
    position: usize,
}

impl Steps {
    pub fn new(own: &[usize], shape: &[usize]) -> Self {
        let missing = shape.len() - own.len();
        let mut strides: Shape = smallvec![0; shape.len()];
        let mut stride = 1;
        for axis in (0..own.len()).rev() {
            if own[axis] > 1 {
                strides[missing + axis] = stride;
            }
            stride *= own[axis];
        }
        Self::with_strides(shape, strides)
    }

    /// Walks over a shape with steps of one's own.
    pub fn with_strides(shape: &[usize], strides: Shape) -> Self {
        Self {
            axes: Shape::from_slice(shape),
            at: smallvec![0; shape.len()],
            strides,
            position: 0,
        }
    }

    /// The position of the next element in the tensor. Past the last one it begins again.
    pub fn next(&mut self) -> usize {
        let position = self.position;
        for axis in (0..self.axes.len()).rev() {
            self.at[axis] += 1;
            self.position += self.strides[axis];
            if self.at[axis] < self.axes[axis] {
                break;
            }
            self.position -= self.strides[axis] * self.at[axis];
            self.at[axis] = 0;
        }
        position
    }
}

/// Combines the elements of two tensors, one by one.
pub fn combine<A, B, R>(
    (left, left_shape): (&[A], &[usize]),
    (right, right_shape): (&[B], &[usize]),
    combine: impl Fn(&A, &B) -> R,
) -> Result<(Shape, Vec<R>), Fault> {
    let shape = common_shape(left_shape, right_shape)?;
    let length = length_of(&shape, size_of::<R>())?;
    let combined = if length == 0 {
        Vec::new()
    } else if left.len() == length && right.len() == length {
        let pairs = left.iter().zip(right);
        pairs.map(|(left, right)| combine(left, right)).collect()
    } else if let ([right], true) = (right, left.len() == length) {
        left.iter().map(|left| combine(left, right)).collect()
    } else if let ([left], true) = (left, right.len() == length) {
        right.iter().map(|right| combine(left, right)).collect()
    } else if left.len() == length && is_repeated(right_shape, &shape) {
        // A row for each row.
        let rows = left.chunks_exact(right.len());
        rows.flat_map(|row| row.iter().zip(right))
            .map(|(left, right)| combine(left, right))
            .collect()
    } else {
        let mut left_steps = Steps::new(left_shape, &shape);
        let mut right_steps = Steps::new(right_shape, &shape);
        (0..length)
            .map(|_| combine(&left[left_steps.next()], &right[right_steps.next()]))
            .collect()
    };
    Ok((shape, combined))
}

/// Whether a tensor is only repeated as a whole.
fn is_repeated(own: &[usize], shape: &[usize]) -> bool {
    let first = own.iter().position(|length| *length != 1);
    first.is_some_and(|first| shape.ends_with(&own[first..]))
}
