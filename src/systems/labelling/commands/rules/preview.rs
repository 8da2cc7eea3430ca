//! `audience rules preview RULES --source URL --table T --start … --end …`

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::given::GivenRules;
use super::outcome::Outcome;
use super::server::{ServerArguments, post};
use crate::engine::CallerError;
use crate::printable::{counted, printable};
use crate::systems::Program;
use crate::systems::labelling::asked_rules::ReadyRules;
use crate::systems::labelling::commands::columns;
use crate::systems::labelling::label::{GroupMap, OTHER, Unmapped};
use crate::systems::labelling::options;
use crate::systems::labelling::posts::{ReadSpec, TextColumn, open_source};
use crate::systems::labelling::previewing::{
    KeptRows, PreviewAsked, RowsAsked, SampleAsked, preview,
};
use crate::systems::labelling::rules::fields_in_use;
use crate::systems::labelling::settings::{
    ColumnRole, TableSettings, UnmappedSetting, groups_file,
};
use crate::systems::labelling::{PredictType, Written, Zone};

#[derive(Debug, Args)]
pub(super) struct PreviewArguments {
    /// A .yaml, .json, .csv, .xlsx, .tsv or .zip file, a directory of TSV files, or NAME[@VERSION] of a set in the
    /// store
    #[arg(value_name = "RULES")]
    rules: String,
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
    /// Look at so many rows only [default: at all, up to a million]
    #[arg(long, value_name = "ROWS", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sample: Option<u32>,
    /// Which rows these are: the same for the same seed
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Rows that are shown of each label, and without one
    #[arg(long, value_name = "ROWS", default_value_t = 3, value_parser = clap::value_parser!(u32).range(0..=100))]
    examples: u32,
    #[command(flatten)]
    server: ServerArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(
    arguments: &PreviewArguments,
    program: &dyn Program,
) -> anyhow::Result<Outcome> {
    let rules = GivenRules::of(&arguments.rules);
    let answer = match arguments.server.of(program)? {
        Some(server) => {
            let body = match rules.body() {
                Ok(rules) => arguments.body(rules),
                Err(outcome) => return Ok(outcome),
            };
            post(&*server, "/v1/rules/preview", body).await?
        }
        None => match rules.ready(arguments.predict_type, program).await? {
            Ok(rules) => here(arguments, rules).await?,
            Err(outcome) => return Ok(outcome),
        },
    };
    Ok(match answer {
        Ok(answer) if arguments.json => Outcome {
            document: Some(answer.to_string()),
            ..Outcome::default()
        },
        Ok(answer) => Outcome {
            lines: lines(&answer),
            ..Outcome::default()
        },
        Err(outcome) => outcome,
    })
}

impl PreviewArguments {
    fn sampled(&self) -> Option<SampleAsked> {
        self.sample.map(|rows| SampleAsked {
            rows: rows.into(),
            seed: self.seed,
        })
    }

    fn body(&self, rules: Value) -> Value {
        let mut body = json!({
            "rules": rules, "source": self.source, "table": self.table,
            "predict_type": self.predict_type.as_str(), "start_time": self.start.to_string(),
            "end_time": self.end.to_string(), "examples": self.examples,
        });
        if let Some(SampleAsked { rows, seed }) = self.sampled() {
            body["sample"] = json!({ "rows": rows, "seed": seed });
        }
        body
    }

    /// What is to be previewed; a problem with an argument otherwise.
    fn asked(&self, rules: ReadyRules) -> Result<PreviewAsked, String> {
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
        let mut names: Vec<String> = groups.into_iter().map(|(name, _)| name).collect();
        if unmapped == Unmapped::Other {
            names.push(OTHER.to_owned());
        }
        let columns = options::columns(&TableSettings {
            columns: self.column.iter().cloned().collect(),
        });
        let source = open_source(&self.source).map_err(|error| format!("--source: {error}"))?;
        let fields = TextColumn::of_fields(fields_in_use(&rules.set));
        let checked = source.check(&self.table, &columns, &fields);
        checked.map_err(|error| format!("--table: {}", error.public_message()))?;
        Ok(PreviewAsked {
            set: rules.set,
            compiled: rules.compiled,
            lint: rules.lint,
            rows: RowsAsked {
                source_name: self.source.clone(),
                source,
                spec: ReadSpec {
                    table: self.table.clone(),
                    columns,
                    text: fields[0],
                    fields,
                    start,
                    end,
                    zone: self.time_zone,
                },
                sample: self.sampled(),
                groups: map,
            },
            groups: names,
            examples: self.examples,
            earlier: None,
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

async fn here(
    arguments: &PreviewArguments,
    rules: ReadyRules,
) -> anyhow::Result<Result<Value, Outcome>> {
    let asked = match arguments.asked(rules) {
        Ok(asked) => asked,
        Err(problem) => return Ok(Err(Outcome::bad_usage(&printable(&problem)))),
    };
    let answer = spawn_blocking(move || preview(&asked, &KeptRows::default())).await?;
    Ok(match answer {
        Ok(answer) => Ok(serde_json::to_value(&answer)?),
        Err(error) => Err(Outcome::bad_usage(&printable(&error.public_message()))),
    })
}

/// An answer in words.
fn lines(answer: &Value) -> Vec<String> {
    let health = &answer["health"];
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let mut lines = vec![format!(
        "{} looked at, {} received, {} dropped, {} covered",
        counted(number(&answer["rows"]), "row"),
        number(&answer["received"]),
        number(&health["dropped"]),
        number(&health["covered"]),
    )];
    if answer["partial"] == true {
        lines.push("partial: there was no time, or no room, for all rows".to_owned());
    }
    for name in ["coverage", "overlap", "conflict"] {
        if let Some(figure) = health[name].as_f64() {
            lines.push(format!("{name} {figure}"));
        }
    }
    for (label, figures) in health["labels"].as_object().into_iter().flatten() {
        lines.push(format!(
            "{label}: {} given, {} matched, {} excepted, {}",
            number(&figures["given"]),
            number(&figures["matched"]),
            number(&figures["excepted"]),
            counted(number(&figures["members"]), "member"),
        ));
        let examples = answer["examples"][label].as_array().into_iter().flatten();
        lines.extend(examples.map(example));
    }
    let none = answer["none"].as_array().into_iter().flatten();
    let none: Vec<String> = none.map(example).collect();
    if !none.is_empty() {
        lines.push("without a label:".to_owned());
        lines.extend(none);
    }
    for finding in answer["lint"]["findings"].as_array().into_iter().flatten() {
        let text = |name: &str| finding[name].as_str().unwrap_or_default().to_owned();
        lines.push(format!(
            "{}: {}: {}; {}",
            text("place"),
            text("code"),
            text("message"),
            text("advice")
        ));
    }
    for slow in answer["slowest"].as_array().into_iter().flatten() {
        lines.push(format!(
            "slow: {} of {}: {} ns a row",
            slow["rule"].as_str().unwrap_or_default(),
            slow["label"].as_str().unwrap_or_default(),
            number(&slow["ns_per_row"])
        ));
    }
    lines
        .iter()
        .map(|line| printable(line).into_owned())
        .collect()
}

/// `  17: the text`
fn example(row: &Value) -> String {
    let fields = row["fields"].as_object().into_iter().flatten();
    let texts: Vec<&str> = fields.filter_map(|(_, text)| text.as_str()).collect();
    let id = row["id"].as_str().unwrap_or_default();
    format!("  {id}: {}", texts.join(" | "))
}
