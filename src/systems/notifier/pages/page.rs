//! The page of notifications: what happened, who else is told, and what could not be delivered.

use askama::Template;
use serde_json::Value;

use super::data::{Deliveries, Delivery, NewsPage, Rule, Rules, Tested, TestedReceiver, read};
use super::news::News;
use crate::access::Role;
use crate::clock;
use crate::ui::{Answer, Asked, Frame, Markup, PageError, encoded, query};

/// Deliveries in each state that the page shows.
const DELIVERIES: u32 = 50;

#[derive(Template)]
#[template(path = "systems/notifier/pages/page.html")]
struct NotificationsPage<'a> {
    frame: &'a Frame,
    news: Vec<News>,
    unread: String,
    has_unread: bool,
    newest: i64,
    only_unread: bool,
    is_first: bool,
    /// The next page.
    older: Option<String>,
    /// `None`: the visitor does not see them.
    rules: Option<Vec<RuleRow>>,
    may_change: bool,
    tested: Vec<TestedReceiver>,
    undelivered: Vec<DeliveryRow>,
}

struct RuleRow {
    name: String,
    when: String,
    about: String,
    to: String,
    every: String,
    quiet: String,
    of_settings: bool,
    /// Its form, and where its buttons are sent, without the action.
    form: String,
    question: String,
}

struct DeliveryRow {
    receiver: String,
    rule: String,
    count: String,
    created: Markup,
    is_dead: bool,
    state: String,
    error: String,
    replay: String,
}

pub(super) async fn show(asked: &Asked<'_>, tested: Option<Tested>) -> Result<Answer, PageError> {
    let before = asked.parameter("before");
    let only_unread = asked.parameter("unread") == "true";
    let unread = if only_unread { "true" } else { "" };
    let parameters = [("before", before.as_str()), ("unread", unread)];
    let data = format!("/v1/notifications{}", query(&parameters));
    let page: NewsPage = read(asked.get(&data).await?);
    let rules = asked.get_part("/v1/notifications/rules").await;
    let rules: Option<Rules> = read(rules);
    let mut undelivered = Vec::new();
    if asked.frame.may_operate() {
        for state in ["dead", "waiting"] {
            let call = format!("/v1/notifications/deliveries?state={state}&limit={DELIVERIES}");
            let found: Deliveries = read(asked.get_part(&call).await);
            let is_dead = state == "dead";
            let rows = found.deliveries.into_iter();
            undelivered.extend(rows.map(|row| DeliveryRow::of(&asked.frame, row, is_dead)));
        }
    }
    let frame = &asked.frame.clone().with_data(data);
    let older = page.next.map(|next| {
        let next = next.to_string();
        let parameters = [("before", next.as_str()), ("unread", unread)];
        frame.path(&format!("/notifications{}", query(&parameters)))
    });
    let template = NotificationsPage {
        frame,
        unread: frame.words.count("notifications-unread", page.unread),
        has_unread: page.unread > 0,
        newest: page.notifications.first().map_or(0, |newest| newest.no),
        news: page
            .notifications
            .into_iter()
            .map(|told| News::of(frame, told))
            .collect(),
        only_unread,
        is_first: before.is_empty(),
        older,
        rules: rules.map(|rules| {
            let rules = rules.rules.into_iter();
            rules.map(|rule| RuleRow::of(frame, rule)).collect()
        }),
        may_change: frame.has_role(Role::Admin),
        tested: tested.map(|tested| tested.receivers).unwrap_or_default(),
        undelivered,
    };
    Answer::page(&template)
}

impl RuleRow {
    fn of(frame: &Frame, rule: Rule) -> Self {
        let written = &rule.definition;
        let pattern = |(name, value): (&String, &Value)| {
            let value = value.as_str()?;
            Some(format!("{name}: {value}"))
        };
        let about = written["where"].as_object();
        let about = about.into_iter().flatten().filter_map(pattern);
        let seconds = written["throttle_s"]
            .as_i64()
            .filter(|seconds| *seconds > 0);
        let quiet = [&written["quiet"], &written["time_zone"]];
        let quiet = quiet.iter().filter_map(|part| part.as_str());
        Self {
            when: words(&written["when"]),
            about: about.collect::<Vec<_>>().join(" · "),
            to: words(&written["to"]),
            every: seconds.map_or_else(|| "–".to_owned(), |s| frame.duration(s * 1_000_000)),
            quiet: quiet.collect::<Vec<_>>().join(" "),
            of_settings: rule.of_settings,
            form: frame.path(&format!("/notifications/rules/{}", encoded(&rule.name))),
            question: frame.words.with("rule-remove-ask", "name", &rule.name),
            name: rule.name,
        }
    }
}

impl DeliveryRow {
    fn of(frame: &Frame, delivery: Delivery, is_dead: bool) -> Self {
        let moment = |time: &str| clock::parse(time).unwrap_or_default();
        let due = delivery.due_at.as_deref().map(moment).unwrap_or_default();
        let state = match (is_dead, delivery.tries) {
            (true, tries) => frame.words.count("notifications-given-up", tries),
            (false, 0) => frame.say("notifications-waits"),
            (false, _) => {
                let at = frame.zone.short(due);
                frame.words.with("notifications-tried-again", "time", at)
            }
        };
        Self {
            count: crate::ui::number(delivery.count.unsigned_abs()),
            created: frame.ago(moment(&delivery.created_at)),
            is_dead,
            state,
            error: delivery.error.unwrap_or_default(),
            replay: frame.path(&format!("/notifications/deliveries/{}/replay", delivery.id)),
            receiver: delivery.receiver,
            rule: delivery.rule,
        }
    }
}

/// A word or a list of them.
fn words(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Array(words) => {
            let words = words.iter().filter_map(Value::as_str);
            words.collect::<Vec<_>>().join(" · ")
        }
        _ => String::new(),
    }
}
