//! Members that the two sets would publish: votes of authors, settled as publishing settles them.

use lz4_flex::block::compress_prepend_size;
use serde::{Deserialize, Serialize};

use super::DamagedPart;
use super::row::ChangeKind;
use super::tally::read_lines;
use super::votes::{LabelVotes, OfAuthor, Votes};
use crate::systems::labelling::label::rules::AuthorConflict;
use crate::systems::labelling::rules::set::RuleSet;

/// How an author with several labels is settled by a set.
#[derive(Clone, Debug)]
pub struct Settling {
    rule: Rule,
    /// By number of a label: its place in the set.
    places: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rule {
    KeepAll,
    DropTies,
    First,
}

/// A member that only one of the sets publishes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangedMember {
    pub group: String,
    pub source_author: String,
    pub panel: String,
    /// Whether the candidate publishes it, and not the base.
    pub entered: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberCounts {
    pub entered: u64,
    pub left: u64,
    pub kept: u64,
}

impl Settling {
    /// `numbers`: of the labels of the set, among so many.
    pub(super) fn of(set: &RuleSet, numbers: &[u32], labels: usize) -> Self {
        let mut places = vec![u32::MAX; labels];
        for (place, number) in (0..).zip(numbers) {
            places[*number as usize] = place;
        }
        // Labels that do not exclude each other are no conflict.
        let rule = match (set.exclusive, set.author_conflict) {
            (false, _) | (true, AuthorConflict::KeepAll) => Rule::KeepAll,
            (true, AuthorConflict::MajorityDropTies) => Rule::DropTies,
            (true, AuthorConflict::MajorityFirst) => Rule::First,
        };
        Self { rule, places }
    }

    /// The labels under which an author is published.
    fn published(&self, votes: &OfAuthor, amount: fn(&LabelVotes) -> u32) -> Vec<u32> {
        let voted = votes.iter().filter(|votes| amount(votes) > 0);
        if self.rule == Rule::KeepAll {
            return voted.map(|votes| votes.label).collect();
        }
        let most = voted.clone().map(amount).max();
        let place = |label: u32| self.places.get(label as usize).copied();
        let winners = voted.filter(|votes| Some(amount(votes)) == most);
        let mut winners: Vec<u32> = winners.map(|votes| votes.label).collect();
        winners.sort_by_key(|label| place(*label));
        match self.rule {
            Rule::DropTies if winners.len() > 1 => Vec::new(),
            Rule::KeepAll | Rule::DropTies | Rule::First => {
                winners.truncate(1);
                winners
            }
        }
    }
}

impl MemberCounts {
    pub fn add(&mut self, other: Self) {
        self.entered += other.entered;
        self.left += other.left;
        self.kept += other.kept;
    }
}

impl ChangedMember {
    pub fn kind(&self) -> ChangeKind {
        match self.entered {
            true => ChangeKind::Entered,
            false => ChangeKind::Left,
        }
    }

    /// Some of them in few bytes.
    pub fn pack(members: &[Self]) -> Vec<u8> {
        let mut lines = Vec::new();
        for member in members {
            serde_json::to_writer(&mut lines, member)
                .expect("texts can always be written to memory");
            lines.push(b'\n');
        }
        compress_prepend_size(&lines)
    }

    pub fn unpack(packed: &[u8]) -> Result<Vec<Self>, DamagedPart> {
        read_lines(packed)
    }
}

/// Settles the votes of all rows of these authors. Hands on each member that entered or left, by group and author.
pub fn settle(
    votes: Votes,
    [base, candidate]: &[Settling; 2],
    labels: &[String],
    groups: &[String],
    mut visit: impl FnMut(ChangedMember),
) -> MemberCounts {
    let mut counts = MemberCounts::default();
    for ((group, author), votes) in votes.into_sorted() {
        let mut before = base.published(&votes, |votes| votes.base);
        let mut after = candidate.published(&votes, |votes| votes.candidate);
        before.sort_unstable();
        after.sort_unstable();
        let mut changed = |label: u32, entered: bool| {
            visit(ChangedMember {
                group: groups[usize::from(group)].clone(),
                source_author: author.to_string(),
                panel: format!("/{}", labels[label as usize]),
                entered,
            });
        };
        for label in &before {
            match after.contains(label) {
                true => counts.kept += 1,
                false => {
                    counts.left += 1;
                    changed(*label, false);
                }
            }
        }
        for label in after.iter().filter(|label| !before.contains(label)) {
            counts.entered += 1;
            changed(*label, true);
        }
    }
    counts
}
