//! Reads a task.

use std::collections::HashSet;
use std::time::Duration;

use super::body::{self, Body};
use super::context::{Context, Head, split};
use super::fault::{Faults, Place, quoted};
use super::format::{duration, durations, size};
use super::model::{Limits, Requirement, RetryDelay, Task, Wait};
use super::names::Names;
use super::output::{self, Output};
use super::param::Param;
use super::read::named_slots;
use super::spot::Spot;
use super::{env, requirement};
use crate::printable::counted;
use crate::systems::pipelines::values::Template;

const POLL: Duration = Duration::from_secs(60);

/// What a file says of a task.
pub(super) struct ReadTask {
    /// `None` after a fault.
    pub task: Option<Task>,
    /// Tasks that it requires with all parameters as they are, and where.
    pub edges: Vec<(usize, Place)>,
}

/// What the parts of a task may refer to.
pub(super) struct TaskScope<'t> {
    pub context: &'t Context<'t>,
    pub head: &'t Head<'t>,
    pub names: Names<'t>,
    pub requires: &'t [Requirement],
    pub outputs: &'t [Output],
    pub has_body: bool,
}

/// What holds for tasks that say nothing else.
#[derive(Clone, Debug)]
pub(super) struct Defaults {
    retries: u32,
    retry_delay: RetryDelay,
    timeout: Option<Duration>,
    grace: Duration,
    shell: Vec<String>,
}

impl Defaults {
    pub fn of(spot: Option<&Spot<'_>>) -> Self {
        let defaults = Self {
            retries: 0,
            retry_delay: RetryDelay {
                first: Duration::from_secs(10),
                longest: Duration::from_secs(600),
            },
            timeout: None,
            grace: Duration::from_secs(10),
            shell: ["bash", "-euo", "pipefail", "-c"]
                .map(str::to_owned)
                .to_vec(),
        };
        match spot {
            Some(spot) => defaults.overridden(spot),
            None => defaults,
        }
    }

    fn overridden(&self, spot: &Spot<'_>) -> Self {
        let mut own = self.clone();
        if let Some(retries) = spot.get("retries").and_then(|below| below.number()) {
            own.retries = retries;
        }
        if let Some(range) = spot.text_at("retry_delay").and_then(durations) {
            own.retry_delay = RetryDelay {
                first: *range.start(),
                longest: *range.end(),
            };
        }
        if let Some(text) = spot.text_at("timeout") {
            own.timeout = duration(text);
        }
        if let Some(grace) = spot.text_at("grace").and_then(duration) {
            own.grace = grace;
        }
        if let Some(shell) = spot.get("shell") {
            own.shell = texts(&shell);
        }
        own
    }
}

pub(super) fn read(
    head: &Head<'_>,
    context: &Context<'_>,
    defaults: &Defaults,
    faults: &mut Faults,
) -> ReadTask {
    let before = faults.count();
    let spot = &head.spot;
    let mut names = Names::of_env(&context.env).with_params(head.params.as_deref());
    let own_env = spot.get("env");
    let own_env = own_env
        .map(|below| env::read(&below, &mut names, faults))
        .unwrap_or_default();
    let required = requirement::read_all(head, context, &names, faults);
    let mut scope = TaskScope {
        context,
        head,
        names,
        requires: &required.requirements,
        outputs: &[],
        has_body: body::is_there(spot),
    };
    let outputs = read_outputs(spot, &scope, faults);
    scope.outputs = &outputs;
    let body = body::read(spot, &scope, faults);
    let cwd = spot
        .get("cwd")
        .and_then(|below| scope.names.template(&below, faults));
    check_secrets(spot, context, faults);
    check_slots(spot, context, faults);
    let wait = spot.get("wait");
    if let (Some(below), true) = (&wait, scope.has_body) {
        faults.key(
            below,
            "belongs to tasks that others make; expected no body beside it",
        );
    }
    let policy = defaults.overridden(spot);
    let read = Parts {
        name: head.name,
        params: params(head),
        body,
        outputs,
        env: own_env,
        cwd: cwd.or_else(|| Template::parse(".").ok()),
        requires: required.requirements,
    };
    let task = if faults.count() == before {
        read.task(spot, policy)
    } else {
        None
    };
    ReadTask {
        task,
        edges: required.edges,
    }
}

/// What takes more than a look to read.
struct Parts<'t> {
    name: &'t str,
    params: Option<Vec<Param>>,
    body: Option<Body>,
    outputs: Vec<Output>,
    env: Vec<(String, Template)>,
    cwd: Option<Template>,
    requires: Vec<Requirement>,
}

impl Parts<'_> {
    fn task(self, spot: &Spot<'_>, policy: Defaults) -> Option<Task> {
        let wait = spot.get("wait").map(|below| Wait {
            poll: below.text_at("poll").and_then(duration).unwrap_or(POLL),
            timeout: below.text_at("timeout").and_then(duration),
        });
        let limits = spot.get("limits").map(|below| Limits {
            memory: below.text_at("memory").and_then(size),
            open_files: below.get("open_files").and_then(|below| below.number()),
        });
        Some(Task {
            name: self.name.to_owned(),
            help: spot.text_at("help").map(str::to_owned),
            params: self.params?,
            requires: self.requires,
            body: self.body,
            outputs: self.outputs,
            env: self.env,
            secrets: spot
                .get("secrets")
                .map(|below| texts(&below))
                .unwrap_or_default(),
            cwd: self.cwd?,
            resources: named_slots(spot.get("resources").as_ref()),
            priority: spot
                .get("priority")
                .and_then(|below| below.number())
                .unwrap_or(0),
            at_once: spot.get("at_once").and_then(|below| below.number()),
            wait,
            limits: limits.unwrap_or_default(),
            retries: policy.retries,
            retry_delay: policy.retry_delay,
            timeout: policy.timeout,
            grace: policy.grace,
            shell: policy.shell,
            // Made once the whole project is known.
            fingerprint: String::new(),
        })
    }
}

fn params(head: &Head<'_>) -> Option<Vec<Param>> {
    let params = head.params.as_ref()?.iter();
    params.map(|declared| declared.param.clone()).collect()
}

/// A task that does something and names no output leaves a marker.
fn read_outputs(spot: &Spot<'_>, scope: &TaskScope<'_>, faults: &mut Faults) -> Vec<Output> {
    let mut outputs = Vec::new();
    if let Some(list) = spot.get("outputs") {
        for below in list.elements() {
            outputs.extend(output::read(&below, scope, faults));
        }
        // A faulty output leaves none behind.
        if !list.node.is_null() && list.elements().next().is_some() {
            return outputs;
        }
    }
    if scope.has_body {
        outputs.push(Output::Marker);
    }
    outputs
}

fn check_secrets(spot: &Spot<'_>, context: &Context<'_>, faults: &mut Faults) {
    let mut seen = HashSet::new();
    let Some(list) = spot.get("secrets") else {
        return;
    };
    for below in list.elements() {
        let Some(name) = below.text() else {
            continue;
        };
        context.check_secret(name, &below, faults);
        if !seen.insert(name) {
            faults.value(&below, format!("{} is given twice", quoted(name)));
        }
    }
}

fn check_slots(spot: &Spot<'_>, context: &Context<'_>, faults: &mut Faults) {
    let Some(resources) = spot.get("resources") else {
        return;
    };
    for (name, below) in resources.entries() {
        let Some(there) = context.resources.get(name) else {
            let mut known: Vec<&str> = context.resources.keys().copied().collect();
            known.sort_unstable();
            let hint = faults.hint(name, known);
            faults.key(&below, format!("unknown resource{hint}"));
            continue;
        };
        if let (Some(wanted), Some(there)) = (below.number::<u32>(), there)
            && wanted > *there
        {
            faults.value(
                &below,
                format!(
                    "asks for {}; {}",
                    counted(u64::from(wanted), "slot"),
                    match there {
                        1 => "there is 1".to_owned(),
                        more => format!("there are {more}"),
                    }
                ),
            );
        }
    }
}

/// The texts of a list; of one text alone, that.
pub(super) fn texts(spot: &Spot<'_>) -> Vec<String> {
    let elements = spot.one_or_more();
    elements
        .iter()
        .filter_map(Spot::text)
        .map(str::to_owned)
        .collect()
}

/// The name that `IN_<task>` has for a requirement.
pub(super) fn input_name(reference: &str) -> String {
    format!("IN_{}", split(reference).1)
}
