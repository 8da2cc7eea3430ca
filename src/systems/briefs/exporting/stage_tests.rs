//! Exports over a real store: made, entered, handed out, lost, made again, removed.

use std::sync::Arc;
use std::time::Duration;

use entity::JobId;
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio_util::sync::CancellationToken;

use super::download::ExportFile;
use super::error::ExportsError;
use super::exports::{Exports, signed};
use super::packing;
use crate::clock;
use crate::engine::store::Store;
use crate::settings::{Loaded, Settings};
use crate::systems::briefs::article::{Article, Count, KeywordSet, PageId};
use crate::systems::briefs::page_store::ArticleStore;
use crate::systems::briefs::platforms::Platforms;
use crate::systems::briefs::request::{BriefRequest, Matching};
use crate::systems::briefs::settings::{BriefSettings, BriefsSection};
use crate::systems::briefs::store::{Brief, BriefStore};
use crate::systems::briefs::storing::{ArticleTables, BriefWords, FetchedPage, PageStore};

struct World {
    folder: TempDir,
    exports: Exports,
    pages: PageStore,
    job: JobId,
}

fn request() -> BriefRequest {
    BriefRequest {
        job_name: "防晒霜".to_owned(),
        platforms: vec!["bili".to_owned()],
        keywords: vec!["防晒霜".to_owned()],
        start_time: 1_793_500_000_000_000,
        end_time: 1_793_600_000_000_000,
        max_pages: 20,
        deadline_s: 300,
        matching: Matching::Text,
    }
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let store = BriefStore::new(Store::open(&url).await.unwrap());
        let mut settings = Settings::default();
        settings.database.url.clone_from(&url);
        let briefs = BriefsSection {
            fonts: Vec::new(),
            ..BriefsSection::default()
        };
        let loaded = Loaded::made(settings).with(BriefSettings { briefs });
        let tables = ArticleTables::of_url(&url);
        let pages = PageStore::new(tables.clone(), None);
        let platforms = Platforms::default();
        let exports = Exports::of(&loaded, store, tables, platforms, Arc::from([]));
        let job = JobId::new();
        exports.store().begin_brief(&job, &request()).await.unwrap();
        Self {
            folder,
            exports,
            pages,
            job,
        }
    }

    async fn store(&self, id: &str, like: i64) {
        let words = Arc::new(BriefWords::new(&request().parsed().unwrap()));
        let mut article = Article {
            id: id.to_owned(),
            title: Some(format!("防晒霜 {id}")),
            post_time: 1_793_507_400_000_000,
            user_name: Some("甲".to_owned()),
            ..Article::default()
        };
        article.counts.set(Count::Like, Some(like));
        let page = PageId {
            sequence: 1,
            number: 1,
        };
        let row = words.row(article, KeywordSet::from_iter([0]), page);
        let page = FetchedPage {
            job: self.job.clone(),
            platform: "bili".to_owned(),
            page,
            attempt: 1,
            words,
            rows: vec![row],
        };
        self.pages.store(page).await.unwrap();
    }

    async fn brief(&self) -> Brief {
        let found = self.exports.store().brief(&self.job).await.unwrap();
        found.expect("it is stored")
    }

    async fn find(&self, file: Option<&str>) -> Result<ExportFile, ExportsError> {
        self.exports.find(&self.brief().await, None, file).await
    }

    fn zip(&self) -> std::path::PathBuf {
        let name = format!("1_{}.zip", self.job);
        self.folder.path().join("a_exports").join(name)
    }
}

async fn bytes(file: &ExportFile) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut body = file.read(0..file.bytes).await.unwrap();
    body.read_to_end(&mut bytes).await.unwrap();
    bytes
}

#[tokio::test]
async fn an_export_is_found_once_it_is_entered_and_made_again_when_it_is_lost() {
    let world = World::new().await;
    world.store("1", 5).await;
    world.store("2", 7).await;
    let found = world.find(None).await;
    assert!(matches!(found, Err(ExportsError::NotReady)), "{found:?}");

    let brief = world.brief().await;
    let made = world.exports.make(&brief, CancellationToken::new()).await;
    let made = made.unwrap();
    assert_eq!((made.articles, made.accounts), (2, 1));
    let message = made.message.clone().expect("there is no font");
    assert!(message.contains("fonts-wqy-microhei"), "{message}");
    let counts = (signed(made.articles), signed(made.accounts));
    let store = world.exports.store();
    let entered = store.enter_export(made.row.clone(), counts, made.message, None);
    entered.await.unwrap();
    assert_eq!(world.brief().await.message, Some(message));

    let whole = world.find(None).await.unwrap();
    let first = bytes(&whole).await;
    assert_eq!(whole.etag, format!("\"{}\"", made.row.sha256));
    assert_eq!(
        packing::digest(&world.zip()).unwrap().sha256,
        made.row.sha256
    );
    let manifest = world.find(Some("manifest.json")).await.unwrap();
    let read: serde_json::Value = serde_json::from_slice(&bytes(&manifest).await).unwrap();
    assert_eq!(read["figures"]["article_count"], 2);
    assert_eq!(read["failed_pages"], serde_json::json!([]));
    let book = world.find(Some("keyword.xlsx")).await.unwrap();
    assert!(bytes(&book).await.starts_with(b"PK"));
    assert_ne!(book.etag, whole.etag);
    let found = world.find(Some("../a.db")).await;
    assert!(matches!(found, Err(ExportsError::NoFile(_))), "{found:?}");
    let found = world.exports.find(&brief, Some(2), None).await;
    assert!(matches!(found, Err(ExportsError::NoStage(2))), "{found:?}");

    std::fs::remove_file(world.zip()).unwrap();
    assert_eq!(bytes(&world.find(None).await.unwrap()).await, first);

    // Rows of another stage are not passed off as those of this one.
    std::fs::remove_file(world.zip()).unwrap();
    let next = Brief { stage: 2, ..brief };
    let found = world.exports.find(&next, Some(1), None).await;
    assert!(
        matches!(found, Err(ExportsError::Replaced { .. })),
        "{found:?}"
    );
}

#[tokio::test]
async fn nothing_shows_of_an_export_that_is_stopped() {
    let world = World::new().await;
    world.store("1", 5).await;
    let stop = CancellationToken::new();
    stop.cancel();
    let made = world.exports.make(&world.brief().await, stop).await;
    let stopped = matches!(
        made,
        Err(ExportsError::Fault(super::fault::ExportFault::Stopped))
    );
    assert!(stopped, "{made:?}");
    let left = std::fs::read_dir(world.folder.path().join("a_exports")).unwrap();
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn what_was_removed_because_of_its_age_is_not_made_again() {
    let world = World::new().await;
    let brief = world.brief().await;
    let made = world
        .exports
        .make(&brief, CancellationToken::new())
        .await
        .unwrap();
    let store = world.exports.store();
    store
        .enter_export(made.row, (0, 0), None, None)
        .await
        .unwrap();
    let now = clock::now_micros();
    store.note_removed(&world.job, 1, now).await.unwrap();
    world.exports.place().sweep(Duration::ZERO).unwrap();
    assert!(!world.zip().exists());
    let found = world.find(None).await;
    assert!(
        matches!(found, Err(ExportsError::Removed { .. })),
        "{found:?}"
    );
}
