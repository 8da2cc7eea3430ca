//! Compares a file with the shape that it has to have: unknown, repeated and missing keys, values
//! of the wrong type.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use super::fault::{Faults, one_of, quoted};
use super::shape::{Mapping, Shape};
use super::spot::Spot;
use crate::yaml::{Content, Node, Position, Style};

pub(super) fn conform(spot: &Spot<'_>, shape: &Shape, faults: &mut Faults) {
    match shape {
        Shape::Text | Shape::Formatted(_) | Shape::Bool | Shape::Whole(..) | Shape::Words(_) => {
            conform_scalar(spot, shape, faults);
        }
        Shape::List(element) | Shape::Some(element) => {
            if !spot.node.is_null() && !matches!(spot.node.content, Content::List(_)) {
                return misfit(spot, shape, faults);
            }
            if matches!(shape, Shape::Some(_)) && spot.elements().next().is_none() {
                return faults.key(spot, "the list is empty; expected at least one element");
            }
            for below in spot.elements() {
                conform(&below, element, faults);
            }
        }
        Shape::Named(names, values) => {
            if !spot.node.is_null() && !spot.node.is_mapping() {
                return misfit(spot, shape, faults);
            }
            find_repeated(spot, faults);
            for (name, below) in spot.entries() {
                if (names.accepts)(name) {
                    conform(&below, values, faults);
                } else {
                    faults.key(&below, format!("invalid name; expected {}", names.expected));
                }
            }
        }
        Shape::Keys(mapping) => conform_mapping(spot, mapping, shape, faults),
        Shape::Any(shapes) => match shapes.iter().find(|shape| takes(shape, spot.node)) {
            Some(shape) => conform(spot, shape, faults),
            None => misfit(spot, shape, faults),
        },
        Shape::Json => find_repeated_below(spot, faults),
    }
}

/// Whether a value is of the kind that a shape is about.
fn takes(shape: &Shape, node: &Node) -> bool {
    match shape {
        Shape::List(_) | Shape::Some(_) => matches!(node.content, Content::List(_)),
        Shape::Named(..) | Shape::Keys(_) => node.is_mapping() || node.is_null(),
        Shape::Any(shapes) => shapes.iter().any(|shape| takes(shape, node)),
        Shape::Json => true,
        Shape::Text | Shape::Formatted(_) | Shape::Bool | Shape::Whole(..) | Shape::Words(_) => {
            !node.is_null() && node.text().is_some()
        }
    }
}

fn misfit(spot: &Spot<'_>, shape: &Shape, faults: &mut Faults) {
    let found = match &spot.node.content {
        _ if spot.node.is_null() => "nothing".to_owned(),
        Content::Scalar(scalar) if scalar.style == Style::Quoted => {
            format!("the text {}", quoted(&scalar.text))
        }
        Content::Scalar(scalar) => quoted(&scalar.text),
        Content::List(_) => "a list".to_owned(),
        Content::Mapping(_) => "a mapping".to_owned(),
    };
    faults.value(
        spot,
        format!("found {found}; expected {}", shape.expected()),
    );
}

fn conform_scalar(spot: &Spot<'_>, shape: &Shape, faults: &mut Faults) {
    let is_quoted =
        matches!(&spot.node.content, Content::Scalar(scalar) if scalar.style == Style::Quoted);
    let is_good = spot.text().is_some_and(|text| match shape {
        Shape::Formatted(format) => (format.accepts)(text),
        Shape::Bool | Shape::Whole(..) if is_quoted => false,
        Shape::Bool => matches!(text, "true" | "True" | "TRUE" | "false" | "False" | "FALSE"),
        Shape::Whole(least, most) => {
            let number = text.parse::<i64>();
            number.is_ok_and(|number| (*least..=*most).contains(&number))
        }
        Shape::Words(words) => words.contains(&text),
        _ => true,
    });
    if is_good {
        return;
    }
    match (shape, spot.text()) {
        (Shape::Words(words), Some(text)) => {
            let hint = faults.hint(text, words.iter().copied());
            faults.value(spot, format!("found {}{hint}", quoted(text)));
        }
        _ => misfit(spot, shape, faults),
    }
}

fn conform_mapping(spot: &Spot<'_>, mapping: &Mapping, shape: &Shape, faults: &mut Faults) {
    if !spot.node.is_null() && !spot.node.is_mapping() {
        return misfit(spot, shape, faults);
    }
    find_repeated(spot, faults);
    let all = mapping.all();
    let choices = mapping.choices();
    let mut chosen = choices.iter().enumerate();
    let chosen = chosen
        .find(|(_, key)| spot.node.entry(key).is_some())
        .map(|(no, _)| no);
    let mut is_reported = false;
    for (name, below) in spot.entries() {
        let of_name = |(key, _): &&(&super::shape::Key, Option<usize>)| key.name == name;
        // A key that several variants have belongs to the one that is chosen.
        let known = all.iter().filter(of_name);
        let fitting = known
            .clone()
            .find(|(_, variant)| variant.is_none() || *variant == chosen);
        match (fitting.or(known.clone().next()), mapping.others) {
            (Some((key, None)), _) => conform(&below, &key.shape, faults),
            (Some((key, variant)), _) if *variant == chosen => {
                conform(&below, &key.shape, faults);
            }
            (Some((key, Some(variant))), _) => {
                let choice = choices[*variant];
                let problem = match chosen {
                    Some(chosen) if choice == key.name => format!(
                        "stands beside {}; expected only {}",
                        choices[chosen],
                        one_of(&choices)
                    ),
                    Some(chosen) => format!("belongs to {choice}, not to {}", choices[chosen]),
                    None => format!("belongs to {choice}, which is missing"),
                };
                is_reported = true;
                faults.key(&below, problem);
            }
            (None, Some((names, values))) if (names.accepts)(name) => {
                conform(&below, values, faults);
            }
            (None, _) => {
                let hint = faults.hint(name, all.iter().map(|(key, _)| key.name));
                faults.key(&below, format!("unknown key{hint}"));
            }
        }
    }
    for (key, variant) in &all {
        let is_wanted = key.is_required && (variant.is_none() || *variant == chosen);
        if is_wanted && spot.node.entry(key.name).is_none() {
            let expected = key.shape.expected();
            faults.key(
                spot,
                format!("the key `{}` is missing; expected {expected}", key.name),
            );
        }
    }
    if mapping.needs_variant && chosen.is_none() && !is_reported {
        faults.key(spot, format!("expected {} in it", one_of(&choices)));
    }
}

/// Reports keys that stand in this mapping already.
fn find_repeated(spot: &Spot<'_>, faults: &mut Faults) {
    let mut lines: HashMap<&str, Position> = HashMap::new();
    for (entry, (name, below)) in spot.node.entries().iter().zip(spot.entries()) {
        match lines.entry(name) {
            Slot::Vacant(line) => drop(line.insert(entry.key.position)),
            Slot::Occupied(line) => {
                let first = line.get().line;
                faults.key(
                    &below,
                    format!("the key is given twice, first on line {first}"),
                );
            }
        }
    }
}

fn find_repeated_below(spot: &Spot<'_>, faults: &mut Faults) {
    find_repeated(spot, faults);
    for (_, below) in spot.entries() {
        find_repeated_below(&below, faults);
    }
    for below in spot.elements() {
        find_repeated_below(&below, faults);
    }
}
