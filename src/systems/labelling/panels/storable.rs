//! Which rows an output database can store: decided before any is sent, so that one that can never
//! be stored does not keep the others of its slice from it.

use super::stage::COLUMNS;
use super::statements::GROUP_COLUMNS;
use crate::tables::RowLimits;

/// What the output database takes of a row of a task.
#[derive(Clone, Debug)]
pub struct StorableRows {
    pub(super) limits: RowLimits,
    /// Bytes for the texts of a row, by number of the group.
    pub(super) room: Vec<usize>,
    /// What the id of the task and a panel take of it, by number of the panel.
    pub(super) panels: Vec<usize>,
}

impl StorableRows {
    pub(super) fn new(
        limits: RowLimits,
        tables: &[String],
        task_id: &str,
        panels: &[String],
    ) -> Self {
        let room = |table: &String| limits.room_in(table, GROUP_COLUMNS, COLUMNS);
        let cost = |panel: &String| limits.cost([task_id, panel].into_iter());
        Self {
            limits,
            room: tables.iter().map(room).collect(),
            panels: panels.iter().map(cost).collect(),
        }
    }

    /// Why a row can never be stored; `None` if it can. `panels` holds each panel and what matched.
    pub fn obstacle<'m>(
        &self,
        group: u16,
        (id, s_id, author, post_time, content): (&str, &str, &str, &str, &str),
        panels: impl Iterator<Item = (u16, &'m str)>,
    ) -> Option<String> {
        if let Some(most) = self.limits.key_chars
            && id.len() > most
        {
            let chars = id.chars().count();
            if chars > most {
                return Some(format!(
                    "its id has {chars} characters, and the output database takes {most}"
                ));
            }
        }
        let room = self.room.get(usize::from(group)).copied()?;
        // The source and the author together are a text of their own.
        let texts = [id, s_id, "_", author, s_id, post_time, content];
        // Few rows come near the limit: they alone are looked at byte by byte.
        let lengths: usize = texts.iter().map(|text| text.len()).sum();
        let mut exact = None;
        for (panel, meta) in panels {
            let panel = self.panels.get(usize::from(panel)).copied()?;
            if 2 * (lengths + meta.len()) + panel <= room {
                continue;
            }
            let texts = *exact.get_or_insert_with(|| self.limits.cost(texts.into_iter()));
            let bytes = texts + panel + self.limits.cost([meta].into_iter());
            if bytes > room {
                let which = match self.limits.in_statements {
                    true => " at once (max_allowed_packet)",
                    false => " in a row",
                };
                return Some(format!(
                    "it takes {bytes} bytes, and the output database takes {room}{which}"
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AS_STATEMENTS: RowLimits = RowLimits {
        bytes: 1_000,
        in_statements: true,
        key_chars: Some(5),
    };

    fn obstacle(id: &str, content: &str) -> Option<String> {
        let tables = ["`a`".to_owned()];
        let rows = StorableRows::new(AS_STATEMENTS, &tables, "task", &["/mom".to_owned()]);
        let row = (id, "WH_1", "amy", "2020-01-01", content);
        rows.obstacle(0, row, [(0, "{}")].into_iter())
    }

    #[test]
    fn a_key_has_so_many_characters_and_not_bytes() {
        assert_eq!(obstacle("12345", ""), None);
        assert_eq!(obstacle("媽媽媽媽媽", ""), None);
        let why = obstacle("123456", "").expect("too long");
        assert!(why.contains("6 characters"), "{why}");
    }

    #[test]
    fn a_row_may_fill_the_room_to_the_last_byte() {
        let rest = "task/mom1WH_1_amyWH_12020-01-01{}".len();
        let room = AS_STATEMENTS.room_in("`a`", GROUP_COLUMNS, COLUMNS);
        let content = "x".repeat(room - rest);
        assert_eq!(obstacle("1", &content), None);
        let why = obstacle("1", &format!("{content}x")).expect("too large");
        assert!(why.contains(&format!("{} bytes", room + 1)), "{why}");
        // A quote is doubled.
        assert!(obstacle("1", &content.replacen('x', "'", 1)).is_some());
    }
}
