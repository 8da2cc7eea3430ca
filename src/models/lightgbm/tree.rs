//! One tree of the file.

use super::fields::{Field, Fields};
use super::lines::Lines;
use crate::models::forest::{DraftNode, ForestBuilder, SetId, Test, TreeDraft};
use crate::models::refusal::Refusal;

/// Bits of `decision_type`.
const CATEGORICAL: u32 = 1;
const DEFAULT_LEFT: u32 = 2;
const MISSING_SHIFT: u32 = 2;

/// Reads the tree that begins at the next line, and adds it to the forest.
pub(super) fn read_tree(
    lines: &mut Lines<'_>,
    tree: usize,
    target: usize,
    forest: &mut ForestBuilder<f64>,
) -> Result<(), Refusal> {
    let Some(first) = lines.next() else {
        return Err(Refusal::new(format!("tree {tree} is missing")));
    };
    if first.text != format!("Tree={tree}") {
        return Err(first.refusal(format!("expected Tree={tree}")));
    }
    let section = format!("tree {tree} (line {})", first.number);
    let mut fields = Fields::new(section.clone());
    for line in lines.take_while(|line| !line.text.is_empty()) {
        fields.insert(line)?;
    }
    let reader = Reader::new(&fields, target)?;
    let draft = TreeDraft::new(reader.nodes(forest)?);
    forest
        .add_tree(&draft)
        .map_err(|fault| Refusal::new(format!("{section}: {fault}")))
}

/// The fields of a tree, of the right number.
struct Reader<'r, 'f> {
    fields: &'r Fields<'f>,
    target: usize,
    leaves: usize,
    leaf_values: Vec<f64>,
    categorical_splits: usize,
}

impl<'r, 'f> Reader<'r, 'f> {
    fn new(fields: &'r Fields<'f>, target: usize) -> Result<Self, Refusal> {
        if let Some(linear) = fields.get("is_linear")
            && linear.number::<i64>()? != 0
        {
            return Err(linear.refusal(
                "linear trees are not computed, only trees with a constant in each leaf; train without \
                 `linear_tree`",
            ));
        }
        let num_leaves = fields.require("num_leaves")?;
        let leaves: usize = num_leaves.number()?;
        if leaves == 0 {
            return Err(num_leaves.refusal("expected at least 1, found 0"));
        }
        Ok(Self {
            fields,
            target,
            leaves,
            leaf_values: fields.require("leaf_value")?.numbers(leaves)?,
            categorical_splits: fields.require("num_cat")?.number()?,
        })
    }

    /// The splits and behind them the leaves.
    fn nodes(&self, forest: &mut ForestBuilder<f64>) -> Result<Vec<DraftNode<f64>>, Refusal> {
        let mut nodes = Vec::with_capacity(2 * self.leaves - 1);
        if self.leaves > 1 {
            self.add_splits(&mut nodes, forest)?;
        }
        let leaf = |value: &f64| DraftNode::Leaf {
            target: self.target,
            value: *value,
        };
        nodes.extend(self.leaf_values.iter().map(leaf));
        Ok(nodes)
    }

    fn add_splits(
        &self,
        nodes: &mut Vec<DraftNode<f64>>,
        forest: &mut ForestBuilder<f64>,
    ) -> Result<(), Refusal> {
        let splits = self.leaves - 1;
        let sets = self.sets(forest)?;
        let columns = self.fields.require("split_feature")?;
        let thresholds = self.fields.require("threshold")?;
        let decisions = self.fields.get("decision_type");
        let left = self.children("left_child")?;
        let right = self.children("right_child")?;
        let column_numbers: Vec<usize> = columns.numbers(splits)?;
        let threshold_numbers: Vec<f64> = thresholds.numbers(splits)?;
        let decision_numbers: Vec<u32> = match decisions {
            Some(decisions) => decisions.numbers(splits)?,
            None => vec![0; splits],
        };
        for split in 0..splits {
            let decision = Decision {
                bits: decision_numbers[split],
                threshold: threshold_numbers[split],
            };
            let question = decision
                .question(&sets)
                .map_err(|reason| decisions.unwrap_or(thresholds).refusal(reason))?;
            nodes.push(DraftNode::Split {
                column: column_numbers[split],
                test: question.test,
                missing_passes: question.missing_passes,
                zero_is_missing: question.zero_is_missing,
                passed: left[split],
                failed: right[split],
            });
        }
        Ok(())
    }

    /// Positions among the nodes: splits are written as they are, leaf `n` as `-n - 1`.
    fn children(&self, key: &str) -> Result<Vec<usize>, Refusal> {
        let field = self.fields.require(key)?;
        let splits = self.leaves - 1;
        let position = |child: i64| {
            if child >= 0 {
                usize::try_from(child).ok().filter(|split| *split < splits)
            } else {
                let leaf = usize::try_from(-(child + 1)).ok();
                leaf.filter(|leaf| *leaf < self.leaves)
                    .map(|leaf| splits + leaf)
            }
        };
        let children = field.numbers::<i64>(splits)?.into_iter().map(|child| {
            position(child).ok_or_else(|| {
                field.refusal(format!(
                    "expected splits from 0 to {} or leaves from -1 to -{}, found {child}",
                    splits - 1,
                    self.leaves
                ))
            })
        });
        children.collect()
    }

    /// The sets of categories of its splits.
    fn sets(&self, forest: &mut ForestBuilder<f64>) -> Result<Vec<SetId>, Refusal> {
        if self.categorical_splits == 0 {
            return Ok(Vec::new());
        }
        let boundaries = self.fields.require("cat_boundaries")?;
        let bounds: Vec<usize> = boundaries.numbers(self.categorical_splits.saturating_add(1))?;
        let thresholds = self.fields.require("cat_threshold")?;
        let words: Vec<u32> = thresholds.numbers(bounds.last().copied().unwrap_or_default())?;
        let sets = bounds.windows(2).map(|bounds| {
            let set = words.get(bounds[0]..bounds[1]);
            let set = set.ok_or_else(|| wrong_bounds(&boundaries))?;
            forest
                .add_set(set)
                .map_err(|fault| thresholds.refusal(fault))
        });
        sets.collect()
    }
}

fn wrong_bounds(boundaries: &Field<'_>) -> Refusal {
    boundaries.refusal("expected numbers that never become smaller")
}

/// `decision_type` and `threshold` of a split.
struct Decision {
    bits: u32,
    threshold: f64,
}

struct Question {
    test: Test<f64>,
    missing_passes: bool,
    zero_is_missing: bool,
}

impl Decision {
    fn question(&self, sets: &[SetId]) -> Result<Question, String> {
        if self.bits & CATEGORICAL != 0 {
            return self.category(sets);
        }
        let default_left = self.bits & DEFAULT_LEFT != 0;
        let (missing_passes, zero_is_missing) = match self.bits >> MISSING_SHIFT {
            // Without missing values in training, NaN counts as zero.
            0 => (0.0 <= self.threshold, false),
            1 => (default_left, true),
            2 => (default_left, false),
            _ => {
                return Err(format!(
                    "expected numbers from 0 to 11, whose bits say how a split decides, found {}",
                    self.bits
                ));
            }
        };
        Ok(Question {
            test: Test::LessOrEqual(self.threshold),
            missing_passes,
            zero_is_missing,
        })
    }

    fn category(&self, sets: &[SetId]) -> Result<Question, String> {
        let set = (self.threshold >= 0.0 && self.threshold.fract() == 0.0)
            .then(|| sets.get(self.threshold as usize))
            .flatten();
        match set {
            Some(set) => Ok(Question {
                test: Test::Member(*set),
                missing_passes: false,
                zero_is_missing: false,
            }),
            None => Err(format!(
                "a split by categories has the threshold {}, expected the position of one of {} sets",
                self.threshold,
                sets.len()
            )),
        }
    }
}
