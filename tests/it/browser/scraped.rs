//! A scrape and a run of it whose page is kept, as the examples name them.

use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use rusqlite::{Connection, params};

/// Nobody answers at its site.
pub(super) const SCRAPE: (&str, &str) = (
    "weather.yaml",
    "scrape: weather\nrequest: {url: \"https://site.invalid/obs?day={day}\"}\nretry: {tries: 1}\n\
     extract: {html: {rows: \"table#obs tr\", fields: {station: {css: td.s}}}}\n\
     into: {table: weather, key: [day, station]}\n",
);

const PAGE: &[u8] = b"<table id=obs><tr><td class=s>Tokyo</td></tr></table>";

/// Leaves a run with this id; `files` is the place of files.
pub(super) fn leave_run(connection: &Connection, files: &Path, id: &str) {
    let folder = files.join("scrape").join(id);
    std::fs::create_dir_all(&folder).unwrap();
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(PAGE).unwrap();
    let packed = packed.finish().unwrap();
    std::fs::write(folder.join("1"), &packed).unwrap();
    let run = "INSERT INTO audience_scrape_run (id, job_id, scrape, day, state, began_at, at, pages, \
               unchanged_pages, bytes, rows_found, rows_left_out, rows_inserted, rows_updated, \
               rows_unchanged, problems, tables, raw_until, raw_epoch) \
               VALUES (?1, ?1, 'weather', '2026-11-29', 'succeeded', 0, 1000000 * unixepoch(), 1, 0, \
                       53, 1, 0, 1, 0, 0, 0, '[]', 9000000000000000, 1)";
    connection.execute(run, [id]).unwrap();
    let page = "INSERT INTO audience_scrape_page (run_id, no, url, at, bytes, place, packed) \
                VALUES (?1, 1, 'https://site.invalid/obs', 0, ?2, 0, ?3)";
    let length = |bytes: &[u8]| i64::try_from(bytes.len()).unwrap();
    let values = params![id, length(PAGE), length(&packed)];
    connection.execute(page, values).unwrap();
}
