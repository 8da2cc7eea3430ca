//! The log of a job, a page of lines at a time. Of a job whose commands write something, its system shows
//! that first.

use askama::Template;
use poem::http::{Method, StatusCode};
use serde_json::Value;

use super::asked::{Answer, Asked};
use super::data::{Job, LogLine, LogPage};
use super::error_page::PageError;
use super::figures;
use super::forms::{encoded, find, pairs, query};
use super::frame::Frame;
use super::jobs_page::title;
use super::markup::{Markup, escaped};
use super::pages::ConsoleView;
use super::states;
use crate::clock;

/// Lines of a page.
const LINES: &str = "200";

/// The parameter with which the engine's own lines are shown where there are others, too, and its value.
const OF_JOB: (&str, &str) = ("of", "job");

/// The parameters of the page that choose lines: those of `GET /v1/jobs/{id}/logs`.
const CHOICES: [&str; 2] = ["q", "level"];

#[derive(Template)]
#[template(path = "ui/templates/log.html")]
struct LogView<'a> {
    frame: &'a Frame,
    title: String,
    job_href: String,
    state: Markup,
    q: String,
    level: String,
    total: String,
    lines: Vec<Line>,
    earlier: Option<String>,
    later: Option<String>,
    newest: String,
    first_error: String,
    /// Where is shown what the commands of the job have written.
    console: Option<String>,
    /// Which of both is shown, for the form.
    of: Option<&'static str>,
    /// Where a script reads what is logged from now on.
    follow: Option<String>,
    nothing: &'static str,
    fault: Option<String>,
}

/// A line as it is shown.
pub(super) struct Line {
    pub seq: i64,
    pub time: String,
    pub at: String,
    /// A colour.
    pub look: &'static str,
    /// A word for a level that matters.
    pub level: Option<&'static str>,
    /// The message with what else the line says; what was looked for is marked.
    pub text: Markup,
}

impl Line {
    pub fn of(frame: &Frame, line: &LogLine) -> Self {
        Self::marked(frame, line, "")
    }

    fn marked(frame: &Frame, line: &LogLine, sought: &str) -> Self {
        let at = clock::parse(&line.at).unwrap_or_default();
        let (look, level) = match line.level.as_str() {
            "error" => ("error", Some("ERROR")),
            "warn" => ("warning", Some("WARN")),
            _ => ("info", None),
        };
        Self {
            seq: line.seq,
            time: frame.zone.of_line(at),
            at: line.at.clone(),
            look,
            level,
            text: marked(&said(line), sought),
        }
    }
}

/// The message and its fields, without those that are the same on every line.
fn said(line: &LogLine) -> String {
    const SAME: [&str; 4] = ["job.id", "trace_id", "span_id", "job.flow"];
    let mut text = line.message.clone();
    for (name, value) in &line.fields {
        if SAME.contains(&name.as_str()) {
            continue;
        }
        let value = match value {
            Value::String(value) if value.contains(char::is_whitespace) => format!("{value:?}"),
            Value::String(value) => value.clone(),
            value => value.to_string(),
        };
        text.push_str(&format!(" {name}={value}"));
    }
    text
}

/// Marks each place where a text is found, whatever the case of its letters.
fn marked(text: &str, sought: &str) -> Markup {
    let (low, sought) = (text.to_ascii_lowercase(), sought.to_ascii_lowercase());
    if sought.is_empty() {
        return Markup::of(escaped(text));
    }
    let mut html = String::new();
    let mut rest = 0;
    for (at, found) in low.match_indices(&sought) {
        let end = at + found.len();
        html.push_str(&escaped(&text[rest..at]));
        html.push_str(&format!("<mark>{}</mark>", escaped(&text[at..end])));
        rest = end;
    }
    html.push_str(&escaped(&text[rest..]));
    Markup::of(html)
}

pub(super) fn lines(frame: &Frame, log: &LogPage) -> Vec<Line> {
    log.lines.iter().map(|line| Line::of(frame, line)).collect()
}

pub(super) async fn show(asked: &Asked<'_>, id: &str) -> Result<Answer, PageError> {
    let given = pairs(asked.visit.query.as_bytes());
    let value = |name: &str| find(&given, name).unwrap_or_default().to_owned();
    let path = format!("/v1/jobs/{}", encoded(id));
    let answer = asked.visit.call(Method::GET, &path, None).await;
    let job = Job::of(&answer.body).filter(|_| answer.status == StatusCode::OK);
    let job = job.ok_or_else(|| PageError::of(&answer))?;
    let own_path = format!("/jobs/{}/log", encoded(id));
    let flow = asked.flow(&job.summary.flow);
    let flow = flow.filter(|flow| flow.has_console(&job));
    let (name, of_job) = OF_JOB;
    if let Some(flow) = flow.filter(|_| value(name) != of_job) {
        let shown = ConsoleView {
            title: title(asked, &job.summary),
            state: asked.frame.state(states::of_job(&job.summary)),
            own_log: asked.frame.path(&format!("{own_path}{}", query(&[OF_JOB]))),
            job: &job,
        };
        return flow.console(asked, &shown).await;
    }
    let of = flow.map(|_| of_job);
    let choices = CHOICES.map(|name| (name, value(name)));
    let (before, after) = (value("before"), value("after"));
    let mut parameters = choices.to_vec();
    match (before.is_empty(), after.is_empty()) {
        (_, false) => parameters.push(("after", after.clone())),
        (false, true) => parameters.push(("before", before)),
        (true, true) => parameters.push(("tail", "true".to_owned())),
    }
    parameters.push(("limit", LINES.to_owned()));
    parameters.push(("total", "true".to_owned()));
    let data = format!("{path}/logs{}", query(&parameters));
    let answer = asked.visit.call(Method::GET, &data, None).await;
    let (log, fault) = match answer.status {
        StatusCode::OK => (LogPage::of(&answer.body), None),
        StatusCode::UNPROCESSABLE_ENTITY => (LogPage::default(), Some(answer.detail().to_owned())),
        _ => return Err(PageError::of(&answer)),
    };
    let frame = &asked.frame.clone().with_data(data);
    let here = |others: &[(&'static str, String)]| {
        let of = of.map(|of| (name, of.to_owned()));
        let all = [&choices[..], others, of.as_slice()].concat();
        frame.path(&format!("{own_path}{}", query(&all)))
    };
    let [(_, sought), (_, level)] = &choices;
    let (first, last) = (log.lines.first(), log.lines.last());
    let is_end = !log.more;
    let page = LogView {
        title: title(asked, &job.summary),
        job_href: frame.path(&format!("/jobs/{}", encoded(id))),
        state: frame.state(states::of_job(&job.summary)),
        total: figures::number(log.total.unwrap_or(log.lines.len() as u64)),
        earlier: first
            .filter(|_| log.earlier)
            .map(|line| here(&[("before", line.seq.to_string())])),
        later: last
            .filter(|_| !is_end)
            .map(|line| here(&[("after", line.seq.to_string())])),
        newest: here(&[]),
        first_error: {
            let errors = [
                ("level", "error"),
                ("after", "0"),
                (name, of.unwrap_or_default()),
            ];
            frame.path(&format!("{own_path}{}", query(&errors)))
        },
        console: flow.map(|_| frame.path(&own_path)),
        of,
        follow: (is_end && !job.summary.has_ended() && sought.is_empty()).then(|| {
            let level = ("level", level.clone());
            let after = ("after", log.next.to_string());
            frame.path(&format!("{path}/logs{}", query(&[level, after])))
        }),
        nothing: nothing(&job, sought, level),
        lines: log
            .lines
            .iter()
            .map(|line| Line::marked(frame, line, sought))
            .collect(),
        q: sought.clone(),
        level: level.clone(),
        frame,
        fault,
    };
    Answer::page(&page)
}

/// The id of what is said where there are no lines.
fn nothing(job: &Job, sought: &str, level: &str) -> &'static str {
    match (
        sought.is_empty() && level.is_empty(),
        job.summary.has_ended(),
    ) {
        (false, _) => "log-none-match",
        (true, false) => "log-none-yet",
        (true, true) => "log-none",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_found_is_marked_and_nothing_else_is_markup() {
        let html = marked("a <b> Campaign campaign", "campaign").to_string();
        assert_eq!(
            html,
            "a &lt;b&gt; <mark>Campaign</mark> <mark>campaign</mark>"
        );
        assert_eq!(marked("<i>", "").to_string(), "&lt;i&gt;");
        assert_eq!(marked("İx", "x").to_string(), "İ<mark>x</mark>");
    }
}
