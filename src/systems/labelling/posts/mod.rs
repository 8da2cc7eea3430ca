//! Reads posts out of the tables that teams keep them in: which columns a post has, and which
//! posts a job wants. How tables are read is the business of [`crate::tables`].

mod catalog;
mod error;
mod load;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::systems::labelling::rules::matching;
use crate::systems::labelling::rules::set::{Field, Fields};
use crate::tables::{self, Nullable, ReadError, Row, TableQuery, WantedColumn};

pub use self::catalog::{SourceEntry, Sources, UnknownSource};
pub use self::error::THE_SOURCE;
pub use self::load::load_csv;
pub use crate::tables::{
    LeftOut, LeftOutRow, Moment, MomentError, NamedRow, Portion, Position,
    ReadError as SourceError, ReadPlan, SliceEnd, SliceLimits, UnknownZone, Unreadable, Written,
    Zone, without_mark,
};

/// Where posts come from. Every method blocks; call them where blocking is fine. Clones share the
/// source.
#[derive(Clone)]
pub struct Source(Arc<dyn tables::Source>);

/// Opens the source that a URL names; see `tables::open_source`.
pub fn open_source(url: &str) -> Result<Source, ReadError> {
    tables::open_source(url).map(Source)
}

impl Source {
    /// The tables that could be read, sorted by name.
    pub fn tables(&self) -> Result<Vec<String>, ReadError> {
        self.0.tables()
    }

    /// Finds out whether a job that matches these texts could read the table: it can be reached, exists,
    /// has every column that the job needs, and its times can be read.
    pub fn check(
        &self,
        table: &str,
        columns: &ColumnNames,
        texts: &[TextColumn],
    ) -> Result<(), ReadError> {
        let everything = (Moment::EARLIEST, Moment::LATEST);
        let texts = WantedTexts::Any(texts);
        let query = columns.query(table, texts, everything, Zone::UTC);
        self.0.check(&query)
    }

    /// Divides the posts of the range into at most so many portions; none if there are no posts.
    pub fn plan(&self, spec: &ReadSpec, portions_wanted: u32) -> Result<ReadPlan, ReadError> {
        self.0.plan(&spec.query(), portions_wanted)
    }

    /// Finds the posts that no portion of the plan holds because their time cannot be read.
    pub fn unreadable(&self, spec: &ReadSpec) -> Result<Unreadable, ReadError> {
        self.0.unreadable(&spec.query())
    }

    /// Counts the posts of the range that no portion of the plan holds because their id is NULL.
    pub fn without_id(&self, spec: &ReadSpec) -> Result<LeftOut, ReadError> {
        self.0.without_id(&spec.query())
    }

    /// Counts all rows of the table.
    pub fn count(&self, spec: &ReadSpec) -> Result<u64, ReadError> {
        self.0.count(&spec.query())
    }

    /// Starts to read a portion, or continues where an earlier reader of it ended.
    pub fn open(
        &self,
        spec: &ReadSpec,
        portion: &Portion,
        from: Option<&Position>,
    ) -> Result<Reader, ReadError> {
        let rows = match portion.is_of_nothing() {
            true => Box::new(tables::NoRows),
            false => self.0.open(&spec.query(), portion, from)?,
        };
        Ok(Reader {
            rows,
            cells: PostCells::of(&spec.columns, spec.texts()),
        })
    }
}

/// Reads one portion. Blocks like its source.
pub struct Reader {
    rows: Box<dyn tables::Reader>,
    cells: PostCells,
}

impl Reader {
    /// Like `tables::Reader::read_slice`, with posts for rows.
    pub fn read_slice(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Post<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        let Self { rows, cells } = self;
        rows.read_slice(limits, &mut |row| match cells.post(&row) {
            Some(post) => visit(post),
            None => 0,
        })
    }

    /// The same with the fields of the spec, for rules that look at several.
    pub fn read_rows(
        &mut self,
        limits: SliceLimits,
        visit: &mut dyn FnMut(Post<'_>, matching::Row<'_>) -> usize,
    ) -> Result<SliceEnd, ReadError> {
        let Self { rows, cells } = self;
        rows.read_slice(limits, &mut |row| match cells.post(&row) {
            Some(post) => visit(post, cells.fields(&row)),
            None => 0,
        })
    }
}

/// Where the parts of a post stand in a row.
struct PostCells {
    s_id: Cell,
    author: Cell,
    /// `None`: there are fields.
    text: Option<Cell>,
    fields: Vec<(Field, Cell)>,
}

#[derive(Clone)]
enum Cell {
    /// By its place; see `ColumnNames::query`.
    Column(usize),
    Constant(String),
}

impl PostCells {
    fn of(columns: &ColumnNames, texts: WantedTexts<'_>) -> Self {
        // The first column is the id.
        let mut columns_before = 1;
        let mut cell = |name: &str| match constant(name) {
            Some(text) => Cell::Constant(text.to_owned()),
            None => {
                columns_before += 1;
                Cell::Column(columns_before - 1)
            }
        };
        let (s_id, author) = (cell(&columns.s_id), cell(&columns.author));
        let mut cell_of = |text: TextColumn| match columns.of_text(text) {
            Some(name) => cell(name),
            None => author.clone(),
        };
        let (text, fields) = match texts {
            WantedTexts::One(text) => (Some(cell_of(text)), Vec::new()),
            WantedTexts::Any(texts) => {
                let fields = texts.iter().map(|text| (text.field(), cell_of(*text)));
                (None, fields.collect())
            }
        };
        Self {
            s_id,
            author,
            text,
            fields,
        }
    }

    fn post<'r>(&'r self, row: &Row<'r>) -> Option<Post<'r>> {
        Some(Post {
            id: row.cells.first()?,
            s_id: self.s_id.text(row)?,
            author: self.author.text(row)?,
            text: match &self.text {
                Some(text) => text.text(row)?,
                None => "",
            },
            post_time: row.time,
        })
    }

    fn fields<'r>(&'r self, row: &Row<'r>) -> matching::Row<'r> {
        let fields = self.fields.iter();
        fields.fold(matching::Row::default(), |found, (field, cell)| {
            found.with(*field, cell.text(row))
        })
    }
}

impl Cell {
    fn text<'r>(&'r self, row: &Row<'r>) -> Option<&'r str> {
        match self {
            Self::Column(place) => row.cell(*place),
            Self::Constant(text) => Some(text),
        }
    }
}

/// The text that all rows have, if it stands in the place of a column's name: behind a colon.
fn constant(name: &str) -> Option<&str> {
    name.strip_prefix(':')
}

/// One post: a row in which nothing of this is NULL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Post<'a> {
    pub id: &'a str,
    pub s_id: &'a str,
    pub author: &'a str,
    /// The text that is matched; empty where rules look at several fields.
    pub text: &'a str,
    /// As it is published.
    pub post_time: &'a str,
}

/// What the columns of a table of posts are called, or, behind a colon, the text that all rows have in
/// place of a column; but for `id` and `post_time`, which are columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ColumnNames {
    pub id: String,
    pub s_id: String,
    pub s_area_id: String,
    pub author: String,
    pub title: String,
    pub content: String,
    pub post_time: String,
}

impl Default for ColumnNames {
    fn default() -> Self {
        Self {
            id: "id".to_owned(),
            s_id: "s_id".to_owned(),
            s_area_id: "s_area_id".to_owned(),
            author: "author".to_owned(),
            title: "title".to_owned(),
            content: "content".to_owned(),
            post_time: "post_time".to_owned(),
        }
    }
}

impl ColumnNames {
    /// Wants the columns that a job which matches these texts cannot do without.
    fn query(
        &self,
        table: &str,
        texts: WantedTexts<'_>,
        (start, end): (Moment, Moment),
        zone: Zone,
    ) -> TableQuery {
        let wanted = |name: &String, may_be_empty| WantedColumn {
            name: name.clone(),
            may_be_empty,
        };
        let (of_texts, nullable) = match texts {
            WantedTexts::One(text) => (self.columns_of(&[text]), Nullable::default()),
            WantedTexts::Any(texts) => {
                let of_texts = self.columns_of(texts);
                let nullable = Nullable {
                    columns: of_texts.len(),
                    // An author and a constant are always there.
                    one_is_wanted: of_texts.len() == texts.len(),
                };
                (of_texts, nullable)
            }
        };
        let parts = [&self.s_id, &self.author].into_iter();
        let parts = parts.filter(|name| constant(name).is_none());
        let columns = [&self.id].into_iter().chain(parts);
        let columns = columns.map(|name| (name, false));
        let columns = columns.chain(of_texts.into_iter().map(|name| (name, true)));
        TableQuery {
            table: table.to_owned(),
            time: self.post_time.clone(),
            columns: columns
                .map(|(name, may_be_empty)| wanted(name, may_be_empty))
                .collect(),
            nullable,
            start,
            end,
            zone,
        }
    }

    /// The columns of these texts that are not wanted anyway.
    fn columns_of(&self, texts: &[TextColumn]) -> Vec<&String> {
        let names = texts.iter().filter_map(|text| self.of_text(*text));
        names.filter(|name| constant(name).is_none()).collect()
    }

    /// The column that is matched, unless it is that of the authors.
    fn of_text(&self, text: TextColumn) -> Option<&String> {
        match text {
            TextColumn::Author => None,
            TextColumn::Content => Some(&self.content),
            TextColumn::Title => Some(&self.title),
            TextColumn::SAreaId => Some(&self.s_area_id),
        }
    }
}

/// The column that is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextColumn {
    Author,
    Content,
    Title,
    SAreaId,
}

impl TextColumn {
    /// What rules call it.
    pub fn field(self) -> Field {
        match self {
            Self::Author => Field::Author,
            Self::Content => Field::Content,
            Self::Title => Field::Title,
            Self::SAreaId => Field::SAreaId,
        }
    }

    /// What rules that look at these fields look at, in their order.
    pub fn of_fields(fields: Fields) -> Vec<Self> {
        let columns = fields.iter().map(|field| match field {
            Field::Author => Self::Author,
            Field::Title => Self::Title,
            Field::Content => Self::Content,
            Field::SAreaId => Self::SAreaId,
        });
        columns.collect()
    }
}

/// Which texts of a post are wanted.
#[derive(Clone, Copy)]
enum WantedTexts<'a> {
    /// This one; it must not be NULL.
    One(TextColumn),
    /// Those of these that are not NULL, at least one.
    Any(&'a [TextColumn]),
}

/// What is to be read: the rows of a table from `start` to `end`, both included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadSpec {
    pub table: String,
    #[serde(default)]
    pub columns: ColumnNames,
    pub text: TextColumn,
    /// What rules look at that look at several fields, in the order of fields; then `text` is the first of
    /// them. A post takes part if one of them is not NULL.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<TextColumn>,
    pub start: Moment,
    pub end: Moment,
    /// That of the source; `None`: none was set, which means UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
}

impl ReadSpec {
    fn query(&self) -> TableQuery {
        let range = (self.start, self.end);
        self.columns
            .query(&self.table, self.texts(), range, self.zone())
    }

    fn texts(&self) -> WantedTexts<'_> {
        match &*self.fields {
            [] => WantedTexts::One(self.text),
            fields => WantedTexts::Any(fields),
        }
    }

    /// In which times without an offset are meant, and times are shown.
    pub fn zone(&self) -> Zone {
        self.zone.unwrap_or_default()
    }
}
