//! The rows of one slice between the thread that reads and the thread that matches.

use crate::systems::labelling::posts::Post;
use crate::systems::labelling::rules::matching;
use crate::systems::labelling::rules::set::Field;

/// Rows, one behind the other in one buffer: a slice costs no allocation once the buffer has grown.
#[derive(Debug, Default)]
pub(super) struct RowBuffer {
    /// The matched column is the author: it is not kept twice.
    text_is_author: bool,
    bytes: String,
    rows: Vec<Ends>,
    /// Of rows whose rules look at several fields: where the text of a field ends, in the order of fields,
    /// one behind the other. The author is not kept twice.
    fields: Vec<[Option<usize>; Field::COUNT]>,
}

/// Where the columns of a row end; each begins where the one before it ends.
#[derive(Clone, Copy, Debug)]
struct Ends {
    id: usize,
    s_id: usize,
    author: usize,
    post_time: usize,
    text: usize,
}

impl RowBuffer {
    pub(super) fn new(text_is_author: bool) -> Self {
        Self {
            text_is_author,
            ..Self::default()
        }
    }

    /// Keeps a row and answers how many bytes that took.
    pub(super) fn push(&mut self, row: Post<'_>) -> usize {
        self.make_room(row.text.len());
        let start = self.bytes.len();
        let ends = Ends {
            id: self.append(row.id),
            s_id: self.append(row.s_id),
            author: self.append(row.author),
            post_time: self.append(row.post_time),
            text: if self.text_is_author {
                self.bytes.len()
            } else {
                self.append(row.text)
            },
        };
        self.rows.push(ends);
        self.bytes.len() - start
    }

    /// Keeps a row with the fields that are there. Such rows are not mixed with others.
    pub(super) fn push_with_fields(&mut self, row: Post<'_>, fields: matching::Row<'_>) -> usize {
        let texts = Field::ALL.map(|field| fields.text(field));
        self.make_room(texts.iter().flatten().map(|text| text.len()).sum());
        let start = self.bytes.len();
        let (id, s_id) = (self.append(row.id), self.append(row.s_id));
        let (author, post_time) = (self.append(row.author), self.append(row.post_time));
        let mut ends = [None; Field::COUNT];
        for field in Field::ALL {
            ends[field.index()] = texts[field.index()].map(|text| match field {
                Field::Author => author,
                Field::Title | Field::Content | Field::SAreaId => self.append(text),
            });
        }
        self.fields.push(ends);
        self.rows.push(Ends {
            id,
            s_id,
            author,
            post_time,
            text: self.bytes.len(),
        });
        self.bytes.len() - start
    }

    /// The rows that were kept with their fields.
    pub(super) fn iter_with_fields(&self) -> impl Iterator<Item = (Post<'_>, matching::Row<'_>)> {
        let mut start = 0;
        self.rows
            .iter()
            .zip(&self.fields)
            .map(move |(ends, fields)| {
                let row = Post {
                    id: &self.bytes[start..ends.id],
                    s_id: &self.bytes[ends.id..ends.s_id],
                    author: &self.bytes[ends.s_id..ends.author],
                    text: "",
                    post_time: &self.bytes[ends.author..ends.post_time],
                };
                start = ends.text;
                let mut from = ends.post_time;
                let mut found = matching::Row::default();
                for (field, end) in Field::ALL.into_iter().zip(fields) {
                    let text = match (field, *end) {
                        (_, None) => continue,
                        (Field::Author, Some(_)) => row.author,
                        (_, Some(end)) => &self.bytes[std::mem::replace(&mut from, end)..end],
                    };
                    found = found.with(field, Some(text));
                }
                (row, found)
            })
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Post<'_>> {
        let mut start = 0;
        self.rows.iter().map(move |ends| {
            let author = &self.bytes[ends.s_id..ends.author];
            let row = Post {
                id: &self.bytes[start..ends.id],
                s_id: &self.bytes[ends.id..ends.s_id],
                author,
                text: if self.text_is_author {
                    author
                } else {
                    &self.bytes[ends.post_time..ends.text]
                },
                post_time: &self.bytes[ends.author..ends.post_time],
            };
            start = ends.text;
            row
        })
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Forgets the rows and keeps the room, unless that is more than `most` bytes.
    pub(super) fn clear(&mut self, most: usize) {
        self.rows.clear();
        self.fields.clear();
        self.bytes.clear();
        if self.bytes.capacity() > most {
            self.bytes.shrink_to(most);
        }
    }

    /// A huge text is given exactly the room it needs: doubling would take twice its size.
    fn make_room(&mut self, text_bytes: usize) {
        const HUGE: usize = 1 << 20;
        const OTHER_COLUMNS: usize = 4096;
        if text_bytes > HUGE {
            self.bytes.reserve_exact(text_bytes + OTHER_COLUMNS);
        }
    }

    fn append(&mut self, text: &str) -> usize {
        self.bytes.push_str(text);
        self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row<'a>(id: &'a str, author: &'a str, text: &'a str) -> Post<'a> {
        Post {
            id,
            s_id: "WH_1",
            author,
            text,
            post_time: "2020-01-01 00:00:00",
        }
    }

    #[test]
    fn rows_come_out_as_they_went_in() {
        let rows = [row("1", "amy", "hello"), row("", "", ""), row("3", "b", "")];
        let mut buffer = RowBuffer::new(false);
        for row in rows {
            buffer.push(row);
        }
        assert!(buffer.iter().eq(rows));
        buffer.clear(0);
        buffer.push(rows[2]);
        assert!(buffer.iter().eq([rows[2]]));
    }

    #[test]
    fn fields_come_out_as_they_went_in() {
        let amy = row("1", "amy", "");
        let texts: [&[(Field, &str)]; 4] = [
            &[(Field::Title, "t"), (Field::SAreaId, "area")],
            &[(Field::Author, "amy"), (Field::Content, "")],
            &[(Field::Content, "c"), (Field::Title, "")],
            &[(Field::SAreaId, "7")],
        ];
        let mut buffer = RowBuffer::new(false);
        for texts in texts {
            let fields = texts
                .iter()
                .fold(matching::Row::default(), |row, (field, text)| {
                    row.with(*field, Some(text))
                });
            buffer.push_with_fields(amy, fields);
        }
        for ((post, fields), texts) in buffer.iter_with_fields().zip(texts) {
            assert_eq!(post, amy);
            for field in Field::ALL {
                let expected = texts.iter().find(|(known, _)| *known == field);
                assert_eq!(fields.text(field), expected.map(|(_, text)| *text));
            }
        }
        assert_eq!(buffer.iter_with_fields().count(), texts.len());
    }

    #[test]
    fn an_author_that_is_matched_is_kept_once() {
        let mut buffer = RowBuffer::new(true);
        let amy = row("1", "amy", "amy");
        assert_eq!(buffer.push(amy), "1WH_1amy2020-01-01 00:00:00".len());
        assert!(buffer.iter().eq([amy]));
    }
}
