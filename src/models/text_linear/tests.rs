use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::pattern::TokenPattern;
use crate::models::json_rows::read_rows;
use crate::models::{Answers, Golden, Model, Package, PackageLimits, Task, Upload, prove};

fn package(file: &str) -> Result<Package, String> {
    let upload = Upload {
        file_name: "model.json",
        bytes: file.as_bytes().into(),
        golden: None,
        model_yaml: None,
        limits: &PackageLimits::default(),
    };
    Package::read(upload).map_err(|refusal| refusal.message)
}

fn load(file: &Value) -> Result<Model, String> {
    let package = package(&file.to_string())?;
    Model::load(&package).map_err(|refusal| refusal.message)
}

/// A model whose terms all weigh one, so that the sum of the second class is the count of terms.
fn counting(analyzer: &str, ngrams: [u32; 2], vocabulary: &[&str]) -> Value {
    json!({
        "format": "text-linear", "version": 1, "analyzer": analyzer, "token_pattern": null,
        "ngram_range": ngrams, "lowercase": true, "sublinear_tf": false, "norm": null,
        "vocabulary": vocabulary, "idf": null, "coefficients": [vec![1.0; vocabulary.len()]],
        "intercepts": [0.0], "labels": ["no", "yes"], "link": "none",
    })
}

fn answers(model: &Model, texts: &[&str]) -> Answers {
    let rows: Vec<Value> = texts.iter().map(|text| json!({"text": text})).collect();
    model.score(&read_rows(&model.signature, &rows).unwrap())
}

fn count(file: &Value, text: &str) -> f64 {
    answers(&load(file).unwrap(), &[text]).scores.of_row(0)[1]
}

#[test]
fn models_of_scikit_learn_answer_as_it_does() {
    for name in ["text_char", "text_word"] {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/models/handed");
        let zip = fs::read(path.join(format!("{name}.zip"))).unwrap();
        let package = Package::read(Upload {
            file_name: "model.zip",
            bytes: zip.into(),
            golden: None,
            model_yaml: None,
            limits: &PackageLimits::default(),
        });
        let package = package.unwrap();
        let model = Model::load(&package).unwrap();
        assert_eq!(model.signature.task, Task::Text);
        let golden = package.golden.unwrap();
        assert_eq!(prove(&model, &golden), Ok(()));
        // Much closer than a golden asks for.
        let answers = model.score(&golden.rows(&model.signature).unwrap());
        for (row, output) in golden.outputs.iter().enumerate() {
            let expected = output["scores"]["良い"].as_f64().unwrap();
            assert!((answers.scores.of_row(row)[1] - expected).abs() < 1e-14);
        }
    }
}

#[test]
fn terms_are_those_of_the_analyzer() {
    for (analyzer, ngrams, vocabulary, text, expected) in [
        (
            "char",
            [1, 3],
            &["a", "ab", "abc", "abcd", "b c"][..],
            "abc AB",
            5.0,
        ),
        ("char", [2, 2], &["a ", "a\t", "\tb"], "a \t b a\tb", 3.0),
        ("char", [1, 2], &["İ", "i", "\u{307}"], "İ", 2.0),
        (
            "char_wb",
            [2, 3],
            &[" a", "a ", " a ", "ab", "a b"],
            "a ab",
            5.0,
        ),
        ("char_wb", [1, 1], &[" "], " a  b ", 4.0),
        // A word no longer than n counts once, and longer n are not tried.
        ("char_wb", [4, 6], &[" a ", " ab ", " abc"], "a ab abc", 3.0),
        ("char_wb", [3, 6], &[" a "], "a", 1.0),
        (
            "word",
            [1, 2],
            &["good", "very good", "good very"],
            "Very good, VERY good!",
            5.0,
        ),
        ("word", [1, 1], &["a", "ab"], "a ab", 1.0),
        (
            "jieba",
            [1, 2],
            &["我", "来到", "我 来到", "，"],
            "我来到，我",
            5.0,
        ),
    ] {
        let file = counting(analyzer, ngrams, vocabulary);
        assert_eq!(
            count(&file, text),
            expected,
            "{analyzer} {ngrams:?} {text:?}"
        );
    }
}

#[test]
fn links_make_scores_of_sums() {
    let ln2 = 2_f64.ln();
    for (link, sums, expected) in [
        ("logistic", vec![ln2], vec![1.0 / 3.0, 2.0 / 3.0]),
        ("softmax", vec![ln2], vec![0.2, 0.8]),
        ("none", vec![-3.0], vec![3.0, -3.0]),
        ("none", vec![1.0, 5.0, -2.0], vec![1.0, 5.0, -2.0]),
        ("softmax", vec![0.0, ln2, ln2], vec![0.2, 0.4, 0.4]),
        ("softmax", vec![1e6, 0.0, -1e6], vec![1.0, 0.0, 0.0]),
        ("ovr", vec![0.0, 0.0, ln2], vec![0.3, 0.3, 0.4]),
        ("logistic", vec![-1e6], vec![1.0, 0.0]),
    ] {
        let mut file = counting("char", [1, 1], &[]);
        let labels = sums.len().max(2);
        file["coefficients"] = json!(vec![Vec::<f64>::new(); sums.len()]);
        file["intercepts"] = json!(sums);
        file["labels"] = json!((0..labels).collect::<Vec<_>>());
        file["link"] = json!(link);
        let answers = answers(&load(&file).unwrap(), &["x"]);
        let scores = answers.scores.of_row(0).iter().zip(&expected);
        assert!(
            scores
                .clone()
                .all(|(own, other)| (own - other).abs() < 1e-9),
            "{link} {sums:?}: {scores:?}"
        );
    }
}

#[test]
fn a_text_that_is_missing_is_a_fault_and_an_empty_one_is_not() {
    let model = load(&counting("word", [1, 1], &["good"])).unwrap();
    let rows = [
        json!({"text": null}),
        json!({"text": ""}),
        json!({"text": "good"}),
    ];
    let answers = model.score(&read_rows(&model.signature, &rows).unwrap());
    assert_eq!(answers.faults.keys().copied().collect::<Vec<_>>(), [0]);
    assert_eq!(answers.scores.of_row(2), [-1.0, 1.0]);
}

#[test]
fn patterns_find_what_python_finds() {
    for (pattern, text, expected) in [
        (
            r"(?u)\b\w\w+\b",
            "a bc déf_1 が゛ガ x",
            &["bc", "déf_1"][..],
        ),
        (r"\b\w+\b", "a bc", &["a", "bc"]),
        (r"\w{3,}", "ab abc", &["abc"]),
        (r"\w", "a\u{301}b", &["a", "b"]),
        (r"[\w'-]+", "it's e\u{301}", &["it's", "e"]),
        (r"\S+", "a\u{1C}b c", &["a", "b", "c"]),
        (r"[^\W\d_]+", "ab1_c", &["ab", "c"]),
        (r"([a-z]+)\d+", "ab12 cd", &["ab"]),
        (r"(?:ab|a)c?", "abc ac", &["abc", "ac"]),
        (r"[\u4e00-\u9fff]", "東京x", &["東", "京"]),
        (r"a|b(c)", "abc", &["", "c"]),
        (r"\d+?", "12", &["1", "2"]),
    ] {
        let mut found = Vec::new();
        TokenPattern::new(pattern)
            .unwrap()
            .tokens(text, |token| found.push(token));
        assert_eq!(found, expected, "{pattern}");
    }
}

#[test]
fn patterns_that_python_reads_differently_are_refused() {
    for (pattern, expected) in [
        (r"\b[a-z]+\b", "has an assertion"),
        (r"^\w+", "has an assertion"),
        (r"\w*", "matches empty texts"),
        (r"(?i)abc", "has flags other than"),
        (r"(?i:abc)", "has flags other than"),
        (r"(a)(b)", "has several groups"),
        (r"a++", "repeats what is repeated"),
        (r"[a&&b]", "has an operation on sets"),
        (r"[[a]b]", "has a set in a set"),
        (r"[[:alpha:]]", "has a named class"),
        (r"\p{L}", "has a class"),
        (r"(?=a)b", "cannot be read"),
        (r"(a)\1", "cannot be read"),
        (r"(", "cannot be read"),
        (r"(?:\w{1000}){1000}", "is too large"),
    ] {
        let refused = TokenPattern::new(pattern).err().unwrap().message;
        assert!(refused.contains(expected), "{pattern}: {refused}");
    }
}

#[test]
fn faults_of_the_file_name_the_member() {
    for (member, value, expected) in [
        (
            "format",
            json!("text_linear"),
            "expected the format \"text-linear\" in version 1",
        ),
        ("version", json!(2), "found \"text-linear\" in version 2"),
        (
            "analyzer",
            json!("words"),
            "unknown variant `words`, expected one of `word`, `char`, `char_wb`, `jieba`",
        ),
        ("stop_words", json!([]), "unknown field `stop_words`"),
        (
            "ngram_range",
            json!([2, 1]),
            "ngram_range: expected two numbers from 1 to 50, the smaller first, found [2, 1]",
        ),
        ("ngram_range", json!([0, 1]), "ngram_range: "),
        ("ngram_range", json!([1, 51]), "ngram_range: "),
        (
            "token_pattern",
            json!("a"),
            "token_pattern: is only for the analyzer `word`",
        ),
        (
            "vocabulary",
            json!(["a", "a"]),
            "vocabulary[1]: \"a\" is there twice",
        ),
        (
            "vocabulary",
            json!(["a"]),
            "coefficients[0]: expected 1 numbers, found 2",
        ),
        ("idf", json!([1.0]), "idf: expected 2 numbers, found 1"),
        (
            "coefficients",
            json!([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0]]),
            "coefficients: expected one list for each of 2 labels, found 3 lists and 2 labels",
        ),
        (
            "intercepts",
            json!([]),
            "intercepts: expected 1 numbers, found 0",
        ),
        (
            "labels",
            json!(["a"]),
            "labels: expected at least two, found 1",
        ),
        (
            "labels",
            json!(["a", null]),
            "labels[1]: expected a text, a number or a boolean, found null",
        ),
        ("labels", json!(["a", "a"]), "two labels are written as `a`"),
        ("link", json!("probit"), "unknown variant `probit`"),
        ("norm", json!("max"), "unknown variant `max`"),
    ] {
        let mut file = counting("char", [1, 2], &["a", "b"]);
        file[member] = value;
        let refused = load(&file).unwrap_err();
        assert!(refused.contains(expected), "{member}: {refused}");
    }
    let file = counting("char", [1, 2], &["a"])
        .to_string()
        .replace("[[1.0]]", "[[1e999]]");
    assert!(Model::load(&package(&file).unwrap()).is_err());
}

#[test]
fn a_description_may_name_the_feature_and_only_confirm_the_labels() {
    let with = |yaml: &str| {
        let package = Package::read(Upload {
            file_name: "model.json",
            bytes: counting("char", [1, 1], &["a"])
                .to_string()
                .as_bytes()
                .into(),
            golden: None,
            model_yaml: Some(yaml.as_bytes()),
            limits: &PackageLimits::default(),
        });
        Model::load(&package.unwrap()).map_err(|refusal| refusal.message)
    };
    let model = with("features: [{name: review, type: text}]\nlabels: ['no', 'yes']").unwrap();
    assert_eq!(model.signature.features()[0].name, "review");
    for (yaml, expected) in [
        (
            "labels: ['yes', 'no']",
            "model.yaml: labels: expected the labels of the file in their order",
        ),
        ("task: regression", "model.yaml: task: expected text"),
        (
            "features: [{name: a, type: number}]",
            "model.yaml: features: expected one feature of the type text",
        ),
        (
            "features: []",
            "model.yaml: features: expected one feature of the type text",
        ),
    ] {
        let refused = with(yaml).unwrap_err();
        assert!(refused.contains(expected), "{refused}");
    }
}

#[test]
fn a_golden_that_lies_about_a_text_is_found() {
    let model = load(&counting("word", [1, 1], &["good"])).unwrap();
    let golden = json!({"inputs": [{"text": "good"}], "outputs": [{"label": "no"}]});
    let golden = Golden::parse(golden.to_string().as_bytes()).unwrap();
    let mismatch = prove(&model, &golden).unwrap_err();
    assert_eq!(
        mismatch.reason,
        "row 0: expected the label \"no\", found \"yes\""
    );
}
