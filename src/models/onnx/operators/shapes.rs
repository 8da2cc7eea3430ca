//! Operators that change the shapes of tensors, put them together, or make them.

use smallvec::smallvec;

use super::axis;
use super::broadcast::{Steps, common_shape};
use crate::models::onnx::operators::Inputs;
use crate::models::onnx::tensor::{Dimensions, Element, Shape, Tensor, for_each_kind, length_of};
use crate::models::onnx::trouble::Fault;

/// `keeps_zeros`: 0 is a length; otherwise it stands for the length that the input has there.
pub fn reshape<'m>(inputs: &Inputs<'_, 'm>, keeps_zeros: bool) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let wanted = inputs.get(1)?.integers()?;
    let no_fit = || {
        Fault::new(format!(
            "a tensor of the shape {} has no shape {wanted:?}",
            Dimensions(&input.shape)
        ))
    };
    let mut shape = Shape::with_capacity(wanted.len());
    let mut open = None;
    for (position, length) in wanted.iter().enumerate() {
        shape.push(match *length {
            -1 if open.replace(position).is_none() => 1,
            0 if !keeps_zeros => *input.shape.get(position).ok_or_else(no_fit)?,
            length => usize::try_from(length).map_err(|_| no_fit())?,
        });
    }
    let known = shape
        .iter()
        .try_fold(1_usize, |product, length| product.checked_mul(*length));
    let known = known.ok_or_else(no_fit)?;
    if let Some(open) = open {
        if known == 0 || !input.len().is_multiple_of(known) {
            return Err(no_fit());
        }
        shape[open] = input.len() / known;
    } else if known != input.len() {
        return Err(no_fit());
    }
    length_of(&shape, 1)?;
    Ok(input.reshaped(shape))
}

/// A matrix: the axes before that one, and the others.
pub fn flatten<'m>(inputs: &Inputs<'_, 'm>, number: i64) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let axes = input.shape.len();
    let split = if number == axes as i64 {
        axes
    } else {
        axis(number, axes)?
    };
    let (before, behind) = input.shape.split_at(split);
    Ok(input.reshaped(smallvec![before.iter().product(), behind.iter().product()]))
}

/// Axes from the second input, or as old versions say them.
fn axes_of(inputs: &Inputs<'_, '_>, axes: Option<&[i64]>) -> Result<Option<Vec<i64>>, Fault> {
    match inputs.optional(1) {
        Some(axes) => axes.integers().map(Some),
        None => Ok(axes.map(<[i64]>::to_vec)),
    }
}

/// Takes axes of length 1 away.
pub fn squeeze<'m>(inputs: &Inputs<'_, 'm>, axes: Option<&[i64]>) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let mut is_taken: Vec<bool> = input.shape.iter().map(|length| *length == 1).collect();
    if let Some(axes) = axes_of(inputs, axes)? {
        let numbers = axes.iter().map(|number| axis(*number, input.shape.len()));
        let numbers: Vec<usize> = numbers.collect::<Result<_, _>>()?;
        if numbers.iter().any(|axis| !is_taken[*axis]) {
            return Err(Fault::new(format!(
                "not all axes {axes:?} of the shape {} are of length 1",
                Dimensions(&input.shape)
            )));
        }
        is_taken.fill(false);
        numbers.iter().for_each(|axis| is_taken[*axis] = true);
    }
    let kept = input.shape.iter().zip(is_taken);
    let kept = kept.filter_map(|(length, is_taken)| (!is_taken).then_some(*length));
    Ok(input.reshaped(kept.collect()))
}

/// Adds axes of length 1.
pub fn unsqueeze<'m>(inputs: &Inputs<'_, 'm>, axes: Option<&[i64]>) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let added = axes_of(inputs, axes)?.unwrap_or_default();
    let count = input.shape.len() + added.len();
    let mut is_added = vec![false; count];
    for number in &added {
        if std::mem::replace(&mut is_added[axis(*number, count)?], true) {
            return Err(Fault::new(format!("the axis {number} is added twice")));
        }
    }
    let mut own = input.shape.iter();
    let shape = is_added.iter().map(|is_added| {
        if *is_added {
            1
        } else {
            own.next().copied().unwrap_or(1)
        }
    });
    Ok(input.reshaped(shape.collect()))
}

/// The shape of the input, or a part of it.
pub fn shape_of<'m>(
    inputs: &Inputs<'_, 'm>,
    start: i64,
    end: Option<i64>,
) -> Result<Tensor<'m>, Fault> {
    let shape = &inputs.get(0)?.shape;
    let axes = shape.len() as i64;
    let place = |number: i64| {
        let from_front = if number < 0 {
            number.saturating_add(axes)
        } else {
            number
        };
        from_front.clamp(0, axes) as usize
    };
    let (start, end) = (place(start), place(end.unwrap_or(axes)));
    let lengths: Vec<i64> = shape[start.min(end)..end]
        .iter()
        .map(|length| *length as i64)
        .collect();
    Ok(Tensor::new(smallvec![lengths.len()], lengths))
}

/// Lengths that an input has.
fn lengths(tensor: &Tensor<'_>) -> Result<Shape, Fault> {
    let lengths = tensor.integers()?;
    let lengths = lengths.iter().map(|length| usize::try_from(*length));
    lengths
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::new("a length below zero"))
}

/// Repeats a tensor until it has a shape.
pub fn expand<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let shape = common_shape(&input.shape, &lengths(inputs.get(1)?)?)?;
    let steps = Steps::new(&input.shape, &shape);
    for_each_kind!(&input.data, elements => walk(elements, steps, shape))
}

/// The elements in the order of steps.
fn walk<'m, T: Element<'m>>(
    elements: &[T],
    mut steps: Steps,
    shape: Shape,
) -> Result<Tensor<'m>, Fault> {
    let length = length_of(&shape, size_of::<T>())?;
    let walked = (0..length)
        .map(|_| elements[steps.next()].clone())
        .collect();
    Ok(Tensor::new(shape, walked))
}

/// Exchanges axes; without an order, they are reversed.
pub fn transpose<'m>(inputs: &Inputs<'_, 'm>, order: Option<&[i64]>) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let axes = input.shape.len();
    let order: Vec<usize> = match order {
        None => (0..axes).rev().collect(),
        Some(order) => {
            let order = order.iter().map(|number| axis(*number, axes));
            order.collect::<Result<_, _>>()?
        }
    };
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().ne(0..axes) {
        return Err(Fault::new("the axes are not each named once"));
    }
    let mut strides: Shape = smallvec![1; axes];
    for axis in (1..axes).rev() {
        strides[axis - 1] = strides[axis] * input.shape[axis];
    }
    let shape: Shape = order.iter().map(|axis| input.shape[*axis]).collect();
    let steps = Steps::with_strides(&shape, order.iter().map(|axis| strides[*axis]).collect());
    for_each_kind!(&input.data, elements => walk(elements, steps, shape))
}

/// Puts tensors behind each other along an axis.
pub fn concat<'m>(inputs: &Inputs<'_, 'm>, number: i64) -> Result<Tensor<'m>, Fault> {
    let first = inputs.get(0)?;
    let axis = axis(number, first.shape.len())?;
    let mut shape = first.shape.clone();
    shape[axis] = 0;
    for input in inputs.all() {
        let own = &input?.shape;
        let fits = own.len() == shape.len()
            && (0..own.len()).all(|other| other == axis || own[other] == shape[other]);
        if !fits {
            return Err(Fault::new(format!(
                "the shapes {} and {} do not fit together",
                Dimensions(&first.shape),
                Dimensions(own)
            )));
        }
        shape[axis] = shape[axis]
            .checked_add(own[axis])
            .ok_or_else(|| Fault::new("the tensors are too large"))?;
    }
    for_each_kind!(&first.data, elements => joined(inputs, elements, axis, shape))
}

/// `_first` tells the type of the elements.
fn joined<'m, T: Element<'m>>(
    inputs: &Inputs<'_, 'm>,
    _first: &[T],
    axis: usize,
    shape: Shape,
) -> Result<Tensor<'m>, Fault> {
    let mut joined: Vec<T> = Vec::with_capacity(length_of(&shape, size_of::<T>())?);
    let outer: usize = shape[..axis].iter().product();
    let pieces: Vec<(&[T], usize)> = inputs
        .all()
        .map(|input| {
            let input = input?;
            Ok((input.elements::<T>()?, input.shape[axis..].iter().product()))
        })
        .collect::<Result<_, Fault>>()?;
    for block in 0..outer {
        for (elements, length) in &pieces {
            joined.extend_from_slice(&elements[block * length..(block + 1) * length]);
        }
    }
    Ok(Tensor::new(shape, joined))
}

/// A tensor of a shape, filled with one value.
pub fn constant_of_shape<'m>(
    inputs: &Inputs<'_, 'm>,
    value: &Tensor<'static>,
) -> Result<Tensor<'m>, Fault> {
    let shape = lengths(inputs.get(0)?)?;
    for_each_kind!(&value.data, elements => filled(elements, shape))
}

fn filled<'m, T: Element<'m>>(value: &[T], shape: Shape) -> Result<Tensor<'m>, Fault> {
    let [value] = value else {
        return Err(Fault::new("the value is not one element"));
    };
    let length = length_of(&shape, size_of::<T>())?;
    Ok(Tensor::new(shape, vec![value.clone(); length]))
}
