//! Reads the body of an answer, unpacks it, and stops where it becomes too large.

use std::io::{self, Write};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// What a body may cost, unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BodyLimit(pub usize);

/// Why a body is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BodyFault {
    #[error("the page has more than {most} bytes")]
    TooLarge { most: usize },
    #[error("the page is packed as `{name}`, which was not asked for; expected gzip or deflate")]
    UnknownPacking { name: String },
    #[error("the page is cut off or damaged: it cannot be unpacked")]
    Damaged,
}

/// Takes the pieces of a body.
pub(super) struct BodyReader {
    unpacker: Unpacker,
    most: usize,
    packed: usize,
}

enum Unpacker {
    Plain(Bounded),
    Gzip(MultiGzDecoder<Bounded>),
    /// Which of two formats it is, its first byte says.
    Unknown(Bounded),
    Zlib(ZlibDecoder<Bounded>),
    Deflate(DeflateDecoder<Bounded>),
}

/// Bytes that are never more than they may be.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
    is_over: bool,
}

/// Asked of sites.
pub(super) const PACKINGS: &str = "gzip, deflate";

impl BodyReader {
    /// `packing` is the header Content-Encoding.
    pub fn new(packing: Option<&str>, BodyLimit(most): BodyLimit) -> Result<Self, BodyFault> {
        let bounded = Bounded {
            bytes: Vec::new(),
            most,
            is_over: false,
        };
        let name = packing.unwrap_or_default().trim().to_ascii_lowercase();
        let unpacker = match name.as_str() {
            "" | "identity" => Unpacker::Plain(bounded),
            "gzip" | "x-gzip" => Unpacker::Gzip(MultiGzDecoder::new(bounded)),
            "deflate" => Unpacker::Unknown(bounded),
            _ => {
                let name = name.chars().take(40).collect();
                return Err(BodyFault::UnknownPacking { name });
            }
        };
        Ok(Self {
            unpacker,
            most,
            packed: 0,
        })
    }

    pub fn take(&mut self, piece: &[u8]) -> Result<(), BodyFault> {
        self.packed += piece.len();
        if self.packed > self.most {
            return Err(self.too_large());
        }
        if let (Unpacker::Unknown(bounded), Some(first)) = (&mut self.unpacker, piece.first()) {
            let bounded = Bounded {
                bytes: std::mem::take(&mut bounded.bytes),
                ..*bounded
            };
            // `deflate` means zlib, but many servers leave its header out. A bare block hardly ever begins so.
            self.unpacker = match first & 0x0F {
                8 => Unpacker::Zlib(ZlibDecoder::new(bounded)),
                _ => Unpacker::Deflate(DeflateDecoder::new(bounded)),
            };
        }
        let written = match &mut self.unpacker {
            Unpacker::Plain(bounded) | Unpacker::Unknown(bounded) => bounded.write_all(piece),
            Unpacker::Gzip(decoder) => decoder.write_all(piece),
            Unpacker::Zlib(decoder) => decoder.write_all(piece),
            Unpacker::Deflate(decoder) => decoder.write_all(piece),
        };
        match written {
            Ok(()) => Ok(()),
            Err(_) if self.bounded().is_over => Err(self.too_large()),
            Err(_) => Err(BodyFault::Damaged),
        }
    }

    /// The body, if it is whole.
    pub fn finish(self) -> Result<Vec<u8>, BodyFault> {
        let is_empty = self.packed == 0;
        let most = self.most;
        let finished = match self.unpacker {
            Unpacker::Plain(bounded) | Unpacker::Unknown(bounded) => Ok(bounded),
            // Answers without a body need not be packed.
            Unpacker::Gzip(_) if is_empty => return Ok(Vec::new()),
            Unpacker::Gzip(decoder) => decoder.finish(),
            Unpacker::Zlib(decoder) => decoder.finish(),
            Unpacker::Deflate(decoder) => decoder.finish(),
        };
        match finished {
            Ok(bounded) => Ok(bounded.bytes),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(BodyFault::TooLarge { most })
            }
            Err(_) => Err(BodyFault::Damaged),
        }
    }

    fn bounded(&self) -> &Bounded {
        match &self.unpacker {
            Unpacker::Plain(bounded) | Unpacker::Unknown(bounded) => bounded,
            Unpacker::Gzip(decoder) => decoder.get_ref(),
            Unpacker::Zlib(decoder) => decoder.get_ref(),
            Unpacker::Deflate(decoder) => decoder.get_ref(),
        }
    }

    const fn too_large(&self) -> BodyFault {
        BodyFault::TooLarge { most: self.most }
    }
}

impl Write for Bounded {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + piece.len() > self.most {
            self.is_over = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
