//! A set that is compiled: what labels a row gets, and why.

use tokio_util::sync::CancellationToken;

use super::allowance::Allowance;
use super::build::Builder;
use super::check::check;
use super::cuts::{Cut, CutState};
use super::engine::{Engine, Owner};
use super::error::CompileError;
use super::lists::Lists;
use super::meta;
use super::names::RuleNames;
use super::state::{FoldedHit, State, TrueRule};
use super::texts::{FieldText, Row};
use super::verdict::{Dropped, LabelVerdict, Outcome, Reason, Span, Verdict};
use crate::systems::labelling::label::rules::RowLabels;
use crate::systems::labelling::rules::folding::Folding;
use crate::systems::labelling::rules::set::{Field, Fields, FilterAction, RuleSet};

/// A compiled set; shared by all threads, each with a [`Scratch`].
pub struct Compiled {
    folding: Folding,
    stages: Vec<Stage>,
    engine: Option<Engine>,
    fields: Fields,
    row_labels: RowLabels,
    names: RuleNames,
}

/// What is done to texts before the rules see them.
enum Stage {
    Cut(Cut),
    /// Drops that are followed by a cut.
    Drops(Box<Engine>),
}

/// Buffers that one thread uses again from row to row. They belong to the set that made them.
pub struct Scratch {
    texts: [FieldText; Field::COUNT],
    stages: Vec<StageState>,
    state: Option<State>,
    excepts: Vec<(u16, u32, u32)>,
}

enum StageState {
    Cut(CutState),
    Drops(Box<State>),
}

impl Compiled {
    /// Within the bounds of any set.
    pub fn of(set: &RuleSet) -> Result<Self, CompileError> {
        Self::of_within(set, &Allowance::new(CancellationToken::new()))
    }

    pub fn of_within(set: &RuleSet, allowance: &Allowance) -> Result<Self, CompileError> {
        let faults = check(set);
        if !faults.is_empty() {
            return Err(CompileError::Faults(faults));
        }
        Self::of_checked(set, allowance)
    }

    /// A set of which [`check`] finds no fault, or one that was derived from it: what cannot be found
    /// is found nowhere.
    pub fn of_checked(set: &RuleSet, allowance: &Allowance) -> Result<Self, CompileError> {
        allowance.check_time()?;
        let folding = Folding::of(set);
        let lists = Lists::of(set);
        let rules = set.labels.iter().map(|label| label.rules.len() as u32);
        let mut builder = Builder::new(folding, &lists, rules.collect());
        for (of_label, label) in set.labels.iter().zip(0_u16..) {
            for (of_rule, rule) in of_label.rules.iter().zip(0_u32..) {
                let fields = of_rule.fields.unwrap_or(set.fields);
                builder.add(Owner::Rule { label, rule }, &of_rule.tree, fields);
            }
            for (expression, except) in of_label.except.iter().zip(0_u32..) {
                let fields = expression.fields.unwrap_or(set.fields);
                builder.add(Owner::Except { label, except }, &expression.tree, fields);
            }
        }
        let is_cut = |filter: &_| matches!(filter, FilterAction::Cut);
        let actions = set.filters.iter().map(|filter| filter.action);
        let last_cut = actions.collect::<Vec<_>>().iter().rposition(is_cut);
        let mut stages = Vec::new();
        let mut drops: Option<Builder<'_>> = None;
        for (number, filter) in set.filters.iter().enumerate() {
            let expression = &filter.expression;
            let fields = expression.fields.unwrap_or(set.fields);
            let owner = Owner::Drop(number as u32);
            match filter.action {
                FilterAction::Cut => {
                    finish_drops(drops.take(), &mut stages, allowance)?;
                    allowance.check_time()?;
                    let cut = Cut::compile(expression, fields, folding, &lists)?;
                    stages.push(Stage::Cut(cut));
                }
                FilterAction::Drop if last_cut.is_some_and(|last| number < last) => drops
                    .get_or_insert_with(|| Builder::new(folding, &lists, Vec::new()))
                    .add(owner, &expression.tree, fields),
                FilterAction::Drop => builder.add(owner, &expression.tree, fields),
            }
        }
        allowance.check_time()?;
        let engine = builder.finish(allowance)?;
        let mut compiled = Self {
            folding,
            stages,
            fields: Fields::default(),
            engine,
            row_labels: set.row_labels,
            names: RuleNames::of(set),
        };
        compiled.fields = compiled.fields_in_use();
        allowance.check_memory(compiled.heap_bytes())?;
        Ok(compiled)
    }

    /// The fields that rules, excepts and filters look at.
    pub fn fields(&self) -> Fields {
        self.fields
    }

    fn fields_in_use(&self) -> Fields {
        let of_engine = self
            .engine
            .as_ref()
            .map_or(Fields::default(), |engine| engine.fields);
        self.stages
            .iter()
            .fold(of_engine, |fields, stage| match stage {
                Stage::Cut(_) => fields,
                Stage::Drops(engine) => fields.union(engine.fields),
            })
    }

    pub fn scratch(&self) -> Scratch {
        let stage = |stage: &Stage| match stage {
            Stage::Cut(cut) => StageState::Cut(cut.state()),
            Stage::Drops(engine) => StageState::Drops(Box::new(State::new(engine))),
        };
        Scratch {
            texts: std::array::from_fn(|_| FieldText::default()),
            stages: self.stages.iter().map(stage).collect(),
            state: self.engine.as_ref().map(State::new),
            excepts: Vec::new(),
        }
    }

    /// Replaces `verdict` by what becomes of a row.
    pub fn find(&self, row: Row<'_>, scratch: &mut Scratch, verdict: &mut Verdict) {
        self.find_labels(row, scratch, verdict, false);
    }

    /// The same, with all rules that are true.
    pub fn find_with_rules(&self, row: Row<'_>, scratch: &mut Scratch, verdict: &mut Verdict) {
        self.find_labels(row, scratch, verdict, true);
    }

    fn find_labels(
        &self,
        row: Row<'_>,
        scratch: &mut Scratch,
        verdict: &mut Verdict,
        keeps_true_rules: bool,
    ) {
        verdict.dropped = None;
        verdict.labels.clear();
        verdict.true_rules.clear();
        scratch.texts.iter_mut().for_each(FieldText::begin_row);
        verdict.dropped = self.pass_stages(row, scratch);
        if verdict.dropped.is_some() {
            return;
        }
        let (Some(engine), Some(state)) = (&self.engine, &mut scratch.state) else {
            return;
        };
        state.keeps_true_rules = keeps_true_rules;
        engine.look(row, self.folding, &mut scratch.texts, state);
        scratch.excepts.clear();
        verdict.dropped = engine.evaluate(row, &scratch.texts, state, &mut scratch.excepts);
        if verdict.dropped.is_some() {
            return;
        }
        if keeps_true_rules {
            verdict.true_rules.extend_from_slice(&state.true_rules);
        }
        state.matched.sort_unstable();
        let mut has_given = false;
        for label in 0..state.matched.len() {
            let label = state.matched[label];
            let reported = state.best(label);
            let excepted = engine.excepted(row, &scratch.texts, state, &scratch.excepts, label);
            let outcome = match excepted {
                Some((except, hit)) => Outcome::Excepted { except, hit },
                None if has_given && self.row_labels == RowLabels::First => Outcome::Matched,
                None => Outcome::Given,
            };
            has_given |= outcome == Outcome::Given;
            verdict.labels.push(LabelVerdict { reported, outcome });
        }
    }

    /// Cuts texts; returns the filter that drops the row.
    fn pass_stages(&self, row: Row<'_>, scratch: &mut Scratch) -> Option<Dropped> {
        let texts = &mut scratch.texts;
        for (stage, state) in self.stages.iter().zip(&mut scratch.stages) {
            match (stage, state) {
                (Stage::Cut(cut), StageState::Cut(state)) => {
                    for field in cut.fields.iter() {
                        if let Some(original) = row.text(field) {
                            cut.apply(&mut texts[field.index()], original, state);
                        }
                    }
                }
                (Stage::Drops(engine), StageState::Drops(state)) => {
                    engine.look(row, self.folding, texts, state);
                    let dropped = engine.evaluate(row, texts, state, &mut Vec::new());
                    if dropped.is_some() {
                        return dropped;
                    }
                }
                (Stage::Cut(_), StageState::Drops(_)) | (Stage::Drops(_), StageState::Cut(_)) => {
                    panic!("the scratch was made by another set")
                }
            }
        }
        None
    }

    /// Where a true rule of the row that was looked at last stands.
    pub fn reason(&self, row: Row<'_>, scratch: &mut Scratch, found: &TrueRule) -> Reason {
        let hit = self.span(row, scratch, found.hit);
        let parts = match self.parts(row, scratch, found) {
            Some(parts) => {
                let parts = parts.into_iter();
                parts.map(|part| self.span(row, scratch, part)).collect()
            }
            None => vec![hit],
        };
        Reason { hit, parts }
    }

    /// `None`: it is a plain keyword, which has one part, itself.
    fn parts(
        &self,
        row: Row<'_>,
        scratch: &mut Scratch,
        found: &TrueRule,
    ) -> Option<Vec<FoldedHit>> {
        let (engine, state) = (self.engine.as_ref()?, scratch.state.as_mut()?);
        let program = engine.program_of(found.label, found.rule)?;
        Some(engine.parts(row, &scratch.texts, state, program))
    }

    /// Where a folded hit of the row that was looked at last is from.
    pub fn span(&self, row: Row<'_>, scratch: &mut Scratch, hit: FoldedHit) -> Span {
        let text = &mut scratch.texts[hit.field.index()];
        let original = row.text(hit.field).unwrap_or_default();
        text.find_origins(self.folding, original);
        let span = text.original_span(hit.start as usize..hit.end as usize);
        Span {
            field: hit.field,
            start: span.start,
            end: span.end,
        }
    }

    /// What rules see of a field of the row that was looked at last.
    pub fn folded(&self, row: Row<'_>, scratch: &mut Scratch, field: Field) -> Option<String> {
        let original = row.text(field)?;
        let text = &mut scratch.texts[field.index()];
        text.fold(self.folding, original);
        Some(text.folded().text().to_owned())
    }

    /// `match_meta` of a label of the row that was looked at last.
    pub fn meta(&self, row: Row<'_>, scratch: &mut Scratch, found: &TrueRule) -> String {
        let reason = self.reason(row, scratch, found);
        self.meta_of(found.label, found.rule, &reason)
    }

    /// `match_meta` of a label of any row, by the place of its reported rule and where that stands.
    pub fn meta_of(&self, label: u16, rule: u32, reason: &Reason) -> String {
        meta::meta(self.names.of_rule(label, rule), reason)
    }

    /// What it takes, about.
    pub fn heap_bytes(&self) -> usize {
        let engine = self.engine.as_ref().map_or(0, Engine::heap_bytes);
        engine + self.names.heap_bytes()
    }
}

fn finish_drops(
    drops: Option<Builder<'_>>,
    stages: &mut Vec<Stage>,
    allowance: &Allowance,
) -> Result<(), CompileError> {
    if let Some(drops) = drops
        && let Some(engine) = drops.finish(allowance)?
    {
        stages.push(Stage::Drops(Box::new(engine)));
    }
    Ok(())
}
