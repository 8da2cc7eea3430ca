//! Follows the bytes that come in on a connection, as far as they show which protocol it speaks and
//! whether a request has begun to come.

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const FRAME_HEAD_BYTES: usize = 9;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;

/// What has come in on a connection.
#[derive(Default)]
pub(super) struct Incoming {
    is_http1: bool,
    /// So many bytes of the preface of HTTP/2 have come.
    preface: usize,
    frames: Frames,
    /// The last bytes of HTTP/1: an empty line ends the head of a request.
    tail: [u8; 3],
}

impl Incoming {
    pub fn follow(&mut self, mut bytes: &[u8]) {
        if !self.is_http1 && !self.is_http2() {
            let expected = &PREFACE[self.preface..];
            let common = expected.len().min(bytes.len());
            if bytes[..common] == expected[..common] {
                self.preface += common;
                bytes = &bytes[common..];
            } else {
                self.is_http1 = true;
            }
        }
        if self.is_http2() {
            self.frames.follow(bytes);
        } else {
            let last = &bytes[bytes.len().saturating_sub(self.tail.len())..];
            self.tail.rotate_left(last.len());
            let kept = self.tail.len() - last.len();
            self.tail[kept..].copy_from_slice(last);
        }
    }

    pub fn is_http2(&self) -> bool {
        self.preface == PREFACE.len()
    }

    /// Whether a head has begun to come, and has not come to its end. Of HTTP/1 this is known only
    /// while no body comes.
    pub fn is_in_head(&self) -> bool {
        match self.is_http2() {
            true => self.frames.is_in_head(),
            false => !self.tail.ends_with(b"\n\r\n") && !self.tail.ends_with(b"\n\n"),
        }
    }
}

/// The frames of HTTP/2.
#[derive(Default)]
struct Frames {
    head: [u8; FRAME_HEAD_BYTES],
    /// So many bytes of a frame's head have come.
    head_bytes: usize,
    /// So many bytes of the frame are still to come.
    payload_left: usize,
    is_data: bool,
    /// Whether further frames belong to the head of a request.
    is_continued: bool,
}

impl Frames {
    fn follow(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.payload_left > 0 {
                let part = self.payload_left.min(bytes.len());
                self.payload_left -= part;
                bytes = &bytes[part..];
                continue;
            }
            let part = (FRAME_HEAD_BYTES - self.head_bytes).min(bytes.len());
            self.head[self.head_bytes..][..part].copy_from_slice(&bytes[..part]);
            self.head_bytes += part;
            bytes = &bytes[part..];
            if self.head_bytes == FRAME_HEAD_BYTES {
                self.begin();
            }
        }
    }

    fn begin(&mut self) {
        let [high, middle, low, kind, flags, ..] = self.head;
        self.head_bytes = 0;
        self.payload_left = u32::from_be_bytes([0, high, middle, low]) as usize;
        self.is_data = kind == DATA;
        if kind == HEADERS || kind == CONTINUATION {
            self.is_continued = flags & END_HEADERS == 0;
        }
    }

    /// A frame that is not part of a body counts as a head until it has come.
    fn is_in_head(&self) -> bool {
        self.is_continued || self.head_bytes > 0 || (self.payload_left > 0 && !self.is_data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u8::try_from(payload.len()).unwrap();
        let mut bytes = vec![0, 0, length, kind, flags, 0, 0, 0, 1];
        bytes.extend(payload);
        bytes
    }

    #[test]
    fn a_connection_of_http2_is_known_however_its_bytes_come() {
        for size in [1, 3, 23, 24, 100] {
            let mut incoming = Incoming::default();
            let all = [PREFACE, &frame(4, 0, &[])].concat();
            for part in all.chunks(size) {
                assert!(!incoming.is_http1);
                incoming.follow(part);
            }
            assert!(incoming.is_http2() && !incoming.is_in_head(), "{size}");
        }
        for other in ["GET / HTTP/1.1", "PRI * HTTP/2.1", "P\r\n\r\n"] {
            let mut incoming = Incoming::default();
            for byte in other.as_bytes() {
                incoming.follow(std::slice::from_ref(byte));
            }
            assert!(incoming.is_http1, "{other}");
        }
    }

    #[test]
    fn a_head_of_http2_ends_with_its_last_frame() {
        let mut incoming = Incoming::default();
        incoming.follow(PREFACE);
        for (bytes, is_in_head) in [
            (frame(HEADERS, END_HEADERS, b"abc"), false),
            (frame(HEADERS, 0, b"abc"), true),
            (frame(CONTINUATION, 0, b""), true),
            (
                frame(CONTINUATION, END_HEADERS, b"abc")[..10].to_vec(),
                true,
            ),
            (b"bc".to_vec(), false),
            // What of a body has come is counted elsewhere.
            (frame(DATA, 0, b"abc")[..10].to_vec(), false),
            (b"bc".to_vec(), false),
            (frame(6, 0, b"12345678")[..4].to_vec(), true),
            (frame(6, 0, b"12345678")[4..].to_vec(), false),
        ] {
            incoming.follow(&bytes);
            assert_eq!(incoming.is_in_head(), is_in_head, "{bytes:?}");
        }
    }

    #[test]
    fn a_head_of_http1_ends_with_an_empty_line() {
        let mut incoming = Incoming::default();
        for (bytes, is_in_head) in [
            ("GET / HTTP/1.1\r\n", true),
            ("\r", true),
            ("\n", false),
            ("GET / HTTP/1.1\r\n\r\n", false),
            ("GET / HTTP/1.1\n\n", false),
            ("GET / HTTP/1.1\r\n\r\nGET", true),
        ] {
            incoming.follow(bytes.as_bytes());
            assert_eq!(incoming.is_in_head(), is_in_head, "{bytes:?}");
        }
    }
}
