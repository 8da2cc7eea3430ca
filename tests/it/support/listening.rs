//! The binary as a server, and the address that it has found.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};

use super::wait_for;
use crate::survival::program::Program;

/// Where a server writes what it prints, and what it logs.
pub(crate) struct Outputs<'a> {
    pub out: &'a Path,
    pub log: &'a Path,
}

/// Serves these settings at a free port; the program and its URL.
pub(crate) async fn serve(
    settings: &Path,
    variables: &[(&str, &str)],
    outputs: Outputs<'_>,
) -> (Program, String) {
    let Outputs { out, log } = outputs;
    let mut command = Command::new(env!("CARGO_BIN_EXE_audience"));
    command
        .args(["serve", "--bind", "127.0.0.1:0", "--settings"])
        .arg(settings)
        .env_remove("AUTH_TOKEN")
        .envs(variables.iter().copied())
        .stdin(Stdio::null())
        .stdout(File::create(out).unwrap())
        .stderr(File::create(log).unwrap());
    let program = Program::start(&mut command);
    let listening = async || {
        let text = std::fs::read_to_string(out).unwrap_or_default();
        let (_, rest) = text.split_once("listens on ")?;
        Some(rest.split_once(' ')?.0.to_owned())
    };
    let base = wait_for("the server listens", listening).await;
    (program, base)
}
