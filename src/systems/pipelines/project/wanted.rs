//! Reads the values that a parameter is given: a text, a list or a range.

use super::fault::{Faults, quoted};
use super::model::Wanted;
use super::names::Names;
use super::param::Param;
use super::spot::Spot;
use crate::systems::pipelines::values::{ParamType, ParamValue, Template};
use crate::yaml::Content;

/// Values that a range in a file may have: more instances are not planned.
const RANGE_MAX: i64 = 100_000;

/// `None` for the parameter: nothing is known of it.
pub(super) fn read(
    spot: &Spot<'_>,
    param: Option<&Param>,
    names: &Names<'_>,
    faults: &mut Faults,
) -> Option<Wanted> {
    if matches!(spot.node.content, Content::List(_)) {
        let elements = spot.elements();
        let templates = elements.map(|below| read_one(below.text()?, &below, param, names, faults));
        return templates
            .collect::<Vec<_>>()
            .into_iter()
            .collect::<Option<_>>()
            .map(Wanted::List);
    }
    let text = spot.text()?;
    let can_be_range = param.is_none_or(Param::is_countable);
    match range_of(text).filter(|_| can_be_range) {
        Some((first, last)) => {
            let first = read_one(first, spot, param, names, faults)?;
            let last = read_one(last, spot, param, names, faults)?;
            check_range(&first, &last, spot, param, faults);
            Some(Wanted::Range(first, last))
        }
        None => read_one(text, spot, param, names, faults).map(Wanted::One),
    }
}

fn read_one(
    text: &str,
    spot: &Spot<'_>,
    param: Option<&Param>,
    names: &Names<'_>,
    faults: &mut Faults,
) -> Option<Template> {
    let template = names.template_of(text, spot, faults)?;
    let Some(param) = param else {
        return Some(template);
    };
    if let Some(constant) = template.as_literal() {
        if let Err(expected) = param.read(constant) {
            faults.value(spot, format!("found {}; {expected}", quoted(constant)));
            return None;
        }
    } else if let (Some(tried), false) = (names.trial(&template), is_text(param))
        && let Err(expected) = param.kind.read(&tried)
    {
        let problem = format!(
            "{} comes to a text such as `{tried}`; {expected}",
            quoted(text)
        );
        faults.value(spot, problem);
        return None;
    }
    Some(template)
}

fn is_text(param: &Param) -> bool {
    matches!(param.kind, ParamType::String | ParamType::Choice)
}

/// Both ends of `A..B`; dots in placeholders do not count.
pub(crate) fn range_of(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b'.' if depth == 0 && text[at..].starts_with("..") => {
                return Some((&text[..at], &text[at + 2..]));
            }
            _ => {}
        }
    }
    None
}

fn check_range(
    first: &Template,
    last: &Template,
    spot: &Spot<'_>,
    param: Option<&Param>,
    faults: &mut Faults,
) {
    let Some(param) = param else {
        return;
    };
    let value = |template: &Template| param.kind.read(template.as_literal()?).ok();
    if let (Some(first), Some(last)) = (value(first), value(last)) {
        check_ends(&first, &last, spot, faults);
    }
}

/// Looks at the ends only: a range may stand for very many values.
pub(super) fn check_ends(
    first: &ParamValue,
    last: &ParamValue,
    spot: &Spot<'_>,
    faults: &mut Faults,
) {
    if first > last {
        faults.value(
            spot,
            format!("the range {first}..{last} ends before it begins"),
        );
    } else if steps(first, last).is_none_or(|steps| steps >= RANGE_MAX) {
        faults.value(
            spot,
            format!("the range {first}..{last} has more than {RANGE_MAX} values"),
        );
    }
}

fn steps(first: &ParamValue, last: &ParamValue) -> Option<i64> {
    if let (ParamValue::Int(first), ParamValue::Int(last)) = (first, last) {
        return last.checked_sub(*first);
    }
    let span = last.moment()? - first.moment()?;
    Some(match last {
        ParamValue::Hour(_) => span.num_hours(),
        ParamValue::Minute(_) => span.num_minutes(),
        ParamValue::Month(_) => span.num_days() / 31,
        _ => span.num_days(),
    })
}
