//! Makes an expression one that matches within a line.

use regex_syntax::hir::{Class, ClassBytes, ClassBytesRange, ClassUnicode, ClassUnicodeRange};
use regex_syntax::hir::{Hir, HirKind, Look, Repetition};

/// The same expression for texts of many lines: it consumes no newline, and what it says of the
/// beginning and the end of a text it says of those of a line. `None`: it cannot match within a line.
pub(super) fn within_lines(expression: Hir) -> Option<Hir> {
    rewrite(expression, &|look| match look {
        Look::Start | Look::StartLF | Look::StartCRLF => Hir::look(Look::StartCRLF),
        Look::End | Look::EndLF | Look::EndCRLF => Hir::look(Look::EndCRLF),
        other => Hir::look(other),
    })
}

/// An expression that matches wherever this one does, and has no word boundaries that a fast automaton
/// cannot find. `None`: there is no need of it.
pub(super) fn without_word_boundaries(expression: &Hir) -> Option<Hir> {
    if !expression.properties().look_set().contains_word_unicode() {
        return None;
    }
    rewrite(expression.clone(), &|look| match look {
        Look::WordUnicode
        | Look::WordUnicodeNegate
        | Look::WordStartUnicode
        | Look::WordEndUnicode
        | Look::WordStartHalfUnicode
        | Look::WordEndHalfUnicode => Hir::empty(),
        other => Hir::look(other),
    })
}

fn rewrite(expression: Hir, change_look: &impl Fn(Look) -> Hir) -> Option<Hir> {
    let again = |part| rewrite(part, change_look);
    match expression.into_kind() {
        HirKind::Empty => Some(Hir::empty()),
        HirKind::Literal(literal) if literal.0.contains(&b'\n') => None,
        HirKind::Literal(literal) => Some(Hir::literal(literal.0)),
        HirKind::Class(class) => {
            let class = without_newline(class);
            (!class.is_empty()).then(|| Hir::class(class))
        }
        HirKind::Look(look) => Some(change_look(look)),
        HirKind::Repetition(repetition) => match again(*repetition.sub) {
            Some(sub) => Some(Hir::repetition(Repetition {
                sub: Box::new(sub),
                ..repetition
            })),
            None => (repetition.min == 0).then(Hir::empty),
        },
        // Nobody asks what is in a group.
        HirKind::Capture(capture) => again(*capture.sub),
        HirKind::Concat(parts) => {
            let parts: Option<Vec<Hir>> = parts.into_iter().map(again).collect();
            parts.map(Hir::concat)
        }
        HirKind::Alternation(parts) => {
            let parts: Vec<Hir> = parts.into_iter().filter_map(again).collect();
            (!parts.is_empty()).then(|| Hir::alternation(parts))
        }
    }
}

fn without_newline(mut class: Class) -> Class {
    match &mut class {
        Class::Unicode(class) => {
            class.difference(&ClassUnicode::new([ClassUnicodeRange::new('\n', '\n')]));
        }
        Class::Bytes(class) => {
            class.difference(&ClassBytes::new([ClassBytesRange::new(b'\n', b'\n')]));
        }
    }
    class
}
