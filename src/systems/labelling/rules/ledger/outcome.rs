//! What became of a row: enough to publish it and to count it without its texts being matched again.

use super::bytes::{LedgerFault, Reader, push_number};
use crate::systems::labelling::rules::matching::{
    FoldedHit, LabelVerdict, Outcome, Reason, Span, TrueRule, Verdict,
};
use crate::systems::labelling::rules::set::Field;

/// What became of a row that was not dropped. Labels, rules and excepts are numbers in a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowOutcome {
    /// Those of which a rule is true, in the order of the set.
    pub labels: Vec<LabelOutcome>,
    /// All true rules: label, and number in the label.
    pub true_rules: Vec<(u16, u32)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelOutcome {
    pub label: u16,
    /// The rule that is reported.
    pub rule: u32,
    pub kind: OutcomeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutcomeKind {
    /// With what `match_meta` says.
    Given(Reason),
    Matched,
    /// By this `except` of the label, or by others, too.
    Excepted(u32),
}

/// Numbers of kinds as they are written; an `except` is added to the last one.
const GIVEN: u64 = 0;
const MATCHED: u64 = 1;
const EXCEPTED: u64 = 2;

/// No row has more labels, true rules or parts than this: a damaged length takes no memory.
const MOST: usize = 1 << 24;

impl RowOutcome {
    /// Replaces it by what a verdict says; `reason` finds where the rules of given labels stand.
    pub fn set(&mut self, verdict: &Verdict, mut reason: impl FnMut(&TrueRule) -> Reason) {
        let labels = verdict.labels.iter().map(|label| LabelOutcome {
            label: label.reported.label,
            rule: label.reported.rule,
            kind: match label.outcome {
                Outcome::Given => OutcomeKind::Given(reason(&label.reported)),
                Outcome::Matched => OutcomeKind::Matched,
                Outcome::Excepted { except, .. } => OutcomeKind::Excepted(except as u32),
            },
        });
        self.labels.clear();
        self.labels.extend(labels);
        let rules = verdict.true_rules.iter();
        self.true_rules.clear();
        self.true_rules
            .extend(rules.map(|found| (found.label, found.rule)));
    }

    /// Replaces `verdict` by one that is counted alike. Where its hits stand is not known, nor needed for that.
    pub fn show_in(&self, verdict: &mut Verdict) {
        const NOWHERE: FoldedHit = FoldedHit {
            field: Field::Author,
            start: 0,
            end: 0,
        };
        let at_nowhere = |label, rule| TrueRule {
            label,
            rule,
            hit: NOWHERE,
        };
        verdict.dropped = None;
        verdict.labels.clear();
        let labels = self.labels.iter().map(|label| LabelVerdict {
            reported: at_nowhere(label.label, label.rule),
            outcome: match label.kind {
                OutcomeKind::Given(_) => Outcome::Given,
                OutcomeKind::Matched => Outcome::Matched,
                OutcomeKind::Excepted(except) => Outcome::Excepted {
                    except: except as usize,
                    hit: NOWHERE,
                },
            },
        });
        verdict.labels.extend(labels);
        verdict.true_rules.clear();
        let rules = self.true_rules.iter();
        verdict
            .true_rules
            .extend(rules.map(|(label, rule)| at_nowhere(*label, *rule)));
    }

    pub(super) fn write(&self, to: &mut Vec<u8>) {
        push_number(to, self.labels.len() as u64);
        for label in &self.labels {
            push_number(to, label.label.into());
            push_number(to, label.rule.into());
            match &label.kind {
                OutcomeKind::Given(reason) => {
                    push_number(to, GIVEN);
                    push_reason(to, reason);
                }
                OutcomeKind::Matched => push_number(to, MATCHED),
                OutcomeKind::Excepted(except) => push_number(to, EXCEPTED + u64::from(*except)),
            }
        }
        push_number(to, self.true_rules.len() as u64);
        for (label, rule) in &self.true_rules {
            push_number(to, (*label).into());
            push_number(to, (*rule).into());
        }
    }

    pub(super) fn read(&mut self, from: &mut Reader<'_>) -> Result<(), LedgerFault> {
        self.labels.clear();
        for _ in 0..length(from)? {
            let (label, rule) = (from.small()?, from.small()?);
            let kind = match from.number()? {
                GIVEN => OutcomeKind::Given(read_reason(from)?),
                MATCHED => OutcomeKind::Matched,
                except => OutcomeKind::Excepted(
                    u32::try_from(except - EXCEPTED).map_err(|_| LedgerFault::Damaged)?,
                ),
            };
            self.labels.push(LabelOutcome { label, rule, kind });
        }
        self.true_rules.clear();
        for _ in 0..length(from)? {
            let found = (from.small()?, from.small()?);
            self.true_rules.push(found);
        }
        Ok(())
    }
}

fn length(from: &mut Reader<'_>) -> Result<usize, LedgerFault> {
    let length: usize = from.small()?;
    match length <= MOST {
        true => Ok(length),
        false => Err(LedgerFault::Damaged),
    }
}

fn push_reason(to: &mut Vec<u8>, reason: &Reason) {
    push_span(to, reason.hit);
    // A plain keyword has one part, itself.
    if reason.parts == [reason.hit] {
        return push_number(to, 0);
    }
    push_number(to, reason.parts.len() as u64 + 1);
    for part in &reason.parts {
        push_span(to, *part);
    }
}

fn read_reason(from: &mut Reader<'_>) -> Result<Reason, LedgerFault> {
    let hit = read_span(from)?;
    let parts = match length(from)? {
        0 => vec![hit],
        parts => (1..parts)
            .map(|_| read_span(from))
            .collect::<Result<_, _>>()?,
    };
    Ok(Reason { hit, parts })
}

fn push_span(to: &mut Vec<u8>, span: Span) {
    push_number(to, span.field.index() as u64);
    push_number(to, span.start as u64);
    push_number(to, (span.end - span.start) as u64);
}

fn read_span(from: &mut Reader<'_>) -> Result<Span, LedgerFault> {
    let field: usize = from.small()?;
    let field = Field::ALL.get(field).ok_or(LedgerFault::Damaged)?;
    let (start, length): (usize, usize) = (from.small()?, from.small()?);
    Ok(Span {
        field: *field,
        start,
        end: start.checked_add(length).ok_or(LedgerFault::Damaged)?,
    })
}
