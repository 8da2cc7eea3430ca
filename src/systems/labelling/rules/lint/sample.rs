//! What a sample of rows says of rules: too broad, or without a hit.

use super::about;
use crate::systems::labelling::rules::finding::{Code, Finding, Findings};
use crate::systems::labelling::rules::language::shown;
use crate::systems::labelling::rules::set::RuleSet;

/// Percent of the rows on which a rule may be true before it is too broad.
const BROAD_PERCENT: u64 = 20;

/// Findings about rules by the rows on which each is true: by label, then by rule.
pub fn of_sample(set: &RuleSet, rows: u64, hits: &[Vec<u64>]) -> Findings {
    let mut findings = Findings::default();
    if rows == 0 {
        return findings;
    }
    for (label, hits) in set.labels.iter().zip(hits) {
        for (rule, hits) in label.rules.iter().zip(hits) {
            let text = shown(&rule.text);
            if hits * 100 > rows * BROAD_PERCENT {
                findings.add(Code::W06, || {
                    let message = format!("{text} is true on {hits} of {rows} rows");
                    let finding = Finding::new(Code::W06, Default::default(), message);
                    about(finding, label, rule).advise("narrow it")
                });
            } else if *hits == 0 {
                findings.add(Code::W07, || {
                    let message = format!("{text} has no hit in {rows} rows");
                    let finding = Finding::new(Code::W07, Default::default(), message);
                    about(finding, label, rule).advise("check how it is written, or remove it")
                });
            }
        }
    }
    findings
}
