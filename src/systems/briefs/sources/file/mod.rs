//! Files below `briefs.files`: CSV, JSON lines and workbooks, a thousand rows a page, file after file in the order of
//! their names.

mod csv_rows;
mod found;
mod json_rows;
mod sheet;
mod text;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono_tz::Tz;
use entity::JobId;
use serde_json::Value;

use super::{PageAnswer, PageAsk, PageSource, Sequences, Trial};
use crate::clock;
use crate::engine::seam::blocking;
use crate::systems::briefs::adapter::{FileFormat, ItemReader, Next};
use crate::systems::briefs::platforms::Platform;
use crate::systems::briefs::upstream::CallFault;

/// Rows of a page.
const ROWS: usize = 1_000;

/// Files that are kept open between pages, one for each brief: the oldest goes first.
const OPEN_MAX: usize = 16;

/// The names of the cursors: the number of the file among those that were found, and rows of it that were read.
const FILE: &str = "file";
const ROW: &str = "row";

/// Rows of one file, from its first one on.
trait Rows: Send {
    /// Up to so many; fewer at the end. A row that cannot be read is null.
    fn next(&mut self, most: usize) -> Result<Vec<Value>, String>;
}

/// A platform whose articles are in files.
pub(crate) struct FileSource(Arc<Inner>);

struct Inner {
    platform: Arc<Platform>,
    /// `briefs.files`.
    folder: PathBuf,
    pattern: String,
    format: FileFormat,
    zone: Tz,
    open: Mutex<VecDeque<OpenFile>>,
}

/// A file of which some rows were read.
struct OpenFile {
    job: JobId,
    place: Place,
    rows: Box<dyn Rows>,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Place {
    file: usize,
    row: usize,
}

impl FileSource {
    /// `pattern` is checked: it leads nowhere but below the folder.
    pub fn new(
        platform: Arc<Platform>,
        (pattern, format): (&str, FileFormat),
        folder: &Path,
        zone: Tz,
    ) -> Self {
        Self(Arc::new(Inner {
            platform,
            folder: folder.to_owned(),
            pattern: pattern.to_owned(),
            format,
            zone,
            open: Mutex::default(),
        }))
    }
}

impl FileSource {
    /// Reads the first page, and returns its rows as they stand in the file, too.
    pub async fn try_out(&self) -> Result<Trial, CallFault> {
        let inner = Arc::clone(&self.0);
        let read = blocking(move || Ok(inner.try_out()));
        let read = read.await;
        read.map_err(|_| CallFault::Transient("the file could not be read".to_owned()))?
            .map_err(CallFault::Final)
    }
}

#[async_trait]
impl PageSource for FileSource {
    fn sequences(&self) -> Sequences {
        Sequences::One
    }

    fn is_called(&self) -> bool {
        false
    }

    async fn ask(&self, page: &PageAsk) -> Result<PageAnswer, CallFault> {
        let place = Place::of(&page.cursors);
        let (inner, job) = (Arc::clone(&self.0), page.job.clone());
        let read = blocking(move || Ok(inner.read(&job, place)));
        let read = read.await;
        read.map_err(|_| CallFault::Transient("the file could not be read".to_owned()))?
            .map_err(CallFault::Final)
    }
}

impl Place {
    fn of(cursors: &BTreeMap<String, Value>) -> Self {
        let number = |name: &str| {
            let number = cursors.get(name).and_then(Value::as_u64).unwrap_or(0);
            usize::try_from(number).unwrap_or(usize::MAX)
        };
        Self {
            file: number(FILE),
            row: number(ROW),
        }
    }

    fn next(self) -> Next {
        let cursors = [(FILE, self.file), (ROW, self.row)];
        let cursors = cursors.map(|(name, number)| (name.to_owned(), (number as u64).into()));
        Next::Cursor(cursors.into())
    }
}

impl Inner {
    fn read(&self, job: &JobId, place: Place) -> Result<PageAnswer, String> {
        let files = found::files(&self.folder, &self.pattern)?;
        let Some(file) = files.get(place.file) else {
            return match files.is_empty() {
                true => Err(format!("no file is found by `{}`", self.pattern)),
                // It was there when the page before was read.
                false => Ok(end(PageAnswer::default())),
            };
        };
        let shown = file.shown.as_str();
        let failed = |reason: String| format!("{shown}: {reason}");
        let mut rows = match self.kept(job, place) {
            Some(rows) => rows,
            None => self.rows_from(&file.path, place.row).map_err(failed)?,
        };
        let items = rows.next(ROWS).map_err(failed)?;
        let answer = self.answer(&items, place).map_err(failed)?;
        if items.len() == ROWS {
            let place = Place {
                row: place.row + ROWS,
                ..place
            };
            self.keep(job, place, rows);
            return Ok(PageAnswer {
                next: place.next(),
                ..answer
            });
        }
        match place.file + 1 < files.len() {
            true => {
                let place = Place {
                    file: place.file + 1,
                    row: 0,
                };
                Ok(PageAnswer {
                    next: place.next(),
                    ..answer
                })
            }
            false => Ok(end(answer)),
        }
    }

    fn try_out(&self) -> Result<Trial, String> {
        let files = found::files(&self.folder, &self.pattern)?;
        let file = files.first();
        let file = file.ok_or_else(|| format!("no file is found by `{}`", self.pattern))?;
        let shown = file.shown.as_str();
        let failed = |reason: String| format!("{shown}: {reason}");
        let mut rows = self.rows_from(&file.path, 0).map_err(failed)?;
        let items = rows.next(ROWS).map_err(failed)?;
        let answer = self.answer(&items, Place::default());
        Ok(Trial {
            answer: answer.map_err(|reason| CallFault::Final(failed(reason))),
            items,
        })
    }

    fn answer(&self, items: &[Value], place: Place) -> Result<PageAnswer, String> {
        let now = clock::now_micros();
        let reader = ItemReader::new(&self.platform.adapter.map, self.zone, now);
        let mut answer = PageAnswer {
            received: items.len() as u64,
            answered_at: now,
            ..PageAnswer::default()
        };
        for (no, item) in items.iter().enumerate() {
            match reader.read(item) {
                Ok(article) => answer.articles.push(article),
                Err(rejected) => {
                    answer.rejected += 1;
                    let row = place.row + no + 1;
                    let path = || format!("row {row}: {rejected}");
                    answer.first_rejected.get_or_insert_with(path);
                }
            }
        }
        match &answer.first_rejected {
            Some(rejected) if answer.articles.is_empty() => {
                Err(format!("no row can be read: {rejected}"))
            }
            _ => Ok(answer),
        }
    }

    fn rows_from(&self, path: &Path, row: usize) -> Result<Box<dyn Rows>, String> {
        let mut rows: Box<dyn Rows> = match self.format {
            FileFormat::Csv => Box::new(csv_rows::CsvRows::open(path)?),
            FileFormat::JsonLines => Box::new(json_rows::JsonRows::open(path)?),
            FileFormat::Xlsx => Box::new(sheet::SheetRows::open(path)?),
        };
        let mut left = row;
        while left > 0 {
            let passed = rows.next(left.min(ROWS))?.len();
            if passed == 0 {
                break;
            }
            left -= passed;
        }
        Ok(rows)
    }

    /// The file of a brief, if its next rows are those.
    fn kept(&self, job: &JobId, place: Place) -> Option<Box<dyn Rows>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let at = open.iter().position(|open| open.job == *job)?;
        let kept = open.remove(at)?;
        (kept.place == place).then_some(kept.rows)
    }

    fn keep(&self, job: &JobId, place: Place, rows: Box<dyn Rows>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|open| open.job != *job);
        if open.len() >= OPEN_MAX {
            open.pop_front();
        }
        open.push_back(OpenFile {
            job: job.clone(),
            place,
            rows,
        });
    }
}

fn end(answer: PageAnswer) -> PageAnswer {
    PageAnswer {
        next: Next::End,
        answered_at: clock::now_micros(),
        ..answer
    }
}
