//! A project in a directory of its own, and the binary as people run it there.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use rusqlite::Connection;
use rustix::process::{Pid, Signal, kill_process};

use crate::support::{Place, wait_until};

/// Its executors end with it: they would wait for another command for a minute.
pub(super) struct OwnProject(Place);

/// What a command has ended with.
#[derive(Debug)]
pub(super) struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ended {
    /// The line with this text on standard output.
    pub fn line(&self, text: &str) -> &str {
        let mut lines = self.out.lines();
        let found = lines.find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("no line with {text} in {self:?}"))
    }

    pub fn last_line(&self) -> &str {
        self.out.lines().last().unwrap_or_default()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl OwnProject {
    /// A project with this text behind its name.
    pub fn with(text: &str) -> Self {
        let project = Self(Place::empty());
        project.write("project.yaml", &format!("project: small\n{text}"));
        project
    }

    /// The example, with few rows of these days.
    pub fn example(first: &str, last: &str) -> Self {
        let project = Self(Place::empty());
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/pipelines");
        for name in [
            "project.yaml",
            "settings.yaml",
            "gen_logs.py",
            "check_figures.py",
        ] {
            fs::copy(source.join(name), project.path(name)).unwrap();
        }
        project.python(&[
            "gen_logs.py",
            "--data",
            "data",
            "--rows",
            "20",
            "--from",
            first,
            "--to",
            last,
        ]);
        project
    }

    /// Panics if the program fails.
    pub fn python(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("python3");
        let output = command
            .args(arguments)
            .current_dir(self.path("."))
            .output()
            .unwrap();
        let ended = Ended::from(output);
        assert_eq!(ended.code, 0, "{ended:?}");
        ended.out
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The text of a file; nothing if it is not there.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    pub fn lines(&self, name: &str) -> Vec<String> {
        self.read(name).lines().map(str::to_owned).collect()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.0.command();
        command.args(arguments).stdin(Stdio::null());
        command.env_remove("AUDIENCE_SETTINGS");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.command(arguments).output().unwrap().into()
    }

    /// The standard output, after a success.
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let ended = self.run(arguments);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.out
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }

    /// Half-made outputs anywhere in the project.
    pub fn temporaries(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![self.path(".")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().map(OsStr::to_string_lossy);
                if name.is_some_and(|name| name.starts_with(".tmp-")) {
                    found.push(path);
                } else if path.is_dir() && !path.is_symlink() {
                    folders.push(path);
                }
            }
        }
        found
    }

    pub fn executors(&self) -> Vec<i32> {
        let folder = self.path("");
        let mut found = Vec::new();
        for process in fs::read_dir("/proc").unwrap().flatten() {
            let Ok(pid) = process.file_name().to_string_lossy().parse() else {
                continue;
            };
            let Ok(line) = fs::read(process.path().join("cmdline")) else {
                continue;
            };
            let mut words = line.split(|byte| *byte == 0);
            let is_ours = |word: &[u8]| Path::new(OsStr::from_bytes(word)).starts_with(&folder);
            if words.nth(1) == Some(b"executor") && words.any(is_ours) {
                found.push(pid);
            }
        }
        found
    }

    /// Ends its executors as `kill -9` does. The commands below them are not touched.
    pub fn kill_executors(&self) {
        for pid in self.executors() {
            // It may just have ended.
            kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).ok();
        }
    }

    pub fn has_table(&self, database: &str, table: &str) -> bool {
        let sql = format!("SELECT name FROM sqlite_master WHERE name = '{table}'");
        !self.texts(database, &sql).is_empty()
    }

    /// The first column of rows of the store beside the project file.
    pub fn texts(&self, database: &str, sql: &str) -> Vec<String> {
        let connection = Connection::open(self.path(database)).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }
}

impl Drop for OwnProject {
    fn drop(&mut self) {
        self.kill_executors();
    }
}

/// Whether a process lives; a zombie does not.
pub(super) fn lives(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .map(|(_, rest)| rest.starts_with('Z'));
    state == Some(false)
}

/// Waits for the end of each of these processes.
pub(super) fn wait_until_ended(pids: &[String]) {
    for pid in pids {
        wait_until("a process of a command has ended", || !lives(pid));
    }
}

pub(super) fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

pub(super) fn end_of(child: Child) -> Ended {
    child.wait_with_output().unwrap().into()
}
