//! `audience demo import`: the bundled workbook becomes rows, in a directory of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};
use entity::JobId;

use super::{preview, report, run};
use crate::process::print_line;
use crate::settings::SettingsPlace;
use crate::systems::demo_directory::make_directory;
use crate::systems::prediction::import::{self, PreviewLimits};
use crate::systems::prediction::importing::{NewImport, written};
use crate::systems::prediction::settings::PredictionSettings;
use crate::systems::{Command, Program};

const WORKBOOK: &str = "report.xlsx";
const MAPPING: &str = "imports/report.yaml";
const SETTINGS: &str = "settings.yaml";

const BYTES: &[u8] = include_bytes!("../../../../examples/prediction/report.xlsx");
const TEXT: &str = include_str!("../../../../examples/prediction/imports/report.yaml");
const SETTINGS_TEXT: &str = include_str!("../../../../examples/prediction/settings.yaml");
const README: &str = include_str!("../../../../examples/prediction/README.md");

/// Rows and problems that are shown.
const SHOWN: usize = 10;

#[derive(Debug, Args)]
struct DemoArguments {
    /// Directory to make [default: audience-import, or the first free audience-import-N]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

pub(super) struct DemoCommand;

#[async_trait]
impl Command for DemoCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("import")
            .about("Make rows of the bundled workbook, and show what was wrong with it");
        DemoArguments::augment_args(command)
    }

    fn below(&self) -> Option<&'static str> {
        Some("demo")
    }

    async fn run(&self, matches: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        let arguments = DemoArguments::from_arg_matches(matches)?;
        let directory = make_directory(arguments.dir, "audience-import")?;
        let shown = directory.display();
        print_line(&format!(
            "The example goes to {shown}/ — everything this leaves behind is there.\n"
        ));
        write_files(&directory)?;
        let place = SettingsPlace {
            directory: Some(directory.join(SETTINGS)),
        };
        let loaded = program.load(&place)?;
        let limits = loaded.system::<PredictionSettings>().imports.limits();
        let mapping = written(TEXT)?;
        let limits_shown = PreviewLimits::default();
        let bytes: Arc<[u8]> = BYTES.into();
        let read = import::preview(WORKBOOK, &bytes, &mapping.mapping, limits, limits_shown)?;
        preview::print(&read, SHOWN, false);
        print_line("");
        let stop = program.stop_on_signal()?;
        let id = JobId::default();
        let running = program.start(&loaded, Some(id.clone())).await?;
        let new = NewImport {
            file_name: WORKBOOK.to_owned(),
            bytes: BYTES.to_vec(),
            mapping,
            output: None,
            strict: false,
        };
        let done = run::import(&*running, &loaded, new, &id, &stop).await;
        running.stop().await;
        let Some(done) = done? else {
            return Ok(ExitCode::FAILURE);
        };
        report::print(&done, SHOWN);
        print_line(&format!(
            "\nGo on:\n  cd {shown}\n  sqlite3 audience.db 'SELECT * FROM sales'\n  \
             audience import suggest {WORKBOOK}     what to begin a mapping with\n  \
             audience import lint {WORKBOOK}        how readable the sheet is\n  \
             audience serve --settings {SETTINGS}     then curl -F file=@{WORKBOOK} -F mapping=report \
             http://127.0.0.1:8080/v1/imports\n\
             Remove it:\n  rm -r {shown}"
        ));
        Ok(match done.is_imported() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

fn write_files(directory: &Path) -> anyhow::Result<()> {
    let absolute = fs::canonicalize(directory)?;
    let absolute = absolute.display();
    // Here, the working directory is another one.
    let settings = SETTINGS_TEXT
        .replace("sqlite://", &format!("sqlite://{absolute}/"))
        .replace("dir: .", &format!("dir: {absolute}"));
    fs::create_dir(directory.join("imports"))?;
    for (name, content) in [
        (WORKBOOK, BYTES),
        (MAPPING, TEXT.as_bytes()),
        (SETTINGS, settings.as_bytes()),
        ("README.md", README.as_bytes()),
    ] {
        fs::write(directory.join(name), content)?;
    }
    Ok(())
}
