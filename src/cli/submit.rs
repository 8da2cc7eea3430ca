//! `audience submit`: what `POST /v1/jobs` does, on the command line.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Map, Value, json};

use super::target::{Target, TargetArguments};
use crate::printable::printable;
use crate::process::{print_document, print_line};
use crate::settings::SettingsPlace;
use crate::systems::Systems;

#[derive(Debug, Args)]
pub(super) struct SubmitArguments {
    #[command(flatten)]
    target: TargetArguments,
    /// What to run, such as labelling
    #[arg(value_name = "FLOW")]
    flow: String,
    /// Members of its request, such as table=ts_page_content; a value that is JSON counts as such
    #[arg(value_name = "NAME=VALUE", value_parser = member)]
    members: Vec<(String, Value)>,
    /// Queue of the job
    #[arg(long)]
    queue: Option<String>,
    /// Print one JSON object, as the API shows it
    #[arg(long)]
    json: bool,
}

fn member(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| format!("`{text}`: expected NAME=VALUE"))?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}

pub(super) async fn run(
    arguments: SubmitArguments,
    place: &SettingsPlace,
    systems: &Systems,
) -> anyhow::Result<ExitCode> {
    let mut request = Map::new();
    for (name, value) in arguments.members {
        if request.insert(name.clone(), value).is_some() {
            anyhow::bail!("{name}: expected it once");
        }
    }
    let mut body = json!({ arguments.flow: request });
    if let Some(queue) = arguments.queue {
        body["queue"] = queue.into();
    }
    let target = Target::open(arguments.target, place, systems).await?;
    let submitted = match target.post("/v1/jobs", &body).await {
        Ok(answer) => answer.json().await,
        Err(error) => Err(error),
    };
    target.close().await;
    let job = submitted?;
    match arguments.json {
        true => print_document(&job.to_string()),
        false => print_line(&printable(job["id"].as_str().unwrap_or_default())),
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_where_it_reads_as_such() {
        for (given, expected) in [
            ("table=ts_page", json!("ts_page")),
            ("countdown_s=7", json!(7)),
            ("rule_set=\"2020\"", json!("2020")),
            ("rules={\"a\":[\"b\"]}", json!({ "a": ["b"] })),
            (
                "start_time=2020-01-01 00:00:00",
                json!("2020-01-01 00:00:00"),
            ),
            ("text=a=b", json!("a=b")),
            ("empty=", json!("")),
        ] {
            assert_eq!(member(given).unwrap().1, expected, "{given}");
        }
        assert!(member("table").is_err());
        assert!(member("=x").is_err());
    }
}
