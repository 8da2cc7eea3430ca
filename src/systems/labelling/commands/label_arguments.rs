//! The arguments of `audience label`: read one by one, so that all their faults are reported at once.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::fmt::Display;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use entity::JobId;
use serde::de::DeserializeOwned;

use super::columns;
use crate::settings::{SettingsError, SettingsFault};
use crate::systems::OnlyJob;
use crate::systems::labelling::settings::{ColumnRole, Groups, UnmappedSetting, groups_file};
use crate::systems::labelling::{
    AskedModel, AuthorConflict, Incremental, ModelType, PredictType, RowLabels, RuleKind, Written,
    Zone,
};

/// A value, or what is wrong with it.
type Given<T> = Result<T, String>;

#[derive(Debug, Args)]
pub(super) struct LabelArguments {
    /// Where rows are read: sqlite://PATH, csv://PATH, postgres://… or mysql://…
    #[arg(long, value_name = "URL")]
    source: String,
    /// Table to label
    #[arg(long, value_name = "TABLE")]
    table: String,
    /// Directory of <label>.tsv files, tree <model_type>/<label>/<predict_type>.txt, or a file
    #[arg(
        long,
        value_name = "DIR|FILE",
        required_unless_present = "model",
        conflicts_with = "model"
    )]
    rules: Option<PathBuf>,
    /// YAML file that maps s_ids to output groups
    #[arg(long, value_name = "FILE")]
    groups: PathBuf,
    /// Where panels are published: sqlite://PATH, postgres://… or mysql://…
    #[arg(long, value_name = "URL")]
    output: String,
    /// What a column of the table is called, such as post_time=created_at, or the text that all rows
    /// have, such as s_id=:WH_F0045; may be given several times
    #[arg(long, value_name = "ROLE=COLUMN", value_parser = column)]
    column: Vec<Given<(ColumnRole, String)>>,
    /// YAML file of the same, such as `post_time: created_at`; --column takes precedence
    #[arg(long, value_name = "FILE")]
    columns: Option<PathBuf>,
    /// First moment of the range: YYYY-MM-DD HH:MM:SS; a date means its first second
    #[arg(long, value_name = "TIME", value_parser = given::<Written>)]
    start: Given<Written>,
    /// Last moment of the range, which takes part; a date means its first second
    #[arg(long, value_name = "TIME", value_parser = given::<Written>)]
    end: Given<Written>,
    /// Time zone of --start, --end and all times of the rows that have no offset, such as
    /// Asia/Taipei [default: UTC]
    #[arg(long, value_name = "NAME", value_parser = given::<Zone>)]
    time_zone: Option<Given<Zone>>,
    /// What is matched: author_name, content, title, s_area_id [default: what a mixed model says, else
    /// author_name]
    #[arg(long, value_parser = given::<PredictType>)]
    predict_type: Option<Given<PredictType>>,
    /// keyword_model, rule_model, mixed_model or text_model [default: what the rule set says, else
    /// keyword_model; text_model with --model]
    #[arg(long, value_parser = given::<ModelType>)]
    model_type: Option<Given<ModelType>>,
    /// A model of texts that labels instead of rules, from the engine's database of the settings
    #[arg(long, value_name = "NAME[@ALIAS|:VERSION]")]
    model: Option<String>,
    /// What the score of a label has to be at least [default: any is enough]
    #[arg(long, value_name = "X", value_parser = score, allow_negative_numbers = true)]
    min_score: Option<Given<f64>>,
    /// Which of the matching labels a row gets: first or all [default: the rule set's, else first]; of a
    /// model, the best one or all with enough score
    #[arg(long, value_parser = named::<RowLabels>)]
    row_labels: Option<Given<RowLabels>>,
    /// majority_drop_ties, majority_first or keep_all [default: the rule set's]
    #[arg(long, value_parser = named::<AuthorConflict>)]
    author_conflict: Option<Given<AuthorConflict>>,
    /// Keep what the rules of a mixed model find, so that later runs can be incremental
    #[arg(long)]
    ledger: bool,
    /// off, auto or require: label only the rows that changed rules touch; auto labels all where that is not
    /// possible [default: off]
    #[arg(long, value_name = "HOW", value_parser = named::<Incremental>)]
    incremental: Option<Given<Incremental>>,
    /// 32 hexadecimal digits: continues that task if it exists, else creates it
    #[arg(long, value_name = "HEX32", value_parser = given::<JobId>)]
    task_id: Option<Given<JobId>>,
    /// Print one JSON object instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    only: OnlyJob,
}

/// The same once every argument by itself has no fault.
#[derive(Debug)]
pub(super) struct LabelTask {
    pub source: String,
    pub table: String,
    /// `None`: the model labels.
    pub rules: Option<PathBuf>,
    pub model: Option<AskedModel>,
    pub groups: Groups,
    pub unmapped: UnmappedSetting,
    pub output: String,
    pub columns: BTreeMap<ColumnRole, String>,
    pub start: Written,
    pub end: Written,
    pub time_zone: Option<Zone>,
    pub predict_type: Option<PredictType>,
    pub rule_kind: Option<RuleKind>,
    pub is_mixed: bool,
    pub row_labels: Option<RowLabels>,
    pub author_conflict: Option<AuthorConflict>,
    pub ledger: Option<bool>,
    pub incremental: Incremental,
    pub task_id: Option<JobId>,
    pub json: bool,
    pub only: OnlyJob,
}

impl LabelArguments {
    /// Fails with the faults of all arguments.
    pub fn checked(self) -> Result<LabelTask, SettingsError> {
        let mut faults = Faults(Vec::new());
        let columns = columns::merged(self.columns.as_deref(), self.column);
        let columns = faults.sort_out(columns.map_err(|error| error.faults));
        let groups = groups_file(&self.groups).map_err(|error| error.of_flag("--groups"));
        let groups = faults.sort_out(groups.map_err(|error| error.faults));
        let start = faults.value("--start", self.start);
        let end = faults.value("--end", self.end);
        let time_zone = faults.optional("--time-zone", self.time_zone);
        let predict_type = faults.optional("--predict-type", self.predict_type);
        let model_type = faults.optional("--model-type", self.model_type);
        let min_score = faults.optional("--min-score", self.min_score);
        let model = AskedModel::read(model_type, self.model, min_score);
        let model = faults.sort_out(model.map_err(|(member, problem)| {
            let flag = format!("--{}", member.replace('_', "-"));
            vec![SettingsFault::of_flag(&flag, problem)]
        }));
        let row_labels = faults.optional("--row-labels", self.row_labels);
        let author_conflict = faults.optional("--author-conflict", self.author_conflict);
        let incremental = faults.optional("--incremental", self.incremental);
        let task_id = faults.optional("--task-id", self.task_id);
        // Alone it is none: a task that is finished is shown without its rules.
        if let Some(rules) = self.rules.as_ref().filter(|rules| !rules.exists())
            && !faults.0.is_empty()
        {
            let problem = format!(
                "`{}` does not exist, expected a directory of rules, or a .yaml, .yml, .tsv or .txt \
                 file",
                rules.display()
            );
            faults.0.push(SettingsFault::of_flag("--rules", problem));
        }
        let (Some(columns), Some((groups, unmapped)), Some(start), Some(end), []) =
            (columns, groups, start, end, &faults.0[..])
        else {
            return Err(SettingsError { faults: faults.0 });
        };
        Ok(LabelTask {
            source: self.source,
            table: self.table,
            rules: self.rules,
            model: model.flatten(),
            groups,
            unmapped,
            output: self.output,
            columns,
            start,
            end,
            time_zone,
            predict_type,
            rule_kind: model_type.and_then(ModelType::of_rules),
            is_mixed: model_type == Some(ModelType::MixedModel),
            row_labels,
            author_conflict,
            ledger: self.ledger.then_some(true),
            incremental: incremental.unwrap_or_default(),
            task_id,
            json: self.json,
            only: self.only,
        })
    }
}

struct Faults(Vec<SettingsFault>);

impl Faults {
    fn sort_out<T>(&mut self, read: Result<T, Vec<SettingsFault>>) -> Option<T> {
        read.map_err(|faults| self.0.extend(faults)).ok()
    }

    fn value<T>(&mut self, flag: &str, given: Given<T>) -> Option<T> {
        self.sort_out(given.map_err(|problem| vec![SettingsFault::of_flag(flag, problem)]))
    }

    fn optional<T>(&mut self, flag: &str, given: Option<Given<T>>) -> Option<T> {
        self.value(flag, given?)
    }
}

/// Reads a value, and leaves what is wrong with it to [`LabelArguments::checked`].
fn given<T: FromStr<Err: Display>>(text: &str) -> Result<Given<T>, Infallible> {
    Ok(text.parse().map_err(|error: T::Err| error.to_string()))
}

/// The same for a word of a closed set, by the names that stored requests use too.
fn named<T: DeserializeOwned>(word: &str) -> Result<Given<T>, Infallible> {
    let read = serde_json::from_value(word.into());
    Ok(read.map_err(|error: serde_json::Error| error.to_string()))
}

fn score(text: &str) -> Result<Given<f64>, Infallible> {
    let read = text.parse().ok().filter(|score: &f64| score.is_finite());
    Ok(read.ok_or_else(|| format!("expected a number, found `{text}`")))
}

fn column(argument: &str) -> Result<Given<(ColumnRole, String)>, Infallible> {
    Ok(columns::mapped(argument))
}
