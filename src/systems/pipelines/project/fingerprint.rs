//! The digest of what a task does, by which instances are found that were made by something else.

use sha2::{Digest, Sha256};

use super::body::Body;
use super::model::{Project, Requirement, Task, Wanted};
use super::read::hex;
use crate::systems::pipelines::values::Template;

/// Renews the digests of all tasks, after the environment has changed.
pub(super) fn renew(project: &mut Project) {
    let mut digest = Text(Sha256::new());
    digest.env(&project.env);
    let env = digest.0.finalize();
    for task in &mut project.tasks {
        let mut digest = Text(Sha256::new());
        digest.0.update(env);
        digest.task(task);
        task.fingerprint = hex(&digest.0.finalize());
    }
}

/// Texts, each with its length in front, so that no two lists of texts are the same.
struct Text(Sha256);

impl Text {
    fn add(&mut self, text: &str) {
        self.0.update(text.len().to_be_bytes());
        self.0.update(text);
    }

    fn count(&mut self, count: usize) {
        self.0.update(count.to_be_bytes());
    }

    fn template(&mut self, template: &Template) {
        self.add(&template.to_string());
    }

    fn env(&mut self, env: &[(String, Template)]) {
        let mut env: Vec<_> = env.iter().collect();
        env.sort_by_key(|(name, _)| name);
        self.count(env.len());
        for (name, template) in env {
            self.add(name);
            self.template(template);
        }
    }

    fn task(&mut self, task: &Task) {
        self.env(&task.env);
        match &task.body {
            None => self.add("none"),
            Some(body) => self.body(body),
        }
        let mut requires: Vec<&Requirement> = task.requires.iter().collect();
        requires.sort_by_key(|one| (&one.project, &one.task));
        self.count(requires.len());
        for requirement in requires {
            self.requirement(requirement);
        }
    }

    fn body(&mut self, body: &Body) {
        match body {
            Body::Run(scripts) => {
                self.add("run");
                self.count(scripts.len());
                scripts.iter().for_each(|script| self.add(script));
            }
            Body::Exec(arguments) => {
                self.add("exec");
                self.count(arguments.len());
                arguments
                    .iter()
                    .for_each(|argument| self.template(argument));
            }
            Body::Sql { connection, run } => {
                self.add("sql");
                self.add(connection);
                self.add(run);
            }
            Body::Uses { flow, with } => {
                self.add("uses");
                self.add(flow);
                self.json(with);
            }
        }
    }

    fn requirement(&mut self, requirement: &Requirement) {
        self.add(requirement.project.as_deref().unwrap_or_default());
        self.add(&requirement.task);
        self.add(if requirement.optional {
            "optional"
        } else {
            "needed"
        });
        let mut params: Vec<_> = requirement.params.iter().collect();
        params.sort_by_key(|(name, _)| name);
        self.count(params.len());
        for (name, wanted) in params {
            self.add(name);
            match wanted {
                Wanted::One(template) => {
                    self.add("one");
                    self.template(template);
                }
                Wanted::List(templates) => {
                    self.add("list");
                    self.count(templates.len());
                    templates
                        .iter()
                        .for_each(|template| self.template(template));
                }
                Wanted::Range(first, last) => {
                    self.add("range");
                    self.template(first);
                    self.template(last);
                }
            }
        }
    }

    /// The order of keys does not matter.
    fn json(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::Array(elements) => {
                self.add("list");
                self.count(elements.len());
                elements.iter().for_each(|element| self.json(element));
            }
            serde_json::Value::Object(members) => {
                self.add("mapping");
                self.count(members.len());
                let mut members: Vec<_> = members.iter().collect();
                members.sort_by_key(|(name, _)| *name);
                for (name, member) in members {
                    self.add(name);
                    self.json(member);
                }
            }
            scalar => self.add(&scalar.to_string()),
        }
    }
}
