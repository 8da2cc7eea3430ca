//! Values of fields, with the types, units and problems of imports.

use crate::systems::prediction::import::{
    Cell, Code, Conversion, NullWords, Problem, Value, sentence, shortened,
};

/// Converts the fields of rows.
pub(super) struct Converter<'c> {
    pub page: u32,
    pub table: &'c str,
    pub nulls: &'c NullWords,
    pub problems: Vec<Problem>,
}

/// A field of a row.
pub(super) struct Wanted<'w> {
    /// From 1, in the page.
    pub row: u64,
    pub name: &'w str,
    pub conversion: &'w Conversion,
    /// Whether its row needs a value.
    pub is_needed: bool,
}

impl Converter<'_> {
    /// The value of a field; `None`: the row is left out because this one is missing.
    pub fn value(&mut self, wanted: &Wanted<'_>, cell: Cell<'_>) -> Option<Value> {
        let converted = wanted.conversion.convert(cell, None, self.nulls);
        let is_missing = wanted.is_needed && converted.value.is_null();
        let fault = converted.fault.or(converted.note);
        if let Some(fault) = fault {
            let text = cell.shown();
            let message = sentence(fault, &text, wanted.conversion);
            self.report(wanted, Code::Value(fault), &text, message);
        } else if is_missing {
            let name = wanted.name;
            let message = format!("the field {name} has no value here, and every row needs one");
            self.report(wanted, Code::Required, &cell.shown(), message);
        }
        (!is_missing).then_some(converted.value)
    }

    fn report(&mut self, wanted: &Wanted<'_>, code: Code, text: &str, message: String) {
        self.problems.push(Problem {
            cell: place(self.page, wanted.row),
            table: self.table.to_owned(),
            column: Some(wanted.name.to_owned()),
            code,
            text: shortened(text),
            message,
        });
    }
}

/// Where a row stands.
pub(crate) fn place(page: u32, row: u64) -> String {
    format!("page {page}, row {row}")
}
