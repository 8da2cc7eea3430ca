//! Texts of files in UTF-8, whatever encoding they are in.

use std::path::Path;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

use crate::small_file;

/// Bytes of a file.
const FILE_MAX: u64 = 256 << 20;

/// Bytes that are looked at to tell encodings apart.
const SAMPLE: usize = 1 << 20;

/// The whole text of a file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    Ok(decoded(bytes(path)?))
}

pub(super) fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    small_file::read_at_most(path, FILE_MAX).map_err(|error| error.to_string())
}

/// Bytes that are none of the encoding become U+FFFD.
pub(super) fn decoded(bytes: Vec<u8>) -> String {
    let marked = Encoding::for_bom(&bytes).map(|(encoding, _)| encoding);
    let encoding = marked.unwrap_or_else(|| detected(&bytes));
    if encoding == UTF_8 && marked.is_none() {
        return match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
    }
    // A mark of the byte order is left out.
    let (text, _, _) = encoding.decode(&bytes);
    text.into_owned()
}

fn detected(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&bytes[..bytes.len().min(SAMPLE)], bytes.len() <= SAMPLE);
    // Where a text could be of several languages it is Chinese.
    detector.guess(Some(b"cn"), Utf8Detection::Allow)
}
