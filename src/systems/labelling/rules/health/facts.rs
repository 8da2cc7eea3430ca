//! What health needs besides counts of rows: figures that the database of the panels knows.

use serde::{Deserialize, Serialize};

use super::counts::{Counts, GroupCounts};
use super::drift::GivenRows;

/// Figures of authors and members; each is missing where it is not known yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Of the staged rows, before conflicts are settled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authors: Option<StagedAuthors>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub members: Option<Members>,
    /// The last published job of the same set, source and table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub earlier: Option<Earlier>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StagedAuthors {
    /// With a panel at least.
    pub all: u64,
    /// With two or more.
    pub conflicting: u64,
}

/// Authors that are published, each with its panel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Members {
    /// By number of the label.
    pub of_labels: Vec<u64>,
    /// Those that were no members in the earlier job, and members of it that are none now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u64>,
}

/// What stays known of an earlier job, whatever becomes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earlier {
    pub job: String,
    /// Of its set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<i32>,
    pub members: u64,
    pub given: GivenRows,
    /// By name.
    pub groups: Vec<(String, GivenRows)>,
}

impl Counts {
    /// Rows by given label.
    pub fn given_rows(&self, labels: &[String]) -> GivenRows {
        let given = self.labels.iter().map(|label| label.given);
        GivenRows {
            labels: labels.iter().cloned().zip(given).collect(),
            none: self.received - self.labelled,
        }
    }
}

impl GroupCounts {
    /// Rows by given label.
    pub fn given_rows(&self, labels: &[String]) -> GivenRows {
        let mut given: Vec<_> = self.given.iter().collect();
        given.sort_unstable();
        let named = given.into_iter().filter_map(|(label, rows)| {
            let name = labels.get(usize::from(*label))?;
            Some((name.clone(), *rows))
        });
        GivenRows {
            labels: named.collect(),
            none: self.received - self.labelled,
        }
    }
}
