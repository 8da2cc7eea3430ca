//! Finds paths of outputs and of commands that no instance could use: outside of the project, or in another
//! output of the same task.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::NaiveDateTime;

use super::context::{Context, Head};
use super::fault::{Faults, quoted};
use super::model::Task;
use super::output::Output;
use super::same_outputs::{Writer, normalized};
use super::spot::Spot;
use crate::systems::pipelines::values::{ParamValue, Scope, Template};

type Env = [(String, Template)];

/// `tasks` are in the order of the heads; those with faults are missing.
pub(super) fn find(context: &Context<'_>, tasks: &[Option<Task>], env: &Env, faults: &mut Faults) {
    let variables: HashMap<&str, &Template> = env
        .iter()
        .map(|(name, template)| (name.as_str(), template))
        .collect();
    for (head, task) in context.heads.iter().zip(tasks) {
        let Some(task) = task else { continue };
        check_places(context, head, task, env, faults);
        check_nesting(head, task, &variables, faults);
    }
}

/// With some value of each parameter: others make no path of another kind.
fn check_places(
    context: &Context<'_>,
    head: &Head<'_>,
    task: &Task,
    env: &Env,
    faults: &mut Faults,
) {
    let Some(places) = context.surroundings.places else {
        return;
    };
    let sample = Sample::of(task, env, context.surroundings.env);
    let list = head.spot.get("outputs");
    let spots = list.iter().flat_map(Spot::elements);
    for (output, spot) in task.outputs.iter().zip(spots) {
        let checked = match output {
            Output::Path { path, .. } => path.fill(&sample).map(|path| places.path(&path)),
            Output::Glob { glob, .. } => glob.fill(&sample).map(|glob| places.pattern(&glob)),
            Output::Sql { .. } | Output::Http { .. } | Output::Marker => continue,
        };
        if let Ok(Err(problem)) = checked {
            blame(&spot, problem, faults);
        }
    }
    if let Some(spot) = head.spot.get("cwd")
        && let Ok(directory) = task.cwd.fill(&sample)
        && let Err(problem) = places.directory(&directory)
    {
        faults.value(&spot, problem);
    }
}

/// A directory that is published replaces all that is in it.
fn check_nesting(
    head: &Head<'_>,
    task: &Task,
    variables: &HashMap<&str, &Template>,
    faults: &mut Faults,
) {
    let writer = Writer::within(task, variables);
    let list = head.spot.get("outputs");
    let spots = list.iter().flat_map(Spot::elements);
    let mut made: Vec<(String, bool, Spot<'_>)> = Vec::new();
    for (output, spot) in task.outputs.iter().zip(spots) {
        let (template, is_replaced) = match output {
            Output::Path { path, atomic, .. } => (path, *atomic),
            Output::Glob { glob, .. } => (glob, false),
            Output::Sql { .. } | Output::Http { .. } | Output::Marker => continue,
        };
        let Some(path) = writer.text(template) else {
            continue;
        };
        let path = match output {
            Output::Glob { .. } => format!("{}/*", folder(&normalized(&path))),
            _ => normalized(&path),
        };
        made.push((path, is_replaced, spot));
    }
    for (inner, _, spot) in &made {
        let outer = made.iter().find(|(outer, is_replaced, _)| {
            let rest = inner.strip_prefix(outer.as_str());
            *is_replaced && rest.is_some_and(|rest| rest.starts_with('/'))
        });
        if let Some((_, _, outer)) = outer {
            let outer = ["path", "glob"]
                .iter()
                .find_map(|key| outer.text_at(key))
                .or(outer.text());
            let outer = quoted(outer.unwrap_or_default());
            blame(
                spot,
                format!("lies in {outer}, which is an output, too"),
                faults,
            );
        }
    }
}

/// Of an output that is a text, or a mapping with the text.
fn blame(output: &Spot<'_>, problem: String, faults: &mut Faults) {
    match output.get("path").or_else(|| output.get("glob")) {
        Some(below) => faults.value(&below, problem),
        None => faults.value(output, problem),
    }
}

/// The directory that all matches of a pattern lie in.
fn folder(pattern: &str) -> String {
    let parts: Vec<&str> = pattern.split('/').collect();
    let fixed = parts.iter().take(parts.len().saturating_sub(1));
    let fixed = fixed.take_while(|part| !part.contains(['*', '?', '[']));
    fixed.copied().collect::<Vec<_>>().join("/")
}

/// Some values of a task, with its variables made of them.
struct Sample<'s> {
    params: HashMap<&'s str, ParamValue>,
    texts: HashMap<&'s str, String>,
}

impl<'s> Sample<'s> {
    /// A variable that cannot be made out is missing, so that nothing that uses it is checked.
    fn of(task: &'s Task, env: &'s Env, overrides: Option<&'s BTreeMap<String, String>>) -> Self {
        let params = task.params.iter();
        let params = params.filter_map(|param| Some((param.name.as_str(), param.sample()?)));
        let overrides = overrides.into_iter().flatten();
        let overrides = overrides.map(|(name, text)| (name.as_str(), text.clone()));
        let mut sample = Self {
            params: params.collect(),
            texts: overrides.collect(),
        };
        let is_set: HashSet<&str> = sample.texts.keys().copied().collect();
        for (name, template) in env.iter().chain(&task.env) {
            if is_set.contains(name.as_str()) {
                continue;
            }
            match template.fill(&sample) {
                Ok(text) => drop(sample.texts.insert(name, text)),
                Err(_) => drop(sample.texts.remove(name.as_str())),
            }
        }
        sample
    }
}

impl Scope for Sample<'_> {
    fn param(&self, name: &str) -> Option<&ParamValue> {
        self.params.get(name)
    }

    fn text(&self, name: &str) -> Option<&str> {
        self.texts.get(name).map(String::as_str)
    }

    fn moment(&self, _: &str) -> Option<NaiveDateTime> {
        None
    }
}
