//! Writes a tree of TSV files.

use super::{LABELS, SET_FILE, Tree, line};
use crate::systems::labelling::rules::document::{Document, ModelKind, Written};
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::forms::exported::{ExportedRule, Expressions};
use crate::systems::labelling::rules::forms::label_files::LabelFiles;
use crate::systems::labelling::rules::forms::yaml;

/// The files of a set; findings about what lines cannot hold.
pub fn write(document: &Document, style: Expressions) -> Result<Tree, Findings> {
    let set_file = yaml::write_parts(document, style).into_bytes();
    let mut tree = vec![(SET_FILE.to_owned(), set_file)];
    let mut findings = Findings::default();
    let mut files = LabelFiles::default();
    for label in &document.set.labels {
        let Some(file) = files.name(&label.name) else {
            let message = "the name of the label is too long for a file";
            let finding = Finding::new(Code::E08, Default::default(), message);
            findings.push(finding.advise("choose another form").of_label(&label.name));
            continue;
        };
        let mut text = String::new();
        for rule in &label.rules {
            let exported = ExportedRule::of_rule(&label.name, rule, style);
            match &exported.written {
                Written::Pattern(pattern)
                    if document.model_type == ModelKind::RuleModel && line::fits(pattern) =>
                {
                    text.push_str(pattern);
                    text.push('\n');
                }
                _ if document.model_type == ModelKind::RuleModel => {
                    let message = "a pattern that begins with `#` or has a tab or a line break";
                    let finding = Finding::new(Code::E02, rule.place.clone(), message);
                    findings.push(finding.advise("choose another form").of_label(&label.name));
                }
                _ => push(
                    &exported,
                    &rule.place,
                    &label.name,
                    &mut text,
                    &mut findings,
                ),
            }
        }
        tree.push((format!("{LABELS}{file}.tsv"), text.into_bytes()));
        let mut text = String::new();
        for except in &label.except {
            let exported = ExportedRule::of_expression(except, style);
            push(
                &exported,
                &except.place,
                &label.name,
                &mut text,
                &mut findings,
            );
        }
        if !label.except.is_empty() {
            tree.push((format!("{LABELS}{file}.except.tsv"), text.into_bytes()));
        }
    }
    match findings.is_empty() {
        true => Ok(tree),
        false => Err(findings),
    }
}

fn push(
    rule: &ExportedRule<'_>,
    place: &crate::systems::labelling::rules::set::Place,
    label: &str,
    text: &mut String,
    findings: &mut Findings,
) {
    if let Err(mut finding) = line::write(rule, text) {
        finding.place = place.clone();
        findings.push(finding.of_label(label));
    }
}
