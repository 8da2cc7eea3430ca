//! How much a document may hold.

use super::draft::Draft;
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::set::Place;

/// Bytes of a document, and of one that is sent along as a draft.
pub const DOCUMENT_BYTES: usize = 64 << 20;
pub const DRAFT_BYTES: usize = 8 << 20;

pub const RULES: usize = 200_000;
pub const LABELS: usize = 65_535;
pub const LISTS: usize = 1_000;
/// Elements of all lists together.
pub const LIST_TERMS: usize = 200_000;
/// Bytes of the name of a label, which becomes that of a panel.
pub const LABEL_BYTES: usize = 1_000;
/// Values of a document in YAML or JSON: a rule has some.
pub const VALUES: usize = 5_000_000;
/// Bytes that aliases of YAML may stand for.
pub const ALIASED_BYTES: usize = 256 << 20;
/// Characters of a note.
pub const NOTE_CHARACTERS: usize = 2_000;

/// Whether the draft is larger than any set may be.
pub(super) fn check(draft: &Draft, findings: &mut Findings) -> bool {
    let labels = draft.labels.iter();
    let rules = labels.map(|label| label.rules.len() + label.except.len());
    let rules = rules.sum::<usize>() + draft.filters.len();
    let terms = draft.lists.iter().map(|list| list.terms.len()).sum();
    let counted = [
        ("labels", draft.labels.len(), LABELS),
        ("rules, excepts and filters", rules, RULES),
        ("lists", draft.lists.len(), LISTS),
        ("elements of lists", terms, LIST_TERMS),
    ];
    let mut is_too_large = false;
    for (what, count, most) in counted {
        if count > most {
            is_too_large = true;
            let message = format!("more than {most} {what}");
            let finding = Finding::new(Code::E08, Place::Unknown, message);
            findings.push(finding.advise("make two sets of it"));
        }
    }
    check_texts(draft, findings);
    is_too_large
}

/// Texts that are no keywords and no patterns: those have limits of their own.
fn check_texts(draft: &Draft, findings: &mut Findings) {
    for label in &draft.labels {
        if label.name.len() > LABEL_BYTES {
            let message = format!(
                "the name of a label has {} bytes; at most {LABEL_BYTES} are possible",
                label.name.len()
            );
            findings.push(Finding::new(Code::E08, label.place.clone(), message));
        }
        for rule in label.rules.iter().chain(&label.except) {
            let note = rule.note.as_deref().unwrap_or_default();
            if note.len() > NOTE_CHARACTERS && note.chars().count() > NOTE_CHARACTERS {
                findings.add(Code::E08, || {
                    let message = format!("a note of more than {NOTE_CHARACTERS} characters");
                    Finding::new(Code::E08, rule.place.clone(), message).of_label(&label.name)
                });
            }
        }
    }
}
