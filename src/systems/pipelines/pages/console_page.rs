//! What the commands of a job have written: a page of lines, of which a script makes a window over all of
//! it.

use askama::Template;

use super::console_lines::{Gap, LinesFound, Row, Structure, place, remarks};
use super::data::read;
use super::job::attempts;
use crate::ui::{Answer, Asked, ConsoleView, Frame, Markup, PageError, encoded, number, query};

const LINES: &str = "200";

/// Lines are counted for the first page of a log that is not larger; a script asks for the numbers once
/// the lines are shown.
const COUNTED_BYTES_MAX: u64 = 64 << 20;

/// Behind the end of every log.
const END: &str = "9007199254740991";

#[derive(Template)]
#[template(path = "systems/pipelines/pages/console.html")]
struct ConsolePage<'a> {
    frame: &'a Frame,
    title: &'a str,
    state: Markup,
    job_href: String,
    own_log: &'a str,
    /// The numbers of all attempts, with where they are shown; `None`: it is the one that is shown.
    attempts: Vec<(String, Option<String>)>,
    attempt: u64,
    call: String,
    raw: String,
    /// What it is called when it is kept.
    file: String,
    total: u64,
    /// What was dropped: the first offset, and the one behind.
    gap: Option<String>,
    /// Where a script begins: an offset, or `end`.
    start: String,
    has_failed: bool,
    is_live: bool,
    q: String,
    is_regex: bool,
    level: String,
    /// Whether lines were chosen, of which a script makes no window.
    is_chosen: bool,
    /// Which lines these are, or how many were found.
    place: Option<String>,
    rows: Vec<Row>,
    nothing: String,
    earlier: Option<String>,
    later: Option<String>,
    first: String,
    last: String,
    first_error: String,
    /// For a script, which puts numbers in place of `#1` and `#2`.
    say_lines: String,
    say_hit: String,
    /// The log is not here.
    lost: Option<String>,
    /// What is wrong with what was asked for.
    fault: Option<String>,
}

/// Lines that were read, and what is said of them.
#[derive(Default)]
struct Shown {
    rows: Vec<Row>,
    /// Where the first one begins, of a place that was asked for.
    from: Option<u64>,
    gap: Option<String>,
    place: Option<String>,
    earlier: Option<String>,
    later: Option<String>,
}

pub(super) async fn show(asked: &Asked<'_>, shown: &ConsoleView<'_>) -> Result<Answer, PageError> {
    let job = shown.job;
    let id = encoded(&job.summary.id);
    let known = attempts(job);
    let last = known.first().map_or(1, |attempt| attempt.no);
    let attempt = match asked.parameter("attempt").as_str() {
        "" => last,
        given => given.parse().map_err(|_| {
            PageError::invalid("attempt: expected a number from 1 on, such as the page links to")
        })?,
    };
    let call = format!("/v1/jobs/{id}/console");
    let number_of = attempt.to_string();
    let here = |more: &[(&str, &str)]| {
        let all = [&[("attempt", number_of.as_str())][..], more].concat();
        asked.frame.path(&format!("/jobs/{id}/log{}", query(&all)))
    };
    let structure = asked.get(&format!("{call}/folds?attempt={attempt}")).await;
    let (structure, lost) = match structure {
        Ok(structure) => (read::<Structure>(structure), None),
        // It is written where this process does not see it.
        Err(error) if error.is_conflict() => (Structure::default(), Some(error.detail)),
        Err(error) => return Err(error),
    };
    let is_last = attempt == last;
    let has_failed = job.summary.state == "failed" || !is_last;
    let is_live = is_last && !job.summary.has_ended();
    // Why it failed stands at the end.
    let starts_at_end = has_failed || is_live;
    let view = View {
        asked,
        call: &call,
        attempt: &number_of,
        here: here(&[]),
        structure: &structure,
        starts_at_end,
    };
    let (data, found) = match lost {
        Some(_) => (format!("{call}?attempt={attempt}"), Ok(Shown::default())),
        None => view.lines().await,
    };
    let (lines, fault) = match found {
        Ok(lines) => (lines, None),
        Err(error) if error.is_of_request() => (Shown::default(), Some(error.detail)),
        Err(error) => return Err(error),
    };
    let frame = &asked.frame.clone().with_data(data);
    let (q, level) = (asked.parameter("q"), asked.parameter("level"));
    let is_chosen = !q.is_empty() || !level.is_empty() || lost.is_some() || fault.is_some();
    let page = ConsolePage {
        title: &shown.title,
        state: shown.state.clone(),
        job_href: frame.path(&format!("/jobs/{id}")),
        own_log: &shown.own_log,
        attempts: known
            .iter()
            .rev()
            .map(|other| {
                let href = frame.path(&format!("/jobs/{id}/log?attempt={}", other.no));
                (number(other.no), (other.no != attempt).then_some(href))
            })
            .collect(),
        attempt,
        file: format!("{}-{attempt}.log", job.summary.id),
        raw: frame.path(&format!("{call}?attempt={attempt}")),
        call: frame.path(&call),
        total: structure.total,
        gap: lines.gap,
        start: match lines.from {
            Some(_) if lines.later.is_none() => "end".to_owned(),
            Some(from) => from.to_string(),
            None if starts_at_end => "end".to_owned(),
            None => "0".to_owned(),
        },
        has_failed,
        is_live,
        is_regex: is_set(asked, "regex"),
        nothing: frame.say(match (is_chosen, is_live) {
            (true, _) => "log-none-match",
            (false, true) => "pipelines-console-not-yet",
            (false, false) => "pipelines-console-nothing",
        }),
        is_chosen,
        place: lines.place,
        rows: lines.rows,
        earlier: lines.earlier,
        later: lines.later,
        first: here(&[("at", "0")]),
        last: here(&[("before", END)]),
        first_error: here(&[("first", "error")]),
        say_lines: frame
            .words
            .with_all("pipelines-lines", &[("from", &"#1"), ("to", &"#2")]),
        say_hit: frame
            .words
            .with_all("pipelines-hit", &[("n", &"#1"), ("total", &"#2")]),
        q,
        level,
        lost,
        fault,
        frame,
    };
    Answer::page(&page)
}

fn is_set(asked: &Asked<'_>, name: &str) -> bool {
    asked.parameter(name) == "true"
}

/// What of the log is asked for.
struct View<'a> {
    asked: &'a Asked<'a>,
    call: &'a str,
    attempt: &'a str,
    /// The page, with the attempt in its query.
    here: String,
    structure: &'a Structure,
    starts_at_end: bool,
}

impl View<'_> {
    /// The call that answers it, and the lines.
    async fn lines(&self) -> (String, Result<Shown, PageError>) {
        let asked = self.asked;
        let (q, level) = (asked.parameter("q"), asked.parameter("level"));
        if !q.is_empty() {
            let data = self.search(&q);
            let found = asked.get(&data).await;
            return (data, found.map(|found| self.found(read(found), &q)));
        }
        if !level.is_empty() {
            let data = format!("{}/folds?attempt={}", self.call, self.attempt);
            let rows = remarks(&self.here, self.structure, level == "warn");
            let count = number(rows.len() as u64);
            let place = Some(asked.frame.words.with("log-found", "n", count));
            return (
                data,
                Ok(Shown {
                    rows,
                    place,
                    ..Shown::default()
                }),
            );
        }
        let from = match asked.parameter("first").as_str() {
            "error" => match self.first_error().await {
                Ok(from) => Some(from),
                Err(error) => return (self.call.to_owned(), Err(error)),
            },
            _ => None,
        };
        let data = self.page(from);
        let found = asked.get(&data).await;
        (data, found.map(|found| self.read(read(found))))
    }

    fn search(&self, q: &str) -> String {
        let asked = self.asked;
        let regex = match is_set(asked, "regex") {
            true => "true",
            false => "",
        };
        let (after, before) = (asked.parameter("after"), asked.parameter("before"));
        let parameters = query(&[
            ("attempt", self.attempt),
            ("q", q),
            ("regex", regex),
            ("ignore_case", "true"),
            ("after", after.as_str()),
            ("before", before.as_str()),
            ("limit", LINES),
        ]);
        format!("{}/search{parameters}", self.call)
    }

    fn found(&self, found: LinesFound, q: &str) -> Shown {
        let frame = &self.asked.frame;
        let again = |name: &str, offset: u64| {
            let regex = match is_set(self.asked, "regex") {
                true => "&regex=true",
                false => "",
            };
            format!("{}&q={}{regex}&{name}={offset}", self.here, encoded(q))
        };
        Shown {
            place: Some(frame.words.with("log-found", "n", number(found.total))),
            earlier: found.previous.map(|offset| again("before", offset)),
            later: found.next.map(|offset| again("after", offset)),
            rows: self.rows(&found),
            from: None,
            gap: None,
        }
    }

    /// Where the first line begins that says that something failed; at the end where none does.
    async fn first_error(&self) -> Result<String, PageError> {
        let (call, attempt) = (self.call, self.attempt);
        let search = format!("{call}/search?attempt={attempt}&first=error&limit=1");
        let found: LinesFound = read(self.asked.get(&search).await?);
        let first = found.first_error;
        Ok(first.map_or_else(|| END.to_owned(), |line| line.offset.to_string()))
    }

    fn page(&self, from: Option<String>) -> String {
        let given = |name: &str| self.asked.parameter(name);
        let (at, line, before) = (given("at"), given("line"), given("before"));
        let place = match from {
            Some(from) => ("from", from),
            None if !line.is_empty() => ("line", line),
            None if !at.is_empty() => ("from", at),
            None if !before.is_empty() => ("before", before),
            None if self.starts_at_end => ("before", END.to_owned()),
            None => ("from", "0".to_owned()),
        };
        let is_counted = self.structure.total <= COUNTED_BYTES_MAX || place.1 == "0";
        let numbers = match is_counted {
            true => "true",
            false => "",
        };
        let parameters = query(&[
            ("attempt", self.attempt),
            (place.0, place.1.as_str()),
            ("numbers", numbers),
            ("limit", LINES),
        ]);
        format!("{}/lines{parameters}", self.call)
    }

    fn read(&self, found: LinesFound) -> Shown {
        let mut places = ["at", "line", "before", "first"].into_iter();
        let is_asked_for = places.any(|name| !self.asked.parameter(name).is_empty());
        let first = found.lines.first().map(|line| line.offset);
        Shown {
            from: first.filter(|_| is_asked_for),
            gap: found
                .gap
                .as_ref()
                .map(|Gap { from, to }| format!("{from}-{to}")),
            place: place(&self.asked.frame, &found.lines),
            earlier: found
                .previous
                .map(|offset| format!("{}&before={offset}", self.here)),
            later: found
                .next
                .map(|offset| format!("{}&at={offset}", self.here)),
            rows: self.rows(&found),
        }
    }

    fn rows(&self, found: &LinesFound) -> Vec<Row> {
        let lines = found.lines.iter();
        lines.map(|line| Row::of(&self.here, line)).collect()
    }
}
