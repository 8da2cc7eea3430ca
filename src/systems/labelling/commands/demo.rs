//! `audience demo`: the main job on the bundled sample, in a directory of its own.

use std::fs;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use async_trait::async_trait;
use clap::{ArgMatches, Args, FromArgMatches};
use entity::JobId;
use tokio_util::sync::CancellationToken;

use super::{progress, report};
use crate::access::Identity;
use crate::http::document::EXAMPLE_JOB;
use crate::process::{print_error_line, print_line};
use crate::settings::SettingsPlace;
use crate::systems::demo_directory::make_directory;
use crate::systems::labelling::posts::load_csv;
use crate::systems::labelling::{Labelling, LabellingRequest};
use crate::systems::{Command, Platform, Program, RunningProgram};

/// Published rows to show.
const ROWS_SHOWN: usize = 10;

const POSTS: &str = include_str!("../../../../examples/sample/posts.csv");

/// The sample's rule files, relative to the directory of rules.
const RULES: [(&str, &str); 9] = [
    (
        "interests.yaml",
        include_str!("../../../../examples/sample/rules/interests.yaml"),
    ),
    (
        "keyword_model/female/author_name.txt",
        include_str!("../../../../examples/sample/rules/keyword_model/female/author_name.txt"),
    ),
    (
        "keyword_model/male/author_name.txt",
        include_str!("../../../../examples/sample/rules/keyword_model/male/author_name.txt"),
    ),
    (
        "keyword_model/food/content.txt",
        include_str!("../../../../examples/sample/rules/keyword_model/food/content.txt"),
    ),
    (
        "keyword_model/technology/content.txt",
        include_str!("../../../../examples/sample/rules/keyword_model/technology/content.txt"),
    ),
    (
        "keyword_model/travel/content.txt",
        include_str!("../../../../examples/sample/rules/keyword_model/travel/content.txt"),
    ),
    (
        "rule_model/asks_price/content.txt",
        include_str!("../../../../examples/sample/rules/rule_model/asks_price/content.txt"),
    ),
    (
        "rule_model/leaves_phone/content.txt",
        include_str!("../../../../examples/sample/rules/rule_model/leaves_phone/content.txt"),
    ),
    (
        "rule_model/shares_link/content.txt",
        include_str!("../../../../examples/sample/rules/rule_model/shares_link/content.txt"),
    ),
];

const SETTINGS: &str = include_str!("../../../../settings/default.yaml");

#[derive(Debug, Args)]
struct DemoArguments {
    /// Directory to make [default: audience-demo, or the first free audience-demo-N]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Show it in a browser afterwards, also where the output is no terminal, until Ctrl-C
    #[arg(long)]
    serve: bool,
    /// End when the sample is labelled
    #[arg(long, conflicts_with = "serve")]
    no_serve: bool,
}

pub(in crate::systems::labelling) struct DemoCommand;

#[async_trait]
impl Command for DemoCommand {
    fn definition(&self) -> clap::Command {
        let command = clap::Command::new("demo")
            .about("Label the bundled sample and show what comes out")
            .display_order(0);
        DemoArguments::augment_args(command)
    }

    async fn run(&self, arguments: &ArgMatches, program: &dyn Program) -> anyhow::Result<ExitCode> {
        run(DemoArguments::from_arg_matches(arguments)?, program).await
    }
}

async fn run(arguments: DemoArguments, program: &dyn Program) -> anyhow::Result<ExitCode> {
    if let Some(place) = &program.place().directory {
        let place = place.display();
        print_error_line(&format!(
            "warning: {place} (--settings, or the variable AUDIENCE_SETTINGS) is not read: the demo \
             has settings of its own"
        ));
    }
    let serves = arguments.serve || (!arguments.no_serve && io::stdout().is_terminal());
    let directory = make_directory(arguments.dir, "audience-demo")?;
    let shown = directory.display();
    print_line(&format!(
        "The sample goes to {shown}/ — everything this leaves behind is there.\n"
    ));
    write_files(&directory)?;
    let place = SettingsPlace {
        directory: Some(directory.join("settings")),
    };
    let loaded = program.load(&place)?;
    let running = program.start(&loaded, None).await?;
    let labelling = Labelling::open(&loaded, running.platform())?;
    let stop = program.stop_on_signal()?;
    let labelled = label(running.platform(), &labelling, &stop).await;
    let served = match &labelled {
        Ok((id, _)) if serves => serve(&*running, id, stop).await,
        _ => Ok(()),
    };
    running.stop().await;
    let (id, succeeded) = labelled?;
    served?;
    print_line(&format!(
        "\nGo on:\n  audience serve --settings {shown}/settings     then open http://127.0.0.1:8080/\n  \
         curl http://127.0.0.1:8080/api/tasks/{id}/sample/\n  \
         sqlite3 {shown}/audience.db 'SELECT * FROM state'\n\
         Remove it:\n  rm -r {shown}"
    ));
    Ok(if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Shows the task in a browser, until somebody has seen enough.
async fn serve(
    running: &dyn RunningProgram,
    id: &JobId,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let listening = |address| {
        print_line(&format!(
            "\nOpen it in a browser:\n  http://{address}/jobs/{id}\n\
             New tasks are started at http://{address}/new — Ctrl-C ends"
        ));
    };
    running.serve(stop, &listening).await
}

fn write_files(directory: &Path) -> anyhow::Result<()> {
    for (name, text) in RULES {
        let path = directory.join("rules").join(name);
        fs::create_dir_all(path.parent().context("a rule file has a directory")?)?;
        fs::write(path, text)?;
    }
    let rows = load_csv(
        POSTS.as_bytes(),
        &directory.join("posts.db"),
        "ts_page_content",
    )?;
    print_line(&format!("{rows} posts loaded into posts.db"));
    let settings = directory.join("settings");
    fs::create_dir(&settings)?;
    let absolute = fs::canonicalize(directory)?;
    fs::write(
        settings.join("default.yaml"),
        settings_for(&absolute.display().to_string()),
    )?;
    Ok(())
}

/// The shipped settings with the paths of this directory.
fn settings_for(directory: &str) -> String {
    SETTINGS
        .replace(
            "sqlite://data/audience.db",
            &format!("sqlite://{directory}/audience.db"),
        )
        .replace(
            "csv://examples/sample/posts.csv",
            &format!("sqlite://{directory}/posts.db"),
        )
        .replace("examples/sample/rules", &format!("{directory}/rules"))
}

async fn label(
    platform: &Platform,
    labelling: &Labelling,
    stop: &CancellationToken,
) -> anyhow::Result<(JobId, bool)> {
    let request = LabellingRequest {
        task_id: Some(EXAMPLE_JOB.parse()?),
        ..LabellingRequest::default()
    };
    let mut composed = labelling.compose(request).await?;
    // The bell of the server that is started here later shows how it has ended.
    composed.job.started_by = Some(Identity::local().name);
    print_line(&format!(
        "{} rules in {} labels; the task is submitted\n",
        composed.job.request["rules"],
        composed.job.request["labels"]
            .as_array()
            .map_or(0, Vec::len)
    ));
    let submitted = platform
        .flows
        .runtime()
        .submit(composed.job.clone())
        .await?;
    let id = submitted.job().clone();
    labelling.announce(&composed.job).await?;
    if progress::wait(platform, &id, stop, false).await?.is_none() {
        anyhow::bail!("stopped before the task had ended");
    }
    let view = labelling.view(&id).await?.context("the task was dropped")?;
    print_line(&report::figures(&view));
    print_line("Some of the published rows, and what matched:");
    let rows = labelling.sample(&id, &[], ROWS_SHOWN as u32).await?;
    let every = (rows.len() / ROWS_SHOWN).max(1);
    for row in rows.iter().step_by(every).take(ROWS_SHOWN) {
        print_line(&report::row(row));
    }
    Ok((id, report::succeeded(view.state.as_ref())))
}
