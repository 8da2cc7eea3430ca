mod answers;
mod refusals;

use serde_json::{Value, json};

use crate::models::inputs::trials::package;
use crate::models::{Format, Package};

/// A file of two features with one tree, which asks the first one, for each sum.
fn file(objective: &str, sums: usize) -> Value {
    let trees: Vec<Value> = (0..sums).map(|_| tree()).collect();
    let tree_info: Vec<usize> = (0..sums).collect();
    let num_class = if sums > 1 { sums } else { 0 };
    json!({
        "learner": {
            "attributes": {},
            "feature_names": ["age", "fare"],
            "feature_types": ["float", "float"],
            "gradient_booster": {
                "model": {
                    "cats": {"enc": [], "feature_segments": [], "sorted_idx": []},
                    "gbtree_model_param": {"num_parallel_tree": "1", "num_trees": sums.to_string()},
                    "iteration_indptr": [0, sums],
                    "tree_info": tree_info,
                    "trees": trees,
                },
                "name": "gbtree",
            },
            "learner_model_param": {
                "base_score": "[5E-1]",
                "num_class": num_class.to_string(),
                "num_feature": "2",
                "num_target": "1",
            },
            "objective": {"name": objective},
        },
        "version": [3, 2, 0],
    })
}

/// Below 1 it answers -2, else 3.
fn tree() -> Value {
    json!({
        "base_weights": [0, -2, 3],
        "categories": [],
        "categories_nodes": [],
        "categories_segments": [],
        "categories_sizes": [],
        "default_left": [1, 0, 0],
        "id": 0,
        "left_children": [1, -1, -1],
        "right_children": [2, -1, -1],
        "split_conditions": [1.0, -2.0, 3.0],
        "split_indices": [0, 0, 0],
        "split_type": [0, 0, 0],
        "tree_param": {"num_deleted": "0", "num_feature": "2", "num_nodes": "3", "size_leaf_vector": "1"},
    })
}

fn xgboost(file: &Value) -> Package {
    package(Format::XgBoost, file.to_string().into_bytes())
}

const MODEL: &str = "/learner/gradient_booster/model";
const TREE: &str = "/learner/gradient_booster/model/trees/0";

/// The file with another value at a place.
fn with(mut file: Value, place: &str, value: Value) -> Value {
    let (parent, member) = place.rsplit_once('/').unwrap();
    let parent = file.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(member);
    } else {
        parent.insert(member.to_owned(), value);
    }
    file
}
