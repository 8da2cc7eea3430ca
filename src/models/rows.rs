//! Rows to be scored: the numbers of all rows in one piece, and their texts in another.

use super::signature::{Signature, Slot};

/// Rows in the layout of a [`Signature`]. NaN is a missing number, `None` a missing text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    rows: usize,
    number_width: usize,
    text_width: usize,
    numbers: Vec<f64>,
    texts: Vec<Option<Box<str>>>,
}

impl Rows {
    /// Rows of a signature whose features are numbers, all of them: as they stand, row by row. Panics if there is a
    /// text among the features, or no whole row at the end.
    pub fn of_numbers(signature: &Signature, numbers: Vec<f64>) -> Self {
        let width = signature.features().len();
        assert_eq!(width, signature.numbers());
        assert_eq!(numbers.len() % width.max(1), 0);
        Self {
            rows: numbers.len() / width.max(1),
            number_width: width,
            text_width: 0,
            numbers,
            texts: Vec::new(),
        }
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The numbers of a row.
    pub fn numbers(&self, row: usize) -> &[f64] {
        &self.numbers[row * self.number_width..(row + 1) * self.number_width]
    }

    /// The numbers of all rows, row by row.
    pub fn all_numbers(&self) -> &[f64] {
        &self.numbers
    }

    pub fn number_width(&self) -> usize {
        self.number_width
    }

    /// The texts of a row.
    pub fn texts(&self, row: usize) -> &[Option<Box<str>>] {
        &self.texts[row * self.text_width..(row + 1) * self.text_width]
    }

    pub fn text_width(&self) -> usize {
        self.text_width
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> usize {
        let texts = self.texts.iter().flatten().map(|text| text.len());
        size_of_val(self.numbers.as_slice())
            + size_of_val(self.texts.as_slice())
            + texts.sum::<usize>()
    }
}

/// Makes [`Rows`]. A value that is not set is missing.
#[derive(Debug)]
pub struct RowsBuilder<'s> {
    signature: &'s Signature,
    rows: Rows,
}

impl<'s> RowsBuilder<'s> {
    pub fn new(signature: &'s Signature) -> Self {
        let rows = Rows {
            number_width: signature.numbers(),
            text_width: signature.texts(),
            ..Rows::default()
        };
        Self { signature, rows }
    }

    pub fn with_capacity(signature: &'s Signature, rows: usize) -> Self {
        let mut builder = Self::new(signature);
        builder.rows.numbers.reserve(rows * signature.numbers());
        builder.rows.texts.reserve(rows * signature.texts());
        builder
    }

    /// Begins the next row; all of its values are missing until they are set.
    pub fn begin_row(&mut self) {
        let rows = &mut self.rows;
        rows.rows += 1;
        rows.numbers.resize(rows.rows * rows.number_width, f64::NAN);
        rows.texts.resize(rows.rows * rows.text_width, None);
    }

    /// Sets a number of the row that was begun last. Panics if the feature is a text.
    pub fn set_number(&mut self, feature: usize, value: f64) {
        let Slot::Number(slot) = self.signature.slot(feature) else {
            panic!("feature {feature} is a text");
        };
        let start = (self.rows.rows - 1) * self.rows.number_width;
        self.rows.numbers[start + slot] = value;
    }

    /// Sets a text of the row that was begun last. Panics if the feature is a number.
    pub fn set_text(&mut self, feature: usize, value: Option<Box<str>>) {
        let Slot::Text(slot) = self.signature.slot(feature) else {
            panic!("feature {feature} is a number");
        };
        let start = (self.rows.rows - 1) * self.rows.text_width;
        self.rows.texts[start + slot] = value;
    }

    pub fn build(self) -> Rows {
        self.rows
    }
}
