//! Scores rows by a plan, some hundred at a time.

use std::borrow::Cow;
use std::ops::Range;

use super::graph::ValueId;
use super::interface::{Columns, Gives};
use super::labels::Classes;
use super::operators::Findings;
use super::plan::Plan;
use super::runtime::Session;
use super::tensor::{Data, Kind, Shape, Tensor};
use crate::models::answers::{Answers, Scores};
use crate::models::model::Scorer;
use crate::models::rows::Rows;

/// What computes the outputs of a graph.
#[derive(Debug)]
pub enum Engine {
    Plan(Plan),
    Runtime(Session),
}

impl Engine {
    fn run<'m>(&'m self, inputs: Vec<(ValueId, Tensor<'m>)>) -> Result<Vec<Tensor<'m>>, String> {
        let plan = match self {
            Self::Plan(plan) => plan,
            Self::Runtime(session) => return session.run(inputs),
        };
        let mut findings = Findings::default();
        let outputs = plan.run(inputs, &mut findings);
        let outputs = outputs.map_err(|fault| fault.to_string())?;
        match findings.first() {
            Some(finding) => Err(finding.to_owned()),
            None => Ok(outputs),
        }
    }
}

#[derive(Debug)]
pub struct GraphScorer {
    pub engine: Engine,
    pub columns: Vec<Columns>,
    pub gives: Gives,
    pub classes: Classes,
    /// The number of labels.
    pub class_count: usize,
    /// The rows that are scored at once.
    pub batch: usize,
}

impl Scorer for GraphScorer {
    fn score(&self, rows: &Rows) -> Answers {
        let mut answers = self.empty(rows.len());
        let mut first = 0;
        while first < rows.len() {
            let end = rows.len().min(first + self.batch);
            if let Err(reason) = self.score_batch(rows, first..end, &mut answers) {
                self.score_alone(rows, first..end, reason, &mut answers);
            }
            first = end;
        }
        answers
    }
}

impl GraphScorer {
    fn empty(&self, rows: usize) -> Answers {
        match self.gives {
            Gives::Value(_) => Answers::values(Vec::with_capacity(rows)),
            Gives::Classes { .. } => Answers {
                scores: Scores::Classes {
                    chosen: Vec::with_capacity(rows),
                    scores: Vec::with_capacity(rows * self.class_count),
                    classes: self.class_count,
                },
                ..Answers::values(Vec::new())
            },
        }
    }

    /// Scores rows of which at least one has no answer, one after the other, to see which.
    fn score_alone(&self, rows: &Rows, range: Range<usize>, reason: String, answers: &mut Answers) {
        let is_one = range.len() == 1;
        for row in range {
            let scored = if is_one {
                Err(reason.clone())
            } else {
                self.score_batch(rows, row..row + 1, answers)
            };
            if let Err(reason) = scored {
                answers.faults.insert(row, reason);
                match &mut answers.scores {
                    Scores::Values(values) => values.push(f64::NAN),
                    Scores::Classes {
                        chosen,
                        scores,
                        classes,
                    } => {
                        chosen.push(0);
                        scores.extend(std::iter::repeat_n(f64::NAN, *classes));
                    }
                }
            }
        }
    }

    /// Adds the answers to rows, or says why there are none.
    fn score_batch(
        &self,
        rows: &Rows,
        range: Range<usize>,
        answers: &mut Answers,
    ) -> Result<(), String> {
        let count = range.len();
        let inputs = self
            .columns
            .iter()
            .map(|columns| columns.tensor(rows, &range));
        let inputs: Vec<(ValueId, Tensor<'_>)> = inputs.collect::<Result<_, String>>()?;
        let outputs = self.engine.run(inputs)?;
        match (self.gives, &mut answers.scores) {
            (Gives::Value(value), Scores::Values(values)) => {
                if outputs[value].len() != count {
                    return Err("the model does not answer one value for each row".to_owned());
                }
                add_numbers(&outputs[value], values)
            }
            (
                Gives::Classes { label, scores },
                Scores::Classes {
                    chosen,
                    scores: added,
                    ..
                },
            ) => {
                let is_one_score = self.class_count == 2 && outputs[scores].len() == count;
                if outputs[scores].len() != count * self.class_count && !is_one_score {
                    return Err("the model does not answer a score for each class".to_owned());
                }
                let classes = (0..count).map(|row| {
                    let class = self.classes.find(&outputs[label], row);
                    class.ok_or_else(|| "the model answers an unknown label".to_owned())
                });
                let classes: Vec<u32> = classes.collect::<Result<_, String>>()?;
                let mut numbers = Vec::new();
                add_numbers(&outputs[scores], &mut numbers)?;
                if is_one_score {
                    added.extend(numbers.iter().flat_map(|score| [-score, *score]));
                } else {
                    added.append(&mut numbers);
                }
                chosen.extend(classes);
                Ok(())
            }
            _ => Err("the model answers something else".to_owned()),
        }
    }
}

fn add_numbers(tensor: &Tensor<'_>, numbers: &mut Vec<f64>) -> Result<(), String> {
    match &tensor.data {
        Data::Float(values) => numbers.extend(values.iter().map(|value| f64::from(*value))),
        Data::Double(values) => numbers.extend(values),
        Data::Int64(values) => numbers.extend(values.iter().map(|value| *value as f64)),
        Data::Int32(values) => numbers.extend(values.iter().map(|value| f64::from(*value))),
        Data::Bool(_) | Data::Text(_) => {
            return Err("the model does not answer numbers".to_owned());
        }
    }
    Ok(())
}

impl Columns {
    /// The values of rows as an input of the graph.
    fn tensor<'r>(
        &self,
        rows: &'r Rows,
        range: &Range<usize>,
    ) -> Result<(ValueId, Tensor<'r>), String> {
        let shape = if self.is_vector {
            Shape::from_slice(&[range.len()])
        } else {
            Shape::from_slice(&[range.len(), self.slots.len()])
        };
        let data = match self.kind {
            Kind::Float => Data::Float(self.numbers(rows, range, |number, _| Ok(number as f32))?),
            Kind::Double => Data::Double(self.numbers(rows, range, |number, _| Ok(number))?),
            Kind::Int64 => Data::Int64(self.numbers(rows, range, whole_number)?),
            Kind::Int32 => Data::Int32(self.numbers(rows, range, |number, name| {
                let number = whole_number(number, name)?;
                i32::try_from(number).map_err(|_| no_whole_number(number as f64, name))
            })?),
            Kind::Bool => Data::Bool(self.numbers(rows, range, |number, name| match number {
                0.0 => Ok(false),
                1.0 => Ok(true),
                _ => Err(format!("{name}: expected 0 or 1, found {number}")),
            })?),
            Kind::Text => Data::Text(self.texts(rows, range)),
        };
        Ok((self.value, Tensor { shape, data }))
    }

    fn numbers<T>(
        &self,
        rows: &Rows,
        range: &Range<usize>,
        convert: impl Fn(f64, &str) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        let mut numbers = Vec::with_capacity(range.len() * self.slots.len());
        for row in range.clone() {
            let row = rows.numbers(row);
            for (slot, name) in self.slots.iter().zip(&self.names) {
                numbers.push(convert(row[*slot], name)?);
            }
        }
        Ok(numbers)
    }

    /// ONNX has no missing texts: they are empty ones.
    fn texts<'r>(&self, rows: &'r Rows, range: &Range<usize>) -> Vec<Cow<'r, str>> {
        let text = |row: usize, slot: usize| {
            let text = rows.texts(row)[slot].as_deref();
            Cow::Borrowed(text.unwrap_or_default())
        };
        let rows = range.clone();
        rows.flat_map(|row| self.slots.iter().map(move |slot| text(row, *slot)))
            .collect()
    }
}

/// A number for an input of integers.
fn whole_number(number: f64, name: &str) -> Result<i64, String> {
    if number.fract() == 0.0 && number.abs() < 9_223_372_036_854_775_808.0 {
        Ok(number as i64)
    } else {
        Err(no_whole_number(number, name))
    }
}

fn no_whole_number(number: f64, name: &str) -> String {
    if number.is_nan() {
        format!("{name}: expected a whole number, found none")
    } else {
        format!("{name}: expected a whole number, found {number}")
    }
}
