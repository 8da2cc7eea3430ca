//! `audience rules backtest OLD NEW --source URL --table T --start … --end …`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::given::GivenRules;
use super::outcome::Outcome;
use super::server::{ServerArguments, get, post};
use crate::printable::{counted, printable};
use crate::systems::labelling::asked_rules::ReadyRules;
use crate::systems::labelling::backtest::{BacktestAtOnce, Range, Sample};
use crate::systems::labelling::commands::columns;
use crate::systems::labelling::label::{GroupMap, OTHER, Unmapped};
use crate::systems::labelling::options;
use crate::systems::labelling::posts::{ReadSpec, TextColumn, open_source};
use crate::systems::labelling::rules::backtest::{Comparison, SetName};
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::settings::{
    ColumnRole, TableSettings, UnmappedSetting, groups_file,
};
use crate::systems::labelling::{PredictType, Written, Zone};
use crate::systems::{Program, RemoteServer};

/// How often a job of a server is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Pairs of labels that are shown.
const PAIRS_SHOWN: usize = 20;

#[derive(Debug, Args)]
pub(super) struct BacktestArguments {
    /// What rows have their labels by: a file, a directory of TSV files, or NAME[@VERSION] of a set in the store
    #[arg(value_name = "OLD")]
    base: String,
    /// What they would have them by
    #[arg(value_name = "NEW")]
    candidate: String,
    /// Where rows are read: sqlite://PATH, csv://PATH, postgres://… or mysql://…; with --server, the name of a
    /// source there
    #[arg(long, value_name = "URL")]
    source: String,
    /// The table
    #[arg(long, value_name = "TABLE")]
    table: String,
    /// First moment of the range: YYYY-MM-DD HH:MM:SS; a date means its first second
    #[arg(long, value_name = "TIME")]
    start: Written,
    /// Last moment of the range, which takes part; a date means its first second
    #[arg(long, value_name = "TIME")]
    end: Written,
    /// Time zone of --start, --end and all times of the rows that have no offset, such as Asia/Taipei [default: UTC]
    #[arg(long, value_name = "NAME", conflicts_with = "server")]
    time_zone: Option<Zone>,
    /// What a column of the table is called, such as post_time=created_at, or the text that all rows have, such as
    /// s_id=:WH_F0045; may be given several times
    #[arg(long, value_name = "ROLE=COLUMN", value_parser = columns::mapped, conflicts_with = "server")]
    column: Vec<(ColumnRole, String)>,
    /// YAML file that maps s_ids to output groups [default: all rows are in one]
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    groups: Option<PathBuf>,
    /// What a set without `in` looks at: author_name, content, title, s_area_id
    #[arg(long, default_value = "author_name")]
    predict_type: PredictType,
    /// Look at so many rows only [default: at all]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sample: Option<u32>,
    /// Which rows these are: the same for the same seed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    arguments: &BacktestArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let answer = match arguments.server.of(program)? {
        Some(server) => there(arguments, &*server).await?,
        None => here(arguments, program).await?,
    };
    Ok(match answer {
        Ok(report) if arguments.json => Outcome {
            document: Some(report.to_string()),
            ..Outcome::default()
        },
        Ok(report) => Outcome {
            lines: lines(&report),
            ..Outcome::default()
        },
        Err(outcome) => outcome,
    })
}

/// Starts a job and waits for it.
async fn there(
    arguments: &BacktestArguments,
    server: &dyn RemoteServer,
) -> anyhow::Result<Result<Value, Outcome>> {
    let mut sets = Vec::new();
    for rules in [&arguments.base, &arguments.candidate] {
        match GivenRules::of(rules).body() {
            Ok(body) => sets.push(body),
            Err(outcome) => return Ok(Err(outcome)),
        }
    }
    let candidate = sets.pop();
    let mut backtest = json!({
        "base": sets.pop(), "candidate": candidate, "source": arguments.source,
        "table": arguments.table, "predict_type": arguments.predict_type.as_str(),
        "start_time": arguments.start.to_string(), "end_time": arguments.end.to_string(),
    });
    if let Some(Sample { rows, seed }) = arguments.sampled() {
        backtest["sample"] = json!({ "rows": rows, "seed": seed });
    }
    let body = json!({ "backtest": backtest });
    let job = match post(server, "/v1/jobs", body).await? {
        Ok(job) => job["id"].as_str().unwrap_or_default().to_owned(),
        Err(refused) => return Ok(Err(refused)),
    };
    loop {
        let job = match get(server, format!("/v1/jobs/{job}")).await? {
            Ok(bytes) => serde_json::from_slice::<Value>(&bytes)?,
            Err(refused) => return Ok(Err(refused)),
        };
        match job["state"].as_str() {
            Some("succeeded") => return Ok(Ok(job["figures"].clone())),
            Some(state @ ("failed" | "cancelled" | "skipped")) => {
                let reason = job["error"].as_str().unwrap_or("no reason is known");
                let id = job["id"].as_str().unwrap_or_default();
                let problem = format!("job {id} is {state}: {reason}");
                return Ok(Err(Outcome::bad_usage(&printable(&problem))));
            }
            _ => sleep(LOOK_EVERY).await,
        }
    }
}

async fn here(
    arguments: &BacktestArguments,
    program: &dyn Program,
) -> anyhow::Result<Result<Value, Outcome>> {
    let mut sets = Vec::new();
    for rules in [&arguments.base, &arguments.candidate] {
        let given = GivenRules::of(rules);
        match given.ready(arguments.predict_type, program).await? {
            Ok(ready) => sets.push(ready),
            Err(outcome) => return Ok(Err(outcome)),
        }
    }
    let [base, candidate]: [ReadyRules; 2] = match sets.try_into() {
        Ok(both) => both,
        Err(_) => anyhow::bail!("expected two sets of rules"),
    };
    let asked = match arguments.asked(base, candidate) {
        Ok(asked) => asked,
        Err(problem) => return Ok(Err(Outcome::bad_usage(&printable(&problem)))),
    };
    Ok(match spawn_blocking(move || asked.run()).await? {
        Ok(report) => Ok(serde_json::to_value(&report)?),
        Err(error) => Err(Outcome::bad_usage(&printable(error.public_message()))),
    })
}

impl BacktestArguments {
    fn sampled(&self) -> Option<Sample> {
        self.sample.map(|rows| Sample {
            rows: rows.into(),
            seed: self.seed,
        })
    }

    /// What is to be compared; a problem with an argument otherwise.
    fn asked(&self, base: ReadyRules, candidate: ReadyRules) -> Result<BacktestAtOnce, String> {
        let zone = self.time_zone.unwrap_or_default();
        let moment = |time: Written| {
            let moment = time.in_zone(zone);
            moment.ok_or("a time of the range is before the year 0 or after 9999 in UTC")
        };
        let (start, end) = (moment(self.start)?, moment(self.end)?);
        if start >= end {
            return Err("--start, --end: --start must be earlier than --end".to_owned());
        }
        let (groups, unmapped) = match &self.groups {
            Some(file) => {
                let read = groups_file(file).map_err(|error| format!("--groups: {error}"))?;
                (read.0.0, unmapped(read.1))
            }
            None => (Vec::new(), Unmapped::Other),
        };
        let map = GroupMap::new(&groups, unmapped);
        let map = map.map_err(|error| format!("--groups: {error}"))?;
        let mut group_names: Vec<String> = groups.into_iter().map(|(name, _)| name).collect();
        if unmapped == Unmapped::Other {
            group_names.push(OTHER.to_owned());
        }
        let columns = options::columns(&TableSettings {
            columns: self.column.iter().cloned().collect(),
        });
        let source = open_source(&self.source).map_err(|error| format!("--source: {error}"))?;
        let used = fields_in_use(&base.set).union(fields_in_use(&candidate.set));
        let fields = TextColumn::of_fields(used);
        let checked = source.check(&self.table, &columns, &fields);
        checked.map_err(|error| format!("--table: {}", error.public_message()))?;
        let name = |rules: &ReadyRules| SetName {
            name: rules.name.clone(),
            version: rules.version,
        };
        let names = [name(&base), name(&candidate)];
        let compiled = |rules: ReadyRules| (Arc::clone(&rules.set), rules.compiled);
        Ok(BacktestAtOnce {
            comparison: Comparison::new(compiled(base), compiled(candidate)),
            names,
            range: Range {
                source,
                read: ReadSpec {
                    table: self.table.clone(),
                    columns,
                    text: fields[0],
                    fields,
                    start,
                    end,
                    zone: self.time_zone,
                },
            },
            sample: self.sampled(),
            groups: map,
            group_names,
        })
    }
}

fn unmapped(setting: UnmappedSetting) -> Unmapped {
    match setting {
        UnmappedSetting::Other => Unmapped::Other,
        UnmappedSetting::Skip => Unmapped::Skip,
        UnmappedSetting::Fail => Unmapped::Fail,
    }
}

/// A report in words.
fn lines(report: &Value) -> Vec<String> {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let (rows, members) = (&report["rows"], &report["members"]);
    let mut lines = vec![
        format!(
            "rows: {} same, {} entered, {} left, {} changed",
            number(&rows["same"]),
            number(&rows["entered"]),
            number(&rows["left"]),
            number(&rows["changed"]),
        ),
        format!(
            "members: {} entered, {} left, {} kept",
            number(&members["entered"]),
            number(&members["left"]),
            number(&members["kept"]),
        ),
        format!("drift {}", report["drift"]),
    ];
    for (label, rows) in report["labels"].as_object().into_iter().flatten() {
        let (entered, left) = (number(&rows["entered"]), number(&rows["left"]));
        if entered + left > 0 {
            lines.push(format!("{label}: {entered} entered, {left} left"));
        }
    }
    let cells = report["matrix"].as_array().into_iter().flatten();
    let mut moved: Vec<&Value> = cells.filter(|cell| cell["from"] != cell["to"]).collect();
    moved.sort_by_key(|cell| std::cmp::Reverse(number(&cell["rows"])));
    for cell in moved.into_iter().take(PAIRS_SHOWN) {
        let label = |name: &str| cell[name].as_str().unwrap_or("–").to_owned();
        let rows = counted(number(&cell["rows"]), "row");
        lines.push(format!("{} → {}: {rows}", label("from"), label("to")));
    }
    for rule in report["rules"].as_array().into_iter().flatten() {
        let text = |name: &str| rule[name].as_str().unwrap_or_default().to_owned();
        lines.push(format!(
            "{} {}: {}: {} entered, {} left, {} changed",
            text("change"),
            text("label"),
            text("text"),
            number(&rule["entered"]),
            number(&rule["left"]),
            number(&rule["changed"]),
        ));
    }
    lines
        .iter()
        .map(|line| printable(line).into_owned())
        .collect()
}
