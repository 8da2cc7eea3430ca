//! `audience completions` and `audience man`: what packages install beside the program.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Arg, ArgAction, Args, Command};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::process::print_document;

#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// Whose completions
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(super) struct ManArguments {
    /// Where to write a page for the program and one for each command; it is made if it is missing
    #[arg(value_name = "DIR")]
    directory: PathBuf,
}

pub(super) fn completions(
    arguments: &CompletionsArguments,
    program: &mut Command,
) -> anyhow::Result<ExitCode> {
    let name = program.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, program, name, &mut script);
    print_document(&String::from_utf8(script)?);
    Ok(ExitCode::SUCCESS)
}

pub(super) fn man(arguments: &ManArguments, program: Command) -> anyhow::Result<ExitCode> {
    let directory = &arguments.directory;
    let cannot = || format!("cannot write the pages below `{}`", directory.display());
    fs::create_dir_all(directory).with_context(cannot)?;
    write_pages(directory, program).with_context(cannot)?;
    Ok(ExitCode::SUCCESS)
}

/// `program(1)`, and `program-command(1)` for each command, as deep as they go.
fn write_pages(directory: &Path, mut program: Command) -> io::Result<()> {
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
        let usage = usage(&command);
        Man::new(command.override_usage(usage).display_name(name.clone())).render(&mut page)?;
        fs::write(directory.join(format!("{name}.1")), page)?;
    }
    Ok(())
}

/// Everything that a command takes, with the values that options have: `audience top [--url <URL>] …`.
fn usage(command: &Command) -> String {
    let name = command.get_bin_name().unwrap_or(command.get_name());
    let shown = command
        .get_arguments()
        .filter(|argument| !argument.is_hide_set());
    let (positionals, options): (Vec<&Arg>, Vec<&Arg>) =
        shown.partition(|argument| argument.is_positional());
    let mut words = vec![name.to_owned()];
    words.extend(
        options
            .iter()
            .chain(&positionals)
            .map(|argument| word(argument)),
    );
    if command.has_subcommands() {
        words.push("<COMMAND>".to_owned());
    }
    words.join(" ")
}

fn word(argument: &Arg) -> String {
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let flag: Vec<String> = short.into_iter().chain(long).collect();
    let mut parts: Vec<String> = Vec::new();
    parts.extend((!flag.is_empty()).then(|| flag.join("|")));
    if argument.get_action().takes_values() {
        let names = argument.get_value_names().unwrap_or_default();
        parts.extend(names.iter().map(|name| format!("<{name}>")));
    }
    let again = match argument.get_action() {
        ArgAction::Append => "...",
        _ => "",
    };
    match argument.is_required_set() {
        true => format!("{}{again}", parts.join(" ")),
        false => format!("[{}]{again}", parts.join(" ")),
    }
}
