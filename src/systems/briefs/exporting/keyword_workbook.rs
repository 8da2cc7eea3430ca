//! `keyword.xlsx`: the articles of a brief, all of them and by platform, most interraction first.

use std::path::Path;

use chrono_tz::Tz;
use rust_xlsxwriter::{Workbook, XlsxError};

use super::cells::{Cell, Formats, new_workbook, sheet_name};
use super::stored::StoredArticle;
use crate::systems::briefs::analysing::Tone;
use crate::systems::briefs::article::{Count, FanLevel};

const HEADINGS: [&str; 20] = [
    "平台",
    "关键词",
    "作品url",
    "作品title",
    "作品content",
    "作品发布时间",
    "作品点赞",
    "作品阅读",
    "作品转发/分享",
    "作品评论",
    "作品收藏",
    "作品播放",
    "作品弹幕",
    "作品下载",
    "作品互动",
    "用户名",
    "用户粉丝数",
    "用户粉丝数级别",
    "话题",
    "情感",
];

/// Rows of a sheet, the headings included: more cannot be opened.
pub(super) const SHEET_ROWS: u32 = 1_048_576;

/// Addresses of a sheet: with more of them it opens with a warning.
const LINKS: u32 = 65_000;

/// A workbook that is being written. Rows go to temporary files, so that its memory does not grow with them.
pub(super) struct KeywordWorkbook {
    book: Workbook,
    formats: Formats,
    zone: Tz,
    sheet_rows: u32,
    /// The sheets of all articles; the last one is being written.
    all: Vec<Sheet>,
    /// By the number of the platform.
    platforms: Vec<(String, String, Vec<Sheet>)>,
    names: Vec<String>,
}

/// Where the next row goes.
struct Sheet {
    number: usize,
    rows: u32,
    links: u32,
}

const ALL: &str = "全部";

impl KeywordWorkbook {
    /// `platforms` are names and labels.
    pub fn new(
        platforms: &[(String, String)],
        zone: Tz,
        folder: &Path,
        sheet_rows: u32,
    ) -> Result<Self, XlsxError> {
        let mut book = new_workbook()?;
        book.set_tempdir(folder)?;
        let mut workbook = Self {
            book,
            formats: Formats::default(),
            zone,
            sheet_rows,
            all: Vec::new(),
            platforms: Vec::new(),
            names: Vec::new(),
        };
        let sheet = workbook.begin(ALL)?;
        workbook.all.push(sheet);
        for (name, label) in platforms {
            let sheet = workbook.begin(label)?;
            let sheets = vec![sheet];
            workbook
                .platforms
                .push((name.clone(), label.clone(), sheets));
        }
        Ok(workbook)
    }

    fn begin(&mut self, label: &str) -> Result<Sheet, XlsxError> {
        let name = sheet_name(label, &self.names);
        let number = self.names.len();
        let sheet = self.book.add_worksheet_with_constant_memory();
        sheet.set_name(&name)?;
        sheet.set_freeze_panes(1, 0)?;
        for (column, width) in [
            (2, 30.0),
            (3, 30.0),
            (4, 60.0),
            (5, 20.0),
            (15, 16.0),
            (18, 24.0),
        ] {
            sheet.set_column_width(column, width)?;
        }
        for (column, heading) in (0..).zip(HEADINGS) {
            sheet.write_string_with_format(0, column, heading, &self.formats.heading)?;
        }
        self.names.push(name);
        Ok(Sheet {
            number,
            rows: 1,
            links: LINKS,
        })
    }

    /// Adds an article to the sheet of all, and to that of its platform.
    pub fn add(&mut self, stored: &StoredArticle) -> Result<(), XlsxError> {
        let is_it = |(name, ..): &(String, String, Vec<Sheet>)| *name == stored.platform;
        let Some(platform) = self.platforms.iter().position(is_it) else {
            return Ok(());
        };
        let cells = cells(stored, &self.platforms[platform].1);
        if self
            .all
            .last()
            .is_some_and(|sheet| sheet.rows >= self.sheet_rows)
        {
            let sheet = self.begin(ALL)?;
            self.all.push(sheet);
        }
        let sheets = &self.platforms[platform].2;
        if sheets
            .last()
            .is_some_and(|sheet| sheet.rows >= self.sheet_rows)
        {
            let label = self.platforms[platform].1.clone();
            let sheet = self.begin(&label)?;
            self.platforms[platform].2.push(sheet);
        }
        let places = [self.all.last_mut(), self.platforms[platform].2.last_mut()];
        for place in places.into_iter().flatten() {
            let sheet = &mut self.book.worksheets_mut()[place.number];
            for (column, cell) in (0..).zip(&cells) {
                let at = (place.rows, column);
                self.formats
                    .write(sheet, at, cell, self.zone, &mut place.links)?;
            }
            place.rows += 1;
        }
        Ok(())
    }

    /// Writes the file.
    pub fn save(mut self, path: &Path) -> Result<(), XlsxError> {
        let sheets = self.platforms.iter().flat_map(|(_, _, sheets)| sheets);
        let last_column = (HEADINGS.len() - 1) as u16;
        for place in self.all.iter().chain(sheets) {
            let sheet = &mut self.book.worksheets_mut()[place.number];
            sheet.autofilter(0, 0, place.rows - 1, last_column)?;
        }
        self.book.save(path)
    }
}

fn cells(stored: &StoredArticle, label: &str) -> Vec<Cell> {
    let article = &stored.article;
    let count = |count| Cell::integer(article.counts.get(count));
    let mut cells = vec![
        Cell::Text(label.to_owned()),
        Cell::Text(stored.keyword.clone()),
        Cell::link(article.url.as_deref()),
        Cell::text(article.title.as_deref()),
        Cell::text(article.content.as_deref()),
        Cell::Time(article.post_time),
    ];
    cells.extend(Count::ALL.map(count));
    cells.extend([
        Cell::integer(article.counts.interraction()),
        Cell::text(article.user_name.as_deref()),
        Cell::integer(article.user_fans),
        Cell::Text(FanLevel::of(article.user_fans).name().to_owned()),
    ]);
    cells.push(match article.topics.is_empty() {
        true => Cell::Empty,
        false => Cell::Text(article.topics.join(",")),
    });
    let tone = stored.sentiment.map(|score| Tone::of(score).name());
    cells.push(Cell::text(tone));
    cells
}
