//! A set as a tree of files: `set.yaml`, and for each label `labels/<label>.tsv` and `labels/<label>.except.tsv`
//! with a rule in each line.

mod line;
mod read;
mod write;

pub use read::read;
pub(super) use read::{read_label, text_of_file};
pub use write::write;

/// The options, lists and filters of a tree, and the order of its labels.
pub(super) const SET_FILE: &str = "set.yaml";

/// The folder of its labels.
pub(super) const LABELS: &str = "labels/";

/// Files of a tree by their paths, in the order in which they are written.
pub type Tree = Vec<(String, Vec<u8>)>;
