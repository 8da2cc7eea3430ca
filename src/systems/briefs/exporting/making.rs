//! Makes the files of an export in one pass over the articles of a brief.
//!
//! ```text
//! articles, in order ──► writer: keyword.xlsx
//!                  └───► counter: figures, words, topics ──► keyword_analysis.xlsx, pictures
//! ```
//!
//! Words are counted here, not while articles arrive: a change of the request, a page that is stored again and a
//! restart would each need the counts to be taken back or made anew, and cutting the texts of 9,000 articles takes
//! less time than writing them into the workbook beside it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use super::about::About;
use super::analysis_workbook::{self, Notes};
use super::cloud::{self, CloudFont, FontFault, WORDS_MAX, Word};
use super::explained::{Counted, explained, overview};
use super::fault::{ExportFault, failed_to};
use super::figures::Figures;
use super::keyword_workbook::KeywordWorkbook;
use super::stored::StoredArticle;
use crate::systems::briefs::analysing::{Analysis, Segmenter};

pub(super) const KEYWORDS: &str = "keyword.xlsx";
pub(super) const ANALYSIS: &str = "keyword_analysis.xlsx";
pub(super) const WORDS: &str = "content_wc.png";
pub(super) const TOPICS: &str = "topic_wc.png";

/// Rows of the sheets of words and topics.
const WORDS_LISTED: usize = 500;
const TOPICS_LISTED: usize = 200;

/// Articles that go to the threads together, and how many such parts wait for each.
const TOGETHER: usize = 256;
const WAITING: usize = 4;

type Part = Arc<Vec<StoredArticle>>;

/// Takes articles, and returns whether more are wanted.
pub(crate) type Take<'t> = &'t mut dyn FnMut(StoredArticle) -> bool;

/// Makes the files in a folder that is there, and returns what was counted. `read` gives all articles, most
/// interraction first. Blocks.
pub(super) fn make<E: From<ExportFault>>(
    about: &About,
    font: &Result<CloudFont, FontFault>,
    folder: &Path,
    sheet_rows: u32,
    read: impl FnOnce(Take<'_>) -> Result<(), E>,
) -> Result<Figures, E> {
    // What is read in part is not finished.
    let is_whole = &AtomicBool::new(false);
    thread::scope(|scope| {
        let (to_writer, for_writer) = sync_channel::<Part>(WAITING);
        let (to_counter, for_counter) = sync_channel::<Part>(WAITING);
        let writer = scope.spawn(move || write(about, folder, sheet_rows, for_writer, is_whole));
        let counter = scope.spawn(move || count(about, font, folder, for_counter, is_whole));
        let mut parts = Parts {
            to: [to_writer, to_counter],
            next: Vec::with_capacity(TOGETHER),
        };
        let read = read(&mut |article| parts.add(article));
        if read.is_ok() {
            is_whole.store(parts.send(), Ordering::Release);
        }
        // The threads end where nothing can follow.
        drop(parts);
        let written = writer.join().unwrap_or(Err(ExportFault::ThreadLost));
        let counted = counter.join().unwrap_or(Err(ExportFault::ThreadLost));
        read?;
        // A thread that only stopped because of the other one says nothing.
        match (written, counted) {
            (Err(ExportFault::Stopped), Err(fault)) | (Err(fault), _) | (_, Err(fault)) => {
                Err(fault.into())
            }
            (Ok(()), Ok(figures)) => Ok(figures),
        }
    })
}

struct Parts {
    to: [SyncSender<Part>; 2],
    next: Vec<StoredArticle>,
}

impl Parts {
    fn add(&mut self, article: StoredArticle) -> bool {
        self.next.push(article);
        self.next.len() < TOGETHER || self.send()
    }

    /// `false`: a thread has failed, and more is not wanted.
    fn send(&mut self) -> bool {
        let part = std::mem::replace(&mut self.next, Vec::with_capacity(TOGETHER));
        let part = Arc::new(part);
        self.to.iter().all(|to| to.send(Arc::clone(&part)).is_ok())
    }
}

fn write(
    about: &About,
    folder: &Path,
    sheet_rows: u32,
    parts: Receiver<Part>,
    is_whole: &AtomicBool,
) -> Result<(), ExportFault> {
    let failed = |cause| ExportFault::Workbook {
        file: KEYWORDS,
        cause,
    };
    let book = KeywordWorkbook::new(&about.labels(), about.zone, folder, sheet_rows);
    let mut book = book.map_err(failed)?;
    for part in parts {
        for article in part.iter() {
            book.add(article).map_err(failed)?;
        }
    }
    if !is_whole.load(Ordering::Acquire) {
        return Err(ExportFault::Stopped);
    }
    book.save(&folder.join(KEYWORDS)).map_err(failed)
}

fn count(
    about: &About,
    font: &Result<CloudFont, FontFault>,
    folder: &Path,
    parts: Receiver<Part>,
    is_whole: &AtomicBool,
) -> Result<Figures, ExportFault> {
    let keywords = about.request.keywords.clone();
    let mut figures = Figures::new(about.labels(), keywords, about.zone);
    let mut analysis = Analysis::default();
    let segmenter = Segmenter::new(&about.keywords, &about.dictionary);
    for part in parts {
        for stored in part.iter() {
            figures.add(stored);
            analysis.add(&stored.article, &segmenter);
        }
    }
    // Its dictionary need not be there beside the table of rare words.
    drop(segmenter);
    if !is_whole.load(Ordering::Acquire) {
        return Err(ExportFault::Stopped);
    }
    let words = analysis.words(WORDS_LISTED);
    let topics = analysis.topics(TOPICS_LISTED);
    let counted = Counted {
        articles: figures.total().articles,
        words_were_dropped: analysis.is_pruned(),
        font: font.as_ref().err(),
    };
    let notes = Notes {
        request: overview(about, &counted),
        words: &words,
        topics: &topics,
        explained: explained(about, &counted),
    };
    let saved = analysis_workbook::save(&figures, notes, about.zone, &folder.join(ANALYSIS));
    saved.map_err(|cause| ExportFault::Workbook {
        file: ANALYSIS,
        cause,
    })?;
    if let Ok(font) = font {
        let words = words.into_iter().map(|found| Word {
            text: found.word,
            weight: found.weight,
        });
        let words: Vec<Word> = words.take(WORDS_MAX).collect();
        let topics = topics.into_iter().map(|found| Word {
            text: found.topic,
            weight: found.articles as f64,
        });
        let topics: Vec<Word> = topics.collect();
        for (file, words) in [(WORDS, words), (TOPICS, topics)] {
            let drawn = cloud::draw(&words, font);
            std::fs::write(folder.join(file), drawn).map_err(failed_to("write a word cloud"))?;
        }
    }
    Ok(figures)
}
