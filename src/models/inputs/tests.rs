use super::{Encoder, FileFeature, FileFeatures, UnknownCategory};
use crate::models::{Description, Feature, FeatureKind, Label, RowsBuilder, Signature, Task};

fn feature(name: &str, kind: FeatureKind, categories: &[Label]) -> Feature {
    Feature {
        name: name.to_owned(),
        kind,
        categories: categories.to_vec(),
    }
}

fn text(text: &str) -> Label {
    Label::Text(text.to_owned())
}

/// The codes of texts, with `None` for a fault.
fn codes(unknown: UnknownCategory, texts: &[Option<&str>]) -> Vec<Option<f64>> {
    let city = feature("city", FeatureKind::Text, &[text("osaka"), text("kyoto")]);
    let signature = Signature::new(Task::Regression, vec![city], Vec::new());
    let mut rows = RowsBuilder::new(&signature);
    for text in texts {
        rows.begin_row();
        rows.set_text(0, text.map(Into::into));
    }
    let encoder = Encoder::new(&signature, unknown);
    assert!(!encoder.is_identity());
    let (mut codes, mut faults) = (Vec::new(), Vec::new());
    encoder.encode(
        &rows.build(),
        0..texts.len(),
        |code| codes.push(Some(code)),
        |row, reason| faults.push((row, reason)),
    );
    for (row, reason) in faults {
        let text = texts[row].unwrap();
        assert_eq!(
            reason,
            format!("city: {text:?} is not among the categories of the training data")
        );
        codes[row] = None;
    }
    codes
}

#[test]
fn categories_become_their_codes_and_unknown_ones_what_the_library_has() {
    let texts = [
        Some("kyoto"),
        Some("osaka"),
        Some("nara"),
        Some("tokyo"),
        None,
    ];
    let cases = [
        (
            UnknownCategory::Missing,
            [Some(1.0), Some(0.0), None, None, None],
        ),
        (
            UnknownCategory::Next,
            [Some(1.0), Some(0.0), Some(0.0), None, None],
        ),
        (
            UnknownCategory::Fault,
            [Some(1.0), Some(0.0), None, None, None],
        ),
    ];
    for (unknown, expected) in cases {
        let found = codes(unknown, &texts);
        let is_fault = unknown != UnknownCategory::Missing;
        assert_eq!(found[3].is_none(), is_fault, "{unknown:?}");
        assert!(found[4].unwrap().is_nan(), "{unknown:?}");
        let numbers = found.iter().map(|code| code.filter(|code| !code.is_nan()));
        assert_eq!(numbers.collect::<Vec<_>>(), expected, "{unknown:?}");
    }
}

#[test]
fn categories_may_be_numbers() {
    let labels = [Label::Integer(10), Label::Number(2.5), Label::Boolean(true)];
    let shop = feature("shop", FeatureKind::Number, &labels);
    let signature = Signature::new(Task::Regression, vec![shop], Vec::new());
    let mut rows = RowsBuilder::new(&signature);
    for value in [1.0, 2.5, 10.0, 3.0, f64::NAN] {
        rows.begin_row();
        rows.set_number(0, value);
    }
    let encoder = Encoder::new(&signature, UnknownCategory::Fault);
    let (mut codes, mut faults) = (Vec::new(), Vec::new());
    encoder.encode(
        &rows.build(),
        0..5,
        |code| codes.push(code),
        |row, reason| faults.push((row, reason)),
    );
    assert_eq!(codes[..3], [2.0, 1.0, 0.0]);
    assert!(codes[3].is_nan() && codes[4].is_nan());
    let fault = "shop: 3 is not among the categories of the training data";
    assert_eq!(faults, [(3, fault.to_owned())]);
}

#[test]
fn names_that_were_made_up_are_replaced_by_those_of_the_description() {
    let file = |names: [&str; 2], names_are_made_up| FileFeatures {
        features: names
            .map(|name| FileFeature {
                name: name.to_owned(),
                categories: Vec::new(),
            })
            .to_vec(),
        names_are_made_up,
    };
    let described = ["mean radius", "fare"]
        .map(|name| feature(name, FeatureKind::Number, &[]))
        .to_vec();
    let description = Description {
        features: Some(described.clone()),
        ..Description::default()
    };
    let made_up = file(["f0", "f1"], true);
    assert_eq!(made_up.described(&description).unwrap(), described);
    // Names decide otherwise, in the order of the file; white space may be an underscore there.
    let named = file(["fare", "mean_radius"], false);
    let reversed: Vec<Feature> = described.iter().rev().cloned().collect();
    assert_eq!(named.described(&description).unwrap(), reversed);
    let wrong = file(["f0", "f1"], false).described(&description);
    assert_eq!(
        wrong.unwrap_err().message,
        "model.yaml: features: \"f0\" is missing, which the file of the model has"
    );
}

#[test]
fn categories_of_the_file_and_of_the_description_agree() {
    let file = |categories: Vec<Label>| FileFeatures {
        features: vec![FileFeature {
            name: "city".to_owned(),
            categories,
        }],
        names_are_made_up: false,
    };
    let description = |kind, categories: &[Label]| Description {
        features: Some(vec![feature("city", kind, categories)]),
        ..Description::default()
    };
    let same = description(FeatureKind::Number, &[Label::Number(3.0)]);
    let found = file(vec![Label::Integer(3)]).described(&same).unwrap();
    assert_eq!(found[0].categories, [Label::Integer(3)]);
    let other = description(FeatureKind::Text, &[text("kyoto")]);
    let found = file(vec![text("osaka")]).described(&other);
    assert_eq!(
        found.unwrap_err().message,
        "model.yaml: features: the categories of \"city\" differ from those in the file of the model"
    );
    let mixed = file(vec![text("osaka"), Label::Integer(3)]).described(&Description::default());
    assert_eq!(
        mixed.unwrap_err().message,
        "the categories of \"city\" are texts and numbers; make them all texts before training"
    );
}
