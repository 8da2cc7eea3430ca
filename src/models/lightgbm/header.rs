//! What stands before the trees.

use super::fields::{Field, Fields};
use super::lines::Lines;
use super::objective::Objective;
use crate::models::refusal::Refusal;

/// What the header says.
#[derive(Debug)]
pub(super) struct Header<'f> {
    /// Trees of one iteration: one for each sum.
    pub trees_per_iteration: usize,
    pub feature_names: Vec<&'f str>,
    pub objective: Objective,
    /// Whether the sums are divided by the number of iterations: a random forest.
    pub average_output: bool,
    /// The bytes of each tree.
    pub tree_sizes: Option<TreeSizes<'f>>,
}

#[derive(Debug)]
pub(super) struct TreeSizes<'f> {
    pub field: Field<'f>,
    pub sizes: Vec<usize>,
}

/// Whether a line ends the header.
fn ends_header(line: &str) -> bool {
    line.starts_with("Tree=") || line == "end of trees"
}

impl<'f> Header<'f> {
    pub fn read(lines: &mut Lines<'f>) -> Result<Self, Refusal> {
        match lines.next() {
            Some(line) if line.text == "tree" => {}
            _ => {
                return Err(Refusal::new(
                    "line 1: expected \"tree\", as the text format of LightGBM begins",
                ));
            }
        }
        let mut fields = Fields::new("the header".to_owned());
        while let Some(line) = lines.peek() {
            if ends_header(line.text) {
                break;
            }
            if !line.text.is_empty() {
                fields.insert(line)?;
            }
            lines.next();
        }
        Self::from_fields(&fields)
    }

    fn from_fields(fields: &Fields<'f>) -> Result<Self, Refusal> {
        let num_class = fields.require("num_class")?;
        let classes: usize = num_class.number()?;
        let per_iteration = fields.get("num_tree_per_iteration").unwrap_or(num_class);
        let trees_per_iteration: usize = per_iteration.number()?;
        if trees_per_iteration == 0 || classes == 0 {
            return Err(per_iteration.refusal("expected at least 1, found 0"));
        }
        let objective = Objective::read(fields.get("objective"), trees_per_iteration)?;
        Ok(Self {
            trees_per_iteration,
            feature_names: feature_names(fields)?,
            objective,
            average_output: fields.get("average_output").is_some(),
            tree_sizes: fields.get("tree_sizes").map(tree_sizes).transpose()?,
        })
    }
}

fn feature_names<'f>(fields: &Fields<'f>) -> Result<Vec<&'f str>, Refusal> {
    let last: usize = fields.require("max_feature_idx")?.number()?;
    let field = fields.require("feature_names")?;
    let names: Vec<&str> = field.words().collect();
    if names.len().checked_sub(1) == Some(last) {
        Ok(names)
    } else {
        Err(field.refusal(format!(
            "expected a name for each feature up to max_feature_idx={last}, found {} names",
            names.len()
        )))
    }
}

fn tree_sizes(field: Field<'_>) -> Result<TreeSizes<'_>, Refusal> {
    let sizes = field.numbers(field.words().count())?;
    Ok(TreeSizes { field, sizes })
}
