//! Reads the file of a scrape: its text, its shape, then what it means.

use super::check::ScrapeCheck;
use super::model::Scrape;
use super::written::WrittenScrape;
use crate::systems::prediction::import::MappingFault;
use crate::yaml::{self, Limits, Position};

/// Bytes of a file.
const FILE_MAX: usize = 1 << 20;

const LIMITS: Limits = Limits {
    depth: 16,
    aliased: 10_000,
};

/// A scrape, or all that is wrong with its file, in the order of the file.
pub(crate) fn read(content: &[u8]) -> Result<Scrape, Vec<MappingFault>> {
    let start = Position { line: 1, column: 1 };
    let whole = |problem: &str| vec![MappingFault::at(start, "", problem)];
    if content.len() > FILE_MAX {
        return Err(whole("the file is larger than 1 MiB"));
    }
    let text = str::from_utf8(content).map_err(|_| whole("the file is not UTF-8"))?;
    let root = yaml::parse_within(LIMITS, text).map_err(|fault| vec![fault.into()])?;
    if !root.is_mapping() {
        return Err(whole("expected a mapping that begins with `scrape:`"));
    }
    let written: WrittenScrape = yaml::read(&root).map_err(|faults| {
        let faults = faults.into_iter().map(MappingFault::from);
        faults.collect::<Vec<_>>()
    })?;
    ScrapeCheck::new(&root).scrape(&written)
}
