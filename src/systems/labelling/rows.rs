//! Published rows a page at a time, chosen by group, panel, rule, author and text.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use entity::JobId;
use serde_json::Value;

use super::results::{chosen, on_thread, panel_of};
use super::{Labelling, LabellingError, PublishedRow, ResultRow, WantedRows};
use crate::systems::labelling::panels::result_table;

/// Rows that are looked through for one page, so that it comes soon however few fit.
const LOOKED_THROUGH: u64 = 100_000;
/// Of these, so many are read at once.
const READ_AT_ONCE: u32 = 5_000;

/// Which rows a page has.
#[derive(Clone, Debug, Default)]
pub struct RowFilter {
    pub wanted: WantedRows,
    /// Stands in the author or the matched text, in capitals or not.
    pub text: Option<String>,
    /// The rule that matched.
    pub rule: Option<String>,
}

/// Where a page begins: behind a row of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowPlace {
    /// The number of the group, among all of the job.
    group: u32,
    /// The place of the row in its table; 0: the page begins with the first one.
    row: u64,
}

/// A page of rows.
#[derive(Clone, Debug, Default)]
pub struct RowsFound {
    pub rows: Vec<PublishedRow>,
    /// `None`: there are no more.
    pub next: Option<RowPlace>,
    /// All that the job publishes in.
    pub groups: Vec<String>,
    /// Nobody knows them of an adopted task.
    pub panels: Option<Vec<String>>,
}

impl fmt::Display for RowPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.group, self.row)
    }
}

impl FromStr for RowPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (group, row) = text.split_once('.').ok_or(())?;
        Ok(Self {
            group: group.parse().map_err(drop)?,
            row: row.parse().map_err(drop)?,
        })
    }
}

/// A filter that is ready to be asked about rows.
struct Sieve {
    /// `None`: all of them.
    panels: Option<Vec<String>>,
    text: Option<String>,
    rule: Option<String>,
}

impl Sieve {
    fn lets_through(&self, row: &ResultRow) -> bool {
        let has = |text: &String| {
            row.source_author.to_lowercase().contains(text)
                || row.match_content.to_lowercase().contains(text)
        };
        let is_of = |panels: &Vec<String>| panels.contains(&row.panel);
        self.panels.as_ref().is_none_or(is_of)
            && self.rule.as_ref().is_none_or(|rule| is_by(row, rule))
            && self.text.as_ref().is_none_or(has)
    }

    fn is_open(&self) -> bool {
        self.panels.is_none() && self.text.is_none() && self.rule.is_none()
    }
}

/// Whether a row has its label by this rule.
fn is_by(row: &ResultRow, rule: &str) -> bool {
    let meta: Value = serde_json::from_str(&row.match_meta).unwrap_or_default();
    meta["rule"] == rule
}

impl Labelling {
    /// The published rows of a task in the order in which they are downloaded, from a place on.
    pub async fn rows(
        &self,
        id: &JobId,
        filter: RowFilter,
        from: RowPlace,
        most: usize,
    ) -> Result<RowsFound, LabellingError> {
        let place = self.result_place(id).await?;
        let wanted = &filter.wanted;
        let groups = chosen(
            "group",
            place.groups.clone(),
            &wanted.groups,
            |group, name| group == name || result_table(group) == name,
        )?;
        let panels = match &place.panels {
            Some(panels) => chosen("panel", panels.clone(), &wanted.panels, |panel, name| {
                panel == name || panel.strip_prefix('/') == Some(name)
            })?,
            None => wanted.panels.iter().map(|name| panel_of(name)).collect(),
        };
        let sieve = Sieve {
            panels: (!wanted.panels.is_empty()).then_some(panels),
            text: filter.text.map(|text| text.to_lowercase()),
            rule: filter.rule,
        };
        let (output, sink, task_id) = (place.output, place.sink, id.to_string());
        let all = place.groups.clone();
        let found = on_thread(move || {
            let read = |group: &str, behind, at_once, visit: &mut dyn FnMut(ResultRow, u64)| {
                let read = sink.read_some((&task_id, group), behind, at_once, visit);
                read.map_err(LabellingError::from)
            };
            page(&all, &groups, &sieve, from, most, read)
        });
        let (rows, next) = found.await.map_err(|error| error.naming_output(&output))?;
        Ok(RowsFound {
            rows,
            next,
            groups: place.groups,
            panels: place.panels,
        })
    }
}

/// Looks through rows until a page is full. `read` passes up to so many rows of a group, each with its
/// place, from behind a place on, and returns how many there were.
fn page(
    all: &[String],
    wanted: &[String],
    sieve: &Sieve,
    from: RowPlace,
    most: usize,
    read: impl Fn(&str, u64, u32, &mut dyn FnMut(ResultRow, u64)) -> Result<u32, LabellingError>,
) -> Result<(Vec<PublishedRow>, Option<RowPlace>), LabellingError> {
    let mut rows = Vec::new();
    let mut looked = 0;
    let groups = all.iter().enumerate().skip(from.group as usize);
    for (no, group) in groups.filter(|(_, group)| wanted.contains(group)) {
        let group_no = no as u32;
        let mut last = match group_no == from.group {
            true => from.row,
            false => 0,
        };
        let name: Arc<str> = group.as_str().into();
        loop {
            if looked >= LOOKED_THROUGH {
                let place = RowPlace {
                    group: group_no,
                    row: last,
                };
                return Ok((rows, Some(place)));
            }
            // One more than is wanted shows whether there is a next page.
            let at_once = match sieve.is_open() {
                true => (most - rows.len() + 1) as u32,
                false => READ_AT_ONCE,
            };
            let mut next = None;
            let behind = last;
            let passed = read(group, behind, at_once, &mut |row, place| {
                if next.is_none() && sieve.lets_through(&row) {
                    if rows.len() == most {
                        next = Some(RowPlace {
                            group: group_no,
                            row: last,
                        });
                        return;
                    }
                    let group = Arc::clone(&name);
                    rows.push(PublishedRow { group, row });
                }
                last = place;
            })?;
            if next.is_some() {
                return Ok((rows, next));
            }
            looked += u64::from(passed);
            if passed < at_once {
                break;
            }
        }
    }
    Ok((rows, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: u64, panel: &str, text: &str) -> ResultRow {
        ResultRow {
            id: id.to_string(),
            task_id: String::new(),
            source_author: format!("s_Author{id}"),
            panel: panel.to_owned(),
            create_time: String::new(),
            field_content: String::new(),
            match_content: text.to_owned(),
            match_meta: r#"{"rule":"好吃"}"#.to_owned(),
        }
    }

    /// The ids of all rows, page by page.
    fn pages(sieve: &Sieve, wanted: &[&str], most: usize) -> Vec<Vec<String>> {
        let all = ["a", "b", "c"].map(str::to_owned);
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let stored = |group: &str| match group {
            "a" => vec![row(1, "/x", "One"), row(2, "/y", "two")],
            "b" => Vec::new(),
            _ => (3..8).map(|id| row(id, "/x", "Ünder")).collect(),
        };
        // A table may number its rows with gaps.
        let read = |group: &str, behind: u64, most: u32, visit: &mut dyn FnMut(ResultRow, u64)| {
            let rows = stored(group).into_iter().zip((1..).map(|no| no * 10));
            let rows = rows.filter(|(_, place)| *place > behind);
            let rows: Vec<_> = rows.take(most as usize).collect();
            let passed = rows.len() as u32;
            rows.into_iter().for_each(|(row, place)| visit(row, place));
            Ok(passed)
        };
        let (mut pages, mut place) = (Vec::new(), Some(RowPlace::default()));
        while let Some(from) = place {
            let (rows, next) = page(&all, &wanted, sieve, from, most, read).unwrap();
            pages.push(rows.into_iter().map(|found| found.row.id).collect());
            place = next.map(|next| next.to_string().parse().unwrap());
        }
        pages
    }

    fn sieve(panel: Option<&str>, text: Option<&str>, rule: Option<&str>) -> Sieve {
        Sieve {
            panels: panel.map(|panel| vec![panel.to_owned()]),
            text: text.map(str::to_owned),
            rule: rule.map(str::to_owned),
        }
    }

    #[test]
    fn each_row_is_on_one_page() {
        let open = sieve(None, None, None);
        let all = ["a", "b", "c"];
        let expected = [vec!["1", "2", "3"], vec!["4", "5", "6"], vec!["7"]];
        assert_eq!(pages(&open, &all, 3), expected);
        assert_eq!(pages(&open, &all, 7), [["1", "2", "3", "4", "5", "6", "7"]]);
        assert_eq!(pages(&open, &["c"], 5), [["3", "4", "5", "6", "7"]]);
        assert_eq!(pages(&open, &["b"], 5), [Vec::<String>::new()]);
    }

    #[test]
    fn rows_are_chosen_by_panel_text_author_and_rule() {
        let all = ["a", "b", "c"];
        let of_panel = sieve(Some("/x"), None, None);
        assert_eq!(
            pages(&of_panel, &all, 4),
            [vec!["1", "3", "4", "5"], vec!["6", "7"]]
        );
        for (text, expected) in [("one", vec!["1"]), ("author2", vec!["2"]), ("zero", vec![])] {
            assert_eq!(pages(&sieve(None, Some(text), None), &all, 9), [expected]);
        }
        assert_eq!(
            pages(&sieve(None, Some("ünder"), None), &all, 9)[0].len(),
            5
        );
        assert_eq!(pages(&sieve(None, None, Some("好吃")), &all, 9)[0].len(), 7);
        assert_eq!(
            pages(&sieve(None, None, Some("好")), &all, 9),
            [Vec::<String>::new()]
        );
    }
}
