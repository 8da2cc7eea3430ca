//! Where and Clip: elements from one of two tensors, elements between bounds.

use std::borrow::Cow;

use super::broadcast::{Steps, common_shape};
use crate::models::onnx::operators::Inputs;
use crate::models::onnx::tensor::{Data, Element, Tensor, length_of};
use crate::models::onnx::trouble::Fault;

/// An element of the second input where the first one is true, else of the third.
pub fn choose<'m>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    match inputs.get(1)?.data {
        Data::Float(_) => choose_from::<f32>(inputs),
        Data::Double(_) => choose_from::<f64>(inputs),
        Data::Int64(_) => choose_from::<i64>(inputs),
        Data::Int32(_) => choose_from::<i32>(inputs),
        Data::Bool(_) => choose_from::<bool>(inputs),
        Data::Text(_) => choose_from::<Cow<'m, str>>(inputs),
    }
}

fn choose_from<'m, T: Element<'m>>(inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
    let (condition, yes, no) = (inputs.get(0)?, inputs.get(1)?, inputs.get(2)?);
    let shape = common_shape(&condition.shape, &yes.shape)?;
    let shape = common_shape(&shape, &no.shape)?;
    let truths = condition.elements::<bool>()?;
    let (yes_elements, no_elements) = (yes.elements::<T>()?, no.elements::<T>()?);
    let mut truth_steps = Steps::new(&condition.shape, &shape);
    let mut yes_steps = Steps::new(&yes.shape, &shape);
    let mut no_steps = Steps::new(&no.shape, &shape);
    let length = length_of(&shape, size_of::<T>())?;
    let chosen = (0..length).map(|_| {
        let (truth, yes, no) = (truth_steps.next(), yes_steps.next(), no_steps.next());
        if truths[truth] {
            yes_elements[yes].clone()
        } else {
            no_elements[no].clone()
        }
    });
    let chosen = chosen.collect();
    Ok(Tensor::new(shape, chosen))
}

/// Elements not below the second input and not above the third, if they are given. `bounds` are those of old
/// versions.
pub fn clip<'m>(
    inputs: &Inputs<'_, 'm>,
    bounds: (Option<f32>, Option<f32>),
) -> Result<Tensor<'m>, Fault> {
    match inputs.get(0)?.data {
        Data::Float(_) => clip_numbers::<f32>(inputs, bounds),
        Data::Double(_) => {
            clip_numbers::<f64>(inputs, (bounds.0.map(f64::from), bounds.1.map(f64::from)))
        }
        Data::Int64(_) => clip_numbers::<i64>(inputs, (None, None)),
        Data::Int32(_) => clip_numbers::<i32>(inputs, (None, None)),
        Data::Bool(_) | Data::Text(_) => Err(Fault::new("it is computed of numbers only")),
    }
}

fn clip_numbers<'m, T: Element<'m> + Copy + PartialOrd>(
    inputs: &Inputs<'_, 'm>,
    bounds: (Option<T>, Option<T>),
) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let bound = |position: usize, default: Option<T>| match inputs.optional(position) {
        None => Ok(default),
        Some(bound) => match bound.elements::<T>()? {
            [bound] => Ok(Some(*bound)),
            _ => Err(Fault::new("a bound is not one number")),
        },
    };
    let (least, greatest) = (bound(1, bounds.0)?, bound(2, bounds.1)?);
    let clipped = input.elements::<T>()?.iter().map(|number| {
        let number = least.filter(|least| number < least).unwrap_or(*number);
        greatest
            .filter(|greatest| number > *greatest)
            .unwrap_or(number)
    });
    Ok(Tensor::new(input.shape.clone(), clipped.collect()))
}
