//! A page, what it may cost to read it, and what is read of it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use url::Url;

use super::error::ExtractError;
use crate::systems::prediction::import::{Problem, Value};

/// A page that was fetched, now or long ago.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'p> {
    /// From 1, in the order of the run.
    pub number: u32,
    /// Behind redirects.
    pub url: &'p Url,
    pub content_type: Option<&'p str>,
    pub body: &'p Arc<[u8]>,
}

/// What a page was found to hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Extracted {
    /// All rows, those that were left out included.
    pub count: u64,
    pub rows: Vec<ExtractedRow>,
    pub problems: Vec<Problem>,
    /// What it names as the next page.
    pub next: Option<String>,
    /// Of each field, whether any row had it. Empty for imports.
    pub is_found: Vec<bool>,
}

/// A row, without the columns that every row has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ExtractedRow {
    /// Which of the tables of the scrape it goes into.
    pub table: usize,
    pub values: Vec<Value>,
    /// `page 2, row 7`, or that and a cell.
    pub place: String,
}

/// A row of a page that is whole.
pub(super) struct Found {
    /// From 1, in the page.
    pub row: u64,
    pub values: Vec<Value>,
}

/// Rows of a page.
pub(super) struct Rows {
    pub count: u64,
    pub found: Vec<Found>,
    pub is_found: Vec<bool>,
}

/// What reading a page may cost.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageLimits {
    /// Elements, texts and comments.
    pub nodes: usize,
    pub rows: u64,
    pub time: Duration,
}

/// The limits, and when the reading began.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    pub limits: PageLimits,
    begin: Instant,
}

impl Default for PageLimits {
    fn default() -> Self {
        Self {
            nodes: 1_000_000,
            rows: 500_000,
            time: Duration::from_secs(30),
        }
    }
}

impl Budget {
    pub fn begin(limits: PageLimits) -> Self {
        Self {
            limits,
            begin: Instant::now(),
        }
    }

    pub fn check_time(&self) -> Result<(), ExtractError> {
        let limit = self.limits.time;
        match self.begin.elapsed() > limit {
            true => Err(ExtractError::TooSlow {
                most_s: limit.as_secs(),
            }),
            false => Ok(()),
        }
    }

    /// Looked at with each row.
    pub fn check(&self, rows: u64) -> Result<(), ExtractError> {
        let most = self.limits.rows;
        if rows > most {
            return Err(ExtractError::TooManyRows { most });
        }
        self.check_time()
    }
}

impl Rows {
    pub fn new(fields: usize) -> Self {
        Self {
            count: 0,
            found: Vec::new(),
            is_found: vec![false; fields],
        }
    }
}
