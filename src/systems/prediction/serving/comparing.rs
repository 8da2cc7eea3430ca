//! The answers of two versions to the same rows.

use std::borrow::Cow;
use std::sync::Arc;

use super::served::Served;
use crate::models::{Answers, FeatureKind, Label, Rows, RowsBuilder, Scores, Signature, Slot};

/// How far numbers may be off, for each unit of their size, and count as the same.
const TOLERANCE: f64 = 1e-5;

/// How many rows were answered alike.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Compared {
    pub compared: u64,
    pub different: u64,
    pub other_label: u64,
    pub failed: u64,
    pub dropped: u64,
}

impl Compared {
    pub fn add(&mut self, other: &Self) {
        self.compared += other.compared;
        self.different += other.different;
        self.other_label += other.other_label;
        self.failed += other.failed;
        self.dropped += other.dropped;
    }
}

/// Has a version score rows that another one has answered.
pub(super) async fn compared(
    champion: &Served,
    shadow: &Arc<Served>,
    rows: &Arc<Rows>,
    answers: &Answers,
) -> Compared {
    let failed = Compared {
        failed: rows.len() as u64,
        ..Compared::default()
    };
    let fitted = match fitted(rows, champion.signature(), shadow.signature()) {
        None => return failed,
        Some(Cow::Borrowed(_)) => Arc::clone(rows),
        Some(Cow::Owned(fitted)) => Arc::new(fitted),
    };
    match shadow.score_apart(fitted).await {
        Ok(others) => compare(
            (champion.signature(), answers),
            (shadow.signature(), &others),
        ),
        Err(_) => failed,
    }
}

/// Rows of one signature in the layout of another; `None`: it has a feature that they have not.
fn fitted<'r>(rows: &'r Rows, from: &Signature, to: &Signature) -> Option<Cow<'r, Rows>> {
    let layout = |signature: &Signature| -> Vec<(String, FeatureKind)> {
        let features = signature.features().iter();
        features
            .map(|feature| (feature.name.clone(), feature.kind))
            .collect()
    };
    let known = layout(from);
    let wanted = layout(to);
    if known == wanted {
        return Some(Cow::Borrowed(rows));
    }
    let places = wanted
        .iter()
        .map(|feature| known.iter().position(|own| own == feature));
    let places: Vec<usize> = places.collect::<Option<_>>()?;
    let mut builder = RowsBuilder::with_capacity(to, rows.len());
    for row in 0..rows.len() {
        builder.begin_row();
        for (feature, place) in places.iter().enumerate() {
            match from.slot(*place) {
                Slot::Number(slot) => builder.set_number(feature, rows.numbers(row)[slot]),
                Slot::Text(slot) => builder.set_text(feature, rows.texts(row)[slot].clone()),
            }
        }
    }
    Some(Cow::Owned(builder.build()))
}

/// Counts rows whose answers differ; one that neither of them answers is left out.
fn compare(
    (own_signature, own): (&Signature, &Answers),
    (other_signature, other): (&Signature, &Answers),
) -> Compared {
    let mut counted = Compared::default();
    let places = places(own_signature, other_signature);
    for row in 0..own.len().min(other.len()) {
        match (
            own.faults.contains_key(&row),
            other.faults.contains_key(&row),
        ) {
            (true, true) => continue,
            (_, true) => {
                counted.failed += 1;
                continue;
            }
            (true, false) => {
                counted.compared += 1;
                counted.different += 1;
                continue;
            }
            (false, false) => {}
        }
        counted.compared += 1;
        let (is_different, has_other_label) = differs(row, &own.scores, &other.scores, &places);
        counted.different += u64::from(is_different);
        counted.other_label += u64::from(has_other_label);
    }
    counted
}

/// Where the labels of one signature stand in another.
fn places(own: &Signature, other: &Signature) -> Vec<Option<usize>> {
    let texts: Vec<String> = other.labels.iter().map(Label::to_string).collect();
    let own = own.labels.iter().map(Label::to_string);
    own.map(|label| texts.iter().position(|text| *text == label))
        .collect()
}

/// Whether an answer differs at all, and whether it is another label.
fn differs(row: usize, own: &Scores, other: &Scores, places: &[Option<usize>]) -> (bool, bool) {
    match (own, other) {
        (Scores::Values(own), Scores::Values(other)) => (!is_near(own[row], other[row]), false),
        (Scores::Classes { chosen, .. }, Scores::Classes { chosen: others, .. }) => {
            let label = places.get(chosen[row] as usize).copied().flatten();
            let has_other_label = label != Some(others[row] as usize);
            let theirs = other.of_row(row);
            let mut scores = own.of_row(row).iter().zip(places);
            let is_different = scores.any(|(score, place)| match place {
                Some(place) => !is_near(*score, theirs[*place]),
                None => true,
            });
            (has_other_label || is_different, has_other_label)
        }
        _ => (true, true),
    }
}

fn is_near(own: f64, other: f64) -> bool {
    (own - other).abs() <= TOLERANCE * own.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::{Feature, Task};

    fn signature(features: &[(&str, FeatureKind)], labels: &[&str]) -> Signature {
        let features = features.iter().map(|(name, kind)| Feature {
            name: (*name).to_owned(),
            kind: *kind,
            categories: Vec::new(),
        });
        let labels = labels.iter().map(|label| Label::Text((*label).to_owned()));
        Signature::new(Task::Classification, features.collect(), labels.collect())
    }

    #[test]
    fn rows_are_brought_into_the_layout_of_the_other_version() {
        let (number, text) = (FeatureKind::Number, FeatureKind::Text);
        let from = signature(&[("age", number), ("city", text), ("fare", number)], &[]);
        let to = signature(&[("fare", number), ("city", text)], &[]);
        let mut builder = RowsBuilder::new(&from);
        builder.begin_row();
        builder.set_number(0, 30.0);
        builder.set_number(2, 7.5);
        builder.set_text(1, Some("東京".into()));
        let rows = builder.build();
        assert!(matches!(
            fitted(&rows, &from, &from),
            Some(Cow::Borrowed(_))
        ));
        let fitted_rows = fitted(&rows, &from, &to).unwrap().into_owned();
        assert_eq!(fitted_rows.numbers(0), [7.5]);
        assert_eq!(fitted_rows.texts(0), [Some("東京".into())]);
        let other = signature(&[("fare", text)], &[]);
        assert!(fitted(&rows, &from, &other).is_none());
    }

    #[test]
    fn answers_differ_by_label_or_by_score() {
        let own = signature(&[], &["stay", "leave"]);
        let other = signature(&[], &["leave", "stay"]);
        let answers = Answers::classes(
            vec![0, 0, 0, 1],
            vec![0.9, 0.1, 0.6, 0.4, 0.6, 0.4, 0.2, 0.8],
            2,
        );
        let mut others = Answers::classes(
            vec![1, 1, 0, 0],
            vec![0.1, 0.9, 0.3, 0.7, 0.7, 0.3, 0.8, 0.2],
            2,
        );
        others.faults.insert(3, "no".to_owned());
        let counted = compare((&own, &answers), (&other, &others));
        let expected = Compared {
            compared: 3,
            different: 2,
            other_label: 1,
            failed: 1,
            dropped: 0,
        };
        assert_eq!(counted, expected);
        let values = Answers::values(vec![1.0, 1e6, 2.0]);
        let near = Answers::values(vec![1.000_001, 1_000_001.0, 2.1]);
        let counted = compare((&own, &values), (&own, &near));
        assert_eq!((counted.compared, counted.different), (3, 1));
    }
}
