//! Finds false rules that one relaxation makes true: why somebody is *not* in a panel.
//!
//! The relaxed rules are compiled and looked for like any others, so a miss means what a hit means.

use serde::Serialize;
use strum::{IntoStaticStr, VariantArray};

use super::plausible::Plausible;
use super::relax::{TEXT_FIELDS, far_apart, less_one, nears, relaxed, taken_away};
use super::row::SpanJson;
use super::trial::{Trial, trial_set};
use crate::systems::labelling::rules::language;
use crate::systems::labelling::rules::matching::{Allowance, CompileError, NO_LIMIT, Row, Verdict};
use crate::systems::labelling::rules::set::{Label, Near, Node, NodeKind, Rule, RuleSet, Unit};

/// More misses confuse.
const MISSES_MAX: usize = 5;

/// What would have to be otherwise, nearest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum MissKind {
    /// Without what NOT takes away.
    Vetoed,
    /// If NEAR had no limit and no order.
    Far,
    /// If all keywords could stand anywhere.
    Place,
    /// If it looked at author, title and content.
    Field,
    /// If texts were folded as much as possible.
    Fold,
    /// If one term less were needed.
    Term,
}

#[derive(Debug, Serialize)]
pub struct Miss {
    pub label: String,
    /// Its id.
    pub rule: String,
    pub why: &'static str,
    pub detail: MissDetail,
    pub sentence: String,
}

/// What stands where; absent is what does not apply.
#[derive(Debug, Default, Serialize)]
pub struct MissDetail {
    /// Between the two sides of NEAR; absent if it is more than 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gap: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// What takes it away, or what is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    pub spans: Vec<SpanJson>,
}

/// A rule of a label that the row does not have.
#[derive(Clone, Copy)]
pub(super) struct Candidate<'s> {
    pub label: &'s Label,
    pub rule: &'s Rule,
}

/// Looks for the misses of a row.
pub(super) struct Misses<'a> {
    pub set: &'a RuleSet,
    pub row: Row<'a>,
    pub allowance: &'a Allowance,
}

impl Misses<'_> {
    pub fn find(&self, verdict: &Verdict) -> Result<Vec<Miss>, CompileError> {
        let mut candidates = candidates(self.set, self.row, verdict);
        let mut misses = Vec::new();
        for kind in MissKind::VARIANTS {
            if misses.len() == MISSES_MAX {
                break;
            }
            let found = self.find_kind(&candidates, *kind)?;
            for (number, less, spans) in &found {
                if misses.len() == MISSES_MAX {
                    return Ok(misses);
                }
                let candidate = candidates[*number];
                misses.push(self.miss(candidate, *kind, less.as_ref(), spans.clone())?);
            }
            let mut number = 0;
            candidates.retain(|_| {
                number += 1;
                found.iter().all(|(found, _, _)| *found != number - 1)
            });
        }
        Ok(misses)
    }

    fn find_kind(
        &self,
        candidates: &[Candidate<'_>],
        kind: MissKind,
    ) -> Result<Vec<Found>, CompileError> {
        let mut trial = Trial::new(trial_set(self.set, kind), self.allowance);
        let mut of_rules: Vec<(usize, Option<Node>)> = Vec::new();
        for (number, candidate) in candidates.iter().enumerate() {
            let fields = match kind {
                MissKind::Field => Some(TEXT_FIELDS),
                _ => candidate.rule.fields,
            };
            let tree = &candidate.rule.tree;
            if kind == MissKind::Term {
                for (less, left_out) in less_one(tree) {
                    trial.add(less, fields);
                    of_rules.push((number, left_out));
                }
            } else if let Some(tree) = relaxed(tree, kind) {
                trial.add(tree, fields);
                of_rules.push((number, None));
            }
        }
        let mut found: Vec<Found> = Vec::new();
        for (rule, spans) in trial.run(self.row, MISSES_MAX)? {
            let (number, left_out) = &of_rules[rule];
            if found.last().is_none_or(|(last, _, _)| last != number) {
                found.push((*number, left_out.clone(), spans));
            }
        }
        Ok(found)
    }

    fn miss(
        &self,
        candidate: Candidate<'_>,
        kind: MissKind,
        left_out: Option<&Node>,
        spans: Vec<SpanJson>,
    ) -> Result<Miss, CompileError> {
        let text = language::shown(&candidate.rule.text);
        let mut detail = MissDetail {
            spans,
            ..MissDetail::default()
        };
        let sentence = match kind {
            MissKind::Vetoed => {
                let vetoed = self.vetoed(candidate)?;
                if let Some((term, spans)) = vetoed {
                    detail.spans = spans;
                    detail.term = Some(term);
                }
                let term = detail.term.as_deref().unwrap_or("a term");
                format!(
                    "{text} would be true, but NOT {term} takes it away{}",
                    at(&detail.spans)
                )
            }
            MissKind::Far => self.far(candidate, &mut detail)?,
            MissKind::Place => {
                format!(
                    "{text} would be true if its texts could stand anywhere{}",
                    at(&detail.spans)
                )
            }
            MissKind::Field => format!(
                "{text} would be true if it looked at author, title and content{}",
                at(&detail.spans)
            ),
            MissKind::Fold => format!(
                "{text} would be true with normalize: nfkc, variants: han and without case{}",
                at(&detail.spans)
            ),
            MissKind::Term => match left_out {
                Some(left_out) => {
                    let missing = language::write(left_out);
                    let sentence = format!("{text} would be true, but {missing} is missing");
                    detail.term = Some(missing);
                    sentence
                }
                None => format!("{text} would be true if one less of its terms were needed"),
            },
        };
        Ok(Miss {
            label: candidate.label.name.clone(),
            rule: candidate.rule.id.clone(),
            why: kind.into(),
            detail,
            sentence,
        })
    }

    /// What NOT takes away and is there.
    fn vetoed(
        &self,
        candidate: Candidate<'_>,
    ) -> Result<Option<(String, Vec<SpanJson>)>, CompileError> {
        let terms = taken_away(&candidate.rule.tree, candidate.rule.fields);
        let mut trial = Trial::new(trial_set(self.set, MissKind::Vetoed), self.allowance);
        for (term, fields) in &terms {
            trial.add(Node::clone(term), *fields);
        }
        let found = trial.run(self.row, 1)?.into_iter().next();
        Ok(found.map(|(term, spans)| (language::write(terms[term].0), spans)))
    }

    /// Which NEAR is too narrow, and how far its sides stand apart.
    fn far(
        &self,
        candidate: Candidate<'_>,
        detail: &mut MissDetail,
    ) -> Result<String, CompileError> {
        let text = language::shown(&candidate.rule.text);
        for (near, fields) in nears(&candidate.rule.tree, candidate.rule.fields) {
            let mut trial = Trial::new(trial_set(self.set, MissKind::Far), self.allowance);
            let with = |distance, ordered| {
                let near = Near {
                    distance,
                    ordered,
                    left: far_apart(&near.left),
                    right: far_apart(&near.right),
                    unit: near.unit,
                };
                Node::new(NodeKind::Near(Box::new(near)), 1)
            };
            let mut add = |distance, ordered| trial.add(with(distance, ordered), fields);
            add(near.distance, near.ordered);
            add(near.distance, false);
            let wider: Vec<u32> = (near.distance + 1..=DISTANCE_MAX)
                .chain([NO_LIMIT])
                .collect();
            wider.iter().for_each(|distance| add(*distance, false));
            let found = trial.run(self.row, 1)?.into_iter().next();
            let Some((number, spans)) = found else {
                continue;
            };
            let unit = match near.unit {
                Unit::Words => "words",
                Unit::Characters => "characters",
            };
            match number {
                // This one is true.
                0 => continue,
                1 => {
                    detail.limit = Some(near.distance);
                    detail.spans = spans;
                    let at = at(&detail.spans);
                    return Ok(format!(
                        "{text} would be true if its terms stood in this order{at}"
                    ));
                }
                _ => {
                    let gap = wider[number - 2];
                    detail.gap = (gap != NO_LIMIT).then_some(gap);
                    detail.limit = Some(near.distance);
                    detail.spans = spans;
                    let gap = match detail.gap {
                        Some(gap) => gap.to_string(),
                        None => format!("more than {DISTANCE_MAX}"),
                    };
                    return Ok(format!(
                        "{text} would be true, but {gap} {unit} stand between its terms, and it \
                     allows {}{}",
                        near.distance,
                        at(&detail.spans)
                    ));
                }
            }
        }
        let at = at(&detail.spans);
        Ok(format!(
            "{text} would be true if its terms could stand farther apart{at}"
        ))
    }
}

fn candidates<'s>(set: &'s RuleSet, row: Row<'_>, verdict: &Verdict) -> Vec<Candidate<'s>> {
    let plausible = Plausible::of(set, row);
    let has = |label: usize| {
        let mut labels = verdict.labels.iter();
        labels.any(|verdict| usize::from(verdict.reported.label) == label)
    };
    let labels = set.labels.iter().enumerate();
    labels
        .filter(|(number, _)| !has(*number))
        .flat_map(|(_, label)| {
            label
                .rules
                .iter()
                .map(move |rule| Candidate { label, rule })
        })
        .filter(|candidate| plausible.can_be(&candidate.rule.tree, true))
        .collect()
}

/// A candidate that became true, what was left out for that, and what stands where.
type Found = (usize, Option<Node>, Vec<SpanJson>);

/// The largest distance that a rule can have.
const DISTANCE_MAX: u32 = 100;

/// `, at content 9–15`.
fn at(spans: &[SpanJson]) -> String {
    let places: Vec<String> = spans
        .iter()
        .map(|SpanJson(field, start, end)| format!("{field} {start}–{end}"))
        .collect();
    match places.is_empty() {
        true => String::new(),
        false => format!(": {}", places.join(", ")),
    }
}
