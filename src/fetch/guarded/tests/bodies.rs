//! Bodies: packed, cut off, too large.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

use super::super::body::{BodyFault, BodyLimit, BodyReader};

const MOST: usize = 100_000;

fn read(packing: Option<&str>, bytes: &[u8], piece: usize) -> Result<Vec<u8>, BodyFault> {
    let mut reader = BodyReader::new(packing, BodyLimit(MOST))?;
    for piece in bytes.chunks(piece) {
        reader.take(piece)?;
    }
    reader.finish()
}

fn text(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * at % 251) as u8).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bodies_are_unpacked_in_whatever_pieces_they_come() {
    for size in [0, 1, 10, 70_000, MOST] {
        let whole = text(size);
        for piece in [1, 7, 4_096, 1 << 20] {
            if piece == 1 && size > 1_000 {
                continue;
            }
            for (packing, packed) in [
                (None, whole.clone()),
                (Some("identity"), whole.clone()),
                (Some("gzip"), gzip(&whole)),
                (Some(" X-Gzip "), gzip(&whole)),
                (Some("deflate"), zlib(&whole)),
                (Some("deflate"), deflate(&whole)),
            ] {
                let read = read(packing, &packed, piece);
                assert!(read.as_ref() == Ok(&whole), "{size} {piece} {packing:?}");
            }
        }
    }
    let twice = [gzip(b"one "), gzip(b"two")].concat();
    assert_eq!(read(Some("gzip"), &twice, 5).unwrap(), b"one two");
    assert_eq!(read(Some("gzip"), b"", 5).unwrap(), b"");
}

#[test]
fn nothing_is_read_beyond_the_limit() {
    let most = MOST;
    let large = text(MOST + 1);
    assert_eq!(read(None, &large, 1_000), Err(BodyFault::TooLarge { most }));
    let zeros = vec![0; 50 << 20];
    for (packing, packed) in [
        ("gzip", gzip(&zeros)),
        ("deflate", zlib(&zeros)),
        ("deflate", deflate(&zeros)),
    ] {
        assert_eq!(
            read(Some(packing), &packed, 4_096),
            Err(BodyFault::TooLarge { most })
        );
        assert_eq!(
            read(Some(packing), &packed, packed.len()),
            Err(BodyFault::TooLarge { most })
        );
    }
}

#[test]
fn what_is_cut_off_or_damaged_is_no_page() {
    let whole = text(5_000);
    let packed = gzip(&whole);
    for end in [
        1,
        5,
        12,
        packed.len() / 2,
        packed.len() - 9,
        packed.len() - 1,
    ] {
        assert_eq!(
            read(Some("gzip"), &packed[..end], 64),
            Err(BodyFault::Damaged),
            "{end}"
        );
    }
    for packed in [zlib(&whole), deflate(&whole)] {
        let end = packed.len() / 2;
        assert_eq!(
            read(Some("deflate"), &packed[..end], 64),
            Err(BodyFault::Damaged)
        );
    }
    let mut broken = packed.clone();
    broken[packed.len() / 2] ^= 0x55;
    assert_eq!(read(Some("gzip"), &broken, 64), Err(BodyFault::Damaged));
    assert_eq!(read(Some("gzip"), b"<html>", 64), Err(BodyFault::Damaged));
    let fault = read(Some("br"), b"x", 64).unwrap_err();
    assert_eq!(
        fault.to_string(),
        "the page is packed as `br`, which was not asked for; expected gzip or deflate"
    );
}
