//! Archives and containers as files have them, by hand.

use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

pub(super) fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer
            .start_file(*name, SimpleFileOptions::default())
            .expect("a part");
        writer.write_all(content).expect("its content");
    }
    writer.finish().expect("an archive").into_inner()
}

/// A workbook with one sheet; `table` are its shared texts.
pub(super) fn xlsx(sheet: &str, table: &str) -> Vec<u8> {
    const TYPES: &str =
        "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"></Types>";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relations = |kind: &str, target: &str| {
        format!(
            "<Relationships><Relationship Id=\"r1\" Type=\"{OFFICE}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let workbook =
        "<workbook><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>";
    zipped(&[
        ("[Content_Types].xml", TYPES.as_bytes()),
        (
            "_rels/.rels",
            relations("officeDocument", "xl/workbook.xml").as_bytes(),
        ),
        ("xl/workbook.xml", workbook.as_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            relations("worksheet", "worksheets/sheet1.xml").as_bytes(),
        ),
        ("xl/sharedStrings.xml", table.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet.as_bytes()),
        ("../../etc/escaped.xml", b"<a/>"),
    ])
}

pub(super) const NO_TEXTS: &str = "<sst></sst>";

pub(super) fn ods(content: &str) -> Vec<u8> {
    zipped(&[
        (
            "mimetype",
            b"application/vnd.oasis.opendocument.spreadsheet",
        ),
        ("content.xml", content.as_bytes()),
        ("META-INF/manifest.xml", b"<manifest:manifest/>"),
    ])
}

/// A container with one empty stream.
pub(super) fn container(stream: &str, chain: u32) -> Vec<u8> {
    let mut bytes = vec![0; 512 * 3];
    bytes[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    bytes[30] = 9;
    bytes[32] = 6;
    let mut put = |at: usize, number: u32| bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
    put(48, 1);
    put(60, 0xFFFF_FFFE);
    put(68, 0xFFFF_FFFE);
    for holder in 1..109 {
        put(76 + 4 * holder, 0xFFFF_FFFF);
    }
    put(512, 0xFFFF_FFFD);
    // The directory is a chain of one sector, or runs in a circle.
    put(516, chain);
    for (entry, name) in ["Root Entry", stream].into_iter().enumerate() {
        let at = 1024 + entry * 128;
        for (index, unit) in name.encode_utf16().enumerate() {
            bytes[at + 2 * index..at + 2 * index + 2].copy_from_slice(&unit.to_le_bytes());
        }
        bytes[at + 64] = u8::try_from(2 * name.len() + 2).expect("short");
        bytes[at + 116..at + 120].copy_from_slice(&0xFFFF_FFFE_u32.to_le_bytes());
    }
    bytes
}
