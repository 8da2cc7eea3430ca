//! What a caller sees. Everything that is found by an id, a key, a name or a list is asked for here.

use serde_json::json;

use super::digest;

/// The limits of a token. An empty list limits nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    projects: Vec<String>,
    queues: Vec<String>,
    /// Services of tasks for outside workers.
    services: Vec<String>,
}

impl Scope {
    pub fn new(
        mut projects: Vec<String>,
        mut queues: Vec<String>,
        mut services: Vec<String>,
    ) -> Self {
        for names in [&mut projects, &mut queues, &mut services] {
            names.sort();
            names.dedup();
        }
        Self {
            projects,
            queues,
            services,
        }
    }

    pub fn is_limited(&self) -> bool {
        !self.projects.is_empty() || !self.queues.is_empty() || !self.services.is_empty()
    }

    /// The queues whose jobs are seen; `None`: all of them.
    pub fn queues(&self) -> Option<&[String]> {
        limit(&self.queues)
    }

    /// The same for projects.
    pub fn projects(&self) -> Option<&[String]> {
        limit(&self.projects)
    }

    /// The same for services of tasks for outside workers. These belong to no project, so that a caller
    /// with a limit of projects sees none.
    pub fn services(&self) -> Option<&[String]> {
        match self.projects.is_empty() {
            true => limit(&self.services),
            false => Some(&[]),
        }
    }

    pub fn has_queue(&self, queue: &str) -> bool {
        has(self.queues(), Some(queue))
    }

    /// `None`: what belongs to no project.
    pub fn has_project(&self, project: Option<&str>) -> bool {
        has(self.projects(), project)
    }

    /// `None`: what belongs to no service.
    pub fn has_service(&self, service: Option<&str>) -> bool {
        match service {
            None => self.services.is_empty(),
            service => has(self.services(), service),
        }
    }

    /// Whether the caller may take tasks of a service and end them. They are of any queue, so that a
    /// caller with a limit of queues needs to be given the service.
    pub fn works_for(&self, service: &str) -> bool {
        self.has_service(Some(service)) && (self.queues().is_none() || self.services().is_some())
    }

    /// The limits as they are set: projects, queues and services.
    pub fn limits(&self) -> [&[String]; 3] {
        [&self.projects, &self.queues, &self.services]
    }

    /// The name under which a key of the caller's own choice is stored: callers who see different things
    /// must not meet in a key. It is as long as a key may be.
    pub fn stored_key(&self, key: String) -> String {
        if !self.is_limited() {
            return key;
        }
        let text = json!([self.projects, self.queues, self.services, key]).to_string();
        let digest = digest(text.as_bytes());
        let digits = digest.iter().map(|byte| format!("{byte:02x}"));
        // No header can hold such a character.
        format!("\u{1}{}", digits.collect::<String>())
    }
}

fn limit(names: &[String]) -> Option<&[String]> {
    (!names.is_empty()).then_some(names)
}

fn has(names: Option<&[String]>, name: Option<&str>) -> bool {
    match names {
        None => true,
        Some(names) => name.is_some_and(|name| names.iter().any(|own| own == name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(projects: &[&str], queues: &[&str], services: &[&str]) -> Scope {
        let [projects, queues, services] = [projects, queues, services]
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        Scope::new(projects, queues, services)
    }

    #[test]
    fn only_what_is_named_is_seen() {
        let all = scope(&[], &[], &[]);
        assert!(!all.is_limited() && all.has_queue("a") && all.has_service(None));
        assert!(all.works_for("x"));
        let queue = scope(&[], &["a"], &[]);
        assert!(queue.is_limited() && queue.has_queue("a") && !queue.has_queue("b"));
        assert!(queue.has_service(Some("x")) && !queue.works_for("x"));
        let service = scope(&[], &[], &["x"]);
        assert!(service.has_service(Some("x")) && !service.has_service(Some("y")));
        assert!(!service.has_service(None) && service.works_for("x") && !service.works_for("y"));
        let both = scope(&[], &["a"], &["x"]);
        assert!(both.works_for("x") && !both.works_for("y") && !both.has_queue("b"));
    }

    #[test]
    fn a_limit_of_projects_leaves_what_belongs_to_them() {
        let project = scope(&["p"], &[], &[]);
        assert!(project.has_project(Some("p")) && project.has_queue("a"));
        assert!(project.has_service(None));
        for limited in [project, scope(&["p"], &["a"], &["x"])] {
            assert!(limited.is_limited());
            assert!(!limited.has_project(Some("q")) && !limited.has_project(None));
            assert!(!limited.has_service(Some("x")) && !limited.works_for("x"));
            assert_eq!(limited.services(), Some(&[][..]));
        }
        let all = scope(&[], &["a"], &["x"]);
        assert!(all.has_project(Some("p")) && all.has_project(None));
    }

    #[test]
    fn callers_meet_in_a_key_if_they_see_the_same() {
        let stored = |scope: &Scope| scope.stored_key("one key".to_owned());
        assert_eq!(stored(&scope(&[], &[], &[])), "one key");
        let limited = [
            scope(&[], &["a"], &[]),
            scope(&[], &["a", "b"], &[]),
            scope(&[], &[], &["a"]),
            scope(&["a"], &[], &[]),
        ];
        for (no, one) in limited.iter().enumerate() {
            assert!(stored(one).chars().count() <= 255);
            for other in &limited[..no] {
                assert_ne!(stored(one), stored(other));
            }
        }
        let turned = scope(&[], &["b", "a", "b"], &[]);
        assert_eq!(stored(&turned), stored(&limited[1]));
    }
}
