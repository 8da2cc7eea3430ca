//! `audience token`: makes tokens for callers.

use std::process::ExitCode;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};

use crate::access::{Role, digest};
use crate::process::print_line;

#[derive(Debug, Args)]
pub(super) struct TokenArguments {
    #[command(subcommand)]
    command: TokenCommand,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// Make a token and print it, with the line for the settings that knows its digest only
    New {
        /// Whose it is: A-Z a-z 0-9 _ . -
        name: String,
        /// What its owner may do
        #[arg(long, value_parser = roles())]
        role: Role,
    },
}

fn roles() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::ALL.map(Role::as_str)).try_map(|role| role.parse::<Role>())
}

pub(super) fn run(arguments: &TokenArguments) -> anyhow::Result<ExitCode> {
    let TokenCommand::New { name, role } = &arguments.command;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    if name.is_empty() || !name.chars().all(is_plain) || ["local", "token"].contains(&&**name) {
        anyhow::bail!("NAME: expected a name of A-Z a-z 0-9 _ . -, and not `local` or `token`");
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let token = BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let digits: String = digest(token.as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    print_line(&format!("token, shown only now: {token}"));
    print_line("for the settings, below access: tokens:");
    print_line(&format!(
        "    {name}: {{sha256: {digits}, role: {}}}",
        role.as_str()
    ));
    Ok(ExitCode::SUCCESS)
}
