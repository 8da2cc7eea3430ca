//! Encodings of texts: UTF-8, CP932, EUC-JP and UTF-16, by name or detected.

use std::io::{self, Read};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, EUC_JP, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

/// Names that an import may use.
static NAMES: &[(&str, &Encoding)] = &[
    ("utf-8", UTF_8),
    ("utf8", UTF_8),
    ("cp932", SHIFT_JIS),
    ("ms932", SHIFT_JIS),
    ("windows-31j", SHIFT_JIS),
    ("shift_jis", SHIFT_JIS),
    ("shift-jis", SHIFT_JIS),
    ("sjis", SHIFT_JIS),
    ("euc-jp", EUC_JP),
    ("eucjp", EUC_JP),
    ("utf-16", UTF_16LE),
    ("utf-16le", UTF_16LE),
    ("utf-16be", UTF_16BE),
];

/// Bytes that are looked at to tell encodings apart.
const SAMPLE: usize = 1 << 18;

pub(crate) fn known_encoding(name: &str) -> bool {
    named(name).is_some()
}

pub(super) fn named(name: &str) -> Option<&'static Encoding> {
    let name = name.trim().to_ascii_lowercase();
    NAMES
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, encoding)| *encoding)
}

/// Whether it is a name of UTF-16.
pub(super) fn is_utf16(name: &str) -> bool {
    named(name).is_some_and(|encoding| encoding == UTF_16LE || encoding == UTF_16BE)
}

/// The encoding that a text is most likely in.
pub(super) fn detect(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    if let Some(encoding) = by_nuls(sample) {
        return encoding;
    }
    match str::from_utf8(bytes) {
        Ok(_) => return UTF_8,
        // A character that the end cuts off.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => return UTF_8,
        Err(_) => {}
    }
    if is_mostly_utf8(sample) {
        return UTF_8;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    let guess = detector.guess(Some(b"jp"), Utf8Detection::Allow);
    if guess == SHIFT_JIS || guess == EUC_JP {
        return guess;
    }
    // One of those that it may be, with the fewest characters that are none.
    let candidates = [SHIFT_JIS, EUC_JP, UTF_8];
    let damage = |encoding: &'static Encoding| {
        let (text, _) = encoding.decode_without_bom_handling(sample);
        text.chars().filter(|c| *c == '\u{FFFD}').count()
    };
    let least = candidates
        .into_iter()
        .min_by_key(|encoding| damage(encoding));
    least.unwrap_or(UTF_8)
}

/// Whether there are few bytes that UTF-8 does not have beside its characters. Those of Japanese have three
/// bytes, which other encodings have in this order by chance only.
fn is_mostly_utf8(sample: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in sample.utf8_chunks() {
        let long = chunk.valid().chars().map(char::len_utf8);
        good += long.filter(|length| *length > 2).sum::<usize>();
        bad += chunk.invalid().len();
    }
    good >= 2 * bad
}

/// UTF-16 without a mark: in texts with any Latin letters every other byte is NUL.
pub(crate) fn by_nuls(sample: &[u8]) -> Option<&'static Encoding> {
    let nuls = |odd: usize| {
        sample
            .iter()
            .skip(odd)
            .step_by(2)
            .filter(|byte| **byte == 0)
            .count()
    };
    let (even, odd) = (nuls(0), nuls(1));
    let pairs = sample.len() / 2;
    if odd * 10 > pairs && odd > even * 4 {
        return Some(UTF_16LE);
    }
    (even * 10 > pairs && even > odd * 4).then_some(UTF_16BE)
}

/// Bytes in an encoding as bytes in UTF-8, a piece at a time. Every line ends with a line feed, also the
/// last.
pub(super) struct Utf8<'b> {
    bytes: &'b [u8],
    decoder: Decoder,
    state: State,
    /// Whether the last byte was a carriage return, which became a line feed.
    is_after_return: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    /// The last line feed has to be added.
    Ending,
    Over,
}

/// The decoder needs room for one character.
const ROOM: usize = 16;

impl<'b> Utf8<'b> {
    /// A mark of the byte order is left out.
    pub fn new(bytes: &'b [u8], encoding: &'static Encoding) -> Self {
        Self {
            bytes,
            decoder: encoding.new_decoder_with_bom_removal(),
            state: State::Reading,
            is_after_return: false,
        }
    }

    /// Makes all ends of lines alike; how many bytes are left.
    fn with_line_feeds(&mut self, bytes: &mut [u8]) -> usize {
        if !self.is_after_return && !bytes.contains(&b'\r') {
            return bytes.len();
        }
        let mut kept = 0;
        for at in 0..bytes.len() {
            let byte = bytes[at];
            let is_second = self.is_after_return && byte == b'\n';
            self.is_after_return = byte == b'\r';
            if !is_second {
                bytes[kept] = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
        }
        kept
    }
}

impl Read for Utf8<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.len() < ROOM {
            return Err(io::Error::other("the buffer is too small"));
        }
        while self.state == State::Reading {
            let (result, read, written, _) = self.decoder.decode_to_utf8(self.bytes, buffer, true);
            self.bytes = &self.bytes[read..];
            if result == CoderResult::InputEmpty {
                self.state = State::Ending;
            }
            let kept = self.with_line_feeds(&mut buffer[..written]);
            if kept > 0 {
                return Ok(kept);
            }
        }
        if self.state == State::Ending {
            self.state = State::Over;
            buffer[0] = b'\n';
            return Ok(1);
        }
        Ok(0)
    }
}
