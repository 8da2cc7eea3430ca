//! The labelled rows of one slice on their way to a staging table.

use std::ops::Range;

/// Rows to be staged. All text stands in one buffer, so that a slice costs a handful of
/// allocations instead of six a row, and so that rows with several labels share it.
#[derive(Debug, Default)]
pub struct StagedRows {
    text: String,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
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
            self.rows.push(Row {
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

    fn view(&self, row: &Row) -> StagedRow<'_> {
        let source_author = &self.text[row.source_author.clone()];
        StagedRow {
            group: row.group,
            panel: row.panel,
            id: &self.text[row.id.clone()],
            source_author,
            post_time: &self.text[row.post_time.clone()],
            s_id: &source_author[..row.s_id_bytes],
            content: &self.text[row.content.clone()],
            meta: &self.text[row.meta.clone()],
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
}
