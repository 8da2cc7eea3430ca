//! What stands behind the trees: the parameters of the training and the categories of pandas.

use serde_json::Value;

use super::lines::{Lines, quoted};
use crate::models::json_rows::label_from_json;
use crate::models::refusal::Refusal;
use crate::models::signature::Label;

const PANDAS: &str = "pandas_categorical:";
const CATEGORICAL: &str = "[categorical_feature:";

/// What the lines behind the trees say of categories.
#[derive(Debug, Default)]
pub(super) struct Trailer {
    /// The columns that were trained as categories.
    pub categorical_columns: Vec<usize>,
    /// The values of each column that was a category of pandas, in the order of these columns.
    pub pandas_categories: Vec<Vec<Label>>,
}

impl Trailer {
    pub fn read(lines: Lines<'_>) -> Result<Self, Refusal> {
        let mut trailer = Self::default();
        for line in lines {
            if let Some(json) = line.text.strip_prefix(PANDAS) {
                trailer.pandas_categories = pandas_categories(json).ok_or_else(|| {
                    line.refusal(format!(
                        "pandas_categorical: expected lists of texts and numbers in JSON, found {}",
                        quoted(json)
                    ))
                })?;
            } else if let Some(columns) = line.text.strip_prefix(CATEGORICAL) {
                let columns = columns.trim_end_matches(']').split(',');
                // Columns may also be named (`name:a,b`); then `model.yaml` has to say them.
                let columns = columns.map(|column| column.trim().parse().ok());
                trailer.categorical_columns = columns.collect::<Option<_>>().unwrap_or_default();
            }
        }
        Ok(trailer)
    }
}

fn pandas_categories(json: &str) -> Option<Vec<Vec<Label>>> {
    let columns = match serde_json::from_str(json).ok()? {
        Value::Null => Vec::new(),
        Value::Array(columns) => columns,
        _ => return None,
    };
    let labels = |column: &Value| column.as_array()?.iter().map(label_from_json).collect();
    columns.iter().map(labels).collect()
}
