//! The form in which a rule is added or changed.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::{Map, Value, json};

use super::data::{Rules, read};
use crate::ui::{Answer, Asked, Frame, PageError, encoded, find};

const RULES: &str = "/v1/notifications/rules";

/// What a new rule asks for, until somebody chooses.
const USUAL_EVENT: &str = "job.failed";

/// What is filled in as a text, with what counts if nothing is.
static TEXTS: [(&str, &str); 8] = [
    ("where.flow", "*"),
    ("where.name", "*"),
    ("where.started_by", "*"),
    ("quiet", "–"),
    ("time_zone", "UTC"),
    ("throttle_s", "300"),
    ("digest_over", "5"),
    ("times", "3"),
];

/// Of these the ones that are numbers.
const NUMBERS: [&str; 4] = ["throttle_s", "digest_over", "times", "longer_s"];

/// With what it counts for, below the others.
static LONGER: (&str, &str) = ("longer_s", "600");

#[derive(Template)]
#[template(path = "systems/notifier/pages/rule.html")]
struct RulePage<'a> {
    frame: &'a Frame,
    title: String,
    /// Where the form is sent.
    action: String,
    name: Field,
    is_new: bool,
    events: Vec<Choice>,
    receivers: Vec<Choice>,
    fields: Vec<Field>,
    languages: Vec<Choice>,
    faults: Faults,
}

struct Choice {
    value: String,
    text: String,
    is_chosen: bool,
}

struct Field {
    name: &'static str,
    label: String,
    help: String,
    value: String,
    usual: &'static str,
    is_number: bool,
}

/// What is wrong, by the members of the rule.
#[derive(Default)]
struct Faults(BTreeMap<String, String>);

/// What was filled in.
type Entered = Vec<(String, String)>;

/// The form of a new rule.
pub(super) async fn show_new(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let entered = vec![("when".to_owned(), USUAL_EVENT.to_owned())];
    page(asked, None, &entered, None).await
}

/// The form of a rule that is kept in the database.
pub(super) async fn show(asked: &Asked<'_>, part: &str) -> Result<Answer, PageError> {
    let known: Rules = read(asked.get(RULES).await?);
    let mut rules = known.rules.into_iter();
    let rule = rules.find(|rule| encoded(&rule.name) == part && !rule.of_settings);
    let rule = rule.ok_or_else(PageError::nothing_here)?;
    let entered = filled_from(&rule.definition);
    page(asked, Some(&rule.name), &entered, None).await
}

/// Adds a rule.
pub(super) async fn add(asked: &Asked<'_>) -> Result<Answer, PageError> {
    let entered = asked.form();
    let name = find(&entered, "name").unwrap_or_default().trim().to_owned();
    let known: Rules = read(asked.get(RULES).await?);
    let is_taken = known.rules.iter().any(|rule| rule.name == name);
    if is_taken || name.is_empty() {
        let message = match is_taken {
            true => "rule-name-taken",
            false => "rule-name-needed",
        };
        let problem = format!("name: {}", asked.frame.say(message));
        return page(asked, None, &entered, Some(PageError::invalid(problem))).await;
    }
    put(asked, &name, None, &entered).await
}

/// Changes a rule.
pub(super) async fn change(asked: &Asked<'_>, part: &str) -> Result<Answer, PageError> {
    let known: Rules = read(asked.get(RULES).await?);
    let mut rules = known.rules.iter();
    let rule = rules.find(|rule| encoded(&rule.name) == part);
    let rule = rule.ok_or_else(PageError::nothing_here)?;
    put(asked, &rule.name, Some(&rule.name), &asked.form()).await
}

async fn put(
    asked: &Asked<'_>,
    name: &str,
    changed: Option<&str>,
    entered: &Entered,
) -> Result<Answer, PageError> {
    let path = format!("{RULES}/{}", encoded(name));
    match asked.put(&path, &rule(entered)).await {
        Ok(_) => Ok(asked.elsewhere("/notifications#rules")),
        Err(error) if error.is_of_request() => page(asked, changed, entered, Some(error)).await,
        Err(error) => Err(error),
    }
}

/// `refused`: what is wrong with what was filled in.
async fn page(
    asked: &Asked<'_>,
    changed: Option<&str>,
    entered: &Entered,
    refused: Option<PageError>,
) -> Result<Answer, PageError> {
    let known: Rules = read(asked.get(RULES).await?);
    let frame = &asked.frame.clone().with_data(RULES);
    let field = |(name, usual)| field(frame, name, usual, entered);
    let action = match changed {
        Some(name) => format!("/notifications/rules/{}", encoded(name)),
        None => "/notifications/rules".to_owned(),
    };
    let mut name = field(("name", ""));
    if let Some(changed) = changed {
        changed.clone_into(&mut name.value);
    }
    let language = find(entered, "language").unwrap_or_default();
    let languages = frame.languages().into_iter();
    let languages = languages.map(|(code, _, own_name, _)| Choice {
        value: code.to_owned(),
        text: own_name.to_owned(),
        is_chosen: code == language,
    });
    let page = RulePage {
        title: match changed {
            Some(_) => frame.say("rule-change"),
            None => frame.say("rule-add"),
        },
        action: frame.path(&action),
        name,
        is_new: changed.is_none(),
        events: choices("when", known.events, entered),
        receivers: choices("to", known.receivers, entered),
        fields: TEXTS.iter().copied().chain([LONGER]).map(field).collect(),
        languages: languages.collect(),
        faults: refused
            .as_ref()
            .map(|refused| Faults::of(&refused.detail))
            .unwrap_or_default(),
        frame,
    };
    Answer::page_or_fault(&page, refused.as_ref())
}

fn field(frame: &Frame, name: &'static str, usual: &'static str, entered: &Entered) -> Field {
    let id = format!("rule-field-{}", name.replace(['.', '_'], "-"));
    let value = find(entered, name).unwrap_or_default().trim().to_owned();
    Field {
        name,
        label: frame.say(&id),
        help: frame.say(&format!("{id}-help")),
        value,
        usual,
        is_number: NUMBERS.contains(&name),
    }
}

/// What can be chosen, and what was chosen although it cannot be any more.
fn choices(name: &str, offered: Vec<String>, entered: &Entered) -> Vec<Choice> {
    let chosen = entered
        .iter()
        .filter(|(own, value)| own == name && !value.is_empty());
    let chosen: Vec<&String> = chosen.map(|(_, value)| value).collect();
    let gone = chosen.iter().filter(|value| !offered.contains(value));
    let gone: Vec<String> = gone.map(|value| (*value).clone()).collect();
    let all = offered.into_iter().chain(gone);
    let choice = |value: String| Choice {
        is_chosen: chosen.contains(&&value),
        text: value.clone(),
        value,
    };
    all.map(choice).collect()
}

/// The rule that was filled in. What does not fit is left to the API to refuse.
fn rule(entered: &Entered) -> Value {
    let all = |name: &str| -> Vec<&str> {
        let own = entered
            .iter()
            .filter(|(own, value)| own == name && !value.is_empty());
        own.map(|(_, value)| value.as_str()).collect()
    };
    let mut rule = json!({ "when": all("when"), "to": all("to") });
    let mut which = Map::new();
    let texts = TEXTS.iter().chain([&LONGER, &("language", "")]);
    for (name, _) in texts {
        let value = find(entered, name).unwrap_or_default().trim();
        if value.is_empty() {
            continue;
        }
        let number = serde_json::from_str::<Value>(value);
        let number = number.ok().filter(|value| value.is_number());
        let value = match number.filter(|_| NUMBERS.contains(name)) {
            Some(number) => number,
            None => value.into(),
        };
        match name.strip_prefix("where.") {
            Some(name) => drop(which.insert(name.to_owned(), value)),
            None => rule[*name] = value,
        }
    }
    if !which.is_empty() {
        rule["where"] = which.into();
    }
    rule
}

/// What would be filled in to get this rule.
fn filled_from(definition: &Value) -> Entered {
    let mut entered = Entered::new();
    let mut fill = |name: &str, value: &Value| match value {
        Value::String(text) => entered.push((name.to_owned(), text.clone())),
        Value::Number(number) => entered.push((name.to_owned(), number.to_string())),
        Value::Array(words) => {
            let words = words.iter().filter_map(Value::as_str);
            entered.extend(words.map(|word| (name.to_owned(), word.to_owned())));
        }
        _ => {}
    };
    for (name, value) in definition.as_object().into_iter().flatten() {
        fill(name, value);
    }
    for (name, value) in definition["where"].as_object().into_iter().flatten() {
        fill(&format!("where.{name}"), value);
    }
    entered
}

impl Faults {
    /// Members of a rule that a fault may name.
    const MEMBERS: [&'static str; 13] = [
        "name",
        "when",
        "to",
        "where.flow",
        "where.name",
        "where.started_by",
        "quiet",
        "time_zone",
        "throttle_s",
        "digest_over",
        "times",
        "longer_s",
        "language",
    ];

    /// What the API says of them: `key: problem; key: problem`. What names no member stands under no name.
    fn of(detail: &str) -> Self {
        let mut faults: Vec<(String, String)> = Vec::new();
        for piece in detail.split("; ") {
            let key = piece.split_once(": ");
            let known = key.and_then(|(key, problem)| {
                let member = key.split('[').next().unwrap_or_default();
                let is_member = Self::MEMBERS.contains(&member);
                is_member.then(|| (member.to_owned(), problem.to_owned()))
            });
            match (known, faults.last_mut()) {
                (Some(fault), _) => faults.push(fault),
                // A problem may have such a mark in it.
                (None, Some((_, problem))) => {
                    problem.push_str("; ");
                    problem.push_str(piece);
                }
                (None, None) => faults.push((String::new(), piece.to_owned())),
            }
        }
        let mut by_member: BTreeMap<String, String> = BTreeMap::new();
        for (member, problem) in faults {
            let known = by_member.entry(member).or_default();
            if !known.is_empty() {
                known.push_str("; ");
            }
            known.push_str(&problem);
        }
        Self(by_member)
    }

    fn get(&self, member: &str) -> Option<&String> {
        self.0.get(member)
    }

    /// Where the first of them is, and what it says.
    fn first(&self) -> Option<(&String, &String)> {
        self.0.iter().next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entered(pairs: &[(&str, &str)]) -> Entered {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn what_is_filled_in_becomes_a_rule_and_the_rule_fills_it_in_again() {
        let filled = entered(&[
            ("when", "job.failed"),
            ("when", "job.slow"),
            ("to", "hook:slack"),
            ("where.flow", " labelling "),
            ("where.name", ""),
            ("throttle_s", "60"),
            ("times", "2.5"),
            ("quiet", "22:00-07:00"),
            ("digest_over", "many"),
            ("language", "ja"),
        ]);
        let expected = json!({
            "when": ["job.failed", "job.slow"],
            "to": ["hook:slack"],
            "where": { "flow": "labelling" },
            "throttle_s": 60,
            "times": 2.5,
            "quiet": "22:00-07:00",
            "digest_over": "many",
            "language": "ja",
        });
        assert_eq!(rule(&filled), expected);
        assert_eq!(rule(&filled_from(&expected)), expected);
    }

    #[test]
    fn a_fault_stands_beside_the_member_that_it_names() {
        let detail = "when: `x` is not an event, expected one of a, b; to[0]: there is no hook `y`; \
                      known are slack; to[1]: `z`: expected mail:GROUP; throttle_s: out of range";
        let faults = Faults::of(detail);
        for (member, expected) in [
            ("when", "`x` is not an event, expected one of a, b"),
            (
                "to",
                "there is no hook `y`; known are slack; `z`: expected mail:GROUP",
            ),
            ("throttle_s", "out of range"),
        ] {
            assert_eq!(faults.get(member).map(String::as_str), Some(expected));
        }
        assert_eq!(faults.0.len(), 3);
        let faults = Faults::of("there are 200 rules already, which is the limit");
        assert_eq!(faults.first().map(|(member, _)| member.as_str()), Some(""));
    }

    #[test]
    fn what_was_chosen_stays_although_it_is_not_offered() {
        let shown = choices(
            "to",
            vec!["mail:team".to_owned()],
            &entered(&[("to", "hook:old")]),
        );
        let shown: Vec<_> = shown
            .iter()
            .map(|one| (one.value.as_str(), one.is_chosen))
            .collect();
        assert_eq!(shown, [("mail:team", false), ("hook:old", true)]);
    }
}
