//! Reads the file of an adapter: its text, its shape, then what it means.

use super::check::Check;
use super::fault::AdapterFault;
use super::model::Adapter;
use super::written::WrittenAdapter;
use crate::yaml::{self, Limits, Position};

/// Bytes of a file.
const FILE_MAX: usize = 1 << 20;

const LIMITS: Limits = Limits {
    depth: 32,
    aliased: 10_000,
};

/// An adapter, or all that is wrong with its file, in the order of the file.
pub(crate) fn read(content: &[u8]) -> Result<Adapter, Vec<AdapterFault>> {
    let start = Position { line: 1, column: 1 };
    let whole = |problem: &str| vec![AdapterFault::at(start, "", problem)];
    if content.len() > FILE_MAX {
        return Err(whole("the file is larger than 1 MiB"));
    }
    let text = str::from_utf8(content).map_err(|_| whole("the file is not UTF-8"))?;
    let root = yaml::parse_within(LIMITS, text).map_err(|fault| vec![fault.into()])?;
    if !root.is_mapping() {
        return Err(whole("expected a mapping that begins with `platform:`"));
    }
    let written: WrittenAdapter = yaml::read(&root).map_err(|faults| {
        let faults = faults.into_iter().map(AdapterFault::from);
        faults.collect::<Vec<_>>()
    })?;
    Check::new(&root).adapter(&written)
}
