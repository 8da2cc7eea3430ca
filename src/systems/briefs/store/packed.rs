//! The articles of a page in few bytes: JSON lines, packed by LZ4. They are kept so that a change of the request, and
//! an output that is away, need no second call.

use entity::{JobId, brief_packed};
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use sea_orm::sea_query::{OnConflict, Query};
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, Statement, StatementBuilder,
};

use super::BriefStore;
use crate::engine::store::{Result, StoreError, query};
use crate::systems::briefs::article::{Article, PageId};

/// Rows, and about how many bytes, of one statement: a server takes so many at once.
const ROWS_AT_ONCE: usize = 200;
const BYTES_AT_ONCE: usize = 4 << 20;

/// The articles of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PackedPage {
    pub page: PageId,
    pub articles: Vec<u8>,
}

pub(crate) fn pack(articles: &[Article]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for article in articles {
        let written = serde_json::to_writer(&mut lines, article);
        written.map_err(|cause| StoreError::Unstorable { cause })?;
        lines.push(b'\n');
    }
    Ok(compress_prepend_size(&lines))
}

/// `None` if they are not what [`pack`] has made.
pub(crate) fn unpack(packed: &[u8]) -> Option<Vec<Article>> {
    let lines = decompress_size_prepended(packed).ok()?;
    let lines = lines
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty());
    lines
        .map(|line| serde_json::from_slice(line).ok())
        .collect()
}

/// Statements that store them; those of a page that are there already are replaced.
pub(super) fn insertions(
    backend: DbBackend,
    job: &JobId,
    platform: &str,
    pages: &[PackedPage],
) -> Vec<Statement> {
    use brief_packed::Column;
    let mut statements = Vec::new();
    let mut rest = pages;
    while !rest.is_empty() {
        let (mut rows, mut bytes) = (0, 0);
        while rows < rest.len().min(ROWS_AT_ONCE) && (rows == 0 || bytes < BYTES_AT_ONCE) {
            bytes += rest[rows].articles.len();
            rows += 1;
        }
        let (now, later) = rest.split_at(rows);
        rest = later;
        let mut insert = Query::insert();
        insert
            .into_table(brief_packed::Entity)
            .columns([
                Column::JobId,
                Column::Platform,
                Column::Sequence,
                Column::Number,
                Column::Articles,
            ])
            .on_conflict(
                OnConflict::columns([
                    Column::JobId,
                    Column::Platform,
                    Column::Sequence,
                    Column::Number,
                ])
                .update_column(Column::Articles)
                .to_owned(),
            );
        for page in now {
            insert.values_panic([
                job.as_str().into(),
                platform.into(),
                (page.page.sequence as i32).into(),
                (page.page.number as i32).into(),
                page.articles.clone().into(),
            ]);
        }
        statements.push(StatementBuilder::build(&insert, &backend));
    }
    statements
}

impl BriefStore {
    /// The articles of some pages of one sequence, in the order of the pages.
    pub async fn packed(
        &self,
        job: &JobId,
        platform: &str,
        sequence: u32,
        numbers: &[u32],
    ) -> Result<Vec<(PageId, Vec<Article>)>> {
        use brief_packed::Column;
        let found = brief_packed::Entity::find()
            .filter(Column::JobId.eq(job.clone()))
            .filter(Column::Platform.eq(platform))
            .filter(Column::Sequence.eq(sequence as i32))
            .filter(Column::Number.is_in(numbers.iter().map(|number| *number as i32)))
            .order_by_asc(Column::Number)
            .all(self.0.reader())
            .await
            .map_err(query("read the articles of pages"))?;
        let read = found.into_iter().map(|row| {
            let page = PageId {
                sequence: row.sequence as u32,
                number: row.number as u32,
            };
            let articles = unpack(&row.articles).ok_or_else(|| StoreError::Corrupt {
                job: job.clone(),
                reason: format!("the articles of page {} of {platform}", page.text()),
            })?;
            Ok((page, articles))
        });
        read.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let article = Article {
            id: "1".to_owned(),
            title: Some("防晒\n霜".to_owned()),
            topics: vec!["a".to_owned()],
            ..Article::default()
        };
        let articles = vec![article.clone(), article];
        assert_eq!(unpack(&pack(&articles).unwrap()), Some(articles));
        assert_eq!(unpack(&pack(&[]).unwrap()), Some(Vec::new()));
        assert_eq!(unpack(b"no"), None);
    }
}
