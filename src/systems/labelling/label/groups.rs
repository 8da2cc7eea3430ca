//! Which output group a row goes to, by its `s_id`.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::systems::labelling::panels;

/// The group of rows whose `s_id` is in none.
pub const OTHER: &str = "other";

/// What becomes of rows whose `s_id` is in no group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unmapped {
    /// They go to the group `other`.
    #[default]
    Other,
    /// They are counted and left out.
    Skip,
    /// The task fails.
    Fail,
}

/// Where a row goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Group(u16),
    /// To the group `other`.
    Other(u16),
    Skipped,
    Refused,
}

/// `s_id` → group.
#[derive(Clone, Debug)]
pub struct GroupMap {
    places: HashMap<String, u16>,
    groups: u16,
    unmapped: Unmapped,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GroupsError {
    #[error("s_id `{s_id}` is in two groups: `{first}` and `{second}`")]
    TwoGroups {
        s_id: String,
        first: String,
        second: String,
    },
    #[error("`{name}` cannot be the name of a group: {reason}")]
    BadName { name: String, reason: &'static str },
    #[error("more than 65,000 groups")]
    TooMany,
}

impl GroupMap {
    pub fn new(groups: &[(String, Vec<String>)], unmapped: Unmapped) -> Result<Self, GroupsError> {
        let mut places: HashMap<String, u16> = HashMap::new();
        let mut names: Vec<&str> = Vec::new();
        for (name, s_ids) in groups {
            check_name(name, &names)?;
            names.push(name);
            let no = u16::try_from(names.len() - 1).map_err(|_| GroupsError::TooMany)?;
            for s_id in s_ids {
                if let Some(first) = places.insert(s_id.clone(), no).filter(|first| *first != no) {
                    return Err(GroupsError::TwoGroups {
                        s_id: s_id.clone(),
                        first: groups[usize::from(first)].0.clone(),
                        second: name.clone(),
                    });
                }
            }
        }
        let groups = u16::try_from(names.len()).map_err(|_| GroupsError::TooMany)?;
        Ok(Self {
            places,
            groups,
            unmapped,
        })
    }

    pub(in crate::systems::labelling) fn place(&self, s_id: &str) -> Place {
        match (self.places.get(s_id), self.unmapped) {
            (Some(group), _) => Place::Group(*group),
            (None, Unmapped::Other) => Place::Other(self.groups),
            (None, Unmapped::Skip) => Place::Skipped,
            (None, Unmapped::Fail) => Place::Refused,
        }
    }
}

/// A group's name becomes the name of a table beside those of the engine.
fn check_name(name: &str, before: &[&str]) -> Result<(), GroupsError> {
    // Databases do not tell upper from lower case in the names of tables.
    let lower = name.to_ascii_lowercase();
    let prefixes = ["sqlite_", panels::OWN_PREFIX, panels::RESULT_PREFIX];
    let reserved = lower == OTHER
        || lower == panels::STATE_TABLE
        || prefixes.iter().any(|prefix| lower.starts_with(prefix));
    let reason = if name.is_empty() || name.len() > 40 {
        "expected 1 to 40 bytes"
    } else if name.contains(',') || name.chars().any(char::is_control) {
        "commas and control characters are not allowed"
    } else if reserved {
        "the name is reserved"
    } else if before.iter().any(|other| other.eq_ignore_ascii_case(name)) {
        "there are two groups of that name"
    } else {
        return Ok(());
    };
    Err(GroupsError::BadName {
        name: name.to_owned(),
        reason,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(list: &[(&str, &[&str])]) -> Vec<(String, Vec<String>)> {
        let owned = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        list.iter()
            .map(|(name, ids)| ((*name).to_owned(), owned(ids)))
            .collect()
    }

    #[test]
    fn an_id_in_two_groups_is_an_error_that_names_all_three() {
        let error = GroupMap::new(
            &groups(&[("a", &["x"]), ("b", &["y", "x"])]),
            Unmapped::Other,
        );
        let error = error.expect_err("x is in both");
        assert_eq!(error.to_string(), "s_id `x` is in two groups: `a` and `b`");
    }

    #[test]
    fn names_that_would_be_tables_of_the_engine_are_refused() {
        for name in [
            "",
            "other",
            "state",
            "State",
            "audience_job",
            "wh_panel_mapping_x",
            "Other",
            "WH_Panel_Mapping_x",
            "a,b",
        ] {
            assert!(
                GroupMap::new(&groups(&[(name, &[])]), Unmapped::Other).is_err(),
                "{name}"
            );
        }
        assert!(GroupMap::new(&groups(&[("a", &[]), ("A", &[])]), Unmapped::Other).is_err());
    }

    #[test]
    fn an_unmapped_id_goes_where_the_setting_says() {
        let list = groups(&[("a", &["x"]), ("b", &["y"])]);
        for (unmapped, expected) in [
            (Unmapped::Other, Place::Other(2)),
            (Unmapped::Skip, Place::Skipped),
            (Unmapped::Fail, Place::Refused),
        ] {
            let map = GroupMap::new(&list, unmapped).expect("good groups");
            assert_eq!(map.place("y"), Place::Group(1));
            assert_eq!(map.place("z"), expected);
        }
    }
}
