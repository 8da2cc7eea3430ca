//! The labelled rows of one slice on their way to a staging table.

use std::ops::Range;

/// Rows to be staged. All text stands in one buffer, so that a slice costs a handful of
/// allocations instead of six a row, and so that rows with several labels share it.
#[derive(Debug, Default)]
pub struct StagedRows {
    text: String,
    rows: Vec<RowRanges>,
}

/// Where the texts of a row stand.
#[derive(Clone, Debug)]
struct RowRanges {
    group: u16,
    panel: u16,
    id: Range<usize>,
    source_author: Range<usize>,
    /// How many bytes of `source_author` are the `s_id`.
    s_id_bytes: usize,
    post_time: Range<usize>,
    content: Range<usize>,
    meta: Range<usize>,
}

/// One row as it is staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagedRow<'a> {
    pub group: u16,
    pub panel: u16,
    pub id: &'a str,
    pub source_author: &'a str,
    pub post_time: &'a str,
    pub s_id: &'a str,
    pub content: &'a str,
    pub meta: &'a str,
}

/// The texts of one staged row, one by one.
#[derive(Clone, Copy)]
pub(super) struct StagedTexts<'a> {
    text: &'a str,
    row: &'a RowRanges,
}

impl<'a> StagedTexts<'a> {
    pub(super) fn panel(self) -> usize {
        usize::from(self.row.panel)
    }

    pub(super) fn id(self) -> &'a str {
        &self.text[self.row.id.clone()]
    }

    pub(super) fn source_author(self) -> &'a str {
        &self.text[self.row.source_author.clone()]
    }

    pub(super) fn s_id(self) -> &'a str {
        let start = self.row.source_author.start;
        &self.text[start..start + self.row.s_id_bytes]
    }

    pub(super) fn post_time(self) -> &'a str {
        &self.text[self.row.post_time.clone()]
    }

    pub(super) fn content(self) -> &'a str {
        &self.text[self.row.content.clone()]
    }

    pub(super) fn meta(self) -> &'a str {
        &self.text[self.row.meta.clone()]
    }
}

impl StagedRows {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Forgets the rows and keeps the room, unless that is more than `most` bytes.
    pub fn clear(&mut self, most: usize) {
        self.rows.clear();
        self.text.clear();
        if self.text.capacity() > most {
            self.text.shrink_to(most);
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = StagedRow<'_>> {
        self.rows.iter().map(|row| self.view(row))
    }

    /// A row by its number, without looking at its texts.
    pub(super) fn row(&self, number: u32) -> StagedTexts<'_> {
        StagedTexts {
            text: &self.text,
            row: &self.rows[number as usize],
        }
    }

    /// The numbers of all rows, those of a group together and in order, and where the groups
    /// begin; the last number of these is the end.
    pub(super) fn by_group(&self, groups: usize) -> (Vec<u32>, Vec<usize>) {
        let mut starts = vec![0; groups + 1];
        for row in &self.rows {
            starts[usize::from(row.group) + 1] += 1;
        }
        for group in 0..groups {
            starts[group + 1] += starts[group];
        }
        let mut next = starts.clone();
        let mut numbers = vec![0; self.rows.len()];
        for (number, row) in (0..).zip(&self.rows) {
            let place = &mut next[usize::from(row.group)];
            numbers[*place] = number;
            *place += 1;
        }
        (numbers, starts)
    }

    /// Adds a row once per panel; `panels` holds the panel and what matched.
    pub fn push<'m>(
        &mut self,
        group: u16,
        (id, s_id, author, post_time, content): (&str, &str, &str, &str, &str),
        panels: impl Iterator<Item = (u16, &'m str)>,
    ) {
        self.make_room(content.len());
        let id = self.append(id);
        let start = self.text.len();
        self.text.push_str(s_id);
        self.text.push('_');
        self.text.push_str(author);
        let source_author = start..self.text.len();
        let post_time = self.append(post_time);
        let content = self.append(content);
        for (panel, meta) in panels {
            let meta = self.append(meta);
            self.rows.push(RowRanges {
                group,
                panel,
                id: id.clone(),
                source_author: source_author.clone(),
                s_id_bytes: s_id.len(),
                post_time: post_time.clone(),
                content: content.clone(),
                meta,
            });
        }
    }

    /// A huge text is given exactly the room it needs: doubling would take twice its size.
    fn make_room(&mut self, content_bytes: usize) {
        const HUGE: usize = 1 << 20;
        const OTHER_COLUMNS: usize = 4096;
        if content_bytes > HUGE {
            self.text.reserve_exact(content_bytes + OTHER_COLUMNS);
        }
    }

    fn append(&mut self, text: &str) -> Range<usize> {
        let start = self.text.len();
        self.text.push_str(text);
        start..self.text.len()
    }

    fn view<'a>(&'a self, row: &'a RowRanges) -> StagedRow<'a> {
        let texts = StagedTexts {
            text: &self.text,
            row,
        };
        StagedRow {
            group: row.group,
            panel: row.panel,
            id: texts.id(),
            source_author: texts.source_author(),
            post_time: texts.post_time(),
            s_id: texts.s_id(),
            content: texts.content(),
            meta: texts.meta(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_with_two_labels_is_two_staged_rows_that_share_their_text() {
        let mut rows = StagedRows::default();
        let row = ("7", "WH_1", "amy", "2020-01-01 00:00:00", "hello");
        rows.push(3, row, [(0, "m0"), (2, "m2")].into_iter());
        let staged: Vec<_> = rows.iter().collect();
        assert_eq!(staged.len(), 2);
        assert_eq!(staged[0].source_author, "WH_1_amy");
        assert_eq!(staged[0].s_id, "WH_1");
        assert_eq!(
            (staged[1].panel, staged[1].meta, staged[1].content),
            (2, "m2", "hello")
        );
    }

    #[test]
    fn rows_of_a_group_keep_their_order() {
        let mut rows = StagedRows::default();
        for (id, group) in [("0", 2), ("1", 0), ("2", 2), ("3", 0)] {
            let row = (id, "WH_1", "amy", "2020-01-01 00:00:00", "hello");
            rows.push(group, row, [(0, "m")].into_iter());
        }
        let (numbers, starts) = rows.by_group(3);
        assert_eq!(numbers, [1, 3, 0, 2]);
        assert_eq!(starts, [0, 2, 2, 4]);
        assert_eq!(rows.row(2).id(), "2");
    }
}
