//! `audience demo pipelines`: the bundled example, a day of it made in a directory of its own.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, ExitCode};

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};

use super::arguments::Form;
use super::run::RunCommand;
use crate::process::print_line;
use crate::systems::demo_directory::make_directory;
use crate::systems::{Command, Program};

/// The day that is made; the logs of the next are there, too.
const DAY: &str = "2026-11-20";
const NEXT_DAY: &str = "2026-11-21";

const SETTINGS: &str = "settings.yaml";

const FILES: [(&str, &str); 5] = [
    (
        "project.yaml",
        include_str!("../../../../examples/pipelines/project.yaml"),
    ),
    (
        SETTINGS,
        include_str!("../../../../examples/pipelines/settings.yaml"),
    ),
    (
        "gen_logs.py",
        include_str!("../../../../examples/pipelines/gen_logs.py"),
    ),
    (
        "check_figures.py",
        include_str!("../../../../examples/pipelines/check_figures.py"),
    ),
    (
        "README.md",
        include_str!("../../../../examples/pipelines/README.md"),
    ),
];

#[derive(Debug, Args)]
struct DemoArguments {
    /// Directory to make [default: audience-pipelines, or the first free audience-pipelines-N]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) struct DemoCommand;

#[async_trait]
impl Command for DemoCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("pipelines").about(
            "Make a day of the bundled example: 121 instances of 13 tasks (needs python3, bash, awk)",
        );
        DemoArguments::augment_args(command)
    }

    fn below(&self) -> Option<&'static str> {
        Some("demo")
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = DemoArguments::from_arg_matches(matches)?;
        let directory = make_directory(arguments.dir, "audience-pipelines")?;
        let shown = directory.display();
        print_line(&format!(
            "The example goes to {shown}/ — everything this leaves behind is there.\n"
        ));
        write_files(&directory)?;
        let days = ["--data", "data", "--from", DAY, "--to", NEXT_DAY];
        print_line("python3 gen_logs.py generates the logs of two days");
        python(&directory, "gen_logs.py", &days)?;
        let file = |name: &str| directory.join(name).into_os_string();
        let run = RunCommand(Form::Run);
        let words = ["run", "daily", "--date", DAY].map(Into::into);
        let place = [
            "--file".into(),
            file("project.yaml"),
            "--settings".into(),
            file(SETTINGS),
        ];
        let matches = run
            .definition()
            .try_get_matches_from(words.into_iter().chain(place))?;
        let code = run.run(&matches, program).await?;
        if code != ExitCode::SUCCESS {
            print_line(&format!(
                "\nThe day is not made yet. Go on, with what is there:\n  cd {shown}\n  \
                 audience run daily --date {DAY} --settings {SETTINGS}\n\
                 Remove it:\n  rm -r {shown}"
            ));
            return Ok(code);
        }
        print_line(
            "\npython3 check_figures.py compares the results with what the generator wrote down:",
        );
        print_line(python(&directory, "check_figures.py", &["data", DAY])?.trim_end());
        print_line(&format!(
            "\nGo on:\n  cd {shown}\n  \
             audience plan daily --date {NEXT_DAY} --settings {SETTINGS}\n  \
             audience backfill daily --date {DAY}..{NEXT_DAY} --settings {SETTINGS}     kill it, and start it again\n  \
             audience logs report --date {DAY} --settings {SETTINGS}\n\
             Remove it:\n  rm -r {shown}"
        ));
        Ok(code)
    }
}

fn write_files(directory: &Path) -> anyhow::Result<()> {
    let absolute = fs::canonicalize(directory)?;
    let absolute = absolute.display();
    for (name, text) in FILES {
        // Here, the working directory is another one.
        let text = match name {
            SETTINGS => text
                .replace("sqlite://", &format!("sqlite://{absolute}/"))
                .replace(
                    "path: project.yaml",
                    &format!("path: {absolute}/project.yaml"),
                ),
            _ => text.to_owned(),
        };
        fs::write(directory.join(name), text)?;
    }
    Ok(())
}

/// What a script of the example prints.
fn python(directory: &Path, script: &str, arguments: &[&str]) -> anyhow::Result<String> {
    let mut command = Process::new("python3");
    let done = command
        .current_dir(directory)
        .arg(script)
        .args(arguments)
        .output();
    let done = done.map_err(|error| match error.kind() {
        ErrorKind::NotFound => anyhow::anyhow!("python3 is not installed: {script} needs it"),
        _ => anyhow::Error::new(error).context("python3 could not be started"),
    })?;
    let out = String::from_utf8_lossy(&done.stdout).into_owned();
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr);
        anyhow::bail!("{script} failed: {}{}", out, said.trim_end());
    }
    Ok(out)
}
