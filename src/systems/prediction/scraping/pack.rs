//! The pages of a run in one file: each packed by gzip, one behind the other, with their places in the store.
//!
//! The file is `scrape/<run>/<epoch>`. The epoch is that of the lease under which it was written: a process
//! that was frozen and lost its job writes beside the file of the one that has it.

use std::io::{Read, Write};
use std::sync::Arc;

use entity::scrape_page;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::engine::seam::StepError;
use crate::files::{FilePath, FileWriter, Files, FilesError};
use crate::systems::prediction::scrape::KeptPage;

/// What is waited for while it is away.
const THE_FILES: &str = "the place of files";

#[derive(Debug, thiserror::Error)]
pub(crate) enum PackError {
    #[error("failed to reach the pages that are kept")]
    Files(#[from] FilesError),
    #[error("page {0} cannot be read any more")]
    Damaged(i32),
    #[error("the pages are not kept any more")]
    Missing,
    #[error("a worker thread ended early")]
    ThreadLost,
}

impl From<PackError> for StepError {
    fn from(error: PackError) -> Self {
        match &error {
            PackError::Files(files) if files.is_transient() => {
                Self::outage(THE_FILES, error.to_string()).caused_by(error)
            }
            PackError::Files(_) => Self::retry(error.to_string()).caused_by(error),
            PackError::ThreadLost => Self::thread_lost(),
            PackError::Damaged(_) | PackError::Missing => Self::refused(&error),
        }
    }
}

/// Takes the pages of a run while it fetches them. Dropped before [`Pack::finish`], nothing of it shows.
pub(super) struct Pack {
    pages: mpsc::UnboundedSender<Next>,
    writing: JoinHandle<Result<Vec<scrape_page::Model>, PackError>>,
}

/// Where pages go while others are fetched.
#[derive(Clone)]
pub(super) struct PageSender(mpsc::UnboundedSender<Next>);

enum Next {
    Page(KeptPage),
    /// There is no other.
    End,
}

impl Pack {
    pub fn begin(files: Files, run: &str, epoch: i64) -> Self {
        let (pages, received) = mpsc::unbounded_channel();
        let writing = tokio::spawn(write(files, run.to_owned(), epoch, received));
        Self { pages, writing }
    }

    pub fn sender(&self) -> PageSender {
        PageSender(self.pages.clone())
    }

    /// The pages with their places in the file, which shows from now on. None: there is no file.
    pub async fn finish(self) -> Result<Vec<scrape_page::Model>, PackError> {
        // If the writer has failed, it says why.
        self.pages.send(Next::End).ok();
        self.writing.await.map_err(|_| PackError::ThreadLost)?
    }
}

impl PageSender {
    /// `false`: the writer has failed.
    pub fn send(&self, page: KeptPage) -> bool {
        self.0.send(Next::Page(page)).is_ok()
    }
}

async fn write(
    files: Files,
    run: String,
    epoch: i64,
    mut received: mpsc::UnboundedReceiver<Next>,
) -> Result<Vec<scrape_page::Model>, PackError> {
    let mut pages = Vec::new();
    let mut writer: Option<FileWriter> = None;
    let mut place = 0;
    while let Some(next) = received.recv().await {
        let Next::Page(page) = next else {
            if let Some(writer) = writer {
                writer.finish().await?;
            }
            return Ok(pages);
        };
        let body = Arc::clone(&page.body);
        let packed = spawn_blocking(move || packed(&body)).await;
        let packed = packed.map_err(|_| PackError::ThreadLost)?;
        let row = scrape_page::Model {
            run_id: run.clone(),
            no: i32::try_from(page.number).unwrap_or(i32::MAX),
            url: page.url,
            content_type: page.content_type,
            at: page.at,
            bytes: signed(page.body.len()),
            place,
            packed: signed(packed.len()),
        };
        place += row.packed;
        pages.push(row);
        let path = path(&run, epoch)?;
        let writer = writer.get_or_insert_with(|| files.writer(&path));
        writer.write(packed).await?;
    }
    // Nobody wants it any more.
    if let Some(writer) = writer {
        writer.abort().await?;
    }
    Ok(Vec::new())
}

/// A page as it was kept.
pub(super) async fn read_page(
    files: &Files,
    epoch: i64,
    row: scrape_page::Model,
) -> Result<KeptPage, PackError> {
    let path = path(&row.run_id, epoch)?;
    let (place, packed) = (row.place.unsigned_abs(), row.packed.unsigned_abs());
    if files.size(&path).await?.is_none() {
        return Err(PackError::Missing);
    }
    let bytes = files.part(&path, place..place + packed).await?;
    let body = unpacked(&bytes, row.bytes.unsigned_abs());
    Ok(KeptPage {
        number: row.no.unsigned_abs(),
        url: row.url,
        content_type: row.content_type,
        at: row.at,
        body: body.ok_or(PackError::Damaged(row.no))?.into(),
    })
}

/// Drops all pages of a run.
pub(super) async fn drop_pages(files: &Files, run: &str) -> Result<(), PackError> {
    Ok(files.delete_folder(&FilePath::of([FOLDER, run])?).await?)
}

const FOLDER: &str = "scrape";

fn path(run: &str, epoch: i64) -> Result<FilePath, FilesError> {
    FilePath::of([FOLDER, run, &epoch.to_string()])
}

fn packed(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory does not fail.
    encoder.write_all(body).ok();
    encoder.finish().unwrap_or_default()
}

fn unpacked(bytes: &[u8], length: u64) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let mut limited = GzDecoder::new(bytes).take(length + 1);
    limited.read_to_end(&mut body).ok()?;
    (body.len() as u64 == length).then_some(body)
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::S3Options;

    fn page(number: u32, body: &str) -> KeptPage {
        KeptPage {
            number,
            url: format!("http://example.com/{number}"),
            content_type: None,
            at: 7,
            body: Arc::from(body.as_bytes()),
        }
    }

    #[tokio::test]
    async fn pages_are_read_as_they_were_kept_and_given_up_ones_never_show() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("file://{}", folder.path().display());
        let files = Files::open(&url, &S3Options::default()).unwrap();
        let long = "ページ".repeat(10_000);
        let pack = Pack::begin(files.clone(), "run", 3);
        for (number, body) in [(1, "one"), (2, long.as_str()), (3, "")] {
            assert!(pack.sender().send(page(number, body)));
        }
        let rows = pack.finish().await.unwrap();
        assert!(rows[1].packed < rows[1].bytes / 10);
        for (row, body) in rows.into_iter().zip(["one", long.as_str(), ""]) {
            let number = row.no.unsigned_abs();
            let read = read_page(&files, 3, row).await.unwrap();
            assert_eq!(read, page(number, body));
        }
        let given_up = Pack::begin(files.clone(), "other", 3);
        given_up.sender().send(page(1, "x"));
        drop(given_up);
        let none = Pack::begin(files.clone(), "none", 3)
            .finish()
            .await
            .unwrap();
        assert!(none.is_empty());
        drop_pages(&files, "run").await.unwrap();
        let path = FilePath::of([FOLDER]).unwrap();
        assert!(files.list(&path, None, 10).await.unwrap().is_empty());
    }
}
