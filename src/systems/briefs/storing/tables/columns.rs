//! The columns of a table of articles, and what lists may be ordered by.

use crate::systems::briefs::article::Count;
use crate::tables::{ColumnType, Dialect};

pub(super) const JOB_ID: &str = "job_id";
pub(super) const ARTICLE_ID: &str = "article_id";
pub(super) const POST_TIME: &str = "post_time";
pub(super) const INTERRACTION: &str = "interraction";

/// All columns in their order; the first two are the key.
pub(super) const COLUMNS: [(&str, ColumnType); 24] = [
    (JOB_ID, ColumnType::Text),
    (ARTICLE_ID, ColumnType::Text),
    ("keyword", ColumnType::Text),
    ("url", ColumnType::Text),
    ("title", ColumnType::Text),
    ("content", ColumnType::Text),
    (POST_TIME, ColumnType::Time),
    ("like", ColumnType::Integer),
    ("read", ColumnType::Integer),
    ("share", ColumnType::Integer),
    ("comment", ColumnType::Integer),
    ("collect", ColumnType::Integer),
    ("play", ColumnType::Integer),
    ("danmu", ColumnType::Integer),
    ("download", ColumnType::Integer),
    (INTERRACTION, ColumnType::Integer),
    ("user_id", ColumnType::Text),
    ("user_name", ColumnType::Text),
    ("user_fans", ColumnType::Integer),
    ("user_fans_level", ColumnType::Text),
    ("topics", ColumnType::Text),
    ("sentiment", ColumnType::Number),
    ("page_id", ColumnType::Text),
    ("create_time", ColumnType::Time),
];

/// Those that are searched by, or have a bounded length, are of the type of keys.
pub(super) fn is_key_type(name: &str) -> bool {
    [JOB_ID, ARTICLE_ID, "page_id"].contains(&name)
}

/// The names, quoted: some are words of SQL.
pub(super) fn quoted(dialect: &dyn Dialect) -> Vec<String> {
    let names = COLUMNS.iter().map(|(name, _)| dialect.quoted(name));
    names.collect()
}

/// What a list is ordered by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Order {
    #[default]
    Interraction,
    Count(Count),
    /// Of articles; accounts have none, and are ordered by their newest.
    PostTime,
    UserFans,
    /// Of accounts; each article is one.
    ArticleCount,
}

/// Which end of a list comes first. NULL is last either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Descent {
    #[default]
    Descending,
    Ascending,
}

impl Order {
    /// The order that callers name; `None`: there is no such order.
    pub fn named(name: &str) -> Option<Self> {
        let count = Count::ALL.into_iter().find(|count| count.name() == name);
        match name {
            "interraction" => Some(Self::Interraction),
            "post_time" => Some(Self::PostTime),
            "user_fans" => Some(Self::UserFans),
            "article_count" => Some(Self::ArticleCount),
            _ => count.map(Self::Count),
        }
    }

    /// The name of its column.
    pub fn name(self) -> &'static str {
        match self {
            Self::Interraction => INTERRACTION,
            Self::Count(count) => count.name(),
            Self::PostTime => POST_TIME,
            Self::UserFans => "user_fans",
            Self::ArticleCount => "article_count",
        }
    }
}

impl Descent {
    pub(super) fn sql(self) -> &'static str {
        match self {
            Self::Descending => "DESC",
            Self::Ascending => "ASC",
        }
    }
}
