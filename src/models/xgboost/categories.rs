//! The values of categories in a file.

use super::file::Categories;
use crate::models::signature::Label;

/// The values of a column.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ColumnCategories {
    Known(Vec<Label>),
    /// XGBoost (as of 3.2) writes where texts begin in characters and the texts in bytes, of which it cuts off the
    /// last ones, so that texts that are not ASCII are lost. ASCII is the same in both.
    Lost {
        count: usize,
    },
}

impl Categories {
    /// `None` if they contradict each other.
    pub fn column(&self) -> Option<ColumnCategories> {
        let Some(offsets) = &self.offsets else {
            let labels = self.values.iter().map(|value| number(*value));
            return Some(ColumnCategories::Known(labels.collect()));
        };
        let count = offsets.len().saturating_sub(1);
        let ascii = |byte: &f64| (0.0..128.0).contains(byte).then_some(*byte as u8);
        let bytes: Option<Vec<u8>> = self.values.iter().map(ascii).collect();
        let Some(bytes) = bytes else {
            return Some(ColumnCategories::Lost { count });
        };
        let text = String::from_utf8(bytes).ok()?;
        let labels = offsets.windows(2).map(|bounds| {
            let (start, end) = (bounds[0].try_into().ok()?, bounds[1].try_into().ok()?);
            let text: &str = text.get::<std::ops::Range<usize>>(start..end)?;
            Some(Label::Text(text.to_owned()))
        });
        labels.collect::<Option<_>>().map(ColumnCategories::Known)
    }
}

fn number(value: f64) -> Label {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        Label::Integer(value as i64)
    } else {
        Label::Number(value)
    }
}
