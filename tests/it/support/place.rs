//! A folder in which the binary is run as people run it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::{USUAL_RULES, corpus, write_posts};

/// The task that `audience label` is told to make.
pub(crate) const TASK: &str = "0123456789abcdef0123456789abcdef";

/// A folder with posts, rules and groups.
pub(crate) struct Place(TempDir);

impl Place {
    pub(crate) fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(crate) fn with_rows(rows: u32) -> Self {
        let folder = TempDir::new().unwrap();
        write_posts(&folder.path().join("posts.db"), &corpus(rows));
        fs::create_dir(folder.path().join("rules")).unwrap();
        for (label, keywords) in USUAL_RULES {
            let lines: String = keywords
                .iter()
                .map(|word| format!("{word}\tpartially\n"))
                .collect();
            fs::write(folder.path().join(format!("rules/{label}.tsv")), lines).unwrap();
        }
        fs::write(
            folder.path().join("groups.yaml"),
            "groups: {a: [WH_A], b: [WH_B]}\n",
        )
        .unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
        command.current_dir(self.0.path());
        command
            .env_remove("AUTH_TOKEN")
            .env_remove("AUDIENCE_TOKEN");
        command
    }

    /// `audience label` with the usual arguments; each of `changes` replaces one of them.
    pub(crate) fn label(&self, changes: &[(&str, &str)]) -> Command {
        let mut command = self.label_for_people(changes);
        command.arg("--json");
        command
    }

    /// The same with figures for people.
    pub(crate) fn label_for_people(&self, changes: &[(&str, &str)]) -> Command {
        let usual = [
            ("--source", "sqlite://posts.db"),
            ("--table", "ts_page_content"),
            ("--rules", "rules"),
            ("--groups", "groups.yaml"),
            ("--output", "sqlite://out.db"),
            ("--start", "2020-01-01"),
            ("--end", "2020-02-01 00:00:00"),
            ("--task-id", TASK),
        ];
        let mut command = self.command();
        command.arg("label");
        for (name, value) in usual {
            let changed = changes.iter().find(|(changed, _)| *changed == name);
            command.args([name, changed.map_or(value, |(_, value)| value)]);
        }
        command
    }
}
