//! TreeEnsembleRegressor.

use smallvec::smallvec;

use super::table::{FromWide, TreeTable, numbers};
use crate::models::forest::{Forest, Number};
use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::operators::ml::transform::Transform;
use crate::models::onnx::operators::{Findings, Inputs, Operator, Outputs, floats};
use crate::models::onnx::tensor::{Shape, Tensor, length_of};
use crate::models::onnx::trouble::{Fault, Trouble};

#[derive(Debug)]
pub struct TreeRegressor<T> {
    forest: Forest<T>,
    transform: Transform,
    base: Vec<T>,
    /// What sums are divided by.
    divisor: Option<T>,
}

impl<T: Number + FromWide> TreeRegressor<T> {
    pub fn read(attributes: &mut Attributes, columns: usize) -> Result<Self, Trouble> {
        let targets = attributes.int("n_targets")?.unwrap_or(1);
        let aggregate = attributes.text("aggregate_function")?;
        let transform = Transform::read(attributes)?;
        let base = numbers(attributes, "base_values")?;
        let table = TreeTable::read(attributes, "target")?;
        // Each target is one of a weight, so that a huge number of them takes no memory.
        let targets = usize::try_from(targets)
            .ok()
            .filter(|targets| (1..=table.weights.len().max(1)).contains(targets))
            .ok_or_else(|| {
                Trouble::invalid(format!(
                    "{targets} targets of {} weights",
                    table.weights.len()
                ))
            })?;
        let divisor = match aggregate.as_deref().unwrap_or("SUM") {
            "SUM" => None,
            "AVERAGE" => Some(T::from_wide(table.trees() as f64)),
            other => {
                return Err(Trouble::unsupported(format!(
                    "the aggregate_function {other} is not computed here"
                )));
            }
        };
        // ONNX Runtime leaves one target as it is but for PROBIT.
        if targets == 1 && transform != Transform::None {
            return Err(Trouble::unsupported(
                "a post_transform of one target is not computed here",
            ));
        }
        if !base.is_empty() && base.len() != targets {
            return Err(Trouble::invalid(format!(
                "{} base values for {targets} targets",
                base.len()
            )));
        }
        Ok(Self {
            forest: table.forest(columns, targets)?,
            transform,
            base: base.into_iter().map(T::from_wide).collect(),
            divisor,
        })
    }
}

impl<T: Number + FromWide + Into<f64> + std::ops::Div<Output = T>> TreeRegressor<T> {
    pub fn columns(&self) -> usize {
        self.forest.columns()
    }

    /// The values of a row.
    pub fn targets(&self) -> usize {
        self.forest.targets()
    }

    /// The values of rows.
    pub fn score(&self, rows: &[T], values: &mut [f32]) {
        let targets = self.targets();
        let mut sums = vec![T::ZERO; values.len()];
        self.forest.add(rows, &mut sums);
        if let Some(divisor) = self.divisor {
            sums.iter_mut().for_each(|sum| *sum = *sum / divisor);
        }
        if !self.base.is_empty() {
            for sums in sums.chunks_exact_mut(targets) {
                for (sum, base) in sums.iter_mut().zip(&self.base) {
                    *sum += *base;
                }
            }
        }
        for (value, sum) in values.iter_mut().zip(sums) {
            let wide: f64 = sum.into();
            *value = wide as f32;
        }
        if self.transform != Transform::None {
            let rows = values.chunks_exact_mut(targets);
            rows.for_each(|values| self.transform.apply(values));
        }
    }

    fn compute<'m>(&self, input: &Tensor<'m>, numbers: &[T]) -> Result<Outputs<'m>, Fault> {
        let (rows, columns) = input.matrix()?;
        if columns != self.columns() {
            return Err(Fault::new(format!(
                "expected rows of {} numbers, found {columns}",
                self.columns()
            )));
        }
        let shape = Shape::from_slice(&[rows, self.targets()]);
        let mut values = vec![0.0; length_of(&shape, size_of::<f64>())?];
        self.score(numbers, &mut values);
        Ok(smallvec![Tensor::new(shape, values)])
    }
}

impl Operator for TreeRegressor<f32> {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        self.compute(input, &floats(input)?)
    }
}

impl Operator for TreeRegressor<f64> {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        self.compute(input, input.elements::<f64>()?)
    }
}
