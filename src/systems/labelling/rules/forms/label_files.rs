//! Names of files for labels, whatever the labels are called: on every disk, no two of them are the same.
//!
//! What a name cannot hold is written as `%` and two hexadecimal digits for each byte of UTF-8.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

/// Bytes of a name, with room for `.except.tsv` within the 255 that disks have.
const NAME_BYTES: usize = 240;

/// Names that Windows keeps for devices.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// Gives each label of a set its file, without `.tsv`.
#[derive(Default)]
pub(super) struct LabelFiles {
    /// Names without regard to cases and to how characters are composed, as some disks compare them.
    taken: HashSet<String>,
}

impl LabelFiles {
    /// `None`: the name is too long for a file.
    pub fn name(&mut self, label: &str) -> Option<String> {
        let mut name = encoded(label, 0);
        // Each round writes one character more as bytes, so that names differ at the latest when all are.
        for escaped in 1..=label.chars().count() {
            if !self.taken.contains(&as_compared(&name)) {
                break;
            }
            name = encoded(label, escaped);
        }
        self.taken.insert(as_compared(&name));
        (name.len() <= NAME_BYTES).then_some(name)
    }
}

fn as_compared(name: &str) -> String {
    name.nfkc().collect::<String>().to_lowercase()
}

/// The label of a file, without `.tsv`; `None`: bytes that are no text.
pub(super) fn label_of(name: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).filter(|_| *first == b'%');
        let byte = digits
            .and_then(|digits| str::from_utf8(digits).ok())
            .filter(|digits| {
                digits
                    .bytes()
                    .all(|d| matches!(d, b'0'..=b'9' | b'A'..=b'F'))
            })
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// The first `escaped` characters are written as bytes in any case.
fn encoded(label: &str, escaped: usize) -> String {
    let count = label.chars().count();
    let lower = label.to_lowercase();
    let stem = lower.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches(|c: char| c.is_ascii_digit());
    let is_device = DEVICES.contains(&stem);
    // Behind the last point of such a label the end of the name would be read.
    let ends_like_except = lower.ends_with(".except");
    let mut name = String::with_capacity(label.len());
    for (index, character) in label.chars().enumerate() {
        let is_edge = index == 0 || index + 1 == count;
        let is_written_out = index < escaped
            || (index == 0 && is_device)
            || (is_edge && matches!(character, '.' | ' '))
            || (ends_like_except && character == '.' && index + ".except".len() == count)
            || is_forbidden(character);
        match is_written_out {
            true => name.extend(
                character
                    .to_string()
                    .bytes()
                    .map(|byte| format!("%{byte:02X}")),
            ),
            false => name.push(character),
        }
    }
    name
}

fn is_forbidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '\u{feff}'
        )
}
