//! How long words, workbooks and pictures of articles take, without anything around them, on one thread.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use chrono_tz::Tz;
use rust_xlsxwriter::XlsxError;

use super::analysis_workbook::{self, Notes};
use super::cloud::{self, CloudFont, FontFault, WORDS_MAX, Word};
use super::figures::Figures;
use super::keyword_workbook::{KeywordWorkbook, SHEET_ROWS};
use super::stored::StoredArticle;
use crate::systems::briefs::analysing::{Analysis, Segmenter, TopicFigures, WordFigures};

/// Rows of the sheets of words and topics.
const LISTED: usize = 500;

/// In seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ExportSpeed {
    pub segment_s: f64,
    pub workbooks_s: f64,
    pub pictures_s: f64,
}

/// Why nothing could be measured.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpeedFault {
    #[error(transparent)]
    Font(#[from] FontFault),
    #[error("failed to write a workbook")]
    Workbook(#[from] XlsxError),
    #[error("failed to write into a temporary folder")]
    Folder(#[from] io::Error),
}

/// Measures what an export does with articles; `folder` is empty.
pub(crate) fn speed(
    articles: &[StoredArticle],
    zone: Tz,
    fonts: &[PathBuf],
    folder: &Path,
) -> Result<ExportSpeed, SpeedFault> {
    let font = CloudFont::find(fonts)?;
    let segmenter = Segmenter::default();
    // The table of words is read with the first text.
    segmenter.words(Some("一"), None, |_| {});
    let clock = Instant::now();
    let mut counted = 0_usize;
    for stored in articles {
        let article = &stored.article;
        let (title, content) = (article.title.as_deref(), article.content.as_deref());
        segmenter.words(title, content, |word| {
            counted += usize::from(!word.is_empty())
        });
    }
    let segment_s = clock.elapsed().as_secs_f64();
    std::hint::black_box(counted);
    let mut analysis = Analysis::default();
    for stored in articles {
        analysis.add(&stored.article, &segmenter);
    }
    let (words, topics) = (analysis.words(LISTED), analysis.topics(LISTED));
    let clock = Instant::now();
    workbooks(articles, zone, folder, &words, &topics)?;
    let workbooks_s = clock.elapsed().as_secs_f64();
    let (words, topics) = clouds(words, topics);
    let clock = Instant::now();
    for (file, words) in [("words.png", words), ("topics.png", topics)] {
        std::fs::write(folder.join(file), cloud::draw(&words, &font))?;
    }
    Ok(ExportSpeed {
        segment_s,
        workbooks_s,
        pictures_s: clock.elapsed().as_secs_f64(),
    })
}

fn workbooks(
    articles: &[StoredArticle],
    zone: Tz,
    folder: &Path,
    words: &[WordFigures],
    topics: &[TopicFigures],
) -> Result<(), SpeedFault> {
    let mut platforms: Vec<(String, String)> = Vec::new();
    for stored in articles {
        if !platforms.iter().any(|(name, _)| *name == stored.platform) {
            platforms.push((stored.platform.clone(), stored.platform.clone()));
        }
    }
    let mut book = KeywordWorkbook::new(&platforms, zone, folder, SHEET_ROWS)?;
    let mut figures = Figures::new(platforms, Vec::new(), zone);
    for stored in articles {
        book.add(stored)?;
        figures.add(stored);
    }
    book.save(&folder.join("articles.xlsx"))?;
    let notes = Notes {
        request: Vec::new(),
        words,
        topics,
        explained: Vec::new(),
    };
    analysis_workbook::save(&figures, notes, zone, &folder.join("figures.xlsx"))?;
    Ok(())
}

fn clouds(words: Vec<WordFigures>, topics: Vec<TopicFigures>) -> (Vec<Word>, Vec<Word>) {
    let words = words.into_iter().map(|found| Word {
        text: found.word,
        weight: found.weight,
    });
    let topics = topics.into_iter().map(|found| Word {
        text: found.topic,
        weight: found.articles as f64,
    });
    let (words, topics) = (words.take(WORDS_MAX), topics.take(WORDS_MAX));
    (words.collect(), topics.collect())
}
