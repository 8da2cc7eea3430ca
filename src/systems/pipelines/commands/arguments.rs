//! The arguments of `plan`, `run` and `backfill`: a task, whose parameters are options, too.
//!
//! Which options there are is known once the project file has been read. So the definition of a
//! command takes everything behind the task as it is, and this is parsed again with the options of
//! that task.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Command};

use crate::systems::pipelines::project::{COMMIT, Param, Project, Task};

/// What was given of a command.
#[derive(Clone, Debug, Default)]
pub(super) struct Given {
    pub task: Option<String>,
    /// Of parameters, as they were written.
    pub params: Vec<(String, String)>,
    pub file: Option<PathBuf>,
    pub settings: Option<PathBuf>,
    pub env: Vec<(String, String)>,
    pub server: Option<String>,
    pub ca: Option<PathBuf>,
    pub json: bool,
    pub all: bool,
    pub follow: bool,
    pub folds: bool,
    pub tail: Option<u64>,
    pub search: Option<String>,
    pub regex: bool,
    pub ignore_case: bool,
    pub force: bool,
    pub force_all: bool,
    pub stale: bool,
    pub dry_run: bool,
    pub detach: bool,
    pub newest_first: bool,
    pub limit: Option<u64>,
    pub at_once: Option<u64>,
    /// Of the repository; that of a parameter with this name stands in `params`.
    pub commit: Option<String>,
}

/// Which of the options a command has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Plan,
    Run,
    Backfill,
    /// Names an instance and does nothing with it.
    Instance,
    /// Names an instance, or a job.
    Logs,
}

impl Form {
    fn about(self) -> &'static str {
        match self {
            Self::Plan => "Show what a run of a project's task would do",
            Self::Run => "Make a task of a project, and what it needs, if it is missing",
            Self::Backfill => "Make what is missing of a task over ranges of its parameters",
            Self::Instance => "Say why an instance of a task is not made",
            Self::Logs => "Print what the commands of an instance, or of a job, have written",
        }
    }
}

const HELP: &str = "help";
const TASK: &str = "TASK";
const REST: &str = "PARAMETERS";

/// `command` with the options of this form, a task, and everything that may stand behind it.
pub(super) fn define(command: Command, form: Form) -> Command {
    with_options(command, form)
        .about(form.about())
        // Behind a task it is the help of that task, which is known once the project has been read.
        .disable_help_flag(true)
        .arg(
            Arg::new(HELP)
                .long(HELP)
                .short('h')
                .help("Print help; behind a task with its parameters")
                .action(ArgAction::SetTrue),
        )
        .arg(
            Arg::new(TASK)
                .help("Task of the project; without it the tasks are listed")
                .value_name("TASK"),
        )
        .arg(
            Arg::new(REST)
                .help("Parameters of the task as options, e.g. --date 2026-11-21, and options of this command")
                .value_name("--PARAMETER VALUE")
                .num_args(0..)
                .trailing_var_arg(true)
                .allow_hyphen_values(true)
                .value_parser(clap::value_parser!(OsString)),
        )
}

/// Prints the help of a command if it is asked for and no task is named.
pub(super) fn print_help(matches: &ArgMatches, form: Form, command: &str) -> io::Result<bool> {
    let is_asked = matches.get_flag(HELP) && !matches.contains_id(TASK);
    if is_asked {
        let definition = define(Command::new(command.to_owned()), form);
        definition
            .bin_name(format!("audience {command}"))
            .print_help()?;
    }
    Ok(is_asked)
}

fn with_options(command: Command, form: Form) -> Command {
    let number = |name: &'static str, help: &'static str| {
        let parser = clap::value_parser!(u64).range(1..);
        Arg::new(name)
            .long(name)
            .help(help)
            .value_name("N")
            .value_parser(parser)
    };
    let mut command = command
        .arg(file())
        .arg(
            Arg::new("env")
                .long("env")
                .help("Set a variable of the project's env, e.g. DATA=/data; may be given several times")
                .value_name("NAME=VALUE")
                .action(ArgAction::Append)
                .value_parser(variable),
        )
        .arg(server())
        .arg(ca())
        .arg(flag("json", "Print JSON instead of text"));
    match form {
        Form::Instance => return command,
        Form::Logs => return super::search::with_options(command),
        Form::Plan | Form::Run | Form::Backfill => {}
    }
    command = command
        .arg(flag(
            "force",
            "Make the task again, also where it is complete",
        ))
        .arg(flag(
            "force-all",
            "Make the task and all that it needs again",
        ))
        .arg(flag(
            "stale",
            "Make again what was made by another version of its task",
        ));
    command = command.arg(
        Arg::new("commit")
            .long("commit")
            .help("Use the project and its files as this commit of its `source` has them")
            .value_name("ID"),
    );
    if form == Form::Plan {
        return command.arg(flag("all", "Print a line for each instance"));
    }
    command = command
        .arg(flag(
            "dry-run",
            "Only print what would be done, as `audience plan` does",
        ))
        .arg(flag(
            "all",
            "With --dry-run: print a line for each instance",
        ))
        .arg(flag(
            "detach",
            "Store the run and leave it to a server on the same database",
        ));
    if form == Form::Backfill {
        command = command
            .arg(flag(
                "newest-first",
                "Begin with the last values of the ranges",
            ))
            .arg(number(
                "limit",
                "Make at most N targets that are not complete",
            ))
            .arg(number("at-once", "Make at most N targets at once"));
    }
    command
}

pub(super) fn flag(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .help(help)
        .action(ArgAction::SetTrue)
}

pub(super) fn file() -> Arg {
    Arg::new("file")
        .long("file")
        .help("The project file [default: project.yaml]")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
}

pub(super) fn server() -> Arg {
    Arg::new("server")
        .long("server")
        .help("Let a running server do it, whose token is in the variable AUDIENCE_TOKEN or AUTH_TOKEN [default: it is done here]")
        .value_name("URL")
}

pub(super) fn ca() -> Arg {
    Arg::new("ca")
        .long("ca")
        .help("Certificates of authorities in PEM, for a server at https://…; they are trusted beside those of the system")
        .value_name("FILE")
        .value_parser(clap::value_parser!(PathBuf))
}

fn variable(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or_else(|| "expected NAME=VALUE".to_owned())?;
    Ok((name.to_owned(), value.to_owned()))
}

impl Given {
    /// What is known before the project file is read.
    pub(super) fn first(matches: &ArgMatches, form: Form) -> Self {
        let mut given = Self::default();
        given.take(matches, form);
        given.task = matches.get_one::<String>(TASK).cloned();
        let rest = rest(matches);
        // The file and the settings decide which options there are.
        given.file = given
            .file
            .or_else(|| value_of(&rest, "--file").map(PathBuf::from));
        given.settings = value_of(&rest, "--settings").map(PathBuf::from);
        let commit = value_of(&rest, "--commit");
        given.commit = given
            .commit
            .or_else(|| commit.and_then(|commit| commit.into_string().ok()));
        given
    }

    /// Everything. The error is a message of clap, or its help.
    pub(super) fn read(
        matches: &ArgMatches,
        form: Form,
        command: &str,
        project: &Project,
        task: &Task,
    ) -> Result<Self, clap::Error> {
        let about = task.help.clone();
        let about =
            about.unwrap_or_else(|| format!("Task {} of the project {}", task.name, project.name));
        let mut definition = behind(form, command, &task.name).about(about);
        // It is an option of the command, too.
        let is_commit = |param: &Param| param.name == COMMIT && has_commit(form);
        for param in task.params.iter().filter(|param| !is_commit(param)) {
            definition = definition.arg(
                Arg::new(format!("parameter {}", param.name))
                    .long(param.name.clone())
                    .help(super::describe::parameter(param))
                    .value_name("VALUE")
                    .help_heading("Parameters")
                    .allow_hyphen_values(false),
            );
        }
        let mut given = Self::first(matches, form);
        let behind = given.take_behind(definition, matches, form, command)?;
        if task.params.iter().any(is_commit) {
            let commit = given.commit.take();
            given
                .params
                .extend(commit.map(|commit| (COMMIT.to_owned(), commit)));
        }
        for param in task.params.iter().filter(|param| !is_commit(param)) {
            let value = behind.get_one::<String>(&format!("parameter {}", param.name));
            given
                .params
                .extend(value.map(|value| (param.name.clone(), value.clone())));
        }
        Ok(given)
    }

    /// The same where a job is named instead of a task: it has no parameters.
    pub(super) fn read_of_job(
        matches: &ArgMatches,
        form: Form,
        command: &str,
    ) -> Result<Self, clap::Error> {
        let definition = behind(form, command, "JOB").about(form.about());
        let mut given = Self::first(matches, form);
        given.take_behind(definition, matches, form, command)?;
        Ok(given)
    }

    /// Takes what stands behind the task.
    fn take_behind(
        &mut self,
        definition: Command,
        matches: &ArgMatches,
        form: Form,
        command: &str,
    ) -> Result<ArgMatches, clap::Error> {
        let help = matches.get_flag(HELP).then(|| OsString::from("--help"));
        let words = std::iter::once(OsString::from(command))
            .chain(help)
            .chain(rest(matches));
        let behind = definition.try_get_matches_from(words)?;
        self.take(&behind, form);
        Ok(behind)
    }

    fn take(&mut self, matches: &ArgMatches, form: Form) {
        let is_set = |name: &str| {
            matches
                .try_get_one::<bool>(name)
                .ok()
                .flatten()
                .copied()
                .unwrap_or(false)
        };
        let path = |name: &str| matches.try_get_one::<PathBuf>(name).ok().flatten().cloned();
        let server = matches.try_get_one::<String>("server").ok().flatten();
        self.server = server.cloned().or(self.server.take());
        self.ca = path("ca").or(self.ca.take());
        let number = |name: &str| matches.try_get_one::<u64>(name).ok().flatten().copied();
        self.file = path("file").or(self.file.take());
        self.settings = path("settings").or(self.settings.take());
        let variables = matches
            .try_get_many::<(String, String)>("env")
            .ok()
            .flatten();
        self.env.extend(variables.into_iter().flatten().cloned());
        self.json |= is_set("json");
        self.follow |= is_set("follow");
        self.folds |= is_set("folds");
        self.tail = number("tail").or(self.tail);
        super::search::take(self, matches);
        if matches!(form, Form::Instance | Form::Logs) {
            return;
        }
        let commit = matches.try_get_one::<String>("commit").ok().flatten();
        self.commit = commit.cloned().or(self.commit.take());
        self.all |= is_set("all");
        self.force |= is_set("force");
        self.force_all |= is_set("force-all");
        self.stale |= is_set("stale");
        self.dry_run |= is_set("dry-run");
        self.detach |= is_set("detach");
        self.newest_first |= is_set("newest-first");
        self.limit = number("limit").or(self.limit);
        self.at_once = number("at-once").or(self.at_once);
    }
}

/// Whether `--commit` is an option of the command.
fn has_commit(form: Form) -> bool {
    matches!(form, Form::Plan | Form::Run | Form::Backfill)
}

/// The options of a command behind what it is about.
fn behind(form: Form, command: &str, about: &str) -> Command {
    with_options(Command::new(command.to_owned()), form)
        .bin_name(format!("audience {command} {about}"))
        .arg(
            Arg::new("settings")
                .long("settings")
                .help("Directory of the settings files, or the only file")
                .value_name("DIR")
                .value_parser(clap::value_parser!(PathBuf)),
        )
}

fn rest(matches: &ArgMatches) -> Vec<OsString> {
    let words = matches.get_many::<OsString>(REST);
    words.into_iter().flatten().cloned().collect()
}

/// The value of an option among words that are not parsed yet.
fn value_of(words: &[OsString], name: &str) -> Option<OsString> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let text = word.to_string_lossy();
        if text == name {
            return words.next().cloned();
        }
        if let Some(value) = text
            .strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='))
        {
            return Some(value.into());
        }
    }
    None
}
