//! What the rules of a job did: figures, labels, pairs, groups, and the rules themselves, dead ones first.

use askama::Template;
use async_trait::async_trait;
use serde_json::{Map, Value};

use super::gate::{self, GateCard};
use crate::ui::{Answer, Asked, Frame, JobPage, PageError, encoded, number, percent, query};

/// Pairs of labels that are shown, of those with the most rows.
const PAIRS_SHOWN: usize = 20;

/// Rules on a page.
const RULES_SHOWN: &str = "100";

/// Orders of the rules, as `/v1` calls them.
const ORDERS: [&str; 4] = ["hits", "most_hits", "most_first", "written"];

pub(super) struct HealthPage;

#[derive(Template)]
#[template(path = "systems/labelling/pages/health.html")]
struct Shown<'a> {
    frame: &'a Frame,
    title: String,
    id: &'a str,
    job_href: String,
    workbook: String,
    csv: Option<String>,
    gate: Option<GateCard>,
    figures: Vec<(String, String)>,
    /// The job that this one is compared with: its id, and its page.
    against: Option<(String, String)>,
    labels: Vec<LabelRow>,
    pairs: Vec<(String, String)>,
    groups: Vec<GroupRow>,
    /// Orders and choices of rules: the id of a message, where it is, and whether it is the current one.
    orders: Vec<(String, String, bool)>,
    rules: Vec<RuleRow>,
    next: Option<String>,
    /// What the kind of the rules cannot tell.
    not_known: String,
}

/// Its name; matched, given, excepted, members.
type LabelRow = (String, String, String, String, String);

/// Its name; received, covered, drift.
type GroupRow = (String, String, String, String);

struct RuleRow {
    id: String,
    label: String,
    text: String,
    counts: [String; 3],
    mark: Option<String>,
}

#[async_trait]
impl JobPage for HealthPage {
    fn name(&self) -> &'static str {
        "health"
    }

    async fn show(&self, asked: &Asked<'_>, job: &str) -> Result<Answer, PageError> {
        let path = format!("/v1/jobs/{}", encoded(job));
        let data = format!("{path}/health");
        let report = asked.get(&data).await?;
        let summary = asked.get_part(&path).await;
        let title = summary["title"].as_str().unwrap_or(job).to_owned();
        let frame = &asked.frame.clone().with_data(data.clone());
        let own = Links {
            path: format!("/jobs/{}/health", encoded(job)),
            order: asked.parameter("order"),
            only: asked.parameter("only"),
            label: asked.parameter("label"),
            frame,
        };
        let has_rules = report["rules"].is_string();
        let list = match has_rules {
            true => {
                asked
                    .get(&own.rules(&data, &asked.parameter("after")))
                    .await?
            }
            false => Value::Null,
        };
        let rules = list["rules"].as_array();
        let against = report["against"]["job"].as_str().map(|other| {
            let href = frame.path(&format!("/jobs/{}/health", encoded(other)));
            (other.to_owned(), href)
        });
        let shown = Shown {
            frame,
            title,
            id: job,
            job_href: frame.path(&format!("/jobs/{}", encoded(job))),
            workbook: frame.path(&format!("{data}?format=xlsx")),
            csv: has_rules.then(|| frame.path(&format!("{data}/rules?format=csv"))),
            gate: GateCard::of(
                frame,
                job,
                summary["state"].as_str().unwrap_or_default(),
                &report["gate"],
            ),
            figures: figures(frame, &report),
            against,
            labels: labels(&report),
            pairs: pairs(&report),
            groups: groups(&report),
            orders: if has_rules { own.orders() } else { Vec::new() },
            rules: rules
                .into_iter()
                .flatten()
                .map(|rule| row(frame, rule))
                .collect(),
            next: list["next"].as_str().map(|next| own.behind(next)),
            not_known: words(&report["not_known"]),
        };
        Answer::page(&shown)
    }

    async fn act(&self, asked: &Asked<'_>, job: &str, action: &str) -> Result<Answer, PageError> {
        match action {
            "approve" | "reject" => gate::decide(asked, job, action).await,
            _ => Err(PageError::nothing_here()),
        }
    }
}

/// Addresses of this page, and of the rules that it shows.
struct Links<'a> {
    path: String,
    order: String,
    only: String,
    label: String,
    frame: &'a Frame,
}

impl Links<'_> {
    fn rules(&self, data: &str, after: &str) -> String {
        let parameters = [
            ("limit", RULES_SHOWN),
            ("order", self.order()),
            ("only", &self.only),
            ("label", &self.label),
            ("after", after),
        ];
        let given = parameters
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        format!("{data}/rules{}", query(&given.collect::<Vec<_>>()))
    }

    fn order(&self) -> &str {
        match self.order.as_str() {
            "" => ORDERS[0],
            order => order,
        }
    }

    fn href(&self, order: &str, only: &str, after: &str) -> String {
        let parameters = [
            ("order", order),
            ("only", only),
            ("label", &self.label),
            ("after", after),
        ];
        let given = parameters
            .into_iter()
            .filter(|(_, value)| !value.is_empty());
        let query = query(&given.collect::<Vec<_>>());
        self.frame.path(&format!("{}{query}", self.path))
    }

    fn behind(&self, next: &str) -> String {
        self.href(self.order(), &self.only, next)
    }

    fn orders(&self) -> Vec<(String, String, bool)> {
        let order = |name: &str| {
            let word = format!("health-order-{}", name.replace('_', "-"));
            let is_current = self.only.is_empty() && self.order() == name;
            (self.frame.say(&word), self.href(name, "", ""), is_current)
        };
        let only = |name: &str| {
            let is_current = self.only == name;
            let word = self.frame.say(&format!("health-{name}"));
            (word, self.href("", name, ""), is_current)
        };
        let orders = ORDERS.into_iter().map(order);
        orders
            .chain(["dead", "dominant"].into_iter().map(only))
            .collect()
    }
}

fn figures(frame: &Frame, report: &Value) -> Vec<(String, String)> {
    let count = |name: &str| Some(number(report[name].as_u64()?));
    let share = |name: &str| Some(percent(report[name].as_f64()?));
    let dominant = report["dominant"].as_array();
    let figures = [
        ("health-received", count("received")),
        ("health-dropped", count("dropped")),
        ("health-coverage", share("coverage")),
        ("health-overlap", share("overlap")),
        ("health-conflict", share("conflict")),
        (
            "health-drift",
            report["drift"].as_f64().map(|drift| format!("{drift:.4}")),
        ),
        ("health-entered", count("entered")),
        ("health-left", count("left")),
        ("health-dead", count("dead")),
        (
            "health-dominant",
            dominant.map(|rules| number(rules.len() as u64)),
        ),
    ];
    let figures = figures.into_iter();
    let figures = figures.filter_map(|(word, figure)| Some((frame.say(word), figure?)));
    figures.collect()
}

fn labels(report: &Value) -> Vec<LabelRow> {
    let labels = members(&report["labels"]);
    let labels = labels.map(|(name, label)| {
        let [matched, given, excepted, members] =
            ["matched", "given", "excepted", "members"].map(|figure| counted(&label[figure]));
        (name.clone(), matched, given, excepted, members)
    });
    labels.collect()
}

fn pairs(report: &Value) -> Vec<(String, String)> {
    let pairs = members(&report["pairs"]);
    let mut pairs: Vec<(&String, u64)> = pairs
        .map(|(pair, rows)| (pair, rows.as_u64().unwrap_or_default()))
        .collect();
    pairs.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    pairs.truncate(PAIRS_SHOWN);
    let pairs = pairs.into_iter();
    pairs
        .map(|(pair, rows)| (pair.clone(), number(rows)))
        .collect()
}

fn groups(report: &Value) -> Vec<GroupRow> {
    let groups = members(&report["groups"]);
    let groups = groups.map(|(name, group)| {
        let drift = group["drift"].as_f64();
        (
            name.clone(),
            counted(&group["received"]),
            counted(&group["covered"]),
            drift.map_or_else(|| "–".to_owned(), |drift| format!("{drift:.4}")),
        )
    });
    groups.collect()
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

fn row(frame: &Frame, rule: &Value) -> RuleRow {
    let text = |name: &str| rule[name].as_str().unwrap_or_default().to_owned();
    let is = |name: &str| rule[name].as_bool().unwrap_or_default();
    let mark = match (is("dead"), is("dominant")) {
        (true, _) => Some("health-mark-dead"),
        (_, true) => Some("health-mark-dominant"),
        _ => None,
    };
    RuleRow {
        id: text("rule"),
        label: text("label"),
        text: text("text"),
        counts: ["hits", "first", "unique"].map(|figure| counted(&rule[figure])),
        mark: mark.map(|word| frame.say(word)),
    }
}

fn counted(count: &Value) -> String {
    count.as_u64().map_or_else(|| "–".to_owned(), number)
}

fn words(list: &Value) -> String {
    let words = list.as_array().into_iter().flatten();
    let words: Vec<&str> = words.filter_map(Value::as_str).collect();
    words.join(", ")
}
