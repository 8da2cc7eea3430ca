//! Turns rows into the numbers that a booster was trained on: categories become their codes.

use std::ops::Range;

use super::features::number;
use crate::models::rows::Rows;
use crate::models::signature::{Feature, Signature, Slot};

/// What a category that was not in the training data counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownCategory {
    /// As missing: pandas, and so LightGBM.
    Missing,
    /// As the next category in the order of their values; behind the last one it is a fault: XGBoost (as of 3.2,
    /// which looks for the place of a category and does not look whether it is there).
    Next,
    Fault,
}

/// Where the number of a column comes from.
#[derive(Debug)]
enum Column {
    Number(usize),
    /// The codes of numbers, by the number.
    Numbers(usize, Vec<(f64, u32)>),
    /// The codes of texts, by the text.
    Texts(usize, Vec<(Box<str>, u32)>),
}

/// Makes the columns of a booster.
#[derive(Debug)]
pub struct Encoder {
    columns: Vec<Column>,
    names: Vec<String>,
    unknown: UnknownCategory,
}

impl Encoder {
    /// A category is the position of its value in the feature's categories.
    pub fn new(signature: &Signature, unknown: UnknownCategory) -> Self {
        let features = signature.features();
        let columns = features
            .iter()
            .enumerate()
            .map(|(index, feature)| column(feature, signature.slot(index)));
        Self {
            columns: columns.collect(),
            names: features
                .iter()
                .map(|feature| feature.name.clone())
                .collect(),
            unknown,
        }
    }

    /// Whether the columns are the numbers of the rows as they are.
    pub fn is_identity(&self) -> bool {
        let is_number = |column: &Column| matches!(column, Column::Number(_));
        self.columns.iter().all(is_number)
    }

    /// The name of the feature of a column.
    pub fn name(&self, column: usize) -> &str {
        &self.names[column]
    }

    /// Gives the columns of rows, row by row, to `take`, and rows that have no code with the reason to `fault`.
    pub fn encode(
        &self,
        rows: &Rows,
        range: Range<usize>,
        mut take: impl FnMut(f64),
        mut fault: impl FnMut(usize, String),
    ) {
        for row in range {
            let (numbers, texts) = (rows.numbers(row), rows.texts(row));
            for (index, column) in self.columns.iter().enumerate() {
                let code = match column {
                    Column::Number(slot) => Some(numbers[*slot]),
                    Column::Numbers(slot, codes) => {
                        let value = numbers[*slot];
                        if value.is_nan() {
                            Some(f64::NAN)
                        } else {
                            self.code(codes, |known| *known < value, |known| *known == value)
                        }
                    }
                    Column::Texts(slot, codes) => match texts[*slot].as_deref() {
                        None => Some(f64::NAN),
                        Some(text) => {
                            self.code(codes, |known| **known < *text, |known| **known == *text)
                        }
                    },
                };
                take(code.unwrap_or_else(|| {
                    fault(row, self.unknown_at(index, numbers, texts));
                    f64::NAN
                }));
            }
        }
    }

    /// The code of a value; `None` if the library has none.
    fn code<K>(
        &self,
        codes: &[(K, u32)],
        is_less: impl Fn(&K) -> bool,
        is_equal: impl Fn(&K) -> bool,
    ) -> Option<f64> {
        let place = codes.partition_point(|(known, _)| is_less(known));
        let next = codes.get(place);
        let code = |(_, code): &(K, u32)| f64::from(*code);
        match (next, self.unknown) {
            (Some(known), _) if is_equal(&known.0) => Some(code(known)),
            (_, UnknownCategory::Missing) => Some(f64::NAN),
            (Some(next), UnknownCategory::Next) => Some(code(next)),
            (_, UnknownCategory::Next | UnknownCategory::Fault) => None,
        }
    }

    fn unknown_at(&self, index: usize, numbers: &[f64], texts: &[Option<Box<str>>]) -> String {
        let found = match &self.columns[index] {
            Column::Number(slot) | Column::Numbers(slot, _) => numbers[*slot].to_string(),
            Column::Texts(slot, _) => format!("{:?}", texts[*slot].as_deref().unwrap_or_default()),
        };
        format!(
            "{}: {found} is not among the categories of the training data",
            self.names[index]
        )
    }
}

fn column(feature: &Feature, slot: Slot) -> Column {
    let labels = (0..).zip(&feature.categories);
    match slot {
        Slot::Number(slot) if feature.categories.is_empty() => Column::Number(slot),
        Slot::Number(slot) => {
            let mut codes: Vec<(f64, u32)> = labels
                .filter_map(|(code, label)| Some((number(label)?, code)))
                .collect();
            codes.sort_by(|(one, _), (other, _)| one.total_cmp(other));
            Column::Numbers(slot, codes)
        }
        Slot::Text(slot) => {
            let mut codes: Vec<(Box<str>, u32)> = labels
                .map(|(code, label)| (label.to_string().into_boxed_str(), code))
                .collect();
            codes.sort();
            Column::Texts(slot, codes)
        }
    }
}
