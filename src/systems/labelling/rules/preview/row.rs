//! A row in memory, for as long as somebody may preview again.

use std::sync::Arc;

use crate::systems::labelling::rules::matching::Row;
use crate::systems::labelling::rules::set::Field;

/// The columns of a row, one behind the other in one text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PreviewRow {
    text: Box<str>,
    /// Where the id, the `s_id`, the author and the time end; each begins where the one before it ends.
    ends: [u32; 4],
    /// Where the fields stand that are in use and not NULL.
    fields: [Option<(u32, u32)>; Field::COUNT],
    /// By number; `None`: it takes no part.
    group: Option<u16>,
}

/// The same before it is kept.
#[derive(Clone, Copy, Debug)]
pub struct RowTexts<'r> {
    pub id: &'r str,
    pub s_id: &'r str,
    pub author: &'r str,
    pub post_time: &'r str,
    pub fields: Row<'r>,
}

impl PreviewRow {
    /// A text of more than 4 GiB cannot be kept, nor read.
    pub fn new(texts: RowTexts<'_>, group: Option<u16>) -> Arc<Self> {
        let fixed = [texts.id, texts.s_id, texts.author, texts.post_time];
        let of_fields = Field::ALL.map(|field| texts.fields.text(field));
        let bytes = fixed.iter().map(|text| text.len()).sum::<usize>();
        let more = of_fields.iter().flatten().map(|text| text.len());
        let mut text = String::with_capacity(bytes + more.sum::<usize>());
        let ends = fixed.map(|part| append(&mut text, part).1);
        let fields = Field::ALL.map(|field| {
            let of_field = texts.fields.text(field)?;
            match field {
                // It stands there already.
                Field::Author => Some((ends[1], ends[2])),
                Field::Title | Field::Content | Field::SAreaId => Some(append(&mut text, of_field)),
            }
        });
        Arc::new(Self {
            text: text.into_boxed_str(),
            ends,
            fields,
            group,
        })
    }

    pub fn id(&self) -> &str {
        &self.text[..self.ends[0] as usize]
    }

    pub fn s_id(&self) -> &str {
        self.part(1)
    }

    pub fn author(&self) -> &str {
        self.part(2)
    }

    pub fn post_time(&self) -> &str {
        self.part(3)
    }

    pub fn group(&self) -> Option<u16> {
        self.group
    }

    /// What rules look at.
    pub fn fields(&self) -> Row<'_> {
        Field::ALL.into_iter().fold(Row::default(), |row, field| {
            let place = self.fields[field.index()];
            let text = place.map(|(start, end)| &self.text[start as usize..end as usize]);
            row.with(field, text)
        })
    }

    /// What it takes, about.
    pub fn bytes(&self) -> usize {
        // Two counters stand before it, and a pointer is held somewhere.
        self.text.len() + size_of::<Self>() + 3 * size_of::<usize>()
    }

    fn part(&self, number: usize) -> &str {
        &self.text[self.ends[number - 1] as usize..self.ends[number] as usize]
    }
}

fn append(text: &mut String, part: &str) -> (u32, u32) {
    let start = text.len() as u32;
    text.push_str(part);
    (start, text.len() as u32)
}
