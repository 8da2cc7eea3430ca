//! What starts a run by itself. A kind is a file here and a line in [`KINDS`].

mod after;
mod cron;
mod file;
mod form;
mod model;
mod webhook;

use chrono_tz::Tz;
use serde_json::Value;

use super::context::{Context, Head, Target};
use super::declaration::COMMIT;
use super::fault::{Faults, quoted};
use super::format::NAME;
use super::keys::WANTED;
use super::names::Names;
use super::param::Param;
use super::pattern::Patterns;
use super::shape::{Key, Mapping, Shape};
use super::spot::Spot;
use super::task::texts;
use super::wanted::{check_ends, range_of};
use crate::engine::triggers::overlap::Overlap;
use crate::systems::pipelines::values::Template;
use crate::yaml::Content;

pub(crate) use model::{Trigger, TriggerKind};

/// All kinds of triggers.
static KINDS: &[Kind] = &[
    cron::KIND,
    webhook::KIND,
    file::KIND,
    after::KIND,
    form::KIND,
];

/// Values that a list or a range may have here.
const VALUES_MAX: usize = 1_000;

/// A kind of trigger.
struct Kind {
    /// The first one chooses this kind.
    keys: &'static [Key],
    /// `None` after a fault.
    read: fn(&Spot<'_>, &mut TriggerScope<'_>, &mut Faults) -> Option<TriggerKind>,
}

/// What the parts of a trigger may refer to.
struct TriggerScope<'t> {
    context: &'t Context<'t>,
    patterns: &'t mut Patterns,
    timezone: Tz,
    /// Tasks that it starts; those that there are.
    tasks: Vec<&'t Head<'t>>,
    /// Parameters that get their values from what fired.
    given: Given,
}

/// Parameters that a trigger gives by itself.
enum Given {
    Only(Vec<String>),
    /// It cannot be known.
    Any,
}

pub(super) const KEYS: Mapping = Mapping {
    keys: &[
        Key::required(
            "run",
            Shape::Any(&[
                Shape::Formatted(&NAME),
                Shape::Some(&Shape::Formatted(&NAME)),
            ]),
            "A task, or several.",
        ),
        Key::optional(
            "with",
            Shape::Named(&NAME, &WANTED),
            "Values of parameters; {fire-1d} is the time at which it fires.",
        ),
        Key::optional(
            "overlap",
            Shape::Words(&["queue", "skip", "cancel", "allow"]),
            "What becomes of a run that begins while the one before is not done; queue.",
        ),
        Key::optional("paused", Shape::Bool, "Whether it fires at all."),
    ],
    variants: || KINDS.iter().map(|kind| kind.keys).collect(),
    needs_variant: true,
    others: None,
};

pub(super) fn read_all(
    spot: &Spot<'_>,
    context: &Context<'_>,
    timezone: Tz,
    patterns: &mut Patterns,
    faults: &mut Faults,
) -> Vec<Trigger> {
    let mut triggers = Vec::new();
    for (name, below) in spot.entries() {
        let mut scope = TriggerScope {
            context,
            patterns,
            timezone,
            tasks: read_tasks(&below, context, faults),
            given: Given::Only(Vec::new()),
        };
        triggers.extend(read(name, &below, &mut scope, faults));
    }
    triggers
}

/// The tasks of a trigger that there are.
fn read_tasks<'c>(
    spot: &Spot<'_>,
    context: &'c Context<'c>,
    faults: &mut Faults,
) -> Vec<&'c Head<'c>> {
    let mut tasks: Vec<&Head<'_>> = Vec::new();
    let Some(run) = spot.get("run") else {
        return tasks;
    };
    for below in run.one_or_more() {
        let Some(name) = below.text() else {
            continue;
        };
        if !(NAME.accepts)(name) {
            continue;
        }
        match context.target(name, &below, faults) {
            Some(Target::Here(head)) if tasks.iter().any(|known| known.name == head.name) => {
                faults.value(&below, format!("{} is given twice", quoted(name)));
            }
            Some(Target::Here(head)) => tasks.push(head),
            _ => {}
        }
    }
    tasks
}

fn read(
    name: &str,
    spot: &Spot<'_>,
    scope: &mut TriggerScope<'_>,
    faults: &mut Faults,
) -> Option<Trigger> {
    let kind = KINDS
        .iter()
        .find(|kind| spot.node.entry(kind.keys[0].name).is_some())?;
    let kind = (kind.read)(spot, scope, faults);
    let with = read_with(spot, scope, faults);
    if kind.is_some() {
        check_left_out(spot, scope, &with, faults);
    }
    let overlap = match spot.text_at("overlap") {
        Some("skip") => Overlap::Skip,
        Some("cancel") => Overlap::Cancel,
        Some("allow") => Overlap::Allow,
        _ => Overlap::Queue,
    };
    Some(Trigger {
        name: name.to_owned(),
        run: spot
            .get("run")
            .map(|below| texts(&below))
            .unwrap_or_default(),
        with,
        overlap,
        paused: spot.get("paused").is_some_and(|below| below.is_true()),
        kind: kind?,
    })
}

fn read_with(
    spot: &Spot<'_>,
    scope: &TriggerScope<'_>,
    faults: &mut Faults,
) -> Vec<(String, Value)> {
    let mut with = Vec::new();
    let Some(list) = spot.get("with") else {
        return with;
    };
    let names = Names::of_env(&scope.context.env).with_moment("fire");
    for (name, below) in list.entries() {
        check_known(name, scope, &below, faults);
        for one in below.one_or_more() {
            check_value(name, &one, &names, scope, faults);
        }
        let value = match &below.node.content {
            Content::List(_) => Value::from(texts(&below)),
            _ => below.text().map(Value::from).unwrap_or_default(),
        };
        with.push((name.to_owned(), value));
    }
    with
}

/// Whether one of the tasks, all of which are known, has such a parameter.
fn check_known(name: &str, scope: &TriggerScope<'_>, spot: &Spot<'_>, faults: &mut Faults) {
    let params: Option<Vec<_>> = scope
        .tasks
        .iter()
        .map(|head| head.params.as_ref())
        .collect();
    let Some(params) = params.filter(|params| !params.is_empty()) else {
        return;
    };
    let known = || {
        params
            .iter()
            .flat_map(|params| params.iter())
            .map(|one| one.name.as_str())
    };
    if !known().any(|known| known == name) {
        let hint = faults.hint(name, known());
        faults.key(
            spot,
            format!("no task of this trigger has such a parameter{hint}"),
        );
    }
}

fn check_value(
    name: &str,
    spot: &Spot<'_>,
    names: &Names<'_>,
    scope: &TriggerScope<'_>,
    faults: &mut Faults,
) {
    let Some(text) = spot.text() else {
        return;
    };
    let params = scope
        .tasks
        .iter()
        .flat_map(|head| head.params.iter().flatten());
    let params = params.filter(|declared| declared.name == name);
    let Some(param) = params.filter_map(|declared| declared.param.as_ref()).next() else {
        return drop(names.template_of(text, spot, faults));
    };
    let range = range_of(text).filter(|_| param.is_countable());
    let ends = range.map_or_else(|| vec![text], |(first, last)| vec![first, last]);
    let templates = ends.iter().map(|end| names.template_of(end, spot, faults));
    let Some(templates) = templates
        .collect::<Vec<_>>()
        .into_iter()
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    check_constants(&templates, param, spot, names, faults);
}

fn check_constants(
    templates: &[Template],
    param: &Param,
    spot: &Spot<'_>,
    names: &Names<'_>,
    faults: &mut Faults,
) {
    let mut constants = Vec::new();
    for template in templates {
        let read = match template.as_literal() {
            Some(text) => param.read_written(text, VALUES_MAX),
            // A variable may be anything.
            None if template.names().any(|name| name != "fire") => continue,
            None => template.value(param.kind, names).map(|_| Vec::new()),
        };
        match read {
            Ok(values) => constants.extend(values),
            Err(expected) => {
                let text = quoted(spot.text().unwrap_or_default());
                return faults.value(spot, format!("found {text}; {expected}"));
            }
        }
    }
    if let ([_, _], [first, last]) = (templates, constants.as_slice()) {
        check_ends(first, last, spot, faults);
    }
}

/// Whether all parameters of its tasks get a value.
fn check_left_out(
    spot: &Spot<'_>,
    scope: &TriggerScope<'_>,
    with: &[(String, Value)],
    faults: &mut Faults,
) {
    let Given::Only(given) = &scope.given else {
        return;
    };
    for head in &scope.tasks {
        for declared in head.params.iter().flatten() {
            let name = &declared.name;
            let is_given = with.iter().any(|(known, _)| known == name) || given.contains(name);
            let has_value = declared.param.as_ref().is_none_or(Param::has_value);
            if !is_given && !has_value && name != COMMIT {
                let problem = format!(
                    "{} needs a value for {name}; expected it in `with`",
                    head.name
                );
                faults.key(spot, problem);
            }
        }
    }
}
