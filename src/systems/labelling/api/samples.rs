//! Rows as samples show them: whole, except for long texts.

use poem_openapi::Object;

use crate::systems::labelling::ResultRow;

/// Bytes of a text that a sample shows.
const TEXT_BYTES: usize = 64 * 1024;

/// A published row.
#[derive(Object)]
#[oai(rename = "SampleRow")]
pub(crate) struct SampleRow {
    /// Of the post.
    id: String,
    task_id: String,
    /// `<s_id>_<author>`.
    source_author: String,
    /// `/<label>`.
    panel: String,
    /// When it was posted.
    create_time: String,
    /// The `s_id`: where it was posted.
    field_content: String,
    /// The text that was matched; in a sample its first 64 KiB.
    match_content: String,
    /// What matched, as JSON.
    match_meta: String,
}

impl From<ResultRow> for SampleRow {
    fn from(row: ResultRow) -> Self {
        let ResultRow {
            id,
            task_id,
            source_author,
            panel,
            create_time,
            field_content,
            match_content,
            match_meta,
        } = row;
        Self {
            id,
            task_id,
            source_author,
            panel,
            create_time,
            field_content,
            match_content: cut(match_content),
            match_meta,
        }
    }
}

fn cut(mut text: String) -> String {
    text.truncate(text.floor_char_boundary(TEXT_BYTES));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters() {
        assert_eq!(cut("短".to_owned()), "短");
        let long = cut("短".repeat(TEXT_BYTES));
        assert_eq!(long.len(), TEXT_BYTES - 1);
    }
}
