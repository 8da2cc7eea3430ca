//! The services with their tasks in figures, and the dead letters.

use askama::Template;

use super::data::{Letter, LetterPage, Service, ServiceList, read};
use super::room::ROOT;
use crate::clock;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, number, query};

/// Kinds of letters, and the ids of their words.
const KINDS: [(&str, &str); 2] = [("reply", "dispatch-reply"), ("task", "dispatch-task-kind")];

#[derive(Template)]
#[template(path = "systems/dispatch/pages/services.html")]
struct ServicesPage<'a> {
    frame: &'a Frame,
    troubles: &'a [String],
    services: Vec<ServiceRow>,
    names: Vec<(String, bool)>,
    kinds: Vec<(&'static str, String, bool)>,
    kind: String,
    service: String,
    /// Replayed letters are shown, too.
    shows_replayed: bool,
    letters: Vec<LetterRow>,
    next: Option<String>,
    /// What a press on a button has come to.
    done: Option<String>,
    refused: Option<String>,
    fault: Option<&'a str>,
    may_operate: bool,
    may_replay_all: bool,
}

struct ServiceRow {
    name: String,
    href: String,
    topic: String,
    waiting: String,
    running: String,
    oldest: Option<Markup>,
    rate: String,
    failed: String,
    has_failed: bool,
    heard: Option<Markup>,
    troubles: Vec<String>,
}

struct LetterRow {
    seq: i64,
    kind: String,
    at: Markup,
    service: String,
    task: Option<(String, String)>,
    reason: String,
    payload: Option<String>,
    replayed: Option<Markup>,
    replay: String,
}

pub(super) async fn show(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let data = "/v1/dispatch/services";
    let list: ServiceList = read(asked.get(data).await?);
    let (kind, service) = (asked.parameter("kind"), asked.parameter("service"));
    let shows_replayed = !asked.parameter("all").is_empty();
    let after = asked.parameter("after");
    let letters = query(&[
        ("kind", kind.as_str()),
        ("service", service.as_str()),
        ("replayed", if shows_replayed { "" } else { "false" }),
        ("after", after.as_str()),
    ]);
    let letters = format!("/v1/dispatch/dead_letters{letters}");
    let (letters, fault): (LetterPage, _) = match asked.get(&letters).await {
        Ok(answer) => (read(answer), None),
        Err(fault) if fault.is_of_request() => (LetterPage::default(), Some(fault)),
        Err(error) => return Err(error),
    };
    let frame = &asked.frame.clone().with_data(data);
    let next = letters.next.map(|next| {
        let next = next.to_string();
        let parameters = query(&[
            ("kind", kind.as_str()),
            ("service", service.as_str()),
            ("all", if shows_replayed { "1" } else { "" }),
            ("after", next.as_str()),
        ]);
        frame.path(&format!("{ROOT}{parameters}"))
    });
    let count = |name: &str| asked.parameter(name).parse::<u64>().ok();
    let names = list.services.iter();
    let names = names.map(|known| (known.service.clone(), known.service == service));
    let is_limited = frame
        .visitor
        .as_ref()
        .is_none_or(|visitor| !visitor.limits.is_empty());
    let page = ServicesPage {
        frame,
        troubles: &list.troubles,
        services: list
            .services
            .iter()
            .map(|service| ServiceRow::of(frame, service))
            .collect(),
        names: names.collect(),
        kinds: KINDS
            .map(|(known, word)| (known, frame.say(word), known == kind))
            .to_vec(),
        letters: letters
            .dead_letters
            .iter()
            .map(|letter| LetterRow::of(frame, letter))
            .collect(),
        next,
        done: count("replayed").map(|count| frame.words.count("dispatch-replayed", count)),
        refused: count("refused")
            .filter(|count| *count > 0)
            .map(|count| frame.words.count("dispatch-refused", count)),
        fault: fault.as_ref().map(|fault| fault.detail.as_str()),
        may_operate: frame.may_operate(),
        may_replay_all: frame.may_operate() && !is_limited,
        shows_replayed,
        kind,
        service,
    };
    Answer::page_or_fault(&page, fault.as_ref())
}

impl ServiceRow {
    fn of(frame: &Frame, service: &Service) -> Self {
        let since = service.waiting_since.as_deref();
        let since = since.or(service.running_since.as_deref());
        let moment = |text: Option<&str>| text.and_then(clock::parse).map(|at| frame.ago(at));
        let recent = &service.last_hour;
        Self {
            href: frame.path(&format!("{ROOT}/{}", encoded(&service.service))),
            topic: service.topic.clone(),
            waiting: number(service.waiting),
            running: number(service.running),
            oldest: moment(since),
            rate: number(recent.finished),
            failed: format!("{} / {}", number(recent.failed), number(recent.created)),
            has_failed: recent.failed > 0,
            heard: moment(recent.heard_at.as_deref()),
            troubles: service.troubles.clone(),
            name: service.service.clone(),
        }
    }
}

impl LetterRow {
    fn of(frame: &Frame, letter: &Letter) -> Self {
        let at = clock::parse(&letter.at);
        let task = letter.job().zip(letter.task_id.clone());
        Self {
            kind: KINDS
                .iter()
                .find(|(kind, _)| *kind == letter.kind)
                .map(|(_, word)| frame.say(word))
                .unwrap_or_default(),
            at: at.map(|at| frame.ago(at)).unwrap_or_default(),
            service: letter.service.clone().unwrap_or_else(|| "–".to_owned()),
            task: task.map(|(job, task)| (task, frame.path(&format!("/jobs/{job}")))),
            reason: letter.reason.clone(),
            payload: letter.payload.clone(),
            replayed: letter
                .replayed_at
                .as_deref()
                .and_then(clock::parse)
                .map(|at| frame.ago(at)),
            replay: frame.path(&format!("{ROOT}/letters/{}/replay", letter.seq)),
            seq: letter.seq,
        }
    }
}
