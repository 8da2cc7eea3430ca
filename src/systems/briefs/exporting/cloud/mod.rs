//! Word clouds: words with weights in, a PNG out. The same words make the same bytes.
//!
//! ```text
//! words ──font──► masks (a bit a pixel) ──layout──► places, none overlapping ──picture──► PNG
//! ```

mod font;
mod layout;
mod mask;
mod picture;

#[cfg(test)]
mod tests;

pub(crate) use font::{CloudFont, FontFault};

use layout::Layout;

/// The size of pictures in pixels.
const WIDTH: usize = 1600;
const HEIGHT: usize = 900;

/// Longer words do not fit at a size that can be read.
const CHARACTERS_MAX: usize = 100;

/// The most words of a picture.
pub(crate) const WORDS_MAX: usize = 200;

/// A word, and how large it is beside others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    pub text: String,
    pub weight: f64,
}

/// Draws up to [`WORDS_MAX`] words, the heaviest first. Words that the font cannot draw, or that are longer than the
/// picture is wide, are left out.
pub(crate) fn draw(words: &[Word], font: &CloudFont) -> Vec<u8> {
    let mut words: Vec<&Word> = words
        .iter()
        .filter(|word| word.weight > 0.0 && word.text.chars().count() <= CHARACTERS_MAX)
        .filter(|word| font.can_draw(&word.text))
        .collect();
    words.sort_by(|one, other| {
        let by_weight = other.weight.total_cmp(&one.weight);
        by_weight.then_with(|| one.text.cmp(&other.text))
    });
    words.truncate(WORDS_MAX);
    let mut layout = Layout::new(WIDTH, HEIGHT);
    let placed = layout.place(&words, font);
    picture::png(WIDTH, HEIGHT, &placed)
}
