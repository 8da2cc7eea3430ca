//! Finds texts of which every match of a pattern holds one, so that the automaton of all keywords
//! can say where a pattern is worth to be looked for.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::systems::labelling::rules::folding::first_lower;

/// More alternatives are not worth their place in the automaton.
const TEXTS_MAX: usize = 64;

/// A class of more characters says nothing.
const CLASS_MAX: u32 = 24;

/// Longer texts say no more.
const TEXT_CHARS_MAX: usize = 16;

/// What is known about the matches of a part.
struct Known {
    /// All of them, if they are few.
    exact: Option<Vec<String>>,
    /// Every match holds one of these.
    held: Option<Vec<String>>,
}

/// Folded texts of which every match holds one; `None`: there are none that help.
pub(super) fn required(hir: &Hir, lower: bool) -> Option<Vec<String>> {
    let known = analyse(hir, lower);
    let mut texts = known.exact.filter(|texts| helps(texts)).or(known.held)?;
    for text in &mut texts {
        if let Some((end, _)) = text.char_indices().nth(TEXT_CHARS_MAX) {
            text.truncate(end);
        }
    }
    texts.sort_unstable();
    texts.dedup();
    Some(texts)
}

fn analyse(hir: &Hir, lower: bool) -> Known {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => Known::exactly(vec![String::new()]),
        HirKind::Literal(literal) => match std::str::from_utf8(&literal.0) {
            Ok(text) => Known::exactly(vec![folded(text.chars(), lower)]),
            Err(_) => Known::NOTHING,
        },
        HirKind::Class(class) => of_class(class, lower),
        HirKind::Repetition(repetition) => {
            let part = analyse(&repetition.sub, lower);
            match (repetition.min, repetition.max) {
                (0, Some(0)) => Known::exactly(vec![String::new()]),
                (0, _) => Known::NOTHING,
                (1, Some(1)) => part,
                _ => Known {
                    exact: None,
                    held: part.best(),
                },
            }
        }
        HirKind::Capture(capture) => analyse(&capture.sub, lower),
        HirKind::Concat(parts) => concatenated(parts, lower),
        HirKind::Alternation(parts) => alternated(parts, lower),
    }
}

fn of_class(class: &Class, lower: bool) -> Known {
    let Class::Unicode(class) = class else {
        return Known::NOTHING;
    };
    let size = |range: &regex_syntax::hir::ClassUnicodeRange| range.len() as u32;
    if class.ranges().iter().map(size).sum::<u32>() > CLASS_MAX {
        return Known::NOTHING;
    }
    let chars = class
        .ranges()
        .iter()
        .flat_map(|range| range.start()..=range.end());
    let mut texts: Vec<String> = chars.map(|c| folded([c].into_iter(), lower)).collect();
    texts.sort_unstable();
    texts.dedup();
    Known::exactly(texts)
}

fn concatenated(parts: &[Hir], lower: bool) -> Known {
    let mut run = vec![String::new()];
    let mut is_whole = true;
    let mut held: Option<Vec<String>> = None;
    for part in parts {
        let known = analyse(part, lower);
        match known.exact {
            Some(exact) if exact.len() * run.len() <= TEXTS_MAX => {
                run = products(&run, &exact);
            }
            Some(exact) => {
                is_whole = false;
                held = better(held, Some(std::mem::replace(&mut run, exact)));
            }
            None => {
                is_whole = false;
                held = better(held, Some(std::mem::replace(&mut run, vec![String::new()])));
                held = better(held, known.held);
            }
        }
    }
    match is_whole {
        true => Known::exactly(run),
        false => Known {
            exact: None,
            held: better(held, Some(run)),
        },
    }
}

fn alternated(parts: &[Hir], lower: bool) -> Known {
    let parts: Vec<Known> = parts.iter().map(|part| analyse(part, lower)).collect();
    let all = |texts: fn(&Known) -> Option<Vec<String>>| -> Option<Vec<String>> {
        let mut united = Vec::new();
        for part in &parts {
            united.extend(texts(part)?);
            if united.len() > TEXTS_MAX {
                return None;
            }
        }
        Some(united)
    };
    Known {
        exact: all(|part| part.exact.clone()),
        held: all(Known::best),
    }
}

impl Known {
    const NOTHING: Self = Self {
        exact: None,
        held: None,
    };

    fn exactly(texts: Vec<String>) -> Self {
        match texts.is_empty() || texts.len() > TEXTS_MAX {
            true => Self::NOTHING,
            false => Self {
                exact: Some(texts),
                held: None,
            },
        }
    }

    fn best(&self) -> Option<Vec<String>> {
        better(self.exact.clone(), self.held.clone())
    }
}

fn better(one: Option<Vec<String>>, other: Option<Vec<String>>) -> Option<Vec<String>> {
    let value = |texts: &Vec<String>| {
        let shortest = texts.iter().map(String::len).min().unwrap_or(0);
        (shortest, usize::MAX - texts.len())
    };
    let useful = |texts: Option<Vec<String>>| texts.filter(|texts| helps(texts));
    match (useful(one), useful(other)) {
        (Some(one), Some(other)) if value(&other) > value(&one) => Some(other),
        (Some(one), _) => Some(one),
        (None, other) => other,
    }
}

fn helps(texts: &[String]) -> bool {
    !texts.is_empty() && texts.iter().all(|text| !text.is_empty())
}

fn products(starts: &[String], ends: &[String]) -> Vec<String> {
    let mut texts = Vec::with_capacity(starts.len() * ends.len());
    for start in starts {
        for end in ends {
            texts.push(format!("{start}{end}"));
        }
    }
    texts
}

fn folded(chars: impl Iterator<Item = char>, lower: bool) -> String {
    chars
        .map(|c| if lower { first_lower(c) } else { c })
        .collect()
}
