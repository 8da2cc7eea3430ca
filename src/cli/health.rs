//! `audience health`: one look at a server, for what starts it again when it is not well.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::bail;
use clap::Args;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::server::{CaArgument, of_settings};
use crate::printable::printable;
use crate::process::print_line;
use crate::settings::Loaded;

/// A server that takes longer is not well.
const PATIENCE: Duration = Duration::from_secs(5);

/// As much of an answer as one line for people can show.
const SHOWN_CHARS: usize = 500;

#[derive(Debug, Args)]
pub(super) struct HealthArguments {
    /// Address of the server, whose token is in the variable AUDIENCE_TOKEN or AUTH_TOKEN [default:
    /// where `serve` listens with these settings]
    #[arg(long, visible_alias = "server", value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    ca: CaArgument,
    /// Ask whether it is ready for work (`/readyz`), not only whether it answers (`/livez`)
    #[arg(long)]
    ready: bool,
}

/// Prints what the server answers. Success means that it is well.
pub(super) async fn run(arguments: HealthArguments, loaded: &Loaded) -> anyhow::Result<ExitCode> {
    let path = if arguments.ready { "/readyz" } else { "/livez" };
    let server = of_settings(arguments.url.as_deref(), &arguments.ca, loaded, PATIENCE)?;
    let response = server.call(Method::GET, path).await?;
    let status = response.status();
    let body = response.text().await;
    let body = body.map_err(|error| server.unreachable(&error))?;
    if status == StatusCode::FORBIDDEN {
        bail!("{path} answers {status}: name it in `access.open` of the server");
    }
    if status == StatusCode::NOT_FOUND {
        let problem: Value = serde_json::from_str(&body).unwrap_or_default();
        return Err(server.refused(path, status.as_u16(), problem["detail"].as_str()));
    }
    let body: String = body.chars().take(SHOWN_CHARS).collect();
    print_line(&printable(body.trim()));
    Ok(match status.is_success() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
