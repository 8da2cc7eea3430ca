//! Checks trees and lays them out.

use super::draft::{DraftNode, SetId, Test, TreeDraft, TreeFault};
use super::layout::{Comparison, NAN_SLOT, Node, OTHER, Other, Question, Set, Slots, Source, Tree};
use super::number::Number;
use super::score::Forest;

/// The values of leaves with several targets that any forest may have. Beyond it, they must not be more than
/// `VALUES_PER_WEIGHT` times the weights in the file, since targets that a leaf does not name take room, too.
const VALUES: usize = 1 << 24;
const VALUES_PER_WEIGHT: usize = 4;

/// Makes a [`Forest`]. After a fault it is of no use any more.
#[derive(Debug)]
pub struct ForestBuilder<T> {
    columns: usize,
    targets: usize,
    nodes: Vec<Node<T>>,
    trees: Vec<Tree>,
    values: Vec<T>,
    weights: usize,
    others: Vec<Other<T>>,
    sets: Vec<Set>,
    words: Vec<u32>,
    slots: Slots,
}

impl<T: Number> ForestBuilder<T> {
    /// `columns`: the numbers of a row; `targets`: the sums of a row, at least one.
    pub fn new(columns: usize, targets: usize) -> Self {
        // The first node stands before the first root, so that each leaf has a node before it.
        let before = Node {
            threshold: T::NAN,
            slot: NAN_SLOT,
            child: 0,
        };
        Self {
            columns,
            targets,
            nodes: vec![before],
            trees: Vec::new(),
            values: Vec::new(),
            weights: 0,
            others: Vec::new(),
            sets: Vec::new(),
            words: Vec::new(),
            slots: Slots::default(),
        }
    }

    /// Keeps a set of categories: category `c` is bit `c % 32` of word `c / 32`.
    pub fn add_set(&mut self, words: &[u32]) -> Result<SetId, TreeFault> {
        let id = SetId(index(self.sets.len())?);
        self.sets.push(Set {
            first: index(self.words.len())?,
            words: index(words.len())?,
            is_sorted_list: false,
        });
        self.words.extend_from_slice(words);
        Ok(id)
    }

    /// Keeps a set of categories in any order, in no more memory than it takes as a list.
    pub fn add_categories(&mut self, mut categories: Vec<u32>) -> Result<SetId, TreeFault> {
        categories.sort_unstable();
        categories.dedup();
        let words = categories
            .last()
            .map_or(0, |greatest| greatest / u32::BITS + 1);
        if words as usize > 2 * categories.len() + 8 {
            return self.add_sorted(&categories);
        }
        let mut bits = vec![0; words as usize];
        for category in categories {
            bits[(category / u32::BITS) as usize] |= 1 << (category % u32::BITS);
        }
        self.add_set(&bits)
    }

    fn add_sorted(&mut self, categories: &[u32]) -> Result<SetId, TreeFault> {
        let id = self.add_set(categories)?;
        self.sets[id.0 as usize].is_sorted_list = true;
        Ok(id)
    }

    /// Checks a tree and adds it behind the others.
    pub fn add_tree(&mut self, draft: &TreeDraft<T>) -> Result<(), TreeFault> {
        let (first_target, targets) = self.targets_of(draft)?;
        let root = index(self.nodes.len())?;
        index(self.nodes.len() + draft.nodes.len())?;
        let others = self.others.len();
        self.nodes.reserve(draft.nodes.len());
        self.place_nodes(draft, first_target, targets)?;
        self.trees.push(Tree {
            root,
            first_target: index(first_target)?,
            targets: index(targets)?,
            is_plain: self.others.len() == others,
        });
        Ok(())
    }

    pub fn build(self) -> Forest<T> {
        Forest {
            columns: self.columns,
            targets: self.targets,
            nodes: self.nodes,
            trees: self.trees,
            values: self.values,
            others: self.others,
            words: self.words,
            sources: self.slots.sources,
        }
    }

    /// The first target of a tree and their number up to the last one.
    fn targets_of(&self, draft: &TreeDraft<T>) -> Result<(usize, usize), TreeFault> {
        let (mut first, mut last) = (usize::MAX, 0);
        for (node, draft_node) in draft.nodes.iter().enumerate() {
            let mut check = |target: usize| {
                (first, last) = (first.min(target), last.max(target));
                let targets = self.targets;
                (target < targets).then_some(()).ok_or(TreeFault::NoTarget {
                    node,
                    target,
                    targets,
                })
            };
            match *draft_node {
                DraftNode::Split { .. } => {}
                DraftNode::Leaf { target, .. } => check(target)?,
                DraftNode::Weights {
                    first: begin,
                    count,
                } => {
                    let weights = weights(draft, node, begin, count)?;
                    weights.iter().try_for_each(|(target, _)| check(*target))?;
                }
            }
        }
        // Leaves without any weight add nothing.
        let first = first.min(last);
        Ok((first, last - first + 1))
    }

    /// Places nodes depth first: both children of a node, then what is below the first one.
    fn place_nodes(
        &mut self,
        draft: &TreeDraft<T>,
        first_target: usize,
        targets: usize,
    ) -> Result<(), TreeFault> {
        if draft.nodes.is_empty() {
            return Err(TreeFault::Empty);
        }
        if draft.root >= draft.nodes.len() {
            return Err(TreeFault::NoChild {
                node: draft.root,
                child: draft.root,
            });
        }
        let mut seen = vec![false; draft.nodes.len()];
        let mut waiting = vec![(draft.root, self.new_node())];
        while let Some((node, position)) = waiting.pop() {
            if std::mem::replace(&mut seen[node], true) {
                return Err(TreeFault::Twice { node });
            }
            let [first, second] = match draft.nodes[node] {
                DraftNode::Split { passed, failed, .. } => {
                    for child in [passed, failed] {
                        if child >= draft.nodes.len() {
                            return Err(TreeFault::NoChild { node, child });
                        }
                    }
                    let (placed, exchanged) = self.split(draft, node)?;
                    self.nodes[position] = placed;
                    if exchanged {
                        [failed, passed]
                    } else {
                        [passed, failed]
                    }
                }
                _ => {
                    let value = self.leaf_value(draft, node, first_target, targets)?;
                    self.nodes[position] = Node::leaf(index(position)?, value);
                    continue;
                }
            };
            let child = self.new_node();
            let other_child = self.new_node();
            self.nodes[position].child = index(child)?;
            waiting.extend([(second, other_child), (first, child)]);
        }
        match seen.iter().position(|seen| !seen) {
            Some(node) => Err(TreeFault::Unreachable { node }),
            None => Ok(()),
        }
    }

    fn new_node(&mut self) -> usize {
        self.nodes.push(self.nodes[0]);
        self.nodes.len() - 1
    }

    /// A split without its children, and whether they are exchanged.
    fn split(&mut self, draft: &TreeDraft<T>, node: usize) -> Result<(Node<T>, bool), TreeFault> {
        let DraftNode::Split {
            column,
            test,
            missing_passes,
            zero_is_missing,
            ..
        } = draft.nodes[node]
        else {
            unreachable!("only splits are asked for");
        };
        if column >= self.columns {
            return Err(TreeFault::NoColumn {
                node,
                column,
                columns: self.columns,
            });
        }
        let comparison = Comparison::new(test, missing_passes);
        let slot = self.slots.slot(Source {
            column,
            is_negated: comparison.is_some_and(|comparison| comparison.is_negated),
            zero_is_nan: zero_is_missing,
        });
        if slot >= OTHER {
            return Err(TreeFault::TooLarge);
        }
        if let Some(comparison) = comparison {
            let placed = Node {
                threshold: comparison.threshold,
                slot,
                child: 0,
            };
            return Ok((placed, comparison.exchanged));
        }
        let (question, exchanged) = self.question(test, node)?;
        let placed = Node {
            threshold: T::ZERO,
            slot: OTHER | index(self.others.len())?,
            child: 0,
        };
        self.others.push(Other {
            slot,
            question,
            nan_is_first: missing_passes != exchanged,
        });
        Ok((placed, exchanged))
    }

    /// A test that is not an order, and whether the first child is for values that fail it.
    fn question(&self, test: Test<T>, node: usize) -> Result<(Question<T>, bool), TreeFault> {
        match test {
            Test::Equal(value) => Ok((Question::Equal(value), false)),
            Test::NotEqual(value) => Ok((Question::Equal(value), true)),
            Test::Member(SetId(set)) => {
                let set = self.sets.get(set as usize);
                let set = *set.ok_or(TreeFault::NoSet { node })?;
                Ok((Question::Member(set), false))
            }
            _ => unreachable!("an order is a comparison"),
        }
    }

    /// What stands in the node of a leaf.
    fn leaf_value(
        &mut self,
        draft: &TreeDraft<T>,
        node: usize,
        first_target: usize,
        targets: usize,
    ) -> Result<T, TreeFault> {
        let one;
        let weights = match draft.nodes[node] {
            DraftNode::Leaf { value, .. } if targets == 1 => return Ok(value),
            DraftNode::Leaf { target, value } => {
                one = [(target, value)];
                one.as_slice()
            }
            DraftNode::Weights { first, count } => weights(draft, node, first, count)?,
            DraftNode::Split { .. } => unreachable!("only leaves are asked for"),
        };
        if targets == 1 {
            let mut sum = T::ZERO;
            weights.iter().for_each(|(_, value)| sum += *value);
            return Ok(sum);
        }
        let begin = self.values.len();
        self.weights += weights.len();
        if begin + targets > VALUES.max(VALUES_PER_WEIGHT * self.weights) {
            return Err(TreeFault::TooLarge);
        }
        self.values.resize(begin + targets, T::ZERO);
        for (target, value) in weights {
            self.values[begin + target - first_target] += *value;
        }
        Ok(T::from_index(index(begin)?))
    }
}

/// The weights of a leaf.
fn weights<T>(
    draft: &TreeDraft<T>,
    node: usize,
    first: usize,
    count: usize,
) -> Result<&[(usize, T)], TreeFault> {
    first
        .checked_add(count)
        .and_then(|end| draft.weights.get(first..end))
        .ok_or(TreeFault::NoWeights { node })
}

/// A position as nodes keep it.
fn index(position: usize) -> Result<u32, TreeFault> {
    u32::try_from(position)
        .ok()
        .filter(|index| *index < OTHER)
        .ok_or(TreeFault::TooLarge)
}
