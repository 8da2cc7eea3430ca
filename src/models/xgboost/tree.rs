//! From a tree of a file to one that can be added to a forest.

use super::file::TreeFile;
use super::parameters::parameter;
use crate::models::forest::{DraftNode, ForestBuilder, SetId, Test, TreeDraft};
use crate::models::refusal::Refusal;

/// Stands instead of a column where pruning took a node away.
const DELETED: u32 = 2_147_483_647;

/// The first number that XGBoost does not take for a category.
const CATEGORY_END: i32 = 16_777_217;

impl TreeFile {
    /// Checks a tree and adds it with a weight to a sum.
    pub fn add_to(
        &self,
        forest: &mut ForestBuilder<f32>,
        target: usize,
        weight: f32,
    ) -> Result<(), String> {
        self.check()?;
        let positions = self.positions()?;
        let sets = self.sets(forest)?;
        let mut nodes = Vec::with_capacity(positions.len());
        for node in 0..positions.len() {
            if positions[node].is_some() {
                nodes.push(self.node(node, target, weight, &positions, &sets)?);
            }
        }
        forest
            .add_tree(&TreeDraft::new(nodes))
            .map_err(|fault| fault.to_string())
    }

    /// Whether there is one of everything for each node, and one value for each leaf.
    fn check(&self) -> Result<(), String> {
        let size_leaf_vector = self.size_leaf_vector.as_deref();
        let values: usize =
            parameter("tree_param.size_leaf_vector", size_leaf_vector, 1).map_err(sentence)?;
        if values > 1 {
            return Err(format!(
                "its leaves have {values} values each (multi_strategy=multi_output_tree), which are not computed; \
                 train with multi_strategy=one_output_per_tree, one model for each output"
            ));
        }
        let nodes = self.left_children.len();
        let lists = [
            ("right_children", self.right_children.len()),
            ("split_indices", self.split_indices.len()),
            ("split_conditions", self.split_conditions.len()),
            ("default_left", self.default_left.len()),
        ];
        for (name, count) in lists {
            if count != nodes {
                return Err(format!(
                    "{name}: expected {nodes} numbers as in left_children, found {count}"
                ));
            }
        }
        match self.split_type.len() {
            0 => Ok(()),
            count if count == nodes => Ok(()),
            count => Err(format!(
                "split_type: expected {nodes} numbers as in left_children, found {count}"
            )),
        }
    }

    /// Where each node stands once those are left out that pruning took away.
    fn positions(&self) -> Result<Vec<Option<usize>>, String> {
        let num_deleted = self.num_deleted.as_deref();
        let deleted: usize =
            parameter("tree_param.num_deleted", num_deleted, 0).map_err(sentence)?;
        let mut position = 0;
        let positions = self.split_indices.iter().map(|column| {
            if deleted > 0 && *column == DELETED {
                return None;
            }
            position += 1;
            Some(position - 1)
        });
        Ok(positions.collect())
    }

    fn node(
        &self,
        node: usize,
        target: usize,
        weight: f32,
        positions: &[Option<usize>],
        sets: &[Option<SetId>],
    ) -> Result<DraftNode<f32>, String> {
        let (left, right) = (self.left_children[node], self.right_children[node]);
        let condition = self.split_conditions[node];
        if left == -1 && right == -1 {
            return Ok(DraftNode::Leaf {
                target,
                value: condition * weight,
            });
        }
        let child = |child: i32| {
            let position = usize::try_from(child).ok();
            let position = position.and_then(|child| positions.get(child).copied().flatten());
            position.ok_or_else(|| format!("node {node}: there is no node {child}"))
        };
        let (left, right) = (child(left)?, child(right)?);
        let default_left = self.default_left[node] != 0;
        // A category of the set goes to the right.
        let (test, passed, failed) = match self.split_type.get(node).copied().unwrap_or(0) {
            0 => (Test::Less(condition), left, right),
            1 => {
                let set = sets.get(node).copied().flatten();
                let set = set.ok_or_else(|| format!("node {node}: it has no categories"))?;
                (Test::Member(set), right, left)
            }
            other => {
                return Err(format!(
                    "split_type[{node}]: expected 0 or 1, found {other}"
                ));
            }
        };
        Ok(DraftNode::Split {
            column: self.split_indices[node] as usize,
            test,
            missing_passes: default_left == (passed == left),
            zero_is_missing: false,
            passed,
            failed,
        })
    }

    /// The categories of each node that has some; empty if none has.
    fn sets(&self, forest: &mut ForestBuilder<f32>) -> Result<Vec<Option<SetId>>, String> {
        if self.categories_nodes.is_empty() {
            return Ok(Vec::new());
        }
        let mut sets = vec![None; self.left_children.len()];
        for (index, node) in self.categories_nodes.iter().enumerate() {
            let categories = self.categories_of(index);
            let categories = categories.ok_or_else(|| {
                format!("categories_nodes[{index}]: its categories are not in the file")
            })?;
            let set = forest
                .add_categories(categories)
                .map_err(|fault| fault.to_string())?;
            match sets.get_mut(*node as usize) {
                Some(place) => *place = Some(set),
                None => {
                    return Err(format!(
                        "categories_nodes[{index}]: there is no node {node}"
                    ));
                }
            }
        }
        Ok(sets)
    }

    fn categories_of(&self, index: usize) -> Option<Vec<u32>> {
        let start = usize::try_from(*self.categories_segments.get(index)?).ok()?;
        let count = usize::try_from(*self.categories_sizes.get(index)?).ok()?;
        let categories = self.categories.get(start..start.checked_add(count)?)?;
        let category = |category: &i32| {
            (0..CATEGORY_END)
                .contains(category)
                .then_some(*category as u32)
        };
        categories.iter().map(category).collect()
    }
}

fn sentence(refusal: Refusal) -> String {
    refusal.message
}
