//! Cast: elements of one type from those of another.

use std::borrow::Cow;

use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::constant;
use crate::models::onnx::operators::{Findings, Inputs};
use crate::models::onnx::tensor::{Data, Kind, Tensor};
use crate::models::onnx::trouble::{Fault, Trouble};

/// The type that a node casts to.
pub fn target(attributes: &mut Attributes) -> Result<Kind, Trouble> {
    // It matters for numbers of eight bits alone.
    attributes.int("saturate")?;
    let target = attributes.int("to")?;
    let target = target.and_then(|target| i32::try_from(target).ok());
    constant::kind(target.ok_or_else(|| Trouble::invalid("it does not say what to cast to"))?)
}

pub fn cast<'m>(
    inputs: &Inputs<'_, 'm>,
    target: Kind,
    findings: &mut Findings,
) -> Result<Tensor<'m>, Fault> {
    let input = inputs.get(0)?;
    let data = match target {
        _ if target == input.kind() => input.data.clone(),
        Kind::Float => Data::Float(numbers(
            input,
            findings,
            |number| number as f32,
            |n| n as f32,
        )),
        Kind::Double => Data::Double(numbers(input, findings, |number| number, |n| n as f64)),
        Kind::Int64 => Data::Int64(numbers(input, findings, to_i64, |number| number)),
        Kind::Int32 => {
            // The lower bits, as processors do it.
            Data::Int32(numbers(input, findings, to_i32, |number| number as i32))
        }
        Kind::Bool => Data::Bool(numbers(input, findings, |n| n != 0.0, |n| n != 0)),
        Kind::Text => Data::Text(texts(input)?),
    };
    Ok(Tensor {
        shape: input.shape.clone(),
        data,
    })
}

/// The numbers of a tensor as integers, without their fractions.
pub fn integers<'t>(tensor: &'t Tensor<'_>) -> Result<Cow<'t, [i64]>, Fault> {
    Ok(match &tensor.data {
        Data::Int64(numbers) => Cow::Borrowed(numbers.as_slice()),
        Data::Int32(numbers) => numbers.iter().map(|number| i64::from(*number)).collect(),
        Data::Float(numbers) => numbers
            .iter()
            .map(|number| to_i64((*number).into()))
            .collect(),
        Data::Double(numbers) => numbers.iter().map(|number| to_i64(*number)).collect(),
        Data::Bool(_) | Data::Text(_) => {
            return Err(Fault::new(format!(
                "expected numbers, found {}",
                tensor.kind()
            )));
        }
    })
}

fn numbers<T>(
    input: &Tensor<'_>,
    findings: &mut Findings,
    from_float: impl Fn(f64) -> T,
    from_integer: impl Fn(i64) -> T,
) -> Vec<T> {
    match &input.data {
        Data::Float(numbers) => {
            let numbers = numbers.iter().map(|number| f64::from(*number));
            numbers.map(from_float).collect()
        }
        Data::Double(numbers) => numbers.iter().map(|number| from_float(*number)).collect(),
        Data::Int64(numbers) => numbers.iter().map(|number| from_integer(*number)).collect(),
        Data::Int32(numbers) => {
            let numbers = numbers.iter().map(|number| i64::from(*number));
            numbers.map(from_integer).collect()
        }
        Data::Bool(truths) => {
            let numbers = truths.iter().map(|truth| i64::from(*truth));
            numbers.map(from_integer).collect()
        }
        Data::Text(texts) => {
            let mut read = |text: &str| {
                text.trim().parse::<f64>().unwrap_or_else(|_| {
                    findings.report(|| format!("expected a number, found {text:?}"));
                    f64::NAN
                })
            };
            texts.iter().map(|text| from_float(read(text))).collect()
        }
    }
}

/// What has no integer is the least one, as on x86-64.
fn to_i64(number: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}

fn to_i32(number: f64) -> i32 {
    if number > -2_147_483_649.0 && number < 2_147_483_648.0 {
        number as i32
    } else {
        i32::MIN
    }
}

fn texts<'m>(input: &Tensor<'m>) -> Result<Vec<Cow<'m, str>>, Fault> {
    let owned = |number: &dyn ToString| Cow::Owned(number.to_string());
    Ok(match &input.data {
        Data::Int64(numbers) => numbers.iter().map(|number| owned(number)).collect(),
        Data::Int32(numbers) => numbers.iter().map(|number| owned(number)).collect(),
        Data::Text(texts) => texts.clone(),
        // Libraries write fractions in ways of their own.
        Data::Float(_) | Data::Double(_) | Data::Bool(_) => {
            return Err(Fault::new(format!(
                "texts of {} are not computed here",
                input.kind()
            )));
        }
    })
}
