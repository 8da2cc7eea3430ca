//! The attributes of a node of trees: nodes and weights as long lists, named by tree and node.

use std::collections::HashMap;

use crate::models::forest::{DraftNode, Forest, ForestBuilder, Number, Test, TreeDraft, TreeFault};
use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::tensor::Data;
use crate::models::onnx::trouble::Trouble;

/// The trees of a node as the file has them.
#[derive(Debug)]
pub struct TreeTable {
    tree_ids: Vec<i64>,
    node_ids: Vec<i64>,
    features: Vec<i64>,
    modes: Vec<Mode>,
    values: Vec<f64>,
    passed: Vec<i64>,
    failed: Vec<i64>,
    /// Empty if no node takes missing values.
    missing_passes: Vec<i64>,
    weight_trees: Vec<i64>,
    weight_nodes: Vec<i64>,
    pub weight_targets: Vec<i64>,
    pub weights: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "SCREAMING_SNAKE_CASE")]
enum Mode {
    BranchLeq,
    BranchLt,
    BranchGte,
    BranchGt,
    BranchEq,
    BranchNeq,
    Leaf,
}

impl TreeTable {
    /// `what` is the word in the names of the weights: `class` or `target`.
    pub fn read(attributes: &mut Attributes, what: &str) -> Result<Self, Trouble> {
        let modes = attributes.texts("nodes_modes")?.unwrap_or_default();
        let modes = modes.iter().map(|mode| {
            mode.parse()
                .map_err(|_| Trouble::unsupported(format!("nodes of the mode {mode}")))
        });
        let modes: Vec<Mode> = modes.collect::<Result<_, _>>()?;
        // How often nodes were reached in training.
        attributes.floats("nodes_hitrates")?;
        attributes.tensor("nodes_hitrates_as_tensor")?;
        let mut ints = |name: &str| Ok::<_, Trouble>(attributes.ints(name)?.unwrap_or_default());
        let table = Self {
            tree_ids: ints("nodes_treeids")?,
            node_ids: ints("nodes_nodeids")?,
            features: ints("nodes_featureids")?,
            passed: ints("nodes_truenodeids")?,
            failed: ints("nodes_falsenodeids")?,
            missing_passes: ints("nodes_missing_value_tracks_true")?,
            weight_trees: ints(&format!("{what}_treeids"))?,
            weight_nodes: ints(&format!("{what}_nodeids"))?,
            weight_targets: ints(&format!("{what}_ids"))?,
            modes,
            values: numbers(attributes, "nodes_values")?,
            weights: numbers(attributes, &format!("{what}_weights"))?,
        };
        table.check_lengths(what)?;
        Ok(table)
    }

    fn check_lengths(&self, what: &str) -> Result<(), Trouble> {
        let nodes = self.modes.len();
        let lists = [
            &self.tree_ids,
            &self.node_ids,
            &self.features,
            &self.passed,
            &self.failed,
        ];
        let mut lengths = lists.map(Vec::len).into_iter().chain([self.values.len()]);
        let missing = self.missing_passes.len();
        if nodes == 0 || lengths.any(|length| length != nodes) || missing != 0 && missing != nodes {
            return Err(Trouble::invalid(
                "the lists of nodes (`nodes_…`) are empty or of different lengths",
            ));
        }
        let weights = self.weights.len();
        let lists = [&self.weight_trees, &self.weight_nodes, &self.weight_targets];
        if lists
            .map(Vec::len)
            .into_iter()
            .any(|length| length != weights)
        {
            return Err(Trouble::invalid(format!(
                "the lists of weights (`{what}_…`) are of different lengths"
            )));
        }
        Ok(())
    }

    /// The number of trees whose nodes stand together.
    pub fn trees(&self) -> usize {
        self.tree_ids.chunk_by(|one, other| one == other).count()
    }

    /// Builds the trees in their order.
    pub fn forest<T: Number + FromWide>(
        &self,
        columns: usize,
        targets: usize,
    ) -> Result<Forest<T>, Trouble> {
        let mut builder = ForestBuilder::new(columns, targets);
        let weights = self.weights_by_tree()?;
        let mut first = 0;
        for nodes in self.tree_ids.chunk_by(|one, other| one == other) {
            let tree = nodes[0];
            let own = weights.get(&tree).map_or(&[][..], Vec::as_slice);
            let draft = self.draft(first, nodes.len(), own);
            let added = draft.and_then(|draft| {
                builder
                    .add_tree(&draft)
                    .map_err(|fault: TreeFault| Trouble::invalid(fault.to_string()))
            });
            added.map_err(|trouble| trouble.at(&format!("tree {tree}")))?;
            first += nodes.len();
        }
        Ok(builder.build())
    }

    /// The positions of the weights of each tree. Nodes of one tree must stand together: those elsewhere would make
    /// another tree of the same number.
    fn weights_by_tree(&self) -> Result<HashMap<i64, Vec<usize>>, Trouble> {
        let mut trees: HashMap<i64, Vec<usize>> = HashMap::new();
        for nodes in self.tree_ids.chunk_by(|one, other| one == other) {
            if trees.insert(nodes[0], Vec::new()).is_some() {
                return Err(Trouble::invalid(format!(
                    "the nodes of tree {} do not stand together",
                    nodes[0]
                )));
            }
        }
        for (position, tree) in self.weight_trees.iter().enumerate() {
            trees
                .get_mut(tree)
                .ok_or_else(|| Trouble::invalid(format!("a weight names the tree {tree}")))?
                .push(position);
        }
        Ok(trees)
    }

    fn draft<T: Number + FromWide>(
        &self,
        first: usize,
        count: usize,
        weights: &[usize],
    ) -> Result<TreeDraft<T>, Trouble> {
        let ids = &self.node_ids[first..first + count];
        let mut positions = HashMap::with_capacity(count);
        for (position, id) in ids.iter().enumerate() {
            if positions.insert(*id, position).is_some() {
                return Err(Trouble::invalid(format!("node {id} stands there twice")));
            }
        }
        let find = |id: i64| {
            let position = positions.get(&id).copied();
            position.ok_or_else(|| Trouble::invalid(format!("there is no node {id}")))
        };
        let mut sorted = Vec::with_capacity(weights.len());
        for weight in weights {
            sorted.push((find(self.weight_nodes[*weight])?, *weight));
        }
        // Stable, so that the weights of a leaf stay in their order.
        sorted.sort_by_key(|(node, _)| *node);
        let mut next = sorted.iter().copied().enumerate().peekable();
        let mut nodes = Vec::with_capacity(count);
        for node in 0..count {
            let begin = next.peek().map_or(sorted.len(), |(position, _)| *position);
            while next.next_if(|(_, (owner, _))| *owner == node).is_some() {}
            let end = next.peek().map_or(sorted.len(), |(position, _)| *position);
            let place = first + node;
            nodes.push(if self.modes[place] == Mode::Leaf {
                match sorted[begin..end] {
                    [(_, weight)] => DraftNode::Leaf {
                        target: self.target(weight)?,
                        value: T::from_wide(self.weights[weight]),
                    },
                    _ => DraftNode::Weights {
                        first: begin,
                        count: end - begin,
                    },
                }
            } else {
                if begin < end {
                    return Err(Trouble::invalid(format!(
                        "node {} is no leaf, but has a weight",
                        self.node_ids[place]
                    )));
                }
                self.split(place, &find)?
            });
        }
        let weights = sorted
            .iter()
            .map(|(_, weight)| Ok((self.target(*weight)?, T::from_wide(self.weights[*weight]))));
        Ok(TreeDraft {
            nodes,
            root: 0,
            weights: weights.collect::<Result<_, Trouble>>()?,
        })
    }

    fn target(&self, weight: usize) -> Result<usize, Trouble> {
        let target = self.weight_targets[weight];
        usize::try_from(target)
            .map_err(|_| Trouble::invalid(format!("a weight names the output {target}")))
    }

    fn split<T: Number + FromWide>(
        &self,
        place: usize,
        find: &dyn Fn(i64) -> Result<usize, Trouble>,
    ) -> Result<DraftNode<T>, Trouble> {
        let threshold = T::from_wide(self.values[place]);
        let test = match self.modes[place] {
            Mode::BranchLeq => Test::LessOrEqual(threshold),
            Mode::BranchLt => Test::Less(threshold),
            Mode::BranchGte => Test::GreaterOrEqual(threshold),
            Mode::BranchGt => Test::Greater(threshold),
            Mode::BranchEq => Test::Equal(threshold),
            Mode::BranchNeq | Mode::Leaf => Test::NotEqual(threshold),
        };
        let tracks_true = self
            .missing_passes
            .get(place)
            .is_some_and(|flag| *flag == 1);
        let feature = self.features[place];
        Ok(DraftNode::Split {
            column: usize::try_from(feature)
                .map_err(|_| Trouble::invalid(format!("there is no column {feature}")))?,
            test,
            // NaN differs from every threshold, and otherwise fails every comparison.
            missing_passes: tracks_true || matches!(test, Test::NotEqual(_)),
            zero_is_missing: false,
            passed: find(self.passed[place])?,
            failed: find(self.failed[place])?,
        })
    }
}

/// Numbers in single precision, or in double precision as a tensor.
pub fn numbers(attributes: &mut Attributes, name: &str) -> Result<Vec<f64>, Trouble> {
    let single = attributes.floats(name)?;
    let double = attributes.tensor(&format!("{name}_as_tensor"))?;
    match (single, double.map(|tensor| tensor.data)) {
        (single, None) => Ok(single
            .unwrap_or_default()
            .into_iter()
            .map(f64::from)
            .collect()),
        (None, Some(Data::Double(numbers))) => Ok(numbers),
        (None, Some(Data::Float(numbers))) => Ok(numbers.into_iter().map(f64::from).collect()),
        _ => Err(Trouble::invalid(format!(
            "expected either `{name}` or `{name}_as_tensor`"
        ))),
    }
}

/// The precision in which trees are computed, from numbers of the file.
pub trait FromWide {
    fn from_wide(number: f64) -> Self;
}

impl FromWide for f32 {
    fn from_wide(number: f64) -> Self {
        number as Self
    }
}

impl FromWide for f64 {
    fn from_wide(number: f64) -> Self {
        number
    }
}
