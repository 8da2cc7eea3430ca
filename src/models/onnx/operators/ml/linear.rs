//! LinearClassifier and LinearRegressor.

use smallvec::smallvec;

use super::labels::ClassLabels;
use super::transform::{Transform, logistic};
use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::operators::{Findings, Inputs, Operator, Outputs, floats};
use crate::models::onnx::tensor::{Shape, Tensor, length_of};
use crate::models::onnx::trouble::{Fault, Trouble};

/// `intercepts + coefficients · row`, for each target.
#[derive(Debug)]
struct Weights {
    /// Target by target.
    coefficients: Vec<f32>,
    intercepts: Vec<f32>,
    columns: usize,
}

impl Weights {
    fn read(attributes: &mut Attributes, targets: usize) -> Result<Self, Trouble> {
        let coefficients = attributes.floats("coefficients")?.unwrap_or_default();
        let intercepts = attributes.floats("intercepts")?.unwrap_or_default();
        if coefficients.is_empty() || !coefficients.len().is_multiple_of(targets) {
            return Err(Trouble::invalid(format!(
                "{} coefficients are not those of {targets} targets",
                coefficients.len()
            )));
        }
        let intercepts = match intercepts.len() {
            0 => vec![0.0; targets],
            count if count == targets => intercepts,
            count => {
                return Err(Trouble::invalid(format!(
                    "{count} intercepts are not those of {targets} targets"
                )));
            }
        };
        Ok(Self {
            columns: coefficients.len() / targets,
            coefficients,
            intercepts,
        })
    }

    fn targets(&self) -> usize {
        self.intercepts.len()
    }

    fn score(&self, row: &[f32], scores: &mut [f32]) {
        let coefficients = self.coefficients.chunks_exact(self.columns);
        for ((score, coefficients), intercept) in
            scores.iter_mut().zip(coefficients).zip(&self.intercepts)
        {
            *score = (dot(row, coefficients) + f64::from(*intercept)) as f32;
        }
    }

    fn check(&self, columns: usize) -> Result<(), Fault> {
        if columns == self.columns {
            return Ok(());
        }
        Err(Fault::new(format!(
            "expected rows of {} numbers, found {columns}",
            self.columns
        )))
    }
}

/// In double precision, which is as exact as can be, and in four sums side by side, since each addition waits for the
/// one before.
fn dot(left: &[f32], right: &[f32]) -> f64 {
    let (left, left_rest) = left.as_chunks::<4>();
    let (right, right_rest) = right.as_chunks::<4>();
    let product = |left: f32, right: f32| f64::from(left) * f64::from(right);
    let mut sums = [0.0_f64; 4];
    for (left, right) in left.iter().zip(right) {
        sums[0] += product(left[0], right[0]);
        sums[1] += product(left[1], right[1]);
        sums[2] += product(left[2], right[2]);
        sums[3] += product(left[3], right[3]);
    }
    let rest = left_rest.iter().zip(right_rest);
    let rest: f64 = rest.map(|(left, right)| product(*left, *right)).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[derive(Debug)]
pub struct LinearClassifier {
    weights: Weights,
    transform: Transform,
    pub labels: ClassLabels,
}

impl LinearClassifier {
    pub fn read(attributes: &mut Attributes) -> Result<Self, Trouble> {
        let labels = ClassLabels::read(attributes, "classlabels_strings", "classlabels_ints")?;
        let transform = Transform::read(attributes)?;
        // It changes nothing: what is done is said by the other attributes.
        attributes.int("multi_class")?;
        let intercepts = attributes
            .part(&["intercepts"])
            .floats("intercepts")?
            .unwrap_or_default();
        let targets = intercepts.len().max(1);
        let is_binary = targets == 1 && labels.len() == 2;
        if !is_binary && targets != labels.len() {
            return Err(Trouble::invalid(format!(
                "{targets} intercepts for {} labels",
                labels.len()
            )));
        }
        if is_binary && transform == Transform::Probit {
            return Err(Trouble::unsupported(
                "the post_transform PROBIT of one score is not computed here",
            ));
        }
        Ok(Self {
            weights: Weights::read(attributes, targets)?,
            transform,
            labels,
        })
    }

    pub fn columns(&self) -> usize {
        self.weights.columns
    }

    /// The class and the scores of a row.
    pub fn classify(&self, row: &[f32], scores: &mut [f32]) -> u32 {
        if self.weights.targets() == 1 {
            self.weights.score(row, &mut scores[..1]);
            let score = scores[0];
            let positive = match self.transform {
                Transform::Logistic => logistic(score),
                _ => score,
            };
            scores.copy_from_slice(&[1.0 - positive, positive]);
            return u32::from(score > 0.0);
        }
        self.weights.score(row, scores);
        let chosen = greatest(scores);
        self.transform.apply(scores);
        chosen
    }
}

/// The position of the first greatest score.
pub fn greatest(scores: &[f32]) -> u32 {
    let mut best = 0;
    for (position, score) in scores.iter().enumerate() {
        if *score > scores[best] {
            best = position;
        }
    }
    best as u32
}

impl Operator for LinearClassifier {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        let (rows, columns) = input.matrix()?;
        self.weights.check(columns)?;
        let numbers = floats(input)?;
        let classes = self.labels.len();
        let shape = Shape::from_slice(&[rows, classes]);
        let mut scores = vec![0.0; length_of(&shape, size_of::<f32>())?];
        let rows = numbers.chunks_exact(columns);
        let chosen: Vec<u32> = rows
            .zip(scores.chunks_exact_mut(classes))
            .map(|(row, scores)| self.classify(row, scores))
            .collect();
        Ok(smallvec![
            self.labels.tensor(&chosen),
            Tensor::new(shape, scores)
        ])
    }
}

#[derive(Debug)]
pub struct LinearRegressor {
    weights: Weights,
    transform: Transform,
}

impl LinearRegressor {
    pub fn read(attributes: &mut Attributes) -> Result<Self, Trouble> {
        let targets = attributes.int("targets")?.unwrap_or(1);
        let targets = usize::try_from(targets)
            .ok()
            .filter(|targets| *targets > 0)
            .ok_or_else(|| Trouble::invalid(format!("{targets} targets")))?;
        Ok(Self {
            transform: Transform::read(attributes)?,
            weights: Weights::read(attributes, targets)?,
        })
    }

    pub fn columns(&self) -> usize {
        self.weights.columns
    }

    pub fn targets(&self) -> usize {
        self.weights.targets()
    }

    pub fn score(&self, row: &[f32], values: &mut [f32]) {
        self.weights.score(row, values);
        // Softmax of one value would always be 1.
        if values.len() > 1 || matches!(self.transform, Transform::Logistic | Transform::Probit) {
            self.transform.apply(values);
        }
    }
}

impl Operator for LinearRegressor {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        let (rows, columns) = input.matrix()?;
        self.weights.check(columns)?;
        let numbers = floats(input)?;
        let shape = Shape::from_slice(&[rows, self.targets()]);
        let mut values = vec![0.0; length_of(&shape, size_of::<f32>())?];
        let rows = numbers.chunks_exact(columns);
        for (row, values) in rows.zip(values.chunks_exact_mut(self.targets())) {
            self.score(row, values);
        }
        Ok(smallvec![Tensor::new(shape, values)])
    }
}
