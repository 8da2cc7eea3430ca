//! Tensors as columns of values, and columns as the rows of a model.

use std::collections::HashMap;

use super::fault::Fault;
use super::tensor::{Data, Tensor};
use super::{binary_data, json_data};
use crate::models::{Feature, FeatureKind, Rows, RowsBuilder, Signature};

/// The elements of a tensor.
#[derive(Debug, PartialEq)]
pub(crate) enum Column {
    /// NaN is missing.
    Numbers(Vec<f64>),
    Texts(Vec<Option<Box<str>>>),
}

/// The input that has all features at once.
const MATRIX: &str = "X";

impl Tensor<'_> {
    /// All elements, row by row. Those of the type BOOL are neither numbers nor texts.
    pub fn column(&self) -> Result<Column, Fault> {
        if self.datatype.is_number() {
            return self.numbers().map(Column::Numbers);
        }
        if self.datatype.width().is_some() {
            return Err(self.fault("datatype", "expected a number type or BYTES, found BOOL"));
        }
        let elements = self.elements()?;
        let texts = match self.data {
            Data::Json(text) => json_data::texts(self, text)?,
            Data::Binary(bytes) => {
                binary_data::texts(bytes, elements).map_err(|what| self.fault("data", what))?
            }
        };
        Ok(Column::Texts(texts))
    }

    fn numbers(&self) -> Result<Vec<f64>, Fault> {
        let elements = self.elements()?;
        match self.data {
            Data::Json(text) => json_data::numbers(self, text),
            Data::Binary(bytes) => binary_data::numbers(bytes, self.datatype, elements)
                .map_err(|what| self.fault("data", what)),
        }
    }
}

/// How many rows inputs have, as they say themselves. Nothing has been read of them yet.
pub(crate) fn claimed_rows(inputs: &[Tensor<'_>]) -> usize {
    let rows = inputs.iter().filter_map(|input| input.shape.first());
    let most = rows.max().copied().unwrap_or_default();
    usize::try_from(most).unwrap_or(usize::MAX)
}

/// The rows that inputs are: one input for each feature, `[N]` or `[N, 1]`, or one with all of them, `[N, F]`.
pub(crate) fn rows_of(signature: &Signature, inputs: &[Tensor<'_>]) -> Result<Rows, Fault> {
    if let [matrix] = inputs
        && matrix.name == MATRIX
        && (matrix.shape.len() == 2 || feature(signature, MATRIX).is_none())
        && !(signature.features().len() == 1 && feature(signature, MATRIX).is_some())
    {
        return rows_of_matrix(signature, matrix);
    }
    let mut places: HashMap<usize, &Tensor<'_>> = HashMap::new();
    for input in inputs {
        let Some(feature) = feature(signature, &input.name) else {
            return Err(unknown(signature, input));
        };
        if places.insert(feature, input).is_some() {
            let what = format!("`{}` is given twice", input.name);
            return Err(input.fault("name", what));
        }
    }
    let mut columns = Vec::with_capacity(places.len());
    let mut rows = None;
    for (no, feature) in signature.features().iter().enumerate() {
        let Some(input) = places.get(&no) else {
            let what = format!("`{}` is missing", feature.name);
            return Err(Fault::at("inputs", what));
        };
        let own = length(input)?;
        let expected = *rows.get_or_insert(own);
        if own != expected {
            let what = format!("expected {expected} rows, as other inputs have, found {own}");
            return Err(input.fault("shape", what));
        }
        columns.push(column_of(feature, input)?);
    }
    let rows = usize::try_from(rows.unwrap_or_default()).unwrap_or_default();
    Ok(from_columns(signature, columns, rows))
}

fn rows_of_matrix(signature: &Signature, matrix: &Tensor<'_>) -> Result<Rows, Fault> {
    let mut features = signature.features().iter();
    if let Some(text) = features.find(|feature| feature.kind == FeatureKind::Text) {
        let what = format!(
            "expected an input for each feature: `{}` is a text, and X has numbers only",
            text.name
        );
        return Err(matrix.fault("name", what));
    }
    let width = signature.features().len();
    let [rows, found] = matrix.shape[..] else {
        let shape = &matrix.shape;
        let what = format!("expected [N, {width}], found {shape:?}");
        return Err(matrix.fault("shape", what));
    };
    if found != width as u64 {
        let what = format!(
            "expected [N, {width}], as the model has {width} features, found [{rows}, {found}]"
        );
        return Err(matrix.fault("shape", what));
    }
    if !matrix.datatype.is_number() {
        let what = format!("expected a number type, found {}", matrix.datatype);
        return Err(matrix.fault("datatype", what));
    }
    // As many as the shape says, so that the last row is whole.
    Ok(Rows::of_numbers(signature, matrix.numbers()?))
}

fn from_columns(signature: &Signature, mut columns: Vec<Column>, rows: usize) -> Rows {
    let mut builder = RowsBuilder::with_capacity(signature, rows);
    for row in 0..rows {
        builder.begin_row();
        for (feature, column) in columns.iter_mut().enumerate() {
            match column {
                Column::Numbers(numbers) => builder.set_number(feature, numbers[row]),
                Column::Texts(texts) => builder.set_text(feature, texts[row].take()),
            }
        }
    }
    builder.build()
}

fn feature(signature: &Signature, name: &str) -> Option<usize> {
    let mut features = signature.features().iter();
    features.position(|feature| feature.name == name)
}

fn unknown(signature: &Signature, input: &Tensor<'_>) -> Fault {
    let names = signature.features().iter().map(|feature| &*feature.name);
    let known = names.take(50).collect::<Vec<_>>().join(", ");
    let more = match signature.features().len() > 50 {
        true => ", …",
        false => "",
    };
    let what = format!("unknown input; expected {known}{more}");
    input.fault("name", what)
}

/// The rows of an input that is one feature.
fn length(input: &Tensor<'_>) -> Result<u64, Fault> {
    match input.shape[..] {
        [rows] | [rows, 1] => Ok(rows),
        _ => {
            let what = format!("expected [N] or [N, 1], found {:?}", input.shape);
            Err(input.fault("shape", what))
        }
    }
}

fn column_of(feature: &Feature, input: &Tensor<'_>) -> Result<Column, Fault> {
    let fits = match feature.kind {
        FeatureKind::Number => input.datatype.is_number(),
        FeatureKind::Text => !input.datatype.is_number() && input.datatype.width().is_none(),
    };
    if fits {
        return input.column();
    }
    let expected = match feature.kind {
        FeatureKind::Number => "a number type",
        FeatureKind::Text => "BYTES",
    };
    let what = format!(
        "expected {expected} for `{}`, found {}",
        feature.name, input.datatype
    );
    Err(input.fault("datatype", what))
}
