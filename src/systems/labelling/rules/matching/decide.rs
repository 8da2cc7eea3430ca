//! Looks through the texts of a row, and decides what is true of it.

use super::engine::{Engine, NO_PROGRAM, Owner};
use super::evaluate::Evaluation;
use super::scan::Scanned;
use super::state::{FoldedHit, State, TrueRule};
use super::texts::{FieldText, Row};
use super::verdict::Dropped;
use crate::systems::labelling::rules::folding::Folding;
use crate::systems::labelling::rules::set::Field;

impl Engine {
    /// Looks through the texts of a row.
    pub fn look(
        &self,
        row: Row<'_>,
        folding: Folding,
        texts: &mut [FieldText; Field::COUNT],
        state: &mut State,
    ) {
        state.begin_row();
        for (slot, field) in self.fields.iter().enumerate() {
            let Some(original) = row.text(field) else {
                continue;
            };
            let text = &mut texts[field.index()];
            text.fold(folding, original);
            if !self.raw_texts.is_empty() {
                text.find_origins(folding, original);
            }
            let scanned = Scanned {
                field,
                slot,
                text,
                original,
            };
            self.scan(scanned, state);
        }
    }

    /// Evaluates what may be true; returns the filter that drops the row, and collects what has to
    /// be evaluated if labels are matched.
    pub fn evaluate(
        &self,
        row: Row<'_>,
        texts: &[FieldText; Field::COUNT],
        state: &mut State,
        excepts: &mut Vec<(u16, u32, u32)>,
    ) -> Option<Dropped> {
        let candidates = std::mem::take(&mut state.candidates);
        let mut evaluation = Evaluation {
            engine: self,
            state,
            texts,
            row,
        };
        let mut dropped: Option<Dropped> = None;
        for candidate in &candidates {
            let program = &self.programs[*candidate as usize];
            match program.owner {
                Owner::Rule { label, rule } => {
                    if let Some(hit) = evaluation.first(program.root) {
                        let found = TrueRule { label, rule, hit };
                        evaluation.state.rule_is_true(found);
                    }
                }
                Owner::Except { label, except } => excepts.push((label, except, program.root)),
                Owner::Drop(filter) => {
                    let filter = filter as usize;
                    if dropped.is_none_or(|other| filter < other.filter)
                        && let Some(hit) = evaluation.first(program.root)
                    {
                        dropped = Some(Dropped { filter, hit });
                    }
                }
            }
        }
        state.candidates = candidates;
        excepts.sort_unstable();
        dropped
    }

    /// The first `except` of a matched label that is true.
    pub fn excepted(
        &self,
        row: Row<'_>,
        texts: &[FieldText; Field::COUNT],
        state: &mut State,
        excepts: &[(u16, u32, u32)],
        label: u16,
    ) -> Option<(usize, FoldedHit)> {
        let first = excepts.partition_point(|(other, _, _)| *other < label);
        let mut evaluation = Evaluation {
            engine: self,
            state,
            texts,
            row,
        };
        excepts[first..]
            .iter()
            .take_while(|(other, _, _)| *other == label)
            .find_map(|(_, except, root)| Some((*except as usize, evaluation.first(*root)?)))
    }

    pub fn parts(
        &self,
        row: Row<'_>,
        texts: &[FieldText; Field::COUNT],
        state: &mut State,
        program: usize,
    ) -> Vec<FoldedHit> {
        let mut evaluation = Evaluation {
            engine: self,
            state,
            texts,
            row,
        };
        evaluation.parts(self.programs[program].root)
    }

    /// The program of a rule; `None`: it is a plain keyword.
    pub fn program_of(&self, label: u16, rule: u32) -> Option<usize> {
        let number = self.rule_number(label, rule);
        let program = self.rule_programs.get(number).copied();
        program
            .filter(|program| *program != NO_PROGRAM)
            .map(|program| program as usize)
    }
}
