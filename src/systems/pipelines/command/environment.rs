//! The environment of a command: only what its task is meant to see.

use std::collections::BTreeMap;

/// What of the server's own environment commands get.
const KEPT: [&str; 3] = ["HOME", "LANG", "PATH"];

/// What a command without `PATH` would not find.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Names and values; a later value of a name takes precedence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Environment(BTreeMap<String, String>);

/// An attempt, as its command sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptNames<'a> {
    pub project: &'a str,
    pub run: &'a str,
    pub job: &'a str,
    pub attempt: u32,
    pub commit: Option<&'a str>,
}

impl Environment {
    /// Of a project whose times are in this zone. `server` is the environment of the server.
    pub(crate) fn begin(server: impl IntoIterator<Item = (String, String)>, zone: &str) -> Self {
        let mut variables = BTreeMap::new();
        variables.insert("PATH".to_owned(), USUAL_PATH.to_owned());
        let kept = server.into_iter();
        variables.extend(kept.filter(|(name, _)| KEPT.contains(&name.as_str())));
        variables.insert("TZ".to_owned(), zone.to_owned());
        Self(variables)
    }

    pub(crate) fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.insert(name.into(), value.into());
    }

    /// `$IN_<task>`: the paths of what the task needs, one a line.
    pub(crate) fn set_inputs(&mut self, task: &str, paths: &[String]) {
        self.set(format!("IN_{task}"), paths.join("\n"));
    }

    pub(crate) fn set_attempt(&mut self, names: AttemptNames<'_>) {
        self.set("AUDIENCE_PROJECT", names.project);
        self.set("AUDIENCE_RUN", names.run);
        self.set("AUDIENCE_JOB", names.job);
        self.set("AUDIENCE_ATTEMPT", names.attempt.to_string());
        self.set("AUDIENCE_COMMIT", names.commit.unwrap_or_default());
    }

    pub(crate) fn into_variables(self) -> Vec<(String, String)> {
        self.0.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_sees_of_the_server_only_what_it_needs() {
        let server = [
            ("PATH", "/bin"),
            ("AUTH_TOKEN", "hidden"),
            ("HOME", "/root"),
            ("TZ", "x"),
        ];
        let server = server.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut environment = Environment::begin(server, "Asia/Taipei");
        environment.set("OUT", "b c");
        environment.set_inputs("raw_log", &["x".to_owned(), "y".to_owned()]);
        let variables = environment.into_variables();
        let shown: Vec<String> = variables
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            shown,
            [
                "HOME=/root",
                "IN_raw_log=x\ny",
                "OUT=b c",
                "PATH=/bin",
                "TZ=Asia/Taipei"
            ]
        );
    }
}
