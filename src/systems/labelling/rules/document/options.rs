//! The options of a set, and its gate.

use std::collections::HashSet;

use super::at::At;
use super::draft::{GATE_FIGURES, Gate, ModelKind, Options};
use super::nearest::{did_you_mean, shown};
use super::rule_forms::{boolean, fields_of, string_of};
use crate::systems::labelling::label::rules::{AuthorConflict, Normalize, RowLabels};
use crate::systems::labelling::rules::finding::Findings;
use crate::systems::labelling::rules::set::Variants;

/// Keys of a document that say something of the set as a whole.
pub const OPTIONS: [&str; 11] = [
    "name",
    "model_type",
    "version",
    "in",
    "normalize",
    "variants",
    "case_sensitive",
    "exclusive",
    "row_labels",
    "author_conflict",
    "gate",
];

/// What only a mixed model has.
const OF_MIXED: [&str; 5] = ["in", "variants", "gate", "lists", "filters"];

const MODEL_TYPES: [(&str, ModelKind); 3] = [
    ("mixed_model", ModelKind::MixedModel),
    ("keyword_model", ModelKind::KeywordModel),
    ("rule_model", ModelKind::RuleModel),
];

const NORMALIZE: [(&str, Normalize); 2] = [("none", Normalize::None), ("nfkc", Normalize::Nfkc)];

const VARIANTS: [(&str, Variants); 2] = [("none", Variants::None), ("han", Variants::Han)];

const ROW_LABELS: [(&str, RowLabels); 2] = [("first", RowLabels::First), ("all", RowLabels::All)];

const AUTHOR_CONFLICT: [(&str, AuthorConflict); 3] = [
    ("majority_drop_ties", AuthorConflict::MajorityDropTies),
    ("majority_first", AuthorConflict::MajorityFirst),
    ("keep_all", AuthorConflict::KeepAll),
];

/// Reads those that are there.
pub(super) fn read(root: &At<'_>, kind: ModelKind, findings: &mut Findings) -> Options {
    let mut options = Options {
        model_type: kind,
        ..Options::default()
    };
    for (key, at) in root.entries() {
        match key {
            "name" => options.name = name(&at, findings),
            "model_type" => word(&at, &MODEL_TYPES, &mut options.model_type, findings),
            "version" => options.version = at.node.text().map(str::to_owned),
            "in" => options.fields = fields_of(&at, findings),
            "normalize" => word(&at, &NORMALIZE, &mut options.normalize, findings),
            "variants" => word(&at, &VARIANTS, &mut options.variants, findings),
            "case_sensitive" => {
                options.case_sensitive = boolean(&at, findings).unwrap_or_default();
            }
            "exclusive" => options.exclusive = boolean(&at, findings),
            "row_labels" => word(&at, &ROW_LABELS, &mut options.row_labels, findings),
            "author_conflict" => {
                word(
                    &at,
                    &AUTHOR_CONFLICT,
                    &mut options.author_conflict,
                    findings,
                );
            }
            "gate" => options.gate = gate(&at, findings),
            _ => {}
        }
    }
    check_kind(root, options.model_type, findings);
    options
}

/// Keys that this model type does not have.
fn check_kind(root: &At<'_>, kind: ModelKind, findings: &mut Findings) {
    for (key, at) in root.entries() {
        let is_of_other = match kind {
            ModelKind::MixedModel => key == "version",
            ModelKind::KeywordModel | ModelKind::RuleModel => OF_MIXED.contains(&key),
        };
        if is_of_other {
            let problem = format!("a {} has no such key", kind.as_str());
            let advice = match kind {
                ModelKind::MixedModel => "remove it: versions are numbered when they are stored",
                _ => "remove it, or write `model_type: mixed_model`",
            };
            at.fault(findings, &problem, advice);
        }
    }
}

fn name(at: &At<'_>, findings: &mut Findings) -> Option<String> {
    let name = string_of(at, findings)?;
    if let Some(problem) = name_fault(name) {
        at.fault(findings, &problem, "expected [a-z][a-z0-9_-]{0,63}");
        return None;
    }
    Some(name.to_owned())
}

/// What is wrong with the name of a set.
pub fn name_fault(name: &str) -> Option<String> {
    let mut bytes = name.bytes();
    let is_name = bytes.next().is_some_and(|byte| byte.is_ascii_lowercase())
        && name.len() <= 64
        && bytes.all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-'));
    (!is_name).then(|| format!("`{}` is no name of a set", shown(name)))
}

/// One of a closed set of words.
fn word<T: Copy>(at: &At<'_>, words: &[(&str, T)], value: &mut T, findings: &mut Findings) {
    let Some(found) = string_of(at, findings) else {
        return;
    };
    match words.iter().find(|(known, _)| *known == found) {
        Some((_, known)) => *value = *known,
        None => {
            let known: Vec<&str> = words.iter().map(|(known, _)| *known).collect();
            let problem = format!("found `{}`", shown(found));
            at.fault(findings, &problem, &did_you_mean(found, &known));
        }
    }
}

fn gate(at: &At<'_>, findings: &mut Findings) -> Option<Gate> {
    if !at.node.is_mapping() {
        at.expected(findings, "a mapping of figures to thresholds");
        return None;
    }
    let mut known: Vec<&str> = GATE_FIGURES.iter().map(|(name, _)| *name).collect();
    known.extend(["label_members_min", "precision_min", "hold"]);
    super::rule_forms::check_keys(at, &known, findings);
    let mut gate = Gate::default();
    for (key, at) in at.entries() {
        if let Some((name, is_share)) = GATE_FIGURES.into_iter().find(|(name, _)| *name == key) {
            let figure = figure(&at, is_share, findings);
            gate.figures.extend(figure.map(|figure| (name, figure)));
        }
        match key {
            "label_members_min" => gate.label_members_min = of_labels(&at, findings, count),
            "precision_min" => {
                gate.precision_min =
                    of_labels(&at, findings, |at, findings| figure(at, true, findings));
            }
            "hold" => gate.hold = hold(&at, findings),
            _ => {}
        }
    }
    Some(gate)
}

fn of_labels<T>(
    at: &At<'_>,
    findings: &mut Findings,
    read: impl Fn(&At<'_>, &mut Findings) -> Option<T>,
) -> Vec<(String, T)> {
    if !at.node.is_mapping() {
        at.expected(findings, "a mapping of labels to thresholds");
        return Vec::new();
    }
    let mut thresholds: Vec<(String, T)> = Vec::new();
    let mut seen = HashSet::new();
    for (label, at) in at.entries() {
        if !seen.insert(label) {
            at.fault(findings, "the key is given twice", "keep one");
        } else if let Some(threshold) = read(&at, findings) {
            thresholds.push((label.to_owned(), threshold));
        }
    }
    thresholds
}

fn figure(at: &At<'_>, is_share: bool, findings: &mut Findings) -> Option<f64> {
    let (expected, most) = match is_share {
        true => ("a number from 0 to 1", 1.0),
        false => ("a number from 0 on", f64::MAX),
    };
    let number = number_text(at).and_then(|text| text.parse::<f64>().ok());
    let Some(figure) = number.filter(|number| number.is_finite()) else {
        at.expected(findings, expected);
        return None;
    };
    if !(0.0..=most).contains(&figure) {
        at.fault(
            findings,
            &format!("found {figure}"),
            &format!("expected {expected}"),
        );
        return None;
    }
    Some(figure)
}

fn count(at: &At<'_>, findings: &mut Findings) -> Option<u64> {
    let count = number_text(at).and_then(|text| text.parse().ok());
    if count.is_none() {
        at.expected(findings, "a whole number from 0 on");
    }
    count
}

/// A number as it is written, and not one in quotes.
fn number_text<'a>(at: &At<'a>) -> Option<&'a str> {
    let crate::yaml::Content::Scalar(scalar) = &at.node.content else {
        return None;
    };
    (scalar.style != crate::yaml::Style::Quoted).then_some(scalar.text.as_str())
}

fn hold(at: &At<'_>, findings: &mut Findings) -> Option<String> {
    let text = string_of(at, findings)?;
    if hold_seconds(text).is_none() {
        let problem = format!("found `{}`", shown(text));
        at.fault(
            findings,
            &problem,
            "expected a duration such as 90m, 12h or 7d, 366d at most",
        );
        return None;
    }
    Some(text.to_owned())
}

/// Seconds of a duration such as `7d`.
pub fn hold_seconds(text: &str) -> Option<u64> {
    const MOST: u64 = 366 * 86_400;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return None,
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(unit)?;
    (1..=MOST).contains(&seconds).then_some(seconds)
}
