//! Finds what the authors of a set should look at: rules that do nothing, that can never be true, that are too broad.
//!
//! ```text
//! Document ──covering──► W02 W03 W04 · never──► W05 · words──► W06 W08 W09 W10 · patterns──► W11 · unused──► W12
//! ```
//!
//! Linear in the rules: what covers a rule is found by searching its text with an automaton of all keywords.

mod covering;
mod covers;
mod never;
mod patterns;
mod sample;
mod unused;
mod words;

#[cfg(test)]
mod tests;

pub use sample::of_sample;

use super::document::Document;
use super::finding::{Code, Finding, Findings};
use super::set::{Label, Rule};

/// Everything there is to say of a document, with the faults that were found when it was read.
pub fn lint(document: &Document) -> Findings {
    let mut findings = document.findings.clone();
    let set = &document.set;
    // What is too large to be compiled is too large to be compared, too.
    if !findings.counts().contains_key(&Code::E08) {
        covering::find(set, &mut findings);
        never::find(set, &mut findings);
        patterns::find(set, &mut findings);
    }
    words::find(set, &mut findings);
    unused::find(set, &mut findings);
    findings
}

/// A finding about a rule, with its label, id and place.
fn about(finding: Finding, label: &Label, rule: &Rule) -> Finding {
    Finding {
        place: rule.place.clone(),
        ..finding.of_label(&label.name).of_rule(&rule.id)
    }
}
