//! The health of a run counted in the plainest way: keywords that stand in the content somewhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::support::{Expected, Post, expected_of};

/// All posts are in the range of the task.
const ALWAYS: (&str, &str) = ("0", "9");

/// A label with its keywords, and what takes it away.
pub(crate) struct Label {
    pub name: &'static str,
    pub rules: &'static [&'static str],
    pub except: &'static [&'static str],
}

/// A set on contents; rows get the first of their labels, authors the one with the most rows.
pub(crate) struct Set {
    pub drop: &'static str,
    pub labels: &'static [Label],
}

/// Rows have several labels, authors several panels, and some rules no hit.
pub(crate) const PEOPLE: Set = Set {
    drop: "bobby1",
    labels: &[
        Label {
            name: "first",
            rules: &["amy", "carol", "p2"],
            except: &["eve"],
        },
        Label {
            name: "second",
            rules: &["p1", "bob"],
            except: &[],
        },
        Label {
            name: "third",
            rules: &["zzz"],
            except: &[],
        },
    ],
};

/// The same with a rule less, a label more.
pub(crate) const LATER: Set = Set {
    drop: "bobby1",
    labels: &[
        Label {
            name: "first",
            rules: &["amy", "p2"],
            except: &["eve"],
        },
        Label {
            name: "second",
            rules: &["p1", "bob"],
            except: &[],
        },
        Label {
            name: "fourth",
            rules: &["zed"],
            except: &[],
        },
    ],
};

impl Set {
    /// As its author writes it.
    pub(crate) fn document(&self) -> Value {
        let labels = self.labels.iter().map(|label| {
            let rules = label.rules.iter().map(|text| json!([text, "partially"]));
            json!({
                "name": label.name, "rules": rules.collect::<Vec<_>>(), "except": label.except,
            })
        });
        json!({
            "name": "people", "model_type": "mixed_model", "in": ["content"],
            "filters": [{"drop": self.drop}], "labels": labels.collect::<Vec<_>>(),
        })
    }

    /// The labels that a text has before one is chosen, and those that are taken away.
    fn labels_of(&self, text: &str) -> (Vec<&Label>, Vec<&Label>) {
        let text = text.to_lowercase();
        if text.contains(self.drop) {
            return (Vec::new(), Vec::new());
        }
        let hits = |terms: &[&str]| terms.iter().any(|term| text.contains(term));
        let found = self.labels.iter().filter(|label| hits(label.rules));
        found.partition(|label| !hits(label.except))
    }

    /// The label that a text is given.
    pub(crate) fn label_of(&self, text: &str) -> Option<&'static str> {
        let (matched, _) = self.labels_of(text);
        matched.first().map(|label| label.name)
    }

    /// What is published.
    pub(crate) fn expected(&self, posts: &[Post]) -> Expected {
        expected_of(
            posts,
            ALWAYS,
            |post| post.content.clone(),
            |text| {
                let (matched, _) = self.labels_of(text);
                let first = matched.first().map(|label| label.name.to_owned());
                first.into_iter().collect()
            },
        )
    }
}

fn group_of(post: &Post) -> &'static str {
    match post.s_id.as_deref() {
        Some("WH_A") => "a",
        Some("WH_B") => "b",
        _ => "other",
    }
}

/// Rows by given label or none, of a group or of all.
pub(crate) type Given = BTreeMap<&'static str, u64>;

const NONE: &str = "(none)";

pub(crate) fn given(set: &Set, posts: &[Post], group: Option<&str>) -> Given {
    let mut given = Given::new();
    for post in received(posts) {
        if group.is_none_or(|group| group == group_of(post)) {
            let (matched, _) = set.labels_of(text_of(post));
            let label = matched.first().map_or(NONE, |label| label.name);
            *given.entry(label).or_default() += 1;
        }
    }
    given
}

/// Σ (p − q) · ln(p ÷ q), with six decimals.
pub(crate) fn stability(now: &Given, before: &Given) -> f64 {
    let share = |rows: &Given, label: &str| {
        let all: u64 = rows.values().sum();
        let part = rows.get(label).copied().unwrap_or(0);
        (part as f64 / all as f64).max(1e-6)
    };
    let labels: BTreeSet<&str> = now.keys().chain(before.keys()).copied().collect();
    let terms = labels.into_iter().map(|label| {
        let (p, q) = (share(now, label), share(before, label));
        (p - q) * (p / q).ln()
    });
    six_decimals(terms.sum())
}

pub(crate) fn six_decimals(figure: f64) -> f64 {
    (figure * 1e6).round() / 1e6
}

fn received(posts: &[Post]) -> impl Iterator<Item = &Post> {
    posts
        .iter()
        .filter(|post| post.s_id.is_some() && post.author.is_some() && post.content.is_some())
}

fn text_of(post: &Post) -> &str {
    post.content.as_deref().unwrap_or_default()
}

/// The report on a run that is the first one of its set.
pub(crate) fn report(set: &Set, posts: &[Post]) -> Value {
    let (mut received_rows, mut dropped, mut covered, mut overlapping) = (0_u64, 0, 0, 0_u64);
    let mut labels: BTreeMap<&str, [u64; 3]> = BTreeMap::new();
    let mut pairs: BTreeMap<String, u64> = BTreeMap::new();
    let mut groups: BTreeMap<&str, [u64; 2]> = BTreeMap::new();
    let mut panels: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for post in received(posts) {
        let (matched, excepted) = set.labels_of(text_of(post));
        received_rows += 1;
        dropped += u64::from(text_of(post).to_lowercase().contains(set.drop));
        covered += u64::from(!matched.is_empty());
        overlapping += u64::from(matched.len() > 1);
        let group = groups.entry(group_of(post)).or_default();
        group[0] += 1;
        group[1] += u64::from(!matched.is_empty());
        for (place, label) in matched.iter().enumerate() {
            let counts = labels.entry(label.name).or_default();
            counts[0] += 1;
            counts[1] += u64::from(place == 0);
            for other in &matched[..place] {
                let pair = format!("{}+{}", other.name, label.name);
                *pairs.entry(pair).or_default() += 1;
            }
        }
        for label in excepted {
            labels.entry(label.name).or_default()[2] += 1;
        }
        if let Some(label) = matched.first() {
            let author = post.author.as_deref().unwrap_or_default().trim();
            let author = format!("{}_{author}", post.s_id.as_deref().unwrap_or_default());
            panels.entry(author).or_default().insert(label.name);
        }
    }
    let conflicting = panels.values().filter(|panels| panels.len() > 1).count();
    assert!(
        conflicting > 0 && overlapping > 0 && dropped > 0,
        "it is all there"
    );
    let share = |part: u64, all: u64| six_decimals(part as f64 / all as f64);
    let published = set.expected(posts).published;
    let label = |label: &Label| {
        let [matched, given, excepted] = labels.get(label.name).copied().unwrap_or_default();
        let panel = format!("/{}", label.name);
        let members = published.iter().filter(|row| row.panel == panel).count();
        let figures = json!({
            "matched": matched, "given": given, "excepted": excepted, "members": members,
        });
        (label.name.to_owned(), figures)
    };
    let group = |name: &str| {
        let [received, covered] = groups.get(name).copied().unwrap_or_default();
        (
            name.to_owned(),
            json!({"received": received, "covered": covered}),
        )
    };
    let labels: Map<String, Value> = set.labels.iter().map(label).collect();
    let groups: Map<String, Value> = ["a", "b", "other"].into_iter().map(group).collect();
    let dead = rules(set, posts)
        .values()
        .filter(|rule| rule[0] == 0)
        .count();
    json!({
        "received": received_rows, "dropped": dropped, "covered": covered,
        "coverage": share(covered, received_rows), "overlap": share(overlapping, received_rows),
        "conflict": share(conflicting as u64, panels.len() as u64),
        "labels": labels,
        "pairs": pairs,
        "groups": groups,
        "dead": dead,
    })
}

/// Hits, rows of which it is the reason, rows on which it alone is true: by label and text.
pub(crate) fn rules(set: &Set, posts: &[Post]) -> BTreeMap<(&'static str, &'static str), [u64; 3]> {
    let mut rules: BTreeMap<_, [u64; 3]> = BTreeMap::new();
    for label in set.labels {
        for rule in label.rules {
            rules.insert((label.name, *rule), [0; 3]);
        }
    }
    for post in received(posts) {
        let text = text_of(post).to_lowercase();
        if text.contains(set.drop) {
            continue;
        }
        let (matched, _) = set.labels_of(&text);
        for label in set.labels {
            let at =
                |rule: &&'static str| Some((text.find(*rule)?, usize::MAX - rule.len(), *rule));
            let found: Vec<_> = label.rules.iter().filter_map(at).collect();
            let mut count = |rule: &'static str, figure: usize| {
                rules.entry((label.name, rule)).or_default()[figure] += 1;
            };
            for (_, _, rule) in &found {
                count(rule, 0);
            }
            if matched.iter().any(|other| other.name == label.name) {
                // What stands first, then the longest.
                let (_, _, first) = found.iter().min().unwrap();
                count(first, 1);
                if let [(_, _, only)] = &found[..] {
                    count(only, 2);
                }
            }
        }
    }
    rules
}
