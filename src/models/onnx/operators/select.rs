//! Gather, GatherElements and Slice: parts of a tensor.

use smallvec::smallvec;

use super::axis;
use super::broadcast::Steps;
use crate::models::onnx::operators::{Findings, Inputs};
use crate::models::onnx::tensor::{Element, Shape, Tensor, for_each_kind, length_of};
use crate::models::onnx::trouble::Fault;

/// Places along an axis of that length. One that is not there is what the values are to blame for.
fn places(
    indices: &Tensor<'_>,
    length: usize,
    findings: &mut Findings,
) -> Result<Vec<usize>, Fault> {
    if length == 0 {
        return Err(Fault::new("the axis is empty"));
    }
    let place = |index: &i64| {
        axis(*index, length).unwrap_or_else(|_| {
            findings.report(|| format!("there is no element {index} among {length}"));
            0
        })
    };
    Ok(indices.integers()?.iter().map(place).collect())
}

/// The parts of the first input that the second one numbers.
pub fn gather<'m>(
    inputs: &Inputs<'_, 'm>,
    number: i64,
    findings: &mut Findings,
) -> Result<Tensor<'m>, Fault> {
    let (input, indices) = (inputs.get(0)?, inputs.get(1)?);
    let axis = axis(number, input.shape.len())?;
    let places = places(indices, input.shape[axis], findings)?;
    let mut shape = Shape::from_slice(&input.shape[..axis]);
    shape.extend_from_slice(&indices.shape);
    shape.extend_from_slice(&input.shape[axis + 1..]);
    let length = input.shape[axis];
    let inner: usize = input.shape[axis + 1..].iter().product();
    for_each_kind!(&input.data, elements => {
        gathered(elements, shape, length, inner, &places)
    })
}

fn gathered<'m, T: Element<'m>>(
    elements: &[T],
    shape: Shape,
    length: usize,
    inner: usize,
    places: &[usize],
) -> Result<Tensor<'m>, Fault> {
    let mut gathered: Vec<T> = Vec::with_capacity(length_of(&shape, size_of::<T>())?);
    if elements.is_empty() {
        return Ok(Tensor::new(shape, gathered));
    }
    for block in elements.chunks_exact(length * inner) {
        for place in places {
            gathered.extend_from_slice(&block[place * inner..(place + 1) * inner]);
        }
    }
    Ok(Tensor::new(shape, gathered))
}

/// For each index an element of its own line along an axis.
pub fn gather_elements<'m>(
    inputs: &Inputs<'_, 'm>,
    number: i64,
    findings: &mut Findings,
) -> Result<Tensor<'m>, Fault> {
    let (input, indices) = (inputs.get(0)?, inputs.get(1)?);
    let axes = input.shape.len();
    let axis = axis(number, axes)?;
    let fits = indices.shape.len() == axes
        && (0..axes).all(|other| other == axis || indices.shape[other] <= input.shape[other]);
    if !fits {
        return Err(Fault::new("the indices do not fit the input"));
    }
    let places = places(indices, input.shape[axis], findings)?;
    let mut strides: Shape = smallvec![1; axes];
    for axis in (1..axes).rev() {
        strides[axis - 1] = strides[axis] * input.shape[axis];
    }
    let stride = std::mem::replace(&mut strides[axis], 0);
    let mut steps = Steps::with_strides(&indices.shape, strides);
    let places: Vec<usize> = places
        .into_iter()
        .map(|place| steps.next() + place * stride)
        .collect();
    for_each_kind!(&input.data, elements => picked(elements, &places, indices.shape.clone()))
}

fn picked<'m, T: Element<'m>>(
    elements: &[T],
    places: &[usize],
    shape: Shape,
) -> Result<Tensor<'m>, Fault> {
    length_of(&shape, size_of::<T>())?;
    let picked = places.iter().map(|place| elements[*place].clone());
    Ok(Tensor::new(shape, picked.collect()))
}

/// Where slices begin and end on which axes, as old versions say it.
#[derive(Clone, Debug, Default)]
pub struct Slice {
    pub starts: Option<Vec<i64>>,
    pub ends: Option<Vec<i64>>,
    pub axes: Option<Vec<i64>>,
}

impl Slice {
    pub fn run<'m>(&self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let input = inputs.get(0)?;
        let read = |position: usize, attribute: &Option<Vec<i64>>| match inputs.optional(position) {
            Some(numbers) => numbers.integers().map(Some),
            None => Ok(attribute.clone()),
        };
        let starts = read(1, &self.starts)?.unwrap_or_default();
        let ends = read(2, &self.ends)?.unwrap_or_default();
        let axes = read(3, &self.axes)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
        let steps = read(4, &None)?.unwrap_or_else(|| vec![1; starts.len()]);
        let counts = [ends.len(), axes.len(), steps.len()];
        if counts.iter().any(|count| *count != starts.len()) {
            return Err(Fault::new(
                "expected as many starts as ends, axes and steps",
            ));
        }
        let mut ranges: Vec<Range> = input
            .shape
            .iter()
            .map(|length| Range::all(*length))
            .collect();
        for (position, number) in axes.iter().enumerate() {
            let axis = axis(*number, input.shape.len())?;
            let (start, end, step) = (starts[position], ends[position], steps[position]);
            ranges[axis] = Range::new(start, end, step, input.shape[axis])?;
        }
        let shape = ranges.iter().map(|range| range.count).collect();
        for_each_kind!(&input.data, elements => sliced(elements, &input.shape, &ranges, shape))
    }
}

/// What is taken of an axis.
struct Range {
    first: usize,
    step: i64,
    count: usize,
}

impl Range {
    fn all(length: usize) -> Self {
        Self {
            first: 0,
            step: 1,
            count: length,
        }
    }

    fn new(start: i64, end: i64, step: i64, length: usize) -> Result<Self, Fault> {
        if step == 0 {
            return Err(Fault::new("a step of zero"));
        }
        let length = length as i64;
        let from_front = |number: i64| {
            if number < 0 {
                number.saturating_add(length)
            } else {
                number
            }
        };
        let (start, end) = (from_front(start), from_front(end));
        let (first, end) = if step > 0 {
            (start.clamp(0, length), end.clamp(0, length))
        } else {
            (start.clamp(-1, length - 1), end.clamp(-1, length - 1))
        };
        let distance = if step > 0 { end - first } else { first - end };
        let count = if distance > 0 {
            (distance as u64).div_ceil(step.unsigned_abs()) as usize
        } else {
            0
        };
        Ok(Self {
            first: first.max(0) as usize,
            step,
            count,
        })
    }

    fn place(&self, index: usize) -> usize {
        (self.first as i64 + self.step * index as i64) as usize
    }
}

fn sliced<'m, T: Element<'m>>(
    elements: &[T],
    own: &[usize],
    ranges: &[Range],
    shape: Shape,
) -> Result<Tensor<'m>, Fault> {
    let length = length_of(&shape, size_of::<T>())?;
    let mut at: Shape = smallvec![0; own.len()];
    let mut sliced = Vec::with_capacity(length);
    for _ in 0..length {
        let axes = own.iter().zip(ranges).zip(&at);
        let place = axes.fold(0, |place, ((length, range), index)| {
            place * length + range.place(*index)
        });
        sliced.push(elements[place].clone());
        for axis in (0..own.len()).rev() {
            at[axis] += 1;
            if at[axis] < shape[axis] {
                break;
            }
            at[axis] = 0;
        }
    }
    Ok(Tensor::new(shape, sliced))
}
