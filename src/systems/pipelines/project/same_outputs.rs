//! Finds outputs that two tasks would make, and outputs that instances of one task share.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt::Write;

use super::context::{Context, Head};
use super::fault::Faults;
use super::model::Task;
use super::output::Output;
use super::spot::Spot;
use crate::systems::pipelines::values::{Piece, Template};

/// Variables inside variables are followed so far.
const DEPTH_MAX: usize = 8;

/// Bytes of a path that is compared: variables may repeat others.
const LENGTH_MAX: usize = 4_096;

type Env = [(String, Template)];

/// `tasks` are in the order of the heads; those with faults are missing.
pub(super) fn find(context: &Context<'_>, tasks: &[Option<Task>], env: &Env, faults: &mut Faults) {
    let env: HashMap<&str, &Template> = env
        .iter()
        .map(|(name, template)| (name.as_str(), template))
        .collect();
    let mut makers: HashMap<String, (&str, u32)> = HashMap::new();
    for (head, task) in context.heads.iter().zip(tasks) {
        let (Some(task), Some(list)) = (task, head.spot.get("outputs")) else {
            continue;
        };
        for (output, spot) in task.outputs.iter().zip(list.elements()) {
            let writer = Writer::beside_others(task, &env);
            let Some(key) = writer.key(output) else {
                continue;
            };
            warn_of_sharing(head, task, output, &spot, faults);
            let line = spot.node.position.line;
            match makers.entry(key) {
                Entry::Vacant(maker) => drop(maker.insert((head.name, line))),
                Entry::Occupied(maker) => {
                    let (other, line) = *maker.get();
                    let other = if other == head.name {
                        "this task"
                    } else {
                        other
                    };
                    let problem = format!("{other} has the same output, on line {line}");
                    faults.value(&spot, problem);
                }
            }
        }
    }
}

/// Writes what is compared: names of parameters do not matter, their values do.
pub(super) struct Writer<'w> {
    task: &'w Task,
    env: &'w HashMap<&'w str, &'w Template>,
    /// Within a task, parameters differ although they may have the same values.
    is_within: bool,
}

impl<'w> Writer<'w> {
    fn beside_others(task: &'w Task, env: &'w HashMap<&'w str, &'w Template>) -> Self {
        Self {
            task,
            env,
            is_within: false,
        }
    }

    /// For outputs of this task only.
    pub fn within(task: &'w Task, env: &'w HashMap<&'w str, &'w Template>) -> Self {
        Self {
            task,
            env,
            is_within: true,
        }
    }

    /// `None`: it is too long to be compared.
    pub fn text(&self, template: &Template) -> Option<String> {
        let mut text = String::new();
        self.write(template, 0, &mut text)?;
        Some(text)
    }

    /// `None`: it is no fault to share it.
    fn key(&self, output: &Output) -> Option<String> {
        let mut key = String::new();
        match output {
            Output::Path { path, .. } => {
                self.write(path, 0, &mut key)?;
                Some(normalized(&key))
            }
            Output::Glob { glob, .. } => {
                self.write(glob, 0, &mut key)?;
                Some(normalized(&key))
            }
            Output::Marker => None,
            // Others may wait for the same answer.
            Output::Sql { .. } | Output::Http { .. } if self.task.body.is_none() => None,
            Output::Sql { sql, connection } => {
                let words: Vec<&str> = sql.split_whitespace().collect();
                Some(format!("sql:{connection}:{}", words.join(" ")))
            }
            Output::Http { url, status } => {
                write!(key, "http:{status}:").ok()?;
                self.write(url, 0, &mut key)?;
                Some(key)
            }
        }
    }

    /// `None`: it is too long to be compared.
    fn write(&self, template: &Template, depth: usize, key: &mut String) -> Option<()> {
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => key.push_str(text),
                Piece::Value {
                    name,
                    shift,
                    format,
                    ..
                } => {
                    let own = self.task.env.iter().find(|(known, _)| known == name);
                    let variable = own.map(|(_, template)| template);
                    let variable = variable.or_else(|| self.env.get(name.as_str()).copied());
                    let param = self.task.params.iter().find(|param| param.name == *name);
                    match (variable, param) {
                        (Some(variable), _) if depth < DEPTH_MAX => {
                            self.write(variable, depth + 1, key)?;
                        }
                        (_, Some(_)) if self.is_within => {
                            let value = format!("{name}{shift:?}{format:?}");
                            // None of it is a pattern.
                            let value = value.replace(['*', '?', '[', ']', '/'], "|");
                            write!(key, "\0{value}\0").ok()?;
                        }
                        (_, Some(param)) => {
                            let values = param.values.iter().flatten();
                            let values: Vec<String> = values.map(ToString::to_string).collect();
                            let kind = param.kind.name();
                            let values = values.join(",");
                            write!(key, "\0{kind}({values}){shift:?}{format:?}\0").ok()?;
                        }
                        _ => write!(key, "\0{name}\0").ok()?,
                    }
                }
            }
            if key.len() > LENGTH_MAX {
                return None;
            }
        }
        Some(())
    }
}

/// Without what makes no difference in a path.
pub(super) fn normalized(path: &str) -> String {
    let root = if path.starts_with('/') { "/" } else { "" };
    let parts = path
        .split('/')
        .filter(|part| !part.is_empty() && *part != ".");
    let parts: Vec<&str> = parts.collect();
    format!("path:{root}{}", parts.join("/"))
}

/// Instances that differ in a parameter alone would overwrite each other's files.
fn warn_of_sharing(
    head: &Head<'_>,
    task: &Task,
    output: &Output,
    spot: &Spot<'_>,
    faults: &mut Faults,
) {
    let (Output::Path { path: template, .. } | Output::Glob { glob: template, .. }) = output else {
        return;
    };
    // A variable may be made of parameters.
    let is_variable = |name: &str| !task.params.iter().any(|param| param.name == name);
    let made_of_params = task.env.iter().any(|(name, value)| {
        template.names().any(|used| used == name) && value.names().any(|used| !is_variable(used))
    });
    if task.body.is_none() || made_of_params {
        return;
    }
    let unused = task
        .params
        .iter()
        .filter(|param| param.significant && !template.names().any(|used| used == param.name));
    let unused: Vec<&str> = unused.map(|param| param.name.as_str()).collect();
    if !unused.is_empty() {
        let unused = unused.join(" or ");
        let name = head.name;
        let problem = format!("all instances of {name} that differ in {unused} have this output");
        faults.warn(spot.value_place(), problem);
    }
}
