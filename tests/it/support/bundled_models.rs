//! The models, and the table of customers, that examples name.

use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use serde_json::json;

/// A booster of one tree: whoever is younger than 45 leaves.
pub(crate) const BOOSTER: (&str, &str) = (
    "model.txt",
    r#"tree
version=v4
num_class=1
num_tree_per_iteration=1
label_index=0
max_feature_idx=2
objective=binary sigmoid:1
feature_names=age city fare
feature_infos=[0:120] 0:1 [0:10000]

Tree=0
num_leaves=2
num_cat=0
split_feature=0
split_gain=1
threshold=45
decision_type=10
left_child=-1
right_child=-2
leaf_value=1.5163474893680884 -1.5163474893680884
leaf_weight=1 1
leaf_count=1 1
internal_value=0
internal_weight=2
internal_count=2
is_linear=0
shrinkage=1


end of trees

parameters:
[categorical_feature: 1]
end of parameters

pandas_categorical:[["東京", "大阪"]]
"#,
);

const DESCRIPTION: &str = "format: lightgbm\ntask: classification\nlabels: [stay, leave]\n";

/// Adds versions 1 to 3 of `churn`, the last one its champion, and one of `sentiment`.
pub(crate) fn add(settings: &Path, folder: &Path) {
    let package = folder.join("churn");
    std::fs::create_dir(&package).unwrap();
    let golden = json!({
        "inputs": [{ "age": 30, "city": "東京", "fare": null }],
        "outputs": [{ "label": "leave", "score": 0.82, "scores": { "stay": 0.18, "leave": 0.82 } }],
    });
    for (name, content) in [
        BOOSTER,
        ("model.yaml", DESCRIPTION),
        ("golden.json", &golden.to_string()),
    ] {
        std::fs::write(package.join(name), content).unwrap();
    }
    let texts = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/prediction/sentiment");
    let run = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        command.arg("model").args(arguments).arg("--settings");
        let output = command.arg(settings).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    for _ in 0..3 {
        run(&["add", "churn", package.to_str().unwrap()]);
    }
    run(&["add", "sentiment", texts.to_str().unwrap()]);
    for (model, version) in [("churn", "2"), ("churn", "3"), ("sentiment", "1")] {
        run(&["alias", model, "champion", version]);
    }
}

/// Makes the database of a source that prediction jobs read.
pub(crate) fn make_customers(file: &Path) {
    let connection = Connection::open(file).unwrap();
    let table = "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, age_years INTEGER, city TEXT, fare REAL);
                 INSERT INTO customers VALUES (1, 'one', 30, '東京', NULL), (2, 'two', 60, '大阪', 7.5)";
    connection.execute_batch(table).unwrap();
}
