//! `audience serve`

use std::net::SocketAddr;
use std::process::ExitCode;

use clap::Args;
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::apart;
use crate::app::{self, App, StartOptions};
use crate::process::print_line;
use crate::settings::{Loaded, Settings, SettingsPlace, auth_token};
use crate::systems::{OnlyJob, Systems};

#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// Address to listen on instead of the setting `server.bind`
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    bind: Option<SocketAddr>,
    #[command(flatten)]
    only: OnlyJob,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let expected = "expected an address and a port, such as 127.0.0.1:8080";
    text.parse().map_err(|_| expected)
}

pub(super) async fn run(
    arguments: ServeArguments,
    place: &SettingsPlace,
    mut loaded: Loaded,
    systems: &Systems,
) -> anyhow::Result<ExitCode> {
    if let Some(job) = arguments.only.job() {
        apart::run(job, &loaded, systems).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let token = auth_token()?;
    if let Some(bind) = arguments.bind {
        loaded.settings.server.bind = bind.to_string();
    }
    let address = app::address(&loaded.settings, token.as_ref());
    // Before the tables are made and jobs begin.
    let address = app::take_address(address)?;
    let options = StartOptions {
        waits_for_database: true,
        systems: systems.clone(),
        isolate: Some(apart::command(apart::own_arguments())?),
        ..StartOptions::default()
    };
    for warning in loaded.warnings() {
        warn!("{warning}");
    }
    let app = App::start(&loaded, options).await?;
    let who = if token.is_some() {
        "every call needs the token of AUTH_TOKEN"
    } else if !loaded.settings.access.tokens.is_empty() {
        "every call needs one of the tokens in the settings (access.tokens)"
    } else {
        "AUTH_TOKEN is not set: only this machine is served (loopback)"
    };
    let stop = stop_on_signal()?;
    let public_url = loaded.settings.server.public_url();
    let serving = app.serve_on(address, token.clone(), stop, |bound| {
        let found_at = public_url.map_or_else(|| format!("http://{bound}"), |url| url.to_string());
        print_line(&format!(
            "audience listens on http://{bound} — docs at {found_at}/docs — {who}"
        ));
    });
    let served = tokio::select! {
        served = serving => served,
        failed = read_again(&app, place, systems, token.as_ref(), &loaded) => failed,
    };
    app.stop().await;
    served?;
    Ok(ExitCode::SUCCESS)
}

/// Reads the settings again at each SIGHUP, and changes what can be changed while the program runs. Ends
/// only if it cannot begin.
async fn read_again(
    app: &App,
    place: &SettingsPlace,
    systems: &Systems,
    token: Option<&SecretString>,
    started_with: &Loaded,
) -> anyhow::Result<()> {
    let mut hangups = signal(SignalKind::hangup())?;
    while hangups.recv().await.is_some() {
        app.read_files_again();
        match Settings::load(place, &systems.sections()) {
            Ok(loaded) => {
                app.change_access(&loaded.settings, token);
                info!("the settings were read again: tokens, origins and open paths");
                let others = loaded.differences(started_with);
                let others = others.iter().filter(|key| !app::is_changeable(key));
                let others: Vec<&str> = others.map(String::as_str).collect();
                if !others.is_empty() {
                    warn!(
                        settings = others.join(", "),
                        "these settings have changed, too: they count once the program is started again"
                    );
                }
            }
            Err(error) => {
                let faults: Vec<String> = error.faults.iter().map(ToString::to_string).collect();
                warn!(
                    reason = faults.join("; "),
                    "the settings have faults: those of before still count"
                );
            }
        }
    }
    std::future::pending().await
}

/// Cancelled by the first SIGTERM or SIGINT. A second one ends the process at once, which
/// loses nothing that was committed.
pub(super) fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let token = stop.clone();
    tokio::spawn(async move {
        for times in 0.. {
            tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
            if times > 0 {
                const STOPPED_BY_SIGNAL: i32 = 130;
                std::process::exit(STOPPED_BY_SIGNAL);
            }
            token.cancel();
        }
    });
    Ok(stop)
}
