//! Why a person is in a panel of a job, or is not: votes, what became of them, and each row with its rules.

use askama::Template;
use async_trait::async_trait;
use serde_json::{Value, json};

use crate::ui::{Answer, Asked, Frame, JobPage, PageError, encoded, number};

/// Rows that are shown; the call answers more.
const ROWS_SHOWN: usize = 100;

pub(super) struct PersonPage;

#[derive(Template)]
#[template(path = "systems/labelling/pages/person.html")]
struct Shown<'a> {
    frame: &'a Frame,
    title: String,
    job_href: String,
    s_id: String,
    author: String,
    panel: String,
    /// Why nothing is shown, in the words of the API.
    refusal: String,
    /// `None`: nobody was named yet.
    person: Option<Person>,
}

struct Person {
    name: String,
    outcome: String,
    set: String,
    /// The row that stands for it: its id, and its time.
    published: Option<(String, String)>,
    /// Label and rows.
    votes: Vec<(String, String)>,
    rows: Vec<PersonRow>,
    /// That there are more rows, in a sentence.
    more: Option<String>,
}

struct PersonRow {
    id: String,
    time: String,
    /// Field and text, as rules see it.
    texts: Vec<(String, String)>,
    labels: Vec<LabelShown>,
    /// What was nearly true: label and sentence.
    misses: Vec<(String, String)>,
}

struct LabelShown {
    label: String,
    outcome: String,
    why: String,
    /// Rule, and where it is.
    hits: Vec<(String, String)>,
}

#[async_trait]
impl JobPage for PersonPage {
    fn name(&self) -> &'static str {
        "person"
    }

    async fn show(&self, asked: &Asked<'_>, job: &str) -> Result<Answer, PageError> {
        let path = format!("/v1/jobs/{}", encoded(job));
        let summary = asked.get(&path).await?;
        let (s_id, author) = (asked.parameter("s_id"), asked.parameter("author"));
        let panel = asked.parameter("panel");
        let mut refusal = String::new();
        let mut person = None;
        if !s_id.is_empty() && !author.is_empty() {
            let mut body = json!({"job": job, "s_id": s_id, "author": author});
            if !panel.is_empty() {
                body["panel"] = panel.as_str().into();
            }
            match asked.post("/v1/rules/explain", Some(&body)).await {
                Ok(answer) => person = Some(Person::of(&asked.frame, &answer.body)),
                Err(error) if error.is_of_request() => refusal = error.detail,
                Err(error) => return Err(error),
            }
        }
        let frame = &asked.frame;
        Answer::page(&Shown {
            frame,
            title: summary["title"].as_str().unwrap_or(job).to_owned(),
            job_href: frame.path(&format!("/jobs/{}", encoded(job))),
            s_id,
            author,
            panel,
            refusal,
            person,
        })
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

impl Person {
    fn of(frame: &Frame, answer: &Value) -> Self {
        let outcome = frame.say(&format!("person-{}", text(&answer["outcome"])));
        let set = &answer["set"];
        let version = set["version"].as_i64();
        let name = text(&set["name"]);
        let count = list(&answer["rows"]).count();
        let is_cut = answer["cut"] == true || count > ROWS_SHOWN;
        let published = &answer["published"];
        Self {
            name: text(&answer["source_author"]),
            outcome: match answer["panel"].as_str() {
                Some(panel) => format!("{panel}: {outcome}"),
                None => outcome,
            },
            set: match version {
                Some(version) => format!("{name}@{version}"),
                None => name,
            },
            published: published["id"]
                .as_str()
                .map(|id| (id.to_owned(), text(&published["create_time"]))),
            votes: answer["votes"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(label, rows)| (label.clone(), number(rows.as_u64().unwrap_or_default())))
                .collect(),
            rows: list(&answer["rows"])
                .take(ROWS_SHOWN)
                .map(|row| PersonRow::of(frame, row))
                .collect(),
            more: is_cut.then(|| frame.say("person-more")),
        }
    }
}

impl PersonRow {
    fn of(frame: &Frame, row: &Value) -> Self {
        let texts = row["folded"].as_object().into_iter().flatten();
        Self {
            id: text(&row["id"]),
            time: text(&row["post_time"]),
            texts: texts
                .map(|(field, folded)| (field.clone(), text(folded)))
                .collect(),
            labels: list(&row["labels"])
                .map(|label| LabelShown::of(frame, label))
                .collect(),
            misses: list(&row["misses"])
                .map(|miss| (text(&miss["label"]), text(&miss["sentence"])))
                .collect(),
        }
    }
}

impl LabelShown {
    fn of(frame: &Frame, label: &Value) -> Self {
        let hits = list(&label["rules"]).map(|hit| {
            let (start, end) = (&hit["span"][0], &hit["span"][1]);
            let place = format!("{} {start}–{end}", text(&hit["field"]));
            (text(&hit["rule"]), place)
        });
        Self {
            label: text(&label["label"]),
            outcome: frame.say(&format!("person-label-{}", text(&label["outcome"]))),
            why: text(&label["why"]),
            hits: hits.collect(),
        }
    }
}
