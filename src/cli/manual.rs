//! `audience completions` and `audience man`: what packages install beside the program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use clap_complete::Shell;
use clap_mangen::Man;

use crate::process::print_document;

#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// Whose completions
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArguments {
    /// Where to write a page for the program and one for each command; it is made if it is missing
    directory: PathBuf,
}

pub(super) fn completions(
    arguments: &CompletionsArguments,
    program: &mut clap::Command,
) -> anyhow::Result<ExitCode> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, program, name, &mut script);
    print_document(&String::from_utf8(script)?);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(arguments: &ManArguments, program: clap::Command) -> anyhow::Result<ExitCode> {
    let directory = &arguments.directory;
    let cannot = || format!("cannot write the pages below `{}`", directory.display());
    fs::create_dir_all(directory).with_context(cannot)?;
    write_pages(directory, program).with_context(cannot)?;
    Ok(ExitCode::SUCCESS)
}

/// `program(1)`, and `program-command(1)` for each command, as deep as they go.
fn write_pages(directory: &Path, mut program: clap::Command) -> io::Result<()> {
    program = program.disable_help_subcommand(true);
    program.build();
    let mut rest = vec![program];
    while let Some(command) = rest.pop() {
        rest.extend(command.get_subcommands().cloned());
        let name = command
            .get_display_name()
            .unwrap_or(command.get_name())
            .to_owned();
        let mut page = Vec::new();
        Man::new(command.display_name(name.clone())).render(&mut page)?;
        fs::write(directory.join(format!("{name}.1")), page)?;
    }
    Ok(())
}
