//! Random expressions.

use super::Choice;
use super::texts::Alphabet;
use crate::rules::slow::{Edges, Fields, Kind, Tree};

/// What expressions of a set are made with.
pub struct Words<'a> {
    pub alphabet: &'a Alphabet,
    /// Those that can be named.
    pub lists: &'a [String],
}

impl Words<'_> {
    /// A positive expression.
    pub fn expression(&self, choice: &mut Choice, depth: usize) -> Tree {
        let kind = match choice.below(if depth == 0 { 4 } else { 10 }) {
            0..=3 => return self.term_with_fields(choice),
            4 | 5 => Kind::And(self.operands_of_and(choice, depth)),
            6 => Kind::Or(self.operands(choice, depth, 2)),
            7 => {
                let operands = self.operands(choice, depth, 1);
                Kind::AtLeast(choice.between(1, operands.len()), operands)
            }
            8 => self.near(choice, true),
            _ => {
                return Tree {
                    kind: Kind::Group(Box::new(self.expression(choice, depth - 1))),
                    fields: Some(vec![choice.below(4)]),
                };
            }
        };
        Tree::new(kind)
    }

    /// A keyword, a pattern or a list.
    pub fn term(&self, choice: &mut Choice) -> Tree {
        Tree::new(match choice.below(8) {
            0 => Kind::Pattern(self.pattern(choice)),
            1 if !self.lists.is_empty() => Kind::List(choice.one(self.lists).clone()),
            _ => self.keyword(choice),
        })
    }

    fn term_with_fields(&self, choice: &mut Choice) -> Tree {
        let fields = choice.once_in(6).then(|| vec![choice.below(4)]);
        Tree {
            fields,
            ..self.term(choice)
        }
    }

    fn keyword(&self, choice: &mut Choice) -> Kind {
        let edges = [
            Edges::Partially,
            Edges::Partially,
            Edges::Partially,
            Edges::Word,
            Edges::Word,
            Edges::Start,
            Edges::End,
            Edges::Absolutely,
        ];
        Kind::Keyword {
            text: self.alphabet.text(choice, (1, 3)),
            edges: *choice.one(&edges),
            raw: choice.once_in(6),
        }
    }

    fn operands(&self, choice: &mut Choice, depth: usize, least: usize) -> Vec<Tree> {
        choice.several((least, 3), |choice| self.expression(choice, depth - 1))
    }

    fn operands_of_and(&self, choice: &mut Choice, depth: usize) -> Vec<Tree> {
        let mut operands = self.operands(choice, depth, 1);
        for _ in 0..choice.between(usize::from(operands.len() == 1), 1) {
            let inner = if choice.once_in(3) {
                self.expression(choice, depth - 1)
            } else {
                self.term_with_fields(choice)
            };
            let negated = Tree::new(Kind::Not(Box::new(inner)));
            operands.insert(choice.below(operands.len() + 1), negated);
        }
        operands
    }

    fn near(&self, choice: &mut Choice, may_nest: bool) -> Kind {
        let nested = if may_nest { choice.below(6) } else { 2 };
        let mut operand = |side: usize| {
            if nested == side {
                return Tree::new(self.near(choice, false));
            }
            if choice.once_in(4) {
                return Tree::new(Kind::Or(choice.several((2, 3), |choice| self.term(choice))));
            }
            self.term(choice)
        };
        let left = Box::new(operand(0));
        let right = Box::new(operand(1));
        Kind::Near {
            left,
            right,
            distance: *choice.one(&[0, 0, 1, 1, 2, 3, 5, 100]),
            characters: choice.once_in(3),
            ordered: choice.once_in(3),
        }
    }

    /// A valid pattern that needs at least one character.
    fn pattern(&self, choice: &mut Choice) -> String {
        let literal = |choice: &mut Choice| self.alphabet.literal(choice);
        let first = literal(choice);
        let second = literal(choice);
        match choice.below(28) {
            0 => first,
            1 => format!("{first}{second}"),
            2 => format!("{first}.{second}"),
            3 => format!("{first}.{{0,2}}{second}"),
            4 => format!("[{first}{second}]"),
            5 => format!("[^{first}{second}]"),
            6 => format!("{first}?{second}"),
            7 => format!("({first}|{second}{first})"),
            8 => format!("{first}+{second}*"),
            9 => format!("^{first}"),
            10 => format!("{first}$"),
            11 => format!("{first}\\w"),
            12 => format!("\\b{first}"),
            13 => format!("{first}\\S+"),
            14 => "\\S+".to_owned(),
            15 => format!("{first}.*?{second}"),
            16 => format!("[{first}{second}]{{2}}"),
            17 => format!("{first}{second}.{first}"),
            18 => format!("(?s){first}.{second}"),
            19 => format!("(?-i){first}"),
            20 => format!("(?:{first}{second}|{second}\\d)+"),
            21 => format!("{first}{second}?{first}"),
            22 => format!("\\p{{Han}}+{first}"),
            23 => format!("{first}(?:$|{second})"),
            24 => "[乾-麵]{2}".to_owned(),
            25 => format!("{first}|{second}"),
            26 => format!("{first}{second}\\W"),
            _ => format!("{first}\\s*{second}\\b"),
        }
    }
}

/// At least one field, ascending.
pub fn fields(choice: &mut Choice) -> Fields {
    let sure = choice.below(4);
    let is_alone = choice.once_in(2);
    (0..4)
        .filter(|field| *field == sure || !is_alone && choice.once_in(2))
        .collect()
}

/// An expression as somebody types it who does not look: some characters too many or too few.
pub fn damaged(text: &str, choice: &mut Choice) -> String {
    const STUFF: &[&str] = &[
        "(",
        ")",
        ",",
        "\"",
        "/",
        " ",
        " AND ",
        " OR ",
        " NOT ",
        "NEAR/2 ",
        "NEAR/101 ",
        "NEAR/x ",
        "title:",
        "word:",
        "raw:",
        "list:",
        "a",
        "拉",
        "2 OF (",
        "*",
        "（",
        "，",
        "\\",
        " b ",
        "nope:",
    ];
    let mut characters: Vec<String> = text.chars().map(String::from).collect();
    for _ in 0..choice.between(1, 2) {
        let at = choice.below(characters.len() + 1);
        if choice.once_in(2) && at < characters.len() {
            characters.remove(at);
        } else {
            characters.insert(at, (*choice.one(STUFF)).to_owned());
        }
    }
    characters.concat()
}
