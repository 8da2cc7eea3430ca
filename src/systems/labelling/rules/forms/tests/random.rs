//! Sets by lot, written and read in every form.

use super::*;
use crate::systems::labelling::rules::document::{
    DraftFilter, DraftList, DraftRule, Written, check,
};
use crate::systems::labelling::rules::set::{Field, Fields, FilterAction, MatchType, Variants};

/// xorshift64*
struct Random(u64);

const PIECES: [&str; 40] = [
    "拉麵",
    "好吃",
    "a",
    "B",
    "é",
    "e\u{301}",
    "ＡＢ",
    "乾",
    "👨\u{200d}👩",
    " ",
    "  ",
    "\t",
    "\n",
    "\"",
    "\\",
    "'",
    "#",
    "=",
    "+",
    "-",
    "@",
    ",",
    ";",
    ":",
    "/",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "%",
    "\u{feff}",
    "\u{200b}",
    "\u{3000}",
    "AND",
    "1",
    ".",
    "*",
    "_x0041_",
];

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    fn text(&mut self) -> String {
        let length = 1 + self.below(6);
        let text: String = (0..length).map(|_| self.one(&PIECES)).collect();
        // What folding leaves is never empty with a letter in it.
        format!("{text}{}", self.one(&["x", "麵", "9"]))
    }

    fn label(&mut self) -> String {
        let text = self.text();
        let kept = text.chars().filter(|c| *c != '/' && !c.is_control());
        kept.collect()
    }

    fn match_type(&mut self) -> MatchType {
        MatchType::VARIANTS[self.below(MatchType::VARIANTS.len())]
    }

    fn expression(&mut self, depth: usize) -> String {
        match self.below(if depth == 0 { 3 } else { 7 }) {
            0 => format!(
                "{}:{}",
                self.match_type().as_str(),
                row::quoted(&self.text())
            ),
            1 => "raw:乾".to_owned(),
            2 => "list:words".to_owned(),
            3 => format!(
                "({}) AND NOT {}",
                self.expression(depth - 1),
                self.expression(0)
            ),
            4 => format!(
                "({})  OR  ({})",
                self.expression(depth - 1),
                self.expression(depth - 1)
            ),
            5 => format!(
                "a NEAR/{}cf (b OR {})",
                self.below(100),
                row::quoted(&self.text())
            ),
            _ => format!("2 OF (title:(a OR b), {}, c)", self.expression(depth - 1)),
        }
    }

    fn written(&mut self) -> Written {
        match self.below(4) {
            0 => Written::Expression(self.expression(3)),
            1 => Written::Pattern(
                self.one(&["拉麵.{0,3}店", "a+[,/]b", "#\\S+x", "\"x\"", "=x", " x "])
                    .to_owned(),
            ),
            _ => Written::Keyword {
                text: self.text(),
                match_type: self.match_type(),
                raw: self.below(4) == 0,
            },
        }
    }

    fn rule(&mut self, id: Option<String>) -> DraftRule {
        let fields: Fields = Field::VARIANTS
            .iter()
            .copied()
            .filter(|_| self.below(4) == 0)
            .collect();
        DraftRule {
            written: self.written(),
            fields: (!fields.is_empty()).then_some(fields),
            id,
            note: (self.below(3) == 0).then(|| self.text()),
            place: Place::Unknown,
        }
    }

    fn draft(&mut self, number: u64) -> Draft {
        let mut draft = Draft::default();
        draft.options.name = Some(format!("set-{number}"));
        draft.options.case_sensitive = self.below(2) == 0;
        draft.options.exclusive = Some(self.below(2) == 0);
        draft.options.variants = [Variants::None, Variants::Han][self.below(2)];
        let terms = (0..1 + self.below(3)).map(|_| DraftRule {
            written: Written::Keyword {
                text: self.text(),
                match_type: self.match_type(),
                raw: self.below(2) == 0,
            },
            fields: None,
            id: None,
            note: None,
            place: Place::Unknown,
        });
        draft.lists.push(DraftList {
            name: "words".to_owned(),
            place: Place::Unknown,
            terms: terms.collect(),
        });
        for _ in 0..self.below(3) {
            draft.filters.push(DraftFilter {
                action: FilterAction::Drop,
                rule: self.rule(None),
            });
        }
        for label in 0..1 + self.below(4) {
            let name = format!("{}{label}", self.label());
            let rules = (0..self.below(8)).map(|rule| {
                let id = (self.below(3) == 0).then(|| format!("id-{label}-{rule}"));
                self.rule(id)
            });
            let rules = rules.collect();
            let except = (0..self.below(3)).map(|_| self.rule(None)).collect();
            draft.labels.push(DraftLabel {
                name,
                place: Place::Unknown,
                rules,
                except,
            });
        }
        draft
    }
}

#[test]
fn sets_by_lot_survive_every_form() {
    for number in 1..=40 {
        let mut random = Random(number * 0x9E37_79B9);
        let document = check(random.draft(number), "set", Findings::default());
        // Only that a rule stands twice may be found.
        assert!(
            !document.findings.has_errors(),
            "{number}: {:#?}",
            lines(&document)
        );
        let style = [Expressions::AsWritten, Expressions::Formatted][random.below(2)];
        for form in Form::VARIANTS {
            survives(&document, *form, style);
        }
    }
}
