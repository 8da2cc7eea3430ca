//! Walks rows down the trees, several rows or trees side by side.

use super::layout::{Node, OTHER, Other, Question, Source, Tree};
use super::number::Number;

/// The rows that go down a tree side by side, and the trees that one row goes down.
const LANES: usize = 8;

/// An ensemble of trees that was checked: every child, column, target and set exists, and every walk ends at a leaf.
#[derive(Debug)]
pub struct Forest<T> {
    pub(super) columns: usize,
    pub(super) targets: usize,
    pub(super) nodes: Vec<Node<T>>,
    pub(super) trees: Vec<Tree>,
    /// The values of leaves with several targets.
    pub(super) values: Vec<T>,
    pub(super) others: Vec<Other<T>>,
    pub(super) words: Vec<u32>,
    /// What the slots from the second on hold; the first is NaN.
    pub(super) sources: Vec<Source>,
}

impl<T: Number> Forest<T> {
    /// The numbers of a row.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The sums of a row.
    pub fn targets(&self) -> usize {
        self.targets
    }

    /// Adds what the trees say of each row to its sums, tree by tree. NaN is a missing value. Both slices go row by
    /// row; panics unless they are of the same number of rows.
    pub fn add(&self, inputs: &[T], sums: &mut [T]) {
        let rows = sums.len() / self.targets;
        assert_eq!(rows * self.targets, sums.len(), "the sums of whole rows");
        assert_eq!(rows * self.columns, inputs.len(), "a row for each sum");
        let row = |row: usize| &inputs[row * self.columns..(row + 1) * self.columns];
        let blocks = rows / LANES;
        let mut block = vec![
            [T::NAN; LANES];
            if blocks > 0 {
                self.sources.len() + 1
            } else {
                0
            }
        ];
        for first in (0..blocks).map(|block| block * LANES) {
            for (slot, source) in block[1..].iter_mut().zip(&self.sources) {
                *slot = std::array::from_fn(|lane| source.value(row(first + lane)));
            }
            let sums = &mut sums[first * self.targets..(first + LANES) * self.targets];
            self.add_block(&block, sums);
        }
        let mut prepared = Vec::with_capacity(self.sources.len() + 1);
        for alone in blocks * LANES..rows {
            prepared.clear();
            prepared.push(T::NAN);
            prepared.extend(self.sources.iter().map(|source| source.value(row(alone))));
            let sums = &mut sums[alone * self.targets..(alone + 1) * self.targets];
            self.add_row(&prepared, sums);
        }
    }

    fn add_block(&self, block: &[[T; LANES]], sums: &mut [T]) {
        for tree in &self.trees {
            let leaves = if tree.is_plain {
                walk_rows(&self.nodes, tree.root, block)
            } else {
                std::array::from_fn(|lane| self.walk_any(tree.root, |slot| block[slot][lane]))
            };
            for (sums, leaf) in sums.chunks_exact_mut(self.targets).zip(leaves) {
                self.add_leaf(tree, leaf, sums);
            }
        }
    }

    fn add_row(&self, row: &[T], sums: &mut [T]) {
        let (groups, rest) = self.trees.as_chunks::<LANES>();
        for trees in groups {
            if trees.iter().all(|tree| tree.is_plain) {
                let leaves = walk_trees(&self.nodes, trees.map(|tree| tree.root), row);
                for (tree, leaf) in trees.iter().zip(leaves) {
                    self.add_leaf(tree, leaf, sums);
                }
            } else {
                self.add_trees(trees, row, sums);
            }
        }
        self.add_trees(rest, row, sums);
    }

    /// Goes down trees of any kind, one after the other.
    fn add_trees(&self, trees: &[Tree], row: &[T], sums: &mut [T]) {
        for tree in trees {
            let leaf = self.walk_any(tree.root, |slot| row[slot]);
            self.add_leaf(tree, leaf, sums);
        }
    }

    fn add_leaf(&self, tree: &Tree, leaf: u32, sums: &mut [T]) {
        let value = self.nodes[leaf as usize].threshold;
        let target = tree.first_target as usize;
        if tree.targets == 1 {
            sums[target] += value;
            return;
        }
        let (first, targets) = (value.to_index() as usize, tree.targets as usize);
        let values = &self.values[first..first + targets];
        for (sum, value) in sums[target..target + targets].iter_mut().zip(values) {
            *sum += *value;
        }
    }

    /// Goes down a tree whose nodes may ask anything.
    fn walk_any(&self, root: u32, value: impl Fn(usize) -> T) -> u32 {
        let mut position = root;
        loop {
            let node = &self.nodes[position as usize];
            if node.is_leaf() {
                return position;
            }
            let is_first = if node.slot & OTHER == 0 {
                value(node.slot as usize) <= node.threshold
            } else {
                let other = &self.others[(node.slot & !OTHER) as usize];
                self.answer(other, value(other.slot as usize))
            };
            position = node.child + u32::from(!is_first);
        }
    }

    /// Whether a value goes to the first child.
    fn answer(&self, other: &Other<T>, value: T) -> bool {
        if value.is_nan() {
            return other.nan_is_first;
        }
        match other.question {
            Question::Equal(expected) => value == expected,
            Question::Member(set) => value
                .category()
                .is_some_and(|category| set.has(category, &self.words)),
        }
    }
}

/// Takes a step from each position. Steps from leaves lead nowhere.
fn walk_rows<T: Number>(nodes: &[Node<T>], root: u32, block: &[[T; LANES]]) -> [u32; LANES] {
    let mut at = [root; LANES];
    loop {
        let mut moved = 0;
        for lane in 0..LANES {
            let node = &nodes[at[lane] as usize];
            let is_first = block[node.slot as usize][lane] <= node.threshold;
            let next = node.child + u32::from(!is_first);
            moved |= next ^ at[lane];
            at[lane] = next;
        }
        if moved == 0 {
            return at;
        }
    }
}

fn walk_trees<T: Number>(nodes: &[Node<T>], roots: [u32; LANES], row: &[T]) -> [u32; LANES] {
    let mut at = roots;
    loop {
        let mut moved = 0;
        for position in &mut at {
            let node = &nodes[*position as usize];
            let is_first = row[node.slot as usize] <= node.threshold;
            let next = node.child + u32::from(!is_first);
            moved |= next ^ *position;
            *position = next;
        }
        if moved == 0 {
            return at;
        }
    }
}
