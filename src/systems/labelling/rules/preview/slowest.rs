//! The rules that take the most time: each is measured alone, on the same rows.
//!
//! Plain keywords share one automaton, whose time does not depend on how many they are: they are measured last.

use std::cmp::Reverse;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::row::PreviewRow;
use crate::systems::labelling::rules::matching::{Compiled, Verdict};
use crate::systems::labelling::rules::set::{
    Label, MatchType, Node, NodeKind, Place, Rule, RuleSet,
};

/// Rules that are listed.
const LISTED: usize = 10;
/// Rules that are measured.
const MEASURED: usize = 200;
/// A time below that is one of the clock.
const ROUNDS: u32 = 3;
/// In no text.
const ABSENT: &str = "\u{10fffd}\u{10fffd}";

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SlowRule {
    /// Its id.
    pub rule: String,
    pub label: String,
    pub ns_per_row: u64,
}

/// The slowest first; as many as could be measured until then.
pub fn slowest(set: &RuleSet, rows: &[Arc<PreviewRow>], until: Instant) -> Vec<SlowRule> {
    let mut rules: Vec<(&Label, &Rule)> = set
        .labels
        .iter()
        .flat_map(|label| label.rules.iter().map(move |rule| (label, rule)))
        .collect();
    rules.sort_by_key(|(_, rule)| kind(&rule.tree));
    let mut alone = without_rules(set);
    let Some(usual) = measure(&mut alone, absent(), rows) else {
        return Vec::new();
    };
    let mut slow = Vec::new();
    for (label, rule) in rules.into_iter().take(MEASURED) {
        if Instant::now() >= until {
            break;
        }
        if let Some(time) = measure(&mut alone, rule.clone(), rows) {
            slow.push(SlowRule {
                rule: rule.id.clone(),
                label: label.name.clone(),
                ns_per_row: time.saturating_sub(usual),
            });
        }
    }
    slow.sort_by_key(|slow| Reverse(slow.ns_per_row));
    slow.truncate(LISTED);
    slow
}

/// What texts cost whatever is looked for.
fn absent() -> Rule {
    Rule {
        id: String::new(),
        tree: Node::keyword(ABSENT.to_owned(), MatchType::Partially, true),
        fields: None,
        note: None,
        place: Place::Unknown,
        text: String::new(),
    }
}

/// The set as a rule finds it that is alone.
fn without_rules(set: &RuleSet) -> RuleSet {
    RuleSet {
        name: set.name.clone(),
        fields: set.fields,
        normalize: set.normalize,
        variants: set.variants,
        case_sensitive: set.case_sensitive,
        lists: set.lists.clone(),
        filters: Vec::new(),
        labels: vec![Label {
            name: "alone".to_owned(),
            rules: Vec::new(),
            except: Vec::new(),
        }],
        row_labels: set.row_labels,
        exclusive: set.exclusive,
        author_conflict: set.author_conflict,
        gate: None,
    }
}

/// What is likely to be slow comes first.
fn kind(node: &Node) -> u8 {
    match &node.kind {
        NodeKind::Pattern(_) => 0,
        NodeKind::Keyword(_) | NodeKind::List(_) => 2,
        NodeKind::Group(inner) | NodeKind::Not(inner) => kind(inner).min(1),
        NodeKind::Near(near) => kind(&near.left).min(kind(&near.right)).min(1),
        NodeKind::And(operands) | NodeKind::Or(operands) | NodeKind::AtLeast { operands, .. } => {
            operands.iter().map(kind).min().unwrap_or(1).min(1)
        }
    }
}

/// Nanoseconds a row with nothing but this rule; `None` without rows.
fn measure(alone: &mut RuleSet, rule: Rule, rows: &[Arc<PreviewRow>]) -> Option<u64> {
    alone.labels[0].rules = vec![rule];
    let compiled = Compiled::of(alone).ok()?;
    let (mut scratch, mut verdict) = (compiled.scratch(), Verdict::default());
    let mut best: Option<Duration> = None;
    // The first round fills buffers.
    for _ in 0..=ROUNDS {
        let began = Instant::now();
        for row in rows {
            compiled.find_with_rules(row.fields(), &mut scratch, &mut verdict);
            black_box(&verdict);
        }
        let took = began.elapsed();
        best = Some(best.map_or(took, |best| best.min(took)));
    }
    let count = u64::try_from(rows.len()).ok().filter(|count| *count > 0)?;
    let nanoseconds = u64::try_from(best?.as_nanos()).unwrap_or(u64::MAX);
    Some(nanoseconds / count)
}
