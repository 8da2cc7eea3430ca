//! TreeEnsembleClassifier.

use std::collections::HashSet;

use smallvec::smallvec;

use super::table::{FromWide, TreeTable, numbers};
use crate::models::forest::{Forest, Number};
use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::operators::ml::labels::ClassLabels;
use crate::models::onnx::operators::ml::linear::greatest;
use crate::models::onnx::operators::ml::transform::{Transform, logistic};
use crate::models::onnx::operators::{Findings, Inputs, Operator, Outputs, floats};
use crate::models::onnx::tensor::{Shape, Tensor, length_of};
use crate::models::onnx::trouble::{Fault, Trouble};

/// Trees that vote, in single precision or, for inputs of double precision, in double.
#[derive(Debug)]
pub struct TreeClassifier<T> {
    forest: Forest<T>,
    votes: Votes,
    transform: Transform,
    /// What is added to the sums; empty if nothing is.
    base: Vec<T>,
    pub labels: ClassLabels,
}

/// What the sums of the trees are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Votes {
    /// A score for each class.
    Each,
    /// Of two classes a score for the second one. `threshold`: above it the second one is chosen.
    Second { threshold: f32 },
    /// The same, but nothing is made of it for the first class.
    SecondAlone { threshold: f32 },
}

impl<T: Number + FromWide> TreeClassifier<T> {
    pub fn read(attributes: &mut Attributes, columns: usize) -> Result<Self, Trouble> {
        let labels = ClassLabels::read(attributes, "classlabels_strings", "classlabels_int64s")?;
        let transform = Transform::read(attributes)?;
        let base = numbers(attributes, "base_values")?;
        let table = TreeTable::read(attributes, "class")?;
        let classes = labels.len();
        let votes = votes(&table, classes, transform, &base)?;
        if votes == Votes::Each && !base.is_empty() && base.len() != classes {
            return Err(Trouble::invalid(format!(
                "{} base values for {classes} classes",
                base.len()
            )));
        }
        let targets = if matches!(votes, Votes::Second { .. }) {
            1
        } else {
            classes
        };
        Ok(Self {
            forest: table.forest(columns, targets)?,
            votes,
            transform,
            base: base.into_iter().map(T::from_wide).collect(),
            labels,
        })
    }
}

/// As ONNX Runtime tells the cases apart.
fn votes(
    table: &TreeTable,
    classes: usize,
    transform: Transform,
    base: &[f64],
) -> Result<Votes, Trouble> {
    let targets = &table.weight_targets;
    let are_positive = table.weights.iter().all(|weight| *weight >= 0.0);
    let Some(first) = targets.first().copied() else {
        return Err(Trouble::invalid("the trees have no weights"));
    };
    if classes == 2 && targets.iter().all(|target| *target == first) {
        let threshold = if are_positive { 0.5 } else { 0.0 };
        match first {
            0 if transform == Transform::Probit || base.len() > 1 => {}
            0 => return Ok(Votes::Second { threshold }),
            _ if !base.is_empty() => {}
            _ => return Ok(Votes::SecondAlone { threshold }),
        }
        return Err(Trouble::unsupported(
            "two classes with the weights of one, with this post_transform or these base values, are not computed here",
        ));
    }
    // A class without any vote is not chosen, which nothing here keeps track of.
    let named: HashSet<i64> = targets.iter().copied().collect();
    if !are_positive && base.is_empty() && named.len() < classes {
        return Err(Trouble::unsupported(
            "trees without weights for one of their classes are not computed here",
        ));
    }
    Ok(Votes::Each)
}

impl<T: Number + FromWide + Into<f64>> TreeClassifier<T> {
    pub fn columns(&self) -> usize {
        self.forest.columns()
    }

    /// The sums of a row.
    fn targets(&self) -> usize {
        self.forest.targets()
    }

    /// Classifies rows: `scores` has a score for each class of each row.
    pub fn classify(&self, rows: &[T], scores: &mut [f32]) -> Vec<u32> {
        let (classes, targets) = (self.labels.len(), self.targets());
        let mut sums = vec![T::ZERO; scores.len() / classes * targets];
        self.forest.add(rows, &mut sums);
        if !self.base.is_empty() {
            for sums in sums.chunks_exact_mut(targets) {
                for (sum, base) in sums.iter_mut().zip(&self.base) {
                    *sum += *base;
                }
            }
        }
        let rows = sums.chunks_exact(targets);
        rows.zip(scores.chunks_exact_mut(classes))
            .map(|(sums, scores)| self.decide(sums, scores))
            .collect()
    }

    fn decide(&self, sums: &[T], scores: &mut [f32]) -> u32 {
        let narrow = |sum: T| {
            let wide: f64 = sum.into();
            wide as f32
        };
        if let Votes::Second { threshold } = self.votes {
            let sum = narrow(sums[0]);
            let pair = match self.transform {
                Transform::Logistic => [logistic(-sum), logistic(sum)],
                _ if threshold > 0.0 => [1.0 - sum, sum],
                _ => [-sum, sum],
            };
            scores.copy_from_slice(&pair);
            return u32::from(sum > threshold);
        }
        for (score, sum) in scores.iter_mut().zip(sums) {
            *score = narrow(*sum);
        }
        let chosen = match self.votes {
            Votes::SecondAlone { threshold } => u32::from(scores[1] > threshold),
            _ => greatest(scores),
        };
        self.transform.apply(scores);
        chosen
    }
}

impl<T> TreeClassifier<T>
where
    T: Number + FromWide + Into<f64> + std::fmt::Debug,
{
    /// Classifies the rows of a tensor.
    fn compute<'m>(&'m self, input: &Tensor<'m>, numbers: &[T]) -> Result<Outputs<'m>, Fault> {
        let (rows, columns) = input.matrix()?;
        if columns != self.columns() {
            return Err(Fault::new(format!(
                "expected rows of {} numbers, found {columns}",
                self.columns()
            )));
        }
        let shape = Shape::from_slice(&[rows, self.labels.len()]);
        let mut scores = vec![0.0; length_of(&shape, size_of::<f32>())?];
        length_of(&[rows, self.targets()], size_of::<T>())?;
        let chosen = self.classify(numbers, &mut scores);
        Ok(smallvec![
            self.labels.tensor(&chosen),
            Tensor::new(shape, scores)
        ])
    }
}

impl Operator for TreeClassifier<f32> {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        self.compute(input, &floats(input)?)
    }
}

impl Operator for TreeClassifier<f64> {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        self.compute(input, input.elements::<f64>()?)
    }
}
