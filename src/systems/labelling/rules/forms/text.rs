//! Bytes of a file as text: UTF-8, and what else it is by its name.

use std::sync::Arc;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};

use crate::systems::labelling::rules::finding::{Code, Finding};
use crate::systems::labelling::rules::set::Place;

/// Bytes that are looked at to tell encodings apart.
const SAMPLE: usize = 1 << 18;

/// The text without its byte order mark.
pub(super) fn text_of<'b>(file: &str, bytes: &'b [u8]) -> Result<&'b str, Box<Finding>> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = 1 + memchr::memchr_iter(b'\n', before).count();
            let place = Place::Line {
                file: Arc::from(file),
                line: u32::try_from(line).unwrap_or(u32::MAX),
                column: 0,
            };
            let problem = match encoding(bytes) {
                Some(name) => format!("the text is in {name}; expected UTF-8"),
                None => "the text is not in UTF-8".to_owned(),
            };
            let advice = "save it as UTF-8 (in Excel: CSV UTF-8)";
            Err(Box::new(
                Finding::new(Code::E01, place, problem).advise(advice),
            ))
        }
    }
}

/// The name of the encoding that a text is most likely in, if it is not UTF-8 with some damage.
fn encoding(bytes: &[u8]) -> Option<&'static str> {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        let name = encoding.name();
        return (name != "UTF-8").then_some(name);
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    let (mut good, mut bad) = (0, 0);
    for chunk in sample.utf8_chunks() {
        let long = chunk.valid().chars().map(char::len_utf8);
        good += long.filter(|length| *length > 2).sum::<usize>();
        bad += chunk.invalid().len();
    }
    if good > 2 * bad {
        return None;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, true);
    Some(detector.guess(None, Utf8Detection::Deny).name())
}
