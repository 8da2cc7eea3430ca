//! Draws placed words on white.

use xxhash_rust::xxh3::xxh3_64;

use super::mask::{Coverage, MARGIN};

/// A word at its place, and in its colour.
pub(super) struct Placed {
    pub coverage: Coverage,
    pub left: usize,
    pub top: usize,
    colour: [u8; 3],
}

/// Dark enough to be read on white.
const COLOURS: [[u8; 3]; 8] = [
    [31, 78, 140],
    [176, 58, 46],
    [20, 108, 92],
    [122, 62, 150],
    [190, 100, 20],
    [52, 73, 94],
    [160, 40, 100],
    [70, 110, 40],
];

impl Placed {
    /// `left` and `top` are those of its mask, which has a margin.
    pub fn new(text: &str, coverage: Coverage, left: usize, top: usize) -> Self {
        let colour = xxh3_64(text.as_bytes()) % COLOURS.len() as u64;
        Self {
            coverage,
            left: left + MARGIN,
            top: top + MARGIN,
            colour: COLOURS[colour as usize],
        }
    }
}

pub(super) fn png(width: usize, height: usize, words: &[Placed]) -> Vec<u8> {
    let mut pixels = vec![255; width * height * 3];
    for word in words {
        let rows = word
            .coverage
            .pixels
            .chunks_exact(word.coverage.width.max(1));
        for (y, row) in rows.enumerate() {
            let begin = ((word.top + y) * width + word.left) * 3;
            let drawn = pixels[begin..].chunks_exact_mut(3);
            for (pixel, covered) in drawn.zip(row).filter(|(_, covered)| **covered > 0) {
                for (channel, colour) in pixel.iter_mut().zip(word.colour) {
                    let (white, covered) = (u32::from(*channel), u32::from(*covered));
                    let mixed = white * (255 - covered) + u32::from(colour) * covered;
                    *channel = (mixed / 255) as u8;
                }
            }
        }
    }
    encoded(width, height, &pixels).expect("a picture in memory can be written")
}

fn encoded(width: usize, height: usize, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let size = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut encoder = png::Encoder::new(&mut bytes, size(width), size(height));
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(bytes)
}
