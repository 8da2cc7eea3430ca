//! The list of jobs: counts by state, filters that stand in the address, a page at a time.

use askama::Template;
use poem::http::{Method, StatusCode};
use serde_json::{Map, Value};

use super::asked::{Answer, Asked};
use super::data::{JobList, JobSummary};
use super::error_page::PageError;
use super::examples::{self, ExampleShown};
use super::figures;
use super::forms::{find, pairs, query};
use super::frame::Frame;
use super::markup::Markup;
use super::pages::Start;
use super::{saved_views, states};

/// The parameters of the page: those of `GET /v1/jobs`, by the same names.
pub(super) const FILTERS: [&str; 7] = ["state", "flow", "queue", "started_by", "q", "from", "to"];

#[derive(Template)]
#[template(path = "ui/templates/jobs.html")]
struct JobsPage<'a> {
    frame: &'a Frame,
    /// Filters that the visitor keeps.
    views: Markup,
    counts: Vec<Count>,
    /// How each state is shown, for a script.
    states: Vec<(&'static str, Markup)>,
    filter: Filter,
    /// The filters that are set.
    fields: Vec<(&'static str, String)>,
    is_filtered: bool,
    /// Names of flows and what they are called here.
    flows: Vec<(&'static str, String)>,
    /// What the list is limited to, and where it is not.
    chips: Vec<(String, String)>,
    fault: Option<String>,
    rows: Vec<Row>,
    shown: String,
    starts: Vec<Start>,
    /// Instead of those that are started from a command line.
    examples: Vec<ExampleShown>,
    /// The first page of the same list.
    newest: String,
    is_first: bool,
    next: Option<String>,
}

/// How many jobs are in a state.
struct Count {
    /// Empty: in any.
    state: &'static str,
    number: String,
    href: String,
    is_current: bool,
    shown: Option<Markup>,
}

#[derive(Default)]
struct Filter {
    state: String,
    flow: String,
    queue: String,
    started_by: String,
    q: String,
    from: String,
    to: String,
}

struct Row {
    id: String,
    href: String,
    state: Markup,
    look: &'static str,
    title: String,
    digest: String,
    /// How much is done, from 0 to 1, of one that runs.
    share: Option<f64>,
    percent: String,
    /// Why it waits or has failed, or how far it is.
    note: String,
    took: Markup,
    usual: Option<String>,
    queue: String,
    by: Option<By>,
    ago: Markup,
    exact: String,
}

/// Who or what started a job.
struct By {
    name: String,
    icon: &'static str,
    /// Its jobs.
    href: String,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let given = pairs(asked.visit.query.as_bytes());
    let value = |name: &str| find(&given, name).unwrap_or_default().trim().to_owned();
    let filters = FILTERS.map(|name| (name, value(name)));
    let after = value("after");
    let mut parameters = filters.to_vec();
    parameters.push(("after", after.clone()));
    parameters.push(("counts", "true".to_owned()));
    let data = format!("/v1/jobs{}", query(&parameters));
    let answer = asked.visit.call(Method::GET, &data, None).await;
    let (list, fault) = match answer.status {
        StatusCode::OK => (JobList::of(&answer.body), None),
        StatusCode::UNPROCESSABLE_ENTITY => {
            let plain = "/v1/jobs?counts=true&limit=1";
            let plain = asked.visit.call(Method::GET, plain, None).await;
            let list = JobList {
                counts: JobList::of(&plain.body).counts,
                ..JobList::default()
            };
            (list, Some(answer.detail().to_owned()))
        }
        _ => return Err(PageError::of(&answer)),
    };
    let frame = &asked.frame.clone().with_data(data);
    let links = Links {
        frame,
        filters: &filters,
    };
    let examples = match list.jobs.is_empty() {
        true => examples::of(asked).await,
        false => Vec::new(),
    };
    let is_refused = fault.is_some();
    let flows = asked.flows.iter();
    let page = JobsPage {
        frame,
        views: saved_views::menu(asked, frame, &query(&filters)).await,
        counts: links.counts(list.counts.as_ref()),
        states: states::COUNTED
            .iter()
            .map(|state| (*state, frame.state(state)))
            .collect(),
        is_filtered: !after.is_empty() || filters.iter().any(|(_, value)| !value.is_empty()),
        flows: flows
            .clone()
            .map(|flow| (flow.flow(), frame.say(flow.name())))
            .collect(),
        chips: links.chips(asked),
        fault,
        rows: list.jobs.iter().map(|job| Row::of(asked, job)).collect(),
        shown: frame.words.count("jobs-shown", list.jobs.len() as u64),
        starts: flows.filter_map(|flow| flow.start(frame)).collect(),
        examples,
        newest: links.with(&[]),
        is_first: after.is_empty(),
        next: list.next.map(|next| links.with(&[("after", &next)])),
        filter: Filter::of(&filters),
        fields: filters
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .cloned()
            .collect(),
    };
    let html = page.render().map_err(|_| PageError::internal())?;
    Ok(match is_refused {
        true => Answer::Refused(StatusCode::UNPROCESSABLE_ENTITY, html),
        false => Answer::Page(html),
    })
}

/// Addresses of this page with other filters.
struct Links<'a> {
    frame: &'a Frame,
    filters: &'a [(&'static str, String)],
}

impl Links<'_> {
    /// The page with these filters instead of its own of the same names.
    fn with(&self, others: &[(&str, &str)]) -> String {
        let own = self.filters.iter();
        let own = own.filter(|(name, _)| others.iter().all(|(other, _)| other != name));
        let own = own.map(|(name, value)| (*name, value.as_str()));
        let all: Vec<(&str, &str)> = own.chain(others.iter().copied()).collect();
        self.frame.path(&format!("/jobs{}", query(&all)))
    }

    fn counts(&self, counts: Option<&Map<String, Value>>) -> Vec<Count> {
        let Some(counts) = counts else {
            return Vec::new();
        };
        let number = |state: &str| counts.get(state).and_then(Value::as_u64).unwrap_or(0);
        let current = self.value("state");
        let all: u64 = states::COUNTED.iter().map(|state| number(state)).sum();
        let count = |state: &'static str, number| Count {
            state,
            number: figures::number(number),
            href: self.with(&[("state", state)]),
            is_current: current == state,
            shown: (!state.is_empty()).then(|| self.frame.state(state)),
        };
        let states = states::COUNTED.iter();
        let states = states.map(|state| count(state, number(state)));
        std::iter::once(count("", all)).chain(states).collect()
    }

    fn value(&self, name: &str) -> &str {
        let mut filters = self.filters.iter();
        let found = filters.find(|(own, _)| *own == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    /// What the list is limited to besides its state, and the page without it.
    fn chips(&self, asked: &Asked<'_>) -> Vec<(String, String)> {
        let filters = self.filters.iter();
        let set = filters.filter(|(name, value)| *name != "state" && !value.is_empty());
        set.map(|(name, value)| {
            let flow = asked.flow(value).filter(|_| *name == "flow");
            let shown = flow.map(|flow| self.frame.say(flow.name()));
            let shown = shown.unwrap_or_else(|| value.clone());
            let message = format!("chip-{}", name.replace('_', "-"));
            let text = self.frame.words.with(&message, "value", shown);
            (text, self.with(&[(name, "")]))
        })
        .collect()
    }
}

impl Filter {
    fn of(filters: &[(&'static str, String)]) -> Self {
        let value = |name: &str| {
            let found = filters.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| value.clone()).unwrap_or_default()
        };
        Self {
            state: value("state"),
            flow: value("flow"),
            queue: value("queue"),
            started_by: value("started_by"),
            q: value("q"),
            from: value("from"),
            to: value("to"),
        }
    }
}

impl By {
    fn of(frame: &Frame, name: &str) -> Self {
        // No token has such a name.
        let fires = name.contains('/');
        Self {
            name: name.to_owned(),
            icon: if fires { "clock" } else { "user" },
            href: started_by_href(frame, name),
        }
    }
}

impl Row {
    fn of(asked: &Asked<'_>, job: &JobSummary) -> Self {
        let frame = &asked.frame;
        let flow = asked.flow(&job.flow);
        let name = flow.map_or_else(|| job.flow.clone(), |flow| frame.say(flow.name()));
        let digest = flow.map(|flow| flow.digest(job)).unwrap_or_default();
        let digest: Vec<String> = std::iter::once(name).chain(digest).collect();
        let share = job.fraction.filter(|_| job.state == "running");
        let percent = share.map(figures::percent).unwrap_or_default();
        let state = states::of_job(job);
        let note = states::waiting(job).or_else(|| job.error.clone());
        let created = job.created();
        Self {
            href: frame.path(&format!("/jobs/{}", job.id)),
            state: frame.state(state),
            look: states::look(state),
            title: title(asked, job),
            digest: digest.join(" · "),
            note: note.unwrap_or_else(|| percent.clone()),
            share,
            percent,
            took: frame.took(job),
            usual: frame.usual(job),
            queue: job.queue.clone(),
            by: job.started_by.as_ref().map(|name| By::of(frame, name)),
            ago: frame.ago(created),
            exact: frame.zone.short(created),
            id: job.id.clone(),
        }
    }
}

/// The list of what somebody or something has started.
pub(super) fn started_by_href(frame: &Frame, name: &str) -> String {
    frame.path(&format!("/jobs{}", query(&[("started_by", name)])))
}

/// What people call a job: its title, what its system makes of its request, or its id.
pub(super) fn title(asked: &Asked<'_>, job: &JobSummary) -> String {
    let of_flow = || asked.flow(&job.flow)?.title(job);
    let title = job.title.clone().or_else(of_flow);
    title.unwrap_or_else(|| job.id.clone())
}
