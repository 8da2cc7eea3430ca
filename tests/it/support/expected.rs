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
pub(crate) fn expected(posts: &[Post], rules: Rules<'_>, (start, end): (&str, &str)) -> Expected {
    let mut received = 0;
    let mut authors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut staged: Vec<Published> = Vec::new();
    for post in posts {
        let (Some(s_id), Some(author)) = (&post.s_id, &post.author) else {
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
        let text = author.to_lowercase();
        let hits = |keywords: &[&str]| keywords.iter().any(|keyword| text.contains(keyword));
        if let Some((label, _)) = rules.iter().find(|(_, keywords)| hits(keywords)) {
            staged.push(Published {
                group: group.to_owned(),
                id: post.id.clone(),
                source_author,
                panel: format!("/{label}"),
                create_time: post.post_time.clone(),
                field_content: s_id.clone(),
                match_content: author.clone(),
            });
        }
    }
    let authors = authors
        .into_iter()
        .map(|(group, of)| (group, of.len()))
        .collect();
    Expected {
        received,
        staged: staged.len(),
        authors,
        published: publish(&staged),
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
