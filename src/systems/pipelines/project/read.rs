//! Reads a project file: its text, its shape, then what it means.

use std::collections::{HashMap, HashSet};

use chrono_tz::{TZ_VARIANTS, Tz};
use sha2::{Digest, Sha256};

use super::conform::conform;
use super::context::{Context, Head, Surroundings};
use super::declaration::{self, COMMIT, Declared};
use super::fault::{Fault, Faults, Warning, quoted};
use super::format::is_name;
use super::keys::ROOT;
use super::model::Project;
use super::names::Names;
use super::param::Param;
use super::pattern::Patterns;
use super::shape::Shape;
use super::spot::Spot;
use super::task::Defaults;
use super::{circles, env, fingerprint, places, same_outputs, source, task, trigger};
use crate::systems::pipelines::values::Template;
use crate::yaml::{self, Content, Limits, Node, Position, YamlFault};

/// Bytes of a file. Callers need not read more of a larger one.
pub(crate) const FILE_MAX: usize = 1 << 20;

/// Parameters of one task.
const PARAMS_MAX: usize = 100;

/// Parameters of all tasks together: each task may have all of the project's.
const ALL_PARAMS_MAX: usize = 100_000;

const LIMITS: Limits = Limits {
    depth: 32,
    aliased: 10_000,
};

/// A project, or all that is wrong with its file, in the order of the file.
pub(crate) fn read(
    content: &[u8],
    surroundings: Surroundings<'_>,
) -> Result<(Project, Vec<Warning>), Vec<Fault>> {
    let root = parse(content).map_err(|fault| vec![Fault::from(fault)])?;
    let mut faults = Faults::default();
    let project = read_root(&Spot::root(&root), surroundings, content, &mut faults);
    let (faults, warnings) = faults.into_sorted();
    match project {
        Some(project) if faults.is_empty() => Ok((project, warnings)),
        _ => Err(faults),
    }
}

fn parse(content: &[u8]) -> Result<Node, YamlFault> {
    let start = Position { line: 1, column: 1 };
    if content.len() > FILE_MAX {
        return Err(file_fault(start, "the file is larger than 1 MiB"));
    }
    let text = str::from_utf8(content).map_err(|error| {
        let good = String::from_utf8_lossy(&content[..error.valid_up_to()]).into_owned();
        let line = good.lines().last().unwrap_or_default();
        let is_new_line = good.ends_with('\n') || good.is_empty();
        let column = if is_new_line { 0 } else { line.chars().count() };
        let lines = good.matches('\n').count();
        let number = |number: usize| u32::try_from(number + 1).unwrap_or(u32::MAX);
        let position = Position {
            line: number(lines),
            column: number(column),
        };
        file_fault(position, "the file is not UTF-8")
    })?;
    let root = yaml::parse_within(LIMITS, text)?;
    if !root.is_mapping() {
        return Err(file_fault(
            root.position,
            "expected a mapping that begins with `project:`",
        ));
    }
    Ok(root)
}

fn file_fault(position: Position, problem: &str) -> YamlFault {
    YamlFault {
        position,
        path: String::new(),
        entry: String::new(),
        problem: problem.to_owned(),
    }
}

fn read_root(
    root: &Spot<'_>,
    surroundings: Surroundings<'_>,
    content: &[u8],
    faults: &mut Faults,
) -> Option<Project> {
    conform(root, &Shape::Keys(&ROOT), faults);
    let mut patterns = Patterns::default();
    let sections = Sections::of(root);
    let name = root.text_at("project").unwrap_or_default();
    // Paths of hooks and of pages have other meanings there.
    if let (Some(spot), "schedules" | "runs") = (root.get("project"), name) {
        faults.value(
            &spot,
            format!("`{name}` is not allowed; expected another name"),
        );
    }
    let timezone = root.get("timezone");
    let timezone = timezone
        .and_then(|spot| read_zone(&spot, faults))
        .unwrap_or(Tz::UTC);
    let params = sections.params.as_ref();
    let params = params.map(|spot| declaration::read_all(spot, &mut patterns, faults));
    let params = params.unwrap_or_default();
    if let (true, Some(spot)) = (params.len() > PARAMS_MAX, &sections.params) {
        faults.key(spot, format!("expected at most {PARAMS_MAX} parameters"));
    }
    let secrets = read_secrets(sections.secrets.as_ref(), faults);
    let heads = read_heads(sections.tasks.as_ref(), &params, &mut patterns, faults);
    let by_name = heads
        .iter()
        .enumerate()
        .rev()
        .map(|(index, head)| (head.name, index));
    let context = Context {
        surroundings,
        project: name,
        env: sections
            .env
            .iter()
            .flat_map(Spot::entries)
            .map(|(name, _)| name)
            .collect(),
        secrets: secrets.iter().copied().collect(),
        resources: slots(sections.resources.as_ref()),
        by_name: by_name.collect(),
        heads,
        has_tasks_elsewhere: sections.tasks.is_none() && sections.source.is_some(),
    };
    if sections.tasks.is_none() && sections.source.is_none() {
        faults.key(root, "the key `tasks` is missing; expected a mapping");
    }
    let env = read_env(sections.env.as_ref(), &context, &params, faults);
    let defaults = Defaults::of(sections.defaults.as_ref());
    let mut tasks = Vec::with_capacity(context.heads.len());
    let mut edges = Vec::new();
    for (index, head) in context.heads.iter().enumerate() {
        let read = task::read(head, &context, &defaults, faults);
        edges.extend(read.edges.into_iter().map(|(to, place)| (index, to, place)));
        tasks.push(read.task);
    }
    circles::find(&context, &edges, faults);
    same_outputs::find(&context, &tasks, &env, faults);
    places::find(&context, &tasks, &env, faults);
    let triggers = sections.triggers.as_ref();
    let triggers =
        triggers.map(|spot| trigger::read_all(spot, &context, timezone, &mut patterns, faults));
    let source = sections
        .source
        .as_ref()
        .and_then(|spot| source::read(spot, &context, faults));
    let mut project = Project {
        name: name.to_owned(),
        timezone,
        env,
        secrets: secrets.iter().map(|name| (*name).to_owned()).collect(),
        resources: named_slots(sections.resources.as_ref()),
        source,
        commit: None,
        tasks: tasks.into_iter().collect::<Option<Vec<_>>>()?,
        triggers: triggers.unwrap_or_default(),
        version: hex(&Sha256::digest(content)),
    };
    fingerprint::renew(&mut project);
    Some(project)
}

/// The sections that others refer to, or that refer to others.
struct Sections<'s> {
    params: Option<Spot<'s>>,
    env: Option<Spot<'s>>,
    secrets: Option<Spot<'s>>,
    defaults: Option<Spot<'s>>,
    resources: Option<Spot<'s>>,
    source: Option<Spot<'s>>,
    tasks: Option<Spot<'s>>,
    triggers: Option<Spot<'s>>,
}

impl<'s> Sections<'s> {
    fn of(root: &'s Spot<'s>) -> Self {
        Self {
            params: root.get("params"),
            env: root.get("env"),
            secrets: root.get("secrets"),
            defaults: root.get("defaults"),
            resources: root.get("resources"),
            source: root.get("source"),
            tasks: root.get("tasks"),
            triggers: root.get("triggers"),
        }
    }
}

pub(super) fn read_zone(spot: &Spot<'_>, faults: &mut Faults) -> Option<Tz> {
    let text = spot.text()?;
    let zone = text.parse();
    if zone.is_err() {
        let hint = faults.hint(text, TZ_VARIANTS.iter().map(|zone| zone.name()));
        let hint = if hint.is_empty() {
            "; expected one such as Asia/Taipei"
        } else {
            &hint
        };
        faults.value(spot, format!("unknown zone {}{hint}", quoted(text)));
    }
    zone.ok()
}

fn read_secrets<'s>(spot: Option<&'s Spot<'s>>, faults: &mut Faults) -> Vec<&'s str> {
    let mut names = Vec::new();
    let mut seen = HashSet::new();
    for below in spot.into_iter().flat_map(Spot::elements) {
        match below.text() {
            Some(name) if !seen.insert(name) => {
                faults.value(&below, format!("{} is given twice", quoted(name)));
            }
            Some(name) => names.push(name),
            None => {}
        }
    }
    names
}

fn read_heads<'c>(
    tasks: Option<&'c Spot<'c>>,
    params: &[Declared],
    patterns: &mut Patterns,
    faults: &mut Faults,
) -> Vec<Head<'c>> {
    let mut left = ALL_PARAMS_MAX;
    let mut heads = Vec::new();
    for (name, spot) in tasks.into_iter().flat_map(Spot::entries) {
        let count = spot
            .get("params")
            .map_or(params.len(), |params| match &params.node.content {
                Content::List(elements) => elements.len(),
                Content::Scalar(_) | Content::Mapping(_) => params.node.entries().len(),
            });
        let problem = match left.checked_sub(count) {
            _ if count > PARAMS_MAX => Some(format!("expected at most {PARAMS_MAX} parameters")),
            None => Some(format!(
                "the tasks have more than {ALL_PARAMS_MAX} parameters"
            )),
            Some(rest) => {
                left = rest;
                None
            }
        };
        let params = match problem {
            Some(problem) => {
                faults.key(&spot, problem);
                None
            }
            None => read_params(&spot, params, patterns, faults),
        };
        heads.push(Head { name, spot, params });
    }
    heads
}

/// Its own declarations, the named ones of the project's, or all of those.
fn read_params(
    task: &Spot<'_>,
    of_project: &[Declared],
    patterns: &mut Patterns,
    faults: &mut Faults,
) -> Option<Vec<Declared>> {
    let Some(spot) = task.get("params") else {
        return Some(of_project.to_vec());
    };
    match &spot.node.content {
        Content::Mapping(_) => return Some(declaration::read_all(&spot, patterns, faults)),
        Content::Scalar(_) => return spot.node.is_null().then(Vec::new),
        Content::List(_) => {}
    }
    let mut declared: Vec<Declared> = Vec::new();
    for below in spot.elements() {
        let Some(name) = below.text() else {
            continue;
        };
        let found = of_project.iter().find(|one| one.name == name);
        if declared.iter().any(|one| one.name == name) {
            faults.value(&below, format!("{} is given twice", quoted(name)));
        } else if let Some(found) = found {
            declared.push(found.clone());
        } else if name == COMMIT {
            declared.push(Declared {
                name: name.to_owned(),
                param: Some(Param::commit()),
            });
        } else {
            let hint = faults.hint(name, of_project.iter().map(|one| one.name.as_str()));
            let name = quoted(name);
            faults.value(
                &below,
                format!("unknown parameter {name} of the project{hint}"),
            );
        }
    }
    Some(declared)
}

fn slots<'s>(spot: Option<&'s Spot<'s>>) -> HashMap<&'s str, Option<u32>> {
    let entries = spot.into_iter().flat_map(Spot::entries);
    entries
        .map(|(name, below)| (name, below.number()))
        .collect()
}

pub(super) fn named_slots(spot: Option<&Spot<'_>>) -> Vec<(String, u32)> {
    let mut slots = Vec::new();
    for (name, below) in spot.into_iter().flat_map(|spot| spot.entries()) {
        slots.extend(below.number().map(|number| (name.to_owned(), number)));
    }
    slots
}

/// Variables of the project may use those above them, and parameters that all tasks have.
fn read_env(
    spot: Option<&Spot<'_>>,
    context: &Context<'_>,
    params: &[Declared],
    faults: &mut Faults,
) -> Vec<(String, Template)> {
    let Some(spot) = spot else {
        return Vec::new();
    };
    let mut names = Names::default().with_params(Some(params));
    let env = env::read(spot, &mut names, faults);
    for (name, template) in &env {
        for used in template.names().filter(|used| is_name(used)) {
            let lacks_it = |head: &&Head<'_>| {
                let params = head.params.as_deref();
                params.is_some_and(|params| params.iter().all(|one| one.name != used))
            };
            if let (Some(head), Some(below)) = (context.heads.iter().find(lacks_it), spot.get(name))
            {
                let problem = format!("the task {} has no parameter {used}", head.name);
                faults.value(&below, problem);
            }
        }
    }
    env
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
