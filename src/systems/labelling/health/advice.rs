//! What people should look at, and do, about the rules of a job.

use super::JobHealth;
use crate::systems::labelling::rules::document::Document;
use crate::systems::labelling::rules::finding::{Finding, Findings};
use crate::systems::labelling::rules::health::{RuleHealth, is_dominant};
use crate::systems::labelling::rules::lint;

/// In a few words; nothing for a rule that does its part.
pub(super) fn advice(rule: &RuleHealth) -> &'static str {
    match (rule.dead, rule.dominant, rule.unique) {
        (Some(true), _, _) => "dead: check how it is written, or remove it",
        (_, true, _) => "dominant: read some of its rows; narrow it if they are wrong",
        (_, _, Some(0)) if rule.first == 0 => "never the reason: other rules say the same",
        _ => "",
    }
}

/// By label and place in it: dead ones first, then dominant ones, then those with the fewest hits.
pub(super) fn ordered_rules(health: &JobHealth) -> Vec<(usize, usize)> {
    let counts = &health.counts;
    let mut rules = Vec::with_capacity(health.set.rule_count());
    for (label, of_label) in health.set.rules.iter().enumerate() {
        rules.extend((0..of_label.len()).map(|rule| (label, rule)));
    }
    rules.sort_by_key(|(label, rule)| {
        let found = counts.rule(*label, *rule);
        let is_dead = health.set.known.all_rules && found.hits == 0;
        let figure = match health.set.known.all_rules {
            true => found.hits,
            false => found.first,
        };
        (
            !is_dead,
            !is_dominant(counts, *label, *rule),
            figure,
            *label,
            *rule,
        )
    });
    rules
}

/// What lint says of the rules, and of what they did in the job.
pub fn findings(health: &JobHealth, document: &Document) -> Vec<Finding> {
    let labels = 0..health.set.labels.len();
    let hits = labels.map(|label| {
        let rules = health.counts.of_rules(label).iter();
        rules.map(|rule| rule.hits).collect()
    });
    let hits: Vec<Vec<u64>> = hits.collect();
    let mut findings: Findings = lint::of_sample(&document.set, health.counts.received, &hits);
    findings.extend(lint::lint(document));
    findings.list().to_vec()
}
