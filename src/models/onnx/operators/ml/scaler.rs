//! Scaler, Imputer, Normalizer and Binarizer: each number of a row for itself, or each row for itself.

use std::borrow::Cow;

use smallvec::smallvec;

use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::operators::{Findings, Inputs, Operator, Outputs, floats};
use crate::models::onnx::tensor::{Data, Tensor};
use crate::models::onnx::trouble::{Fault, Trouble};

/// What changes rows of numbers in place.
#[derive(Debug)]
pub enum RowStep {
    Scaler { offset: Vec<f32>, scale: Vec<f32> },
    Imputer { replaced: f32, values: Vec<f32> },
    Normalizer(Norm),
    Binarizer(f32),
}

#[derive(Clone, Copy, Debug, strum::EnumString)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Norm {
    Max,
    L1,
    L2,
}

impl RowStep {
    /// Reads a step, if that operator is one of numbers in single precision.
    pub fn read(operator: &str, attributes: &mut Attributes) -> Result<Option<Self>, Trouble> {
        Ok(Some(match operator {
            "Scaler" => {
                let scale = attributes.floats("scale")?.unwrap_or_default();
                let offset = attributes.floats("offset")?.unwrap_or_default();
                if scale.is_empty() || scale.len() != offset.len() {
                    return Err(Trouble::invalid(format!(
                        "expected as many offsets as scales, found {} and {}",
                        offset.len(),
                        scale.len()
                    )));
                }
                Self::Scaler { offset, scale }
            }
            "Imputer" => {
                let values = attributes.floats("imputed_value_floats")?;
                let Some(values) = values.filter(|values| !values.is_empty()) else {
                    return Ok(None);
                };
                // Some tools write both kinds, and fill one.
                attributes.ints("imputed_value_int64s")?;
                attributes.int("replaced_value_int64")?;
                Self::Imputer {
                    replaced: attributes.float("replaced_value_float")?.unwrap_or(0.0),
                    values,
                }
            }
            "Normalizer" => {
                let norm = attributes.text("norm")?;
                let norm = norm.as_deref().unwrap_or("MAX");
                Self::Normalizer(
                    norm.parse()
                        .map_err(|_| Trouble::invalid(format!("there is no norm {norm}")))?,
                )
            }
            "Binarizer" => Self::Binarizer(attributes.float("threshold")?.unwrap_or(0.0)),
            _ => return Ok(None),
        }))
    }

    /// Checks the width of the rows that [`apply`](Self::apply) is to be given.
    pub fn check(&self, columns: usize) -> Result<(), Fault> {
        let count = match self {
            Self::Scaler { offset, .. } => offset.len(),
            Self::Imputer { values, .. } => values.len(),
            Self::Normalizer(_) | Self::Binarizer(_) => 1,
        };
        if columns > 0 && (count == columns || count == 1) {
            return Ok(());
        }
        Err(Fault::new(format!(
            "expected rows of {count} numbers, found {columns}"
        )))
    }

    /// Changes rows of a width that was checked.
    pub fn apply(&self, numbers: &mut [f32], columns: usize) {
        for row in numbers.chunks_exact_mut(columns) {
            self.apply_row(row);
        }
    }

    fn apply_row(&self, row: &mut [f32]) {
        match self {
            Self::Scaler { offset, scale } if scale.len() == row.len() => {
                for ((number, offset), scale) in row.iter_mut().zip(offset).zip(scale) {
                    *number = (*number - offset) * scale;
                }
            }
            Self::Scaler { offset, scale } => {
                let (offset, scale) = (offset[0], scale[0]);
                row.iter_mut()
                    .for_each(|number| *number = (*number - offset) * scale);
            }
            Self::Imputer { replaced, values } => {
                let width = if values.len() == row.len() { 1 } else { 0 };
                for (position, number) in row.iter_mut().enumerate() {
                    if *number == *replaced || number.is_nan() && replaced.is_nan() {
                        *number = values[position * width];
                    }
                }
            }
            Self::Normalizer(norm) => norm.apply(row),
            Self::Binarizer(threshold) => row
                .iter_mut()
                .for_each(|number| *number = f32::from(u8::from(*number > *threshold))),
        }
    }
}

impl Norm {
    fn apply(self, row: &mut [f32]) {
        let norm = match self {
            Self::Max => row.iter().copied().fold(f32::MIN, f32::max),
            Self::L1 => row.iter().map(|number| number.abs()).sum(),
            Self::L2 => row.iter().map(|number| number * number).sum::<f32>().sqrt(),
        };
        if norm != 0.0 {
            row.iter_mut().for_each(|number| *number /= norm);
        }
    }
}

impl Operator for RowStep {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        let (_, columns) = input.matrix()?;
        self.check(columns)?;
        if let (Self::Imputer { .. }, false) = (self, matches!(input.data, Data::Float(_))) {
            return Err(Fault::new(format!(
                "expected float, found {}",
                input.kind()
            )));
        }
        let mut numbers = match (self, &input.data) {
            // In double precision up to the end, as ONNX Runtime does it.
            (Self::Scaler { offset, scale }, Data::Double(numbers)) => {
                let numbers = scale_doubles(numbers, columns, offset, scale);
                return Ok(smallvec![Tensor::new(input.shape.clone(), numbers)]);
            }
            _ => floats(input).map(Cow::into_owned)?,
        };
        self.apply(&mut numbers, columns);
        Ok(smallvec![Tensor::new(input.shape.clone(), numbers)])
    }
}

fn scale_doubles(numbers: &[f64], columns: usize, offset: &[f32], scale: &[f32]) -> Vec<f32> {
    let width = if scale.len() == columns { 1 } else { 0 };
    let scaled = numbers.iter().enumerate().map(|(position, number)| {
        let column = position % columns * width;
        ((number - f64::from(offset[column])) * f64::from(scale[column])) as f32
    });
    scaled.collect()
}

/// Imputer of integers.
#[derive(Debug)]
pub struct IntegerImputer {
    replaced: i64,
    values: Vec<i64>,
}

impl IntegerImputer {
    pub fn read(attributes: &mut Attributes) -> Result<Self, Trouble> {
        attributes.floats("imputed_value_floats")?;
        attributes.float("replaced_value_float")?;
        let values = attributes.ints("imputed_value_int64s")?.unwrap_or_default();
        if values.is_empty() {
            return Err(Trouble::invalid("there are no values to impute"));
        }
        Ok(Self {
            replaced: attributes.int("replaced_value_int64")?.unwrap_or(0),
            values,
        })
    }
}

impl Operator for IntegerImputer {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        let (_, columns) = input.matrix()?;
        let count = self.values.len();
        if count != 1 && count != columns {
            return Err(Fault::new(format!(
                "expected rows of {count} numbers, found {columns}"
            )));
        }
        let numbers = input.elements::<i64>()?.iter().enumerate();
        let imputed = numbers.map(|(position, number)| {
            if *number == self.replaced {
                self.values[position % count]
            } else {
                *number
            }
        });
        Ok(smallvec![Tensor::new(
            input.shape.clone(),
            imputed.collect()
        )])
    }
}
