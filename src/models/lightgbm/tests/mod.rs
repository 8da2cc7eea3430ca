mod answers;
mod refusals;

use crate::models::Format;
use crate::models::inputs::trials::package;

/// A file of two features with an objective and trees, in the order of the real ones.
fn file(objective: &str, trees_per_iteration: usize, more: &str, trees: &[&str]) -> Vec<u8> {
    let trees = trees
        .iter()
        .enumerate()
        .map(|(tree, text)| format!("Tree={tree}\n{text}\n\n"));
    format!(
        "tree\nversion=v4\nnum_class={trees_per_iteration}\nnum_tree_per_iteration={trees_per_iteration}\n\
         label_index=0\nmax_feature_idx=1\nobjective={objective}\nfeature_names=age fare\n{more}\n{}end of trees\n",
        trees.collect::<String>()
    )
    .into_bytes()
}

/// A tree that splits once.
fn split(feature: usize, threshold: &str, decision: u32, left: f64, right: f64) -> String {
    format!(
        "num_leaves=2\nnum_cat=0\nsplit_feature={feature}\nthreshold={threshold}\ndecision_type={decision}\n\
         left_child=-1\nright_child=-2\nleaf_value={left} {right}\nis_linear=0\nshrinkage=1"
    )
}

fn lightgbm(file: Vec<u8>) -> crate::models::Package {
    package(Format::LightGbm, file)
}
