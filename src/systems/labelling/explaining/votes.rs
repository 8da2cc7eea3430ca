//! What the rows of a person decide.

use super::shape::Outcome;
use crate::systems::labelling::rules::preview::Votes;
use crate::systems::labelling::rules::set::RuleSet;

/// What becomes of a label with these votes, as publishing decides.
pub(super) fn outcome(set: &RuleSet, votes: &Votes, label: u16) -> Outcome {
    let of = |wanted: u16| {
        let mut votes = votes.iter();
        votes.find(|(label, _)| *label == wanted)
    };
    let Some((_, rows)) = of(label) else {
        return Outcome::None;
    };
    let published = votes.published(set);
    if published.contains(&label) {
        return Outcome::Published;
    }
    let most = votes.iter().map(|(_, rows)| rows).max();
    match published.is_empty() && Some(rows) == most {
        true => Outcome::Tie,
        false => Outcome::Lost,
    }
}

/// The label that somebody means who names none: one that is published, else one with the most votes.
pub(super) fn leading(set: &RuleSet, votes: &Votes) -> Option<u16> {
    let published = votes.published(set).first().copied();
    published.or_else(|| {
        let most = votes.iter().map(|(_, rows)| rows).max();
        let mut votes = votes.iter();
        let first = votes.find(|(_, rows)| Some(*rows) == most);
        first.map(|(label, _)| label)
    })
}
