//! What labelling must give, computed in the plainest way from the specification.

use std::collections::{BTreeMap, BTreeSet};

use super::{Post, Published, sorted};

/// Labels with keywords; every keyword matches as a substring.
pub(crate) type Rules<'a> = &'a [(&'a str, &'a [&'a str])];

/// Figures and rows: received, staged, distinct authors by group, published rows.
#[derive(Debug, PartialEq)]
pub(crate) struct Expected {
    pub received: usize,
    pub staged: usize,
    pub authors: BTreeMap<String, usize>,
    pub published: Vec<Published>,
}

/// With `row_labels: first` and `majority_drop_ties`; `WH_A` and `WH_B` are in groups of their
/// own, the rest goes to `other`.
pub(crate) fn expected(posts: &[Post], rules: Rules<'_>, range: (&str, &str)) -> Expected {
    let author = |post: &Post| post.author.clone();
    expected_of(posts, range, author, |author| {
        let text = author.to_lowercase();
        let hits = |keywords: &[&str]| keywords.iter().any(|keyword| text.contains(keyword));
        let first = rules.iter().find(|(_, keywords)| hits(keywords));
        first
            .map(|(label, _)| (*label).to_owned())
            .into_iter()
            .collect()
    })
}

/// The same of any column, by anything that finds labels.
pub(crate) fn expected_of(
    posts: &[Post],
    range: (&str, &str),
    text: impl Fn(&Post) -> Option<String>,
    find: impl Fn(&str) -> Vec<String>,
) -> Expected {
    let staged = staged(posts, range, text, find);
    Expected {
        published: publish(&staged.rows),
        received: staged.received,
        staged: staged.rows.len(),
        authors: staged.authors,
    }
}

/// The same where authors keep each of their panels (`keep_all`).
pub(crate) fn expected_of_all(
    posts: &[Post],
    range: (&str, &str),
    text: impl Fn(&Post) -> Option<String>,
    find: impl Fn(&str) -> Vec<String>,
) -> Expected {
    let staged = staged(posts, range, text, find);
    let mut newest: BTreeMap<(&str, &str, &str), &Published> = BTreeMap::new();
    for row in &staged.rows {
        let kept = newest
            .entry((&row.group, &row.source_author, &row.panel))
            .or_insert(row);
        if (&row.create_time, &row.id) > (&kept.create_time, &kept.id) {
            *kept = row;
        }
    }
    Expected {
        published: sorted(newest.into_values().cloned().collect()),
        received: staged.received,
        staged: staged.rows.len(),
        authors: staged.authors,
    }
}

struct Staged {
    received: usize,
    authors: BTreeMap<String, usize>,
    rows: Vec<Published>,
}

fn staged(
    posts: &[Post],
    (start, end): (&str, &str),
    text: impl Fn(&Post) -> Option<String>,
    find: impl Fn(&str) -> Vec<String>,
) -> Staged {
    let mut received = 0;
    let mut authors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut rows: Vec<Published> = Vec::new();
    for post in posts {
        let (Some(s_id), Some(author), Some(text)) = (&post.s_id, &post.author, text(post)) else {
            continue;
        };
        if post.post_time.as_str() < start || post.post_time.as_str() > end {
            continue;
        }
        received += 1;
        let group = match s_id.as_str() {
            "WH_A" => "a",
            "WH_B" => "b",
            _ => "other",
        };
        let source_author = format!("{s_id}_{}", author.trim());
        authors
            .entry(group.to_owned())
            .or_default()
            .insert(source_author.clone());
        rows.extend(find(&text).into_iter().map(|label| Published {
            group: group.to_owned(),
            id: post.id.clone(),
            source_author: source_author.clone(),
            panel: format!("/{label}"),
            create_time: post.post_time.clone(),
            field_content: s_id.clone(),
            match_content: text.clone(),
        }));
    }
    let authors = authors.into_iter();
    Staged {
        received,
        authors: authors.map(|(group, of)| (group, of.len())).collect(),
        rows,
    }
}

fn publish(staged: &[Published]) -> Vec<Published> {
    let mut by_author: BTreeMap<(&str, &str), BTreeMap<&str, Vec<&Published>>> = BTreeMap::new();
    for row in staged {
        let author = by_author
            .entry((&row.group, &row.source_author))
            .or_default();
        author.entry(&row.panel).or_default().push(row);
    }
    let mut published = Vec::new();
    for panels in by_author.values() {
        let most = panels.values().map(Vec::len).max().unwrap_or(0);
        let mut winners = panels.values().filter(|rows| rows.len() == most);
        if let (Some(rows), None) = (winners.next(), winners.next()) {
            let newest = rows.iter().max_by_key(|row| (&row.create_time, &row.id));
            published.extend(newest.map(|row| (*row).clone()));
        }
    }
    sorted(published)
}
