//! Articles in tables of each kind of database.

mod lists;
mod merging;
mod streaming;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use entity::JobId;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, PgConnection};
use tempfile::TempDir;

use super::page::{BriefWords, FetchedPage};
use super::tables::ArticleTables;
use crate::systems::briefs::article::{Article, KeywordSet, PageId, Row};
use crate::systems::briefs::keywords::Keyword;
use crate::tables::Blocking;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sqlite,
    Postgres,
    MySql,
}

/// An empty database, which is gone with this.
struct OwnDatabase {
    kind: Kind,
    url: String,
    server: Option<(String, String)>,
    _folder: TempDir,
}

/// Runs a test on each kind, and says on which.
fn on_each_kind(test: impl Fn(&OwnDatabase)) {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::MySql] {
        println!("on {kind:?}");
        test(&OwnDatabase::new(kind));
    }
}

impl OwnDatabase {
    fn new(kind: Kind) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        let variable = match kind {
            Kind::Sqlite => {
                let url = format!("sqlite://{}", folder.path().join("out.db").display());
                return Self {
                    kind,
                    url,
                    server: None,
                    _folder: folder,
                };
            }
            Kind::Postgres => "AUDIENCE_TEST_POSTGRES",
            Kind::MySql => "AUDIENCE_TEST_MYSQL",
        };
        let server = std::env::var(variable)
            .unwrap_or_else(|_| panic!("{variable} is missing: run the tests by scripts/test"));
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("audience_briefs_{}_{number}", std::process::id());
        run(kind, &server, &format!("CREATE DATABASE {name}"));
        let (base, options) = server.split_once('?').unwrap_or((&server, ""));
        let url = format!("{}/{name}?{options}", base.trim_end_matches('/'));
        Self {
            kind,
            url,
            server: Some((server, name)),
            _folder: folder,
        }
    }

    fn tables(&self) -> ArticleTables {
        ArticleTables::of_url(&self.url)
    }
}

impl Drop for OwnDatabase {
    fn drop(&mut self) {
        let Some((server, name)) = &self.server else {
            return;
        };
        let force = match self.kind {
            Kind::Postgres => " WITH (FORCE)",
            _ => "",
        };
        run(self.kind, server, &format!("DROP DATABASE {name}{force}"));
    }
}

fn run(kind: Kind, url: &str, sql: &str) {
    let statement = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
    Blocking::new().unwrap().run(async {
        match kind {
            Kind::Postgres => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                statement.execute(&mut connection).await.unwrap();
            }
            _ => {
                let mut connection = MySqlConnection::connect(url).await.unwrap();
                statement.execute(&mut connection).await.unwrap();
            }
        }
    });
}

fn words(keywords: &[&str]) -> Arc<BriefWords> {
    let keywords = keywords
        .iter()
        .map(|text| Keyword::parse(text).unwrap())
        .collect::<Vec<_>>();
    Arc::new(BriefWords::new(&keywords))
}

fn article(id: &str) -> Article {
    Article {
        id: id.to_owned(),
        title: Some(format!("title of {id}")),
        post_time: 1_767_225_600_000_000,
        ..Article::default()
    }
}

fn page_of(number: u32) -> PageId {
    PageId {
        sequence: 1,
        number,
    }
}

/// A page with these articles, each for some keywords.
fn page(
    job: &JobId,
    platform: &str,
    number: u32,
    words: &Arc<BriefWords>,
    articles: &[(Article, &[usize])],
) -> FetchedPage {
    let rows = articles.iter().map(|(article, keywords)| {
        let keywords: KeywordSet = keywords.iter().copied().collect();
        words.row(article.clone(), keywords, page_of(number))
    });
    FetchedPage {
        job: job.clone(),
        platform: platform.to_owned(),
        page: page_of(number),
        attempt: 1,
        words: words.clone(),
        rows: rows.collect::<Vec<Row>>(),
    }
}
