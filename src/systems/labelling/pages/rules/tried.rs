//! What a preview has found, as the editor shows it.

use serde_json::Value;

use crate::ui::{Frame, number, percent};

/// Findings that are shown; the call answers more.
const FINDINGS_SHOWN: usize = 100;

pub(super) struct Tried {
    /// Rows looked at, received, covered, and how long it took, in a sentence.
    pub summary: String,
    pub is_partial: bool,
    /// Name and figure.
    pub figures: Vec<(String, String)>,
    pub findings: Vec<Finding>,
    pub labels: Vec<LabelTried>,
    pub none: Vec<RowTried>,
    /// Rule, label and nanoseconds a row.
    pub slowest: Vec<(String, String, String)>,
}

pub(super) struct Finding {
    pub code: String,
    pub place: String,
    pub message: String,
    pub advice: String,
}

pub(super) struct LabelTried {
    pub name: String,
    /// Matched, given, excepted, members.
    pub counts: [String; 4],
    pub rows: Vec<RowTried>,
}

pub(super) struct RowTried {
    pub id: String,
    pub time: String,
    /// Field, and its text in parts, each with whether a rule is there.
    pub texts: Vec<(String, Vec<(String, bool)>)>,
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn count(value: &Value) -> String {
    number(value.as_u64().unwrap_or_default())
}

impl Tried {
    pub fn of(frame: &Frame, answer: &Value) -> Self {
        let health = &answer["health"];
        let share = |name: &str| percent(health[name].as_f64().unwrap_or_default());
        let took = [&answer["read_ms"], &answer["match_ms"]];
        let took: u64 = took.into_iter().filter_map(Value::as_u64).sum();
        let rows = frame
            .words
            .count("unit-rows", answer["rows"].as_u64().unwrap_or_default());
        let labels = health["labels"].as_object().into_iter().flatten();
        Self {
            summary: format!("{rows} · {took} ms"),
            is_partial: answer["partial"] == true,
            figures: vec![
                (frame.say("health-received"), count(&answer["received"])),
                (frame.say("health-dropped"), count(&health["dropped"])),
                (frame.say("health-coverage"), share("coverage")),
                (frame.say("health-overlap"), share("overlap")),
                (frame.say("health-conflict"), share("conflict")),
                (frame.say("health-dead"), count(&health["dead"])),
            ],
            findings: Finding::all(&answer["lint"]),
            labels: labels
                .map(|(name, figures)| LabelTried {
                    name: name.clone(),
                    counts: ["matched", "given", "excepted", "members"]
                        .map(|figure| count(&figures[figure])),
                    rows: rows_of(&answer["examples"][name]),
                })
                .collect(),
            none: rows_of(&answer["none"]),
            slowest: list(&answer["slowest"])
                .map(|slow| {
                    let time = format!("{} ns", count(&slow["ns_per_row"]));
                    (text(&slow["rule"]), text(&slow["label"]), time)
                })
                .collect(),
        }
    }
}

impl Finding {
    pub fn all(lint: &Value) -> Vec<Self> {
        list(&lint["findings"])
            .take(FINDINGS_SHOWN)
            .map(|finding| Self {
                code: text(&finding["code"]),
                place: text(&finding["place"]),
                message: text(&finding["message"]),
                advice: text(&finding["advice"]),
            })
            .collect()
    }
}

fn rows_of(rows: &Value) -> Vec<RowTried> {
    let row = |row: &Value| RowTried {
        id: text(&row["id"]),
        time: text(&row["post_time"]),
        texts: row["fields"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(field, content)| (field.clone(), parts(field, content, &row["hits"])))
            .collect(),
    };
    list(rows).map(row).collect()
}

/// A text, cut where rules begin and end.
fn parts(field: &str, content: &Value, hits: &Value) -> Vec<(String, bool)> {
    let content = content.as_str().unwrap_or_default();
    let edge = |value: &Value| usize::try_from(value.as_u64()?).ok();
    let mut spans: Vec<(usize, usize)> = list(hits)
        .flat_map(|hit| list(&hit["parts"]))
        .filter(|part| part[0] == field)
        .filter_map(|part| Some((edge(&part[1])?, edge(&part[2])?)))
        .collect();
    spans.sort_unstable();
    let mut parts = Vec::new();
    let mut shown = 0;
    for (start, end) in spans {
        let start = start.max(shown);
        if start >= end {
            continue;
        }
        let (Some(before), Some(hit)) = (content.get(shown..start), content.get(start..end)) else {
            continue;
        };
        parts.push((before.to_owned(), false));
        parts.push((hit.to_owned(), true));
        shown = end;
    }
    parts.push((content.get(shown..).unwrap_or_default().to_owned(), false));
    parts.retain(|(part, _)| !part.is_empty());
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_cut_where_rules_begin_and_end() {
        let hits = json!([
            {"parts": [["content", 2, 4], ["title", 0, 1]]},
            {"parts": [["content", 3, 5]]},
        ]);
        let found = parts("content", &json!("abcdefg"), &hits);
        let found: Vec<(&str, bool)> = found
            .iter()
            .map(|(part, is_hit)| (part.as_str(), *is_hit))
            .collect();
        assert_eq!(
            found,
            [("ab", false), ("cd", true), ("e", true), ("fg", false)]
        );
        // What is no edge of a character is passed over.
        let found = parts(
            "content",
            &json!("麵"),
            &json!([{"parts": [["content", 1, 3]]}]),
        );
        assert_eq!(found, [("麵".to_owned(), false)]);
    }
}
