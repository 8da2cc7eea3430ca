//! A tree as a reader of a format describes it.

/// A tree whose nodes name their children by position.
#[derive(Clone, Debug)]
pub struct TreeDraft<T> {
    pub nodes: Vec<DraftNode<T>>,
    /// The position of the root in `nodes`.
    pub root: usize,
    /// What leaves with several values add: the target and the value.
    pub weights: Vec<(usize, T)>,
}

impl<T> TreeDraft<T> {
    /// A tree whose root is its first node and whose leaves have one value each.
    pub fn new(nodes: Vec<DraftNode<T>>) -> Self {
        Self {
            nodes,
            root: 0,
            weights: Vec::new(),
        }
    }
}

/// A node of a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum DraftNode<T> {
    Split {
        column: usize,
        test: Test<T>,
        /// Whether a missing value (NaN) passes the test. It never depends on the test itself: a reader whose library
        /// compares NaN says here what that gives.
        missing_passes: bool,
        /// Whether zero counts as missing, too, as in LightGBM.
        zero_is_missing: bool,
        /// The node for values that pass the test.
        passed: usize,
        /// The node for all others.
        failed: usize,
    },
    /// Adds a value to one target.
    Leaf { target: usize, value: T },
    /// Adds `weights[first..first + count]` of the tree.
    Weights { first: usize, count: usize },
}

/// What a split asks of a value `x`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test<T> {
    /// `x <= threshold`
    LessOrEqual(T),
    Less(T),
    GreaterOrEqual(T),
    Greater(T),
    Equal(T),
    NotEqual(T),
    /// `x` without its fraction is a category of the set; a negative or huge number is none.
    Member(SetId),
}

/// A set of categories that a [`ForestBuilder`](super::ForestBuilder) keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetId(pub(super) u32);

/// Why a tree is refused. Nodes are named by their position in the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TreeFault {
    #[error("it has no nodes")]
    Empty,
    #[error("node {node}: there is no node {child}")]
    NoChild { node: usize, child: usize },
    #[error("node {node} is reached twice, as a child of two nodes or of its own descendant")]
    Twice { node: usize },
    #[error("node {node} cannot be reached from the root")]
    Unreachable { node: usize },
    #[error("node {node}: there is no column {column}; the model has {columns}")]
    NoColumn {
        node: usize,
        column: usize,
        columns: usize,
    },
    #[error("node {node}: there is no output {target}; the model has {targets}")]
    NoTarget {
        node: usize,
        target: usize,
        targets: usize,
    },
    #[error("node {node}: its weights are not in the file")]
    NoWeights { node: usize },
    #[error("node {node}: its set of categories is not in the file")]
    NoSet { node: usize },
    #[error("the forest would take more memory than its file accounts for")]
    TooLarge,
}
