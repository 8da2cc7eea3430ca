//! `audience model` and `audience predict`, as people use them.

mod models;
mod predictions;

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::model_labels::sentiment::Sentiment;
use crate::support::Place;

const TEXTS: [&str; 4] = ["great food", "awful", "好吃", ""];

/// A LightGBM model of two leaves: 1 up to an age of 30.5, then 2.
const STUMP: &str = "tree\nversion=v4\nnum_class=1\nnum_tree_per_iteration=1\nlabel_index=0\n\
    max_feature_idx=0\nobjective=regression\nfeature_names=age\nfeature_infos=[0:100]\n\
    \nTree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nsplit_gain=1\n\
    threshold=30.5\ndecision_type=2\nleft_child=-1\nright_child=-2\nleaf_value=1 2\n\
    leaf_weight=1 1\nleaf_count=1 1\ninternal_value=0\ninternal_weight=0\ninternal_count=2\n\
    is_linear=0\nshrinkage=1\n\n\nend of trees\n";

/// A folder with the files of two models, and a package of the first one.
fn place() -> Place {
    let place = Place::empty();
    for (seed, name) in [(1, "one.json"), (2, "two.json")] {
        let file = Sentiment::new(seed).file().to_string();
        fs::write(place.path(name), file).unwrap();
    }
    fs::write(place.path("age.txt"), STUMP).unwrap();
    fs::create_dir(place.path("package")).unwrap();
    let golden = Sentiment::new(1).golden(&TEXTS).to_string();
    fs::write(place.path("golden.json"), &golden).unwrap();
    fs::write(place.path("package/golden.json"), &golden).unwrap();
    fs::copy(place.path("one.json"), place.path("package/model.json")).unwrap();
    let described = "format: text-linear\nfile: model.json\ntask: text\n";
    fs::write(place.path("package/model.yaml"), described).unwrap();
    place
}

fn run(place: &Place, arguments: &[&str]) -> Output {
    let mut command = place.command();
    command.env("AUDIENCE__DATABASE__URL", "sqlite://models.db");
    command.args(arguments).output().unwrap()
}

/// The exit code, what was printed, and what was complained of.
fn printed(place: &Place, arguments: &[&str]) -> (i32, String, String) {
    let done = run(place, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let code = done.status.code().unwrap();
    (code, text(done.stdout), text(done.stderr))
}

/// What a command prints that succeeds.
fn succeeds(place: &Place, arguments: &[&str]) -> String {
    let (code, shown, errors) = printed(place, arguments);
    assert_eq!(code, 0, "{arguments:?}: {errors}");
    shown
}

fn json_of(place: &Place, arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeds(place, &[arguments, &["--json"]].concat())).unwrap()
}
