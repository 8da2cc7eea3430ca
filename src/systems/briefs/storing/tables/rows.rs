//! A row as it is bound to statements, and as it is read back.

use super::columns::{COLUMNS, quoted};
use super::times;
use crate::systems::briefs::article::{Article, Count, FanLevel, PageId, Row};
use crate::systems::briefs::exporting::StoredArticle;
use crate::systems::briefs::storing::error::StoringError;
use crate::systems::briefs::storing::page::BriefWords;
use crate::tables::{Cells, ColumnType, DatabaseError, Dialect, Value};

/// What is in the columns of one row.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Null,
    Text(String),
    Integer(i64),
    Number(f64),
}

impl Cell {
    fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Null, |text| Self::Text(text.to_owned()))
    }

    fn integer(integer: Option<i64>) -> Self {
        integer.map_or(Self::Null, Self::Integer)
    }

    pub fn value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::MaybeText(None),
            Self::Text(text) => Value::Text(text),
            Self::Integer(integer) => Value::Integer(*integer),
            Self::Number(number) => Value::Number(*number),
        }
    }

    /// As a text that the database converts.
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text),
            Self::Integer(integer) => Some(integer.to_string()),
            Self::Number(number) => Some(format!("{number:?}")),
        }
    }
}

/// A row with the time of its first page.
pub(super) struct TimedRow {
    pub row: Row,
    pub created_at: i64,
}

/// The cells of a row, in the order of [`COLUMNS`].
pub(super) fn cells_of(job: &str, timed: &TimedRow, words: &BriefWords) -> Vec<Cell> {
    let Row {
        article,
        keywords,
        page,
        sentiment,
    } = &timed.row;
    let text = |text: &Option<String>| Cell::text(text.as_deref());
    let topics = match article.topics.is_empty() {
        true => Cell::Null,
        false => Cell::Text(serde_json::json!(article.topics).to_string()),
    };
    let mut cells = vec![
        Cell::Text(job.to_owned()),
        Cell::Text(article.id.clone()),
        Cell::Text(words.joined(*keywords)),
        text(&article.url),
        text(&article.title),
        text(&article.content),
        Cell::Text(times::written(article.post_time)),
    ];
    cells.extend(Count::ALL.map(|count| Cell::integer(article.counts.get(count))));
    cells.extend([
        Cell::integer(article.counts.interraction()),
        text(&article.user_id),
        text(&article.user_name),
        Cell::integer(article.user_fans),
        Cell::Text(FanLevel::of(article.user_fans).name().to_owned()),
        topics,
        sentiment.map_or(Cell::Null, Cell::Number),
        Cell::Text(page.text()),
        Cell::Text(times::written(timed.created_at)),
    ]);
    cells
}

/// What is selected of a row, for [`ReadRow::read`]. Times are read as texts.
pub(super) fn selected(dialect: &dyn Dialect) -> String {
    let columns = COLUMNS.iter().zip(quoted(dialect)).skip(1);
    let columns = columns.map(|((_, holds), name)| match holds {
        ColumnType::Time => dialect.as_text(&name),
        _ => name,
    });
    columns.collect::<Vec<_>>().join(", ")
}

/// A row as it stands in a table.
pub(super) struct ReadRow {
    pub article: Article,
    pub keyword: String,
    pub sentiment: Option<f64>,
    page: Option<String>,
    post_time: Option<String>,
    created: Option<String>,
}

impl ReadRow {
    /// The cells of [`selected`], from this place on.
    pub fn read(cells: &dyn Cells, first: usize) -> Result<Self, DatabaseError> {
        let mut place = first;
        let mut next = || {
            place += 1;
            place - 1
        };
        let mut article = Article {
            id: cells.text(next())?.unwrap_or_default(),
            ..Article::default()
        };
        let keyword = cells.text(next())?.unwrap_or_default();
        article.url = cells.text(next())?;
        article.title = cells.text(next())?;
        article.content = cells.text(next())?;
        let post_time = cells.text(next())?;
        for count in Count::ALL {
            article.counts.set(count, cells.integer(next())?);
        }
        // What counts add up to, and the words for followers, follow from the others.
        next();
        article.user_id = cells.text(next())?;
        article.user_name = cells.text(next())?;
        article.user_fans = cells.integer(next())?;
        next();
        let topics = cells.text(next())?.unwrap_or_default();
        article.topics = serde_json::from_str(&topics).unwrap_or_default();
        Ok(Self {
            article,
            keyword,
            sentiment: cells.number(next())?,
            page: cells.text(next())?,
            post_time,
            created: cells.text(next())?,
        })
    }

    /// For lists and exports.
    pub fn into_stored(mut self, platform: &str) -> Result<StoredArticle, StoringError> {
        self.take_post_time(platform)?;
        Ok(StoredArticle {
            platform: platform.to_owned(),
            keyword: self.keyword,
            article: self.article,
            sentiment: self.sentiment,
        })
    }

    /// To be merged with what pages say.
    pub fn into_row(
        mut self,
        platform: &str,
        words: &BriefWords,
    ) -> Result<TimedRow, StoringError> {
        self.take_post_time(platform)?;
        let page = self.page.as_deref().and_then(PageId::read);
        let page = page.ok_or_else(|| self.corrupt(platform, "page_id names no page"))?;
        let created_at = self.created.as_deref().and_then(times::read);
        let created_at =
            created_at.ok_or_else(|| self.corrupt(platform, "create_time is no time"))?;
        Ok(TimedRow {
            created_at,
            row: Row {
                keywords: words.numbers(&self.keyword),
                article: self.article,
                page,
                sentiment: self.sentiment,
            },
        })
    }

    fn take_post_time(&mut self, platform: &str) -> Result<(), StoringError> {
        let time = self.post_time.as_deref().and_then(times::read);
        self.article.post_time =
            time.ok_or_else(|| self.corrupt(platform, "post_time is no time"))?;
        Ok(())
    }

    fn corrupt(&self, platform: &str, fault: &'static str) -> StoringError {
        StoringError::Corrupt {
            table: super::table_of(platform),
            id: self.article.id.clone(),
            fault,
        }
    }
}
