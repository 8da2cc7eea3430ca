//! Finds a place for each word: on a spiral from the middle, the first one that is free.

use super::Word;
use super::font::CloudFont;
use super::mask::Mask;
use super::picture::Placed;

/// Nobody can read less.
const SIZE_LEAST: f32 = 12.0;

/// The part of the picture that words would fill at the sizes that are tried first.
const FILLED: f32 = 0.66;

/// The height of the largest word beside the picture's.
const TALLEST: f32 = 0.24;

/// How much smaller a word becomes that found no place.
const SHRINK: f32 = 0.8;

/// Pixels between two places that are tried.
const STEP: f64 = 5.0;

/// Makes the differences of sizes smaller than those of weights.
const EXPONENT: f64 = 0.6;

/// How much of the way that the word before went is skipped: what it met, the next one, hardly smaller, meets, too.
const SKIPPED: usize = 2;

pub(super) struct Layout {
    taken: Mask,
    width: usize,
    height: usize,
    spiral: Vec<(i32, i32)>,
    /// The place on the spiral of the word before.
    last: usize,
}

impl Layout {
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            taken: Mask::new(width, height),
            width,
            height,
            spiral: spiral(width, height),
            last: 0,
        }
    }

    /// Places words, the heaviest first. One that finds no place at a size that can be read is left out.
    pub fn place(&mut self, words: &[&Word], font: &CloudFont) -> Vec<Placed> {
        let largest = self.largest(words);
        let heaviest = words.first().map_or(1.0, |word| word.weight);
        let mut placed = Vec::with_capacity(words.len());
        // No word may become larger than a heavier one that had to shrink.
        let mut bound = f32::INFINITY;
        for word in words {
            let share = (word.weight / heaviest).powf(EXPONENT) as f32;
            let mut size = (largest * share).max(SIZE_LEAST).min(bound);
            while size >= SIZE_LEAST {
                if let Some(found) = self.place_one(word, size, font) {
                    placed.push(found);
                    break;
                }
                size *= SHRINK;
            }
            bound = bound.min(size.max(SIZE_LEAST));
        }
        placed
    }

    fn place_one(&mut self, word: &Word, size: f32, font: &CloudFont) -> Option<Placed> {
        let coverage = font.draw(&word.text, size)?;
        let mask = coverage.mask();
        let (on_spiral, left, top) = self.free_place(&mask)?;
        self.last = on_spiral;
        self.taken.add(&mask, left, top);
        Some(Placed::new(&word.text, coverage, left, top))
    }

    fn free_place(&self, mask: &Mask) -> Option<(usize, usize, usize)> {
        let right_most = self.width.checked_sub(mask.width)?;
        let lowest = self.height.checked_sub(mask.height)?;
        let (middle_x, middle_y) = (right_most as i32 / 2, lowest as i32 / 2);
        let places = self.spiral.iter().enumerate();
        places.skip(self.last / SKIPPED).find_map(|(no, (x, y))| {
            let left = usize::try_from(middle_x + x).ok()?;
            let top = usize::try_from(middle_y + y).ok()?;
            let is_inside = left <= right_most && top <= lowest;
            (is_inside && !self.taken.meets(mask, left, top)).then_some((no, left, top))
        })
    }

    /// The size of the heaviest word at which all words together fill the wanted part of the picture.
    fn largest(&self, words: &[&Word]) -> f32 {
        let heaviest = words.first().map_or(1.0, |word| word.weight);
        let boxes: f32 = words
            .iter()
            .map(|word| {
                let share = (word.weight / heaviest).powf(EXPONENT) as f32;
                // A character of Latin is about half as wide as one of Chinese.
                let width: f32 = word
                    .text
                    .chars()
                    .map(|c| if c.is_ascii() { 0.55 } else { 1.0 })
                    .sum();
                share * share * width
            })
            .sum();
        let pixels = (self.width * self.height) as f32;
        let by_area = (pixels * FILLED / boxes.max(f32::EPSILON)).sqrt();
        let longest = words
            .first()
            .map_or(1, |word| word.text.chars().count().max(1));
        let by_width = self.width as f32 * 0.8 / longest as f32;
        by_area.min(self.height as f32 * TALLEST).min(by_width)
    }
}

/// Offsets from the middle, further and further away, wide as the picture is.
fn spiral(width: usize, height: usize) -> Vec<(i32, i32)> {
    let ratio = width as f64 / height as f64;
    let furthest = width as f64 * 0.75;
    let mut places = vec![(0, 0)];
    let mut angle: f64 = 0.0;
    loop {
        let radius = STEP * angle / std::f64::consts::TAU;
        if radius * ratio > furthest {
            return places;
        }
        let place = (
            (radius * ratio * angle.cos()).round() as i32,
            (radius * angle.sin()).round() as i32,
        );
        if places.last() != Some(&place) {
            places.push(place);
        }
        angle += STEP / (radius * ratio).max(STEP);
    }
}
