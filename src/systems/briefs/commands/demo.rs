//! `audience demo brief`: bundled articles become a zip, in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};
use entity::JobId;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::brief::Faulty;
use super::run;
use crate::process::{print_error_line, print_line};
use crate::settings::SettingsPlace;
use crate::systems::demo_directory::make_directory;
use crate::systems::{Command, Program, RunningProgram};

const SETTINGS: &str = "settings.yaml";
const EXPORTS: &str = "exports";

const SETTINGS_TEXT: &str = include_str!("../../../../examples/briefs/demo/settings.yaml");

/// The files of the example.
const FILES: [(&str, &[u8]); 6] = [
    (
        "adapters/notes.yaml",
        include_bytes!("../../../../examples/briefs/demo/adapters/notes.yaml"),
    ),
    (
        "adapters/videos.yaml",
        include_bytes!("../../../../examples/briefs/demo/adapters/videos.yaml"),
    ),
    (
        "files/notes.jsonl",
        include_bytes!("../../../../examples/briefs/demo/files/notes.jsonl"),
    ),
    (
        "files/videos-1.csv",
        include_bytes!("../../../../examples/briefs/demo/files/videos-1.csv"),
    ),
    (
        "files/videos-2.csv",
        include_bytes!("../../../../examples/briefs/demo/files/videos-2.csv"),
    ),
    (
        "README.md",
        include_bytes!("../../../../examples/briefs/demo/README.md"),
    ),
];

#[derive(Debug, Args)]
struct DemoArguments {
    /// Directory to make [default: audience-brief, or the first free audience-brief-N]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Show it in a browser afterwards, until Ctrl-C
    #[arg(long)]
    serve: bool,
}

pub(super) struct DemoCommand;

#[async_trait]
impl Command for DemoCommand {
    fn definition(&self) -> clap::Command {
        let command =
            clap::Command::new("brief").about("Make a zip of bundled articles for some keywords");
        DemoArguments::augment_args(command)
    }

    fn below(&self) -> Option<&'static str> {
        Some("demo")
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = DemoArguments::from_arg_matches(matches)?;
        let directory = make_directory(arguments.dir, "audience-brief")?;
        let shown = directory.display();
        print_line(&format!(
            "The example goes to {shown}/ — everything this leaves behind is there.\n"
        ));
        write_files(&directory)?;
        let place = SettingsPlace {
            directory: Some(directory.join(SETTINGS)),
        };
        let loaded = program.load(&place)?;
        let stop = program.stop_on_signal()?;
        let running = program.start(&loaded, None).await?;
        let id = JobId::default();
        let request = json!({
            "job_name": "防晒与底妆", "keywords": ["防晒霜", "防晒 敏感肌|油皮 -广告", "粉底液"],
            "start_time": "2026-11-01 00:00:00", "end_time": "2026-11-30 23:59:59",
        });
        let request = request.as_object().cloned().unwrap_or_default();
        let done = run::brief(&*running, &loaded, request, (&id, None), &stop).await;
        if let Ok(Ok(Some(done))) = &done {
            run::print(done, &directory.join(EXPORTS), false);
            if arguments.serve {
                serve(&*running, &id, stop).await?;
            }
        }
        running.stop().await;
        let code = match done? {
            Ok(Some(done)) => run::exit_code(done.status),
            Ok(None) => ExitCode::FAILURE,
            Err(Faulty(lines)) => {
                for line in lines {
                    print_error_line(&format!("error: {line}"));
                }
                ExitCode::FAILURE
            }
        };
        print_line(&format!(
            "\nGo on:\n  cd {shown}\n  \
             audience brief run --keywords 面膜 --adapters adapters --start 2026-11-01 --out zips\n  \
             audience serve --settings {SETTINGS}     then open http://127.0.0.1:8080/jobs/{id}\n\
             Remove it:\n  rm -r {shown}"
        ));
        Ok(code)
    }
}

/// Shows the brief in a browser, until somebody has seen enough.
async fn serve(
    running: &dyn RunningProgram,
    id: &JobId,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listening = |address| {
        print_line(&format!(
            "\nOpen it in a browser:\n  http://{address}/jobs/{id}\nCtrl-C ends"
        ));
    };
    running.serve(stop, &listening).await
}

fn write_files(directory: &Path) -> anyhow::Result<()> {
    for folder in ["adapters", "files"] {
        fs::create_dir(directory.join(folder))?;
    }
    for (name, content) in FILES {
        fs::write(directory.join(name), content)?;
    }
    let absolute = fs::canonicalize(directory)?;
    let absolute = absolute.display();
    // Here, the working directory is another one.
    let settings = SETTINGS_TEXT
        .replace("sqlite://", &format!("sqlite://{absolute}/"))
        .replace(
            "adapters: adapters",
            &format!("adapters: {absolute}/adapters"),
        )
        .replace("files: files", &format!("files: {absolute}/files"))
        .replace(
            "exports: exports",
            &format!("exports: {absolute}/{EXPORTS}"),
        );
    fs::write(directory.join(SETTINGS), settings)?;
    Ok(())
}
