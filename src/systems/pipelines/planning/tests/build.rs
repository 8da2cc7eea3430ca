//! Projects made by hand.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::systems::pipelines::planning::PlanProject;
use crate::systems::pipelines::project::{
    Body, Limits, Output, Param, ParamDefault, Project, Requirement, RetryDelay, Task, Wait, Wanted,
};
use crate::systems::pipelines::values::{ParamType, Template};

#[derive(Clone)]
pub(super) struct Build {
    pub name: String,
    pub tasks: Vec<Task>,
    pub env: Vec<(String, Template)>,
    pub others: Vec<Build>,
}

pub(super) struct TaskBuild(pub Task);

pub(super) fn template(text: &str) -> Template {
    Template::parse(text).unwrap()
}

/// A task with a body.
pub(super) fn task(name: &str) -> TaskBuild {
    TaskBuild(Task {
        name: name.to_owned(),
        help: None,
        params: Vec::new(),
        requires: Vec::new(),
        body: Some(Body::Run(vec!["true".to_owned()])),
        outputs: vec![Output::Marker],
        env: Vec::new(),
        secrets: Vec::new(),
        cwd: template("."),
        resources: Vec::new(),
        priority: 0,
        at_once: None,
        wait: None,
        limits: Limits::default(),
        retries: 0,
        retry_delay: RetryDelay {
            first: Duration::from_secs(10),
            longest: Duration::from_secs(600),
        },
        timeout: None,
        grace: Duration::from_secs(10),
        shell: Vec::new(),
        fingerprint: format!("of {name}"),
    })
}

impl TaskBuild {
    pub fn group(mut self) -> Self {
        self.0.body = None;
        self.0.outputs.clear();
        self
    }

    /// Made by others.
    pub fn input(mut self, waits: bool) -> Self {
        self.0.body = None;
        self.0.wait = waits.then_some(Wait {
            poll: Duration::from_secs(5),
            timeout: None,
        });
        self
    }

    pub fn priority(mut self, priority: i32) -> Self {
        self.0.priority = priority;
        self
    }

    /// Further words: `=default`, `a,b` for values, `?` for insignificant.
    pub fn param(mut self, name: &str, kind: ParamType, rest: &str) -> Self {
        let mut param = Param {
            name: name.to_owned(),
            kind,
            values: None,
            default: None,
            help: None,
            significant: true,
            min: None,
            max: None,
            pattern: None,
        };
        for word in rest.split_whitespace() {
            if word == "?" {
                param.significant = false;
            } else if let Some(default) = word.strip_prefix('=') {
                param.default = Some(if default.contains('{') {
                    ParamDefault::Template(template(default))
                } else {
                    ParamDefault::Value(kind.read(default).unwrap())
                });
            } else {
                param.values = Some(
                    word.split(',')
                        .map(|value| kind.read(value).unwrap())
                        .collect(),
                );
            }
        }
        self.0.params.push(param);
        self
    }

    pub fn date(self) -> Self {
        self.param("date", ParamType::Date, "")
    }

    /// `task` or `project/task`, each parameter a text, `a,b` or `a..b`.
    pub fn needs(mut self, name: &str, params: &[(&str, &str)]) -> Self {
        let (project, task) = match name.split_once('/') {
            Some((project, task)) => (Some(project.to_owned()), task),
            None => (None, name),
        };
        let wanted = |text: &str| {
            if let Some((first, last)) = text.split_once("..") {
                Wanted::Range(template(first), template(last))
            } else if text.contains(',') {
                Wanted::List(text.split(',').map(template).collect())
            } else {
                Wanted::One(template(text))
            }
        };
        let params = params
            .iter()
            .map(|(name, text)| ((*name).to_owned(), wanted(text)));
        self.0.requires.push(Requirement {
            project,
            task: task.to_owned(),
            params: params.collect(),
            optional: false,
        });
        self
    }

    pub fn optional(self, name: &str, params: &[(&str, &str)]) -> Self {
        let mut with = self.needs(name, params);
        with.0.requires.last_mut().unwrap().optional = true;
        with
    }
}

impl Build {
    pub fn new(tasks: impl IntoIterator<Item = TaskBuild>) -> Self {
        Self {
            name: "own".to_owned(),
            tasks: tasks.into_iter().map(|task| task.0).collect(),
            env: Vec::new(),
            others: Vec::new(),
        }
    }

    pub fn named(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    pub fn with(mut self, other: Build) -> Self {
        self.others.push(other);
        self
    }

    pub fn project(&self) -> PlanProject {
        PlanProject {
            project: Arc::new(Project {
                name: self.name.clone(),
                timezone: chrono_tz::Asia::Taipei,
                env: self.env.clone(),
                secrets: Vec::new(),
                resources: Vec::new(),
                source: None,
                commit: None,
                tasks: self.tasks.clone(),
                triggers: Vec::new(),
                version: String::new(),
            }),
            env: BTreeMap::new(),
        }
    }
}
