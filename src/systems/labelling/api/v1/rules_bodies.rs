//! Bodies of the calls about rules that are not stored by them: previews and explanations.

use entity::JobId;
use poem_openapi::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::http::body::{Body, DocumentedAs, Misfit, Word, whole_number};
use crate::systems::labelling::api::words::PredictTypes;
use crate::systems::labelling::asked_rules::AskedRules;
use crate::systems::labelling::explaining::{
    ExplainRequest, PersonAsked, PublishedAsked, TextsAsked,
};
use crate::systems::labelling::previewing::{
    EXAMPLES_MAX, PreviewRequest, SAMPLE_ROWS_MAX, SampleAsked,
};
use crate::systems::labelling::rules::forms::Form;
use crate::systems::labelling::{LabellingRequest, PredictType, Written};

/// Rules: a set by its name, or a document.
#[derive(Object, Deserialize)]
pub(crate) struct GivenRules {
    /// A set of the server by its name. Not together with `document`.
    rule_set: Option<String>,
    /// A version of it: its number, `active` or `newest`. Default: the active one.
    version: Option<Value>,
    /// A draft, which is not stored: an object, or a text in YAML or JSON; at most 8 MiB.
    document: Option<Value>,
}

/// A part of the rows of a range, the same for the same seed.
#[derive(Object, Deserialize)]
pub(crate) struct GivenSample {
    /// How many rows.
    #[oai(validator(minimum(value = "1"), maximum(value = "1000000")))]
    #[serde(deserialize_with = "whole_number::<1, SAMPLE_ROWS, _>")]
    pub(super) rows: u32,
    /// Which of them.
    #[oai(default = "first_seed")]
    #[serde(default = "first_seed")]
    pub(super) seed: u64,
}

/// What a set would do on the rows of a range.
#[derive(Object, Deserialize)]
pub(crate) struct PreviewBody {
    rules: GivenRules,
    /// The source to read, by its name on the server. Default: as set on the server.
    source: Option<String>,
    /// The table to read. Default: as set on the server.
    table: Option<String>,
    /// What a set without `in` looks at. Default: `author_name`.
    predict_type: Option<Word<PredictTypes>>,
    /// First moment of the range, written as in a job.
    start_time: Option<DocumentedAs<Written, String>>,
    /// Last moment of the range.
    end_time: Option<DocumentedAs<Written, String>>,
    /// Only these rows. Default: all rows of the range, up to a million.
    sample: Option<GivenSample>,
    /// How many rows are shown of each label, and without one.
    #[oai(
        default = "twenty",
        validator(minimum(value = "0"), maximum(value = "100"))
    )]
    #[serde(
        default = "twenty",
        deserialize_with = "whole_number::<0, EXAMPLES_MAX, _>"
    )]
    examples: u32,
}

const SAMPLE_ROWS: u32 = SAMPLE_ROWS_MAX as u32;

fn first_seed() -> u64 {
    1
}

fn twenty() -> u32 {
    20
}

impl Body for PreviewBody {}

impl GivenRules {
    pub(super) fn asked(self) -> Result<AskedRules, Misfit> {
        self.asked_as("rules")
    }

    /// Of a body that calls them so.
    pub(super) fn asked_as(self, member: &str) -> Result<AskedRules, Misfit> {
        let understood = self.understood();
        understood.map_err(|misfit| misfit.inside(member))
    }

    fn understood(self) -> Result<AskedRules, Misfit> {
        match (self.rule_set, self.version, self.document) {
            (Some(name), version, None) => Ok(AskedRules::Named(match version {
                None => name,
                Some(version) => format!("{name}@{}", version_text(&version)?),
            })),
            (None, None, Some(Value::String(text))) => Ok(AskedRules::Draft {
                form: Form::Yaml,
                document: text.into_bytes(),
            }),
            (None, None, Some(document @ Value::Object(_))) => Ok(AskedRules::Draft {
                form: Form::Json,
                document: document.to_string().into_bytes(),
            }),
            (None, None, Some(_)) => Err(misfit("document", "expected an object or a text")),
            (Some(_), _, Some(_)) => {
                Err(misfit("document", "cannot be given together with rule_set"))
            }
            (None, Some(_), _) => Err(misfit("version", "cannot be given without rule_set")),
            (None, None, None) => Err(misfit("", "expected one of rule_set, document")),
        }
    }
}

fn misfit(member: &str, reason: &str) -> Misfit {
    Misfit::new(member, reason)
}

/// A number, or one of two words.
fn version_text(version: &Value) -> Result<String, Misfit> {
    let number = version.as_u64().filter(|number| *number > 0);
    match (number, version.as_str()) {
        (Some(number), _) => Ok(number.to_string()),
        (None, Some(word @ ("active" | "newest"))) => Ok(word.to_owned()),
        _ => Err(misfit("version", "expected a number, `active` or `newest`")),
    }
}

impl PreviewBody {
    pub fn into_request(self) -> Result<PreviewRequest, Misfit> {
        let predict_type = self.predict_type.map(|word| word.0);
        Ok(PreviewRequest {
            rules: self.rules.asked()?,
            predict_type: predict_type.unwrap_or(PredictType::AuthorName),
            range: LabellingRequest {
                source: self.source,
                table: self.table,
                start_time: self.start_time.map(|moment| moment.0),
                end_time: self.end_time.map(|moment| moment.0),
                ..LabellingRequest::default()
            },
            sample: self.sample.map(|sample| SampleAsked {
                rows: sample.rows.into(),
                seed: sample.seed,
            }),
            examples: self.examples,
        })
    }
}

/// The texts of a row; what is left out is NULL.
#[derive(Object, Deserialize)]
pub(crate) struct GivenRow {
    author: Option<String>,
    title: Option<String>,
    content: Option<String>,
    s_area_id: Option<String>,
}

/// What is to be explained: `rules` and `row`; or of a `job` the published row `id` of `group` in `panel`, or the
/// person `s_id`, `author`.
#[derive(Object, Deserialize)]
pub(crate) struct ExplainBody {
    rules: Option<GivenRules>,
    /// A row that need not be anywhere; at most 1 MiB.
    row: Option<GivenRow>,
    /// A job that labels by a mixed model.
    job: Option<String>,
    /// The group of a published row.
    group: Option<String>,
    /// The id of a published row.
    id: Option<String>,
    /// `/<label>`, or the label. Of a person: the panel that it is about.
    panel: Option<String>,
    /// The source of a person.
    s_id: Option<String>,
    /// The name of a person.
    author: Option<String>,
}

impl Body for ExplainBody {}

impl ExplainBody {
    pub fn into_request(self) -> Result<ExplainRequest, Misfit> {
        let other = |members: &[(&'static str, bool)], with: &str| {
            let given = members.iter().find(|(_, is_given)| *is_given);
            match given {
                Some((member, _)) => Err(Misfit::new(
                    member,
                    format!("cannot be given together with {with}"),
                )),
                None => Ok(()),
            }
        };
        let of_row = [("rules", self.rules.is_some()), ("row", self.row.is_some())];
        let of_person = [
            ("s_id", self.s_id.is_some()),
            ("author", self.author.is_some()),
        ];
        let Some(job) = self.job else {
            other(&of_person, "row")?;
            let of_published = [
                ("group", self.group.is_some()),
                ("id", self.id.is_some()),
                ("panel", self.panel.is_some()),
            ];
            other(&of_published, "row")?;
            let rules = needed("rules", self.rules)?.asked()?;
            let row = needed("row", self.row)?;
            let texts = [row.author, row.title, row.content, row.s_area_id];
            if texts.iter().all(Option::is_none) {
                let reason = "expected one of author, title, content, s_area_id";
                return Err(Misfit::new("row", reason));
            }
            return Ok(ExplainRequest::Texts(TextsAsked { rules, texts }));
        };
        other(&of_row, "job")?;
        let job: JobId = job
            .parse()
            .map_err(|_| Misfit::new("job", format!("`{job}` is not the id of a job")))?;
        if self.id.is_some() || self.group.is_some() {
            other(&of_person, "id")?;
            return Ok(ExplainRequest::Published(PublishedAsked {
                job,
                group: needed("group", self.group)?,
                id: needed("id", self.id)?,
                panel: needed("panel", self.panel)?,
            }));
        }
        Ok(ExplainRequest::Person(PersonAsked {
            job,
            s_id: needed("s_id", self.s_id)?,
            author: needed("author", self.author)?,
            panel: self.panel,
        }))
    }
}

fn needed<T>(member: &'static str, value: Option<T>) -> Result<T, Misfit> {
    value.ok_or_else(|| Misfit::new(member, "is missing"))
}
