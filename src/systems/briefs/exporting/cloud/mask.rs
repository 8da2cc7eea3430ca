//! Pixels of words: how dark each is, and which are taken, one bit each.

/// Free pixels around each word.
pub(super) const MARGIN: usize = 2;

const BITS: usize = u64::BITS as usize;

/// How much of each pixel a word covers, from 0 to 255.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Coverage {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

impl Coverage {
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: vec![0; width * height],
        }
    }

    /// Glyphs may touch: the darker one counts. What lies outside by a rounding is left out.
    pub fn cover(&mut self, x: usize, y: usize, covered: f32) {
        if x < self.width && y < self.height {
            let pixel = &mut self.pixels[y * self.width + x];
            *pixel = (*pixel).max((covered.clamp(0.0, 1.0) * 255.0) as u8);
        }
    }

    /// The pixels that are taken, with [`MARGIN`] on each side.
    pub fn mask(&self) -> Mask {
        let mut mask = Mask::new(self.width + 2 * MARGIN, self.height + 2 * MARGIN);
        for y in 0..self.height {
            let row = &self.pixels[y * self.width..(y + 1) * self.width];
            // Wide first, from the first pixel that is taken to the last one of a run.
            for (x, _) in row.iter().enumerate().filter(|(_, covered)| **covered > 0) {
                for wide in x..=x + 2 * MARGIN {
                    mask.set(wide, y + MARGIN);
                }
            }
        }
        mask.grow_down(MARGIN)
    }
}

/// Pixels that are taken, row by row, each row in whole words of 64 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mask {
    pub width: usize,
    pub height: usize,
    words: usize,
    bits: Vec<u64>,
}

impl Mask {
    pub fn new(width: usize, height: usize) -> Self {
        // One word more, so that a mask can be moved by some bits.
        let words = width.div_ceil(BITS) + 1;
        Self {
            width,
            height,
            words,
            bits: vec![0; words * height],
        }
    }

    pub fn set(&mut self, x: usize, y: usize) {
        self.bits[y * self.words + x / BITS] |= 1 << (x % BITS);
    }

    #[cfg(test)]
    pub fn get(&self, x: usize, y: usize) -> bool {
        self.bits[y * self.words + x / BITS] >> (x % BITS) & 1 == 1
    }

    fn row(&self, y: usize) -> &[u64] {
        &self.bits[y * self.words..(y + 1) * self.words]
    }

    /// Takes the pixels above and below those that are taken, too.
    fn grow_down(&self, by: usize) -> Self {
        let mut grown = Self::new(self.width, self.height);
        for y in 0..self.height {
            let (from, to) = (y.saturating_sub(by), (y + by).min(self.height - 1));
            for near in from..=to {
                for word in 0..self.words {
                    grown.bits[y * self.words + word] |= self.bits[near * self.words + word];
                }
            }
        }
        grown
    }

    /// Whether another mask, its corner at a place within this one, meets a pixel that is taken.
    pub fn meets(&self, other: &Self, left: usize, top: usize) -> bool {
        let (skipped, shift) = (left / BITS, left % BITS);
        (0..other.height).any(|y| {
            let row = &self.row(top + y)[skipped..];
            let mut carried = 0;
            other.row(y).iter().zip(row).any(|(bits, taken)| {
                let moved = bits << shift | carried;
                carried = bits.checked_shr((BITS - shift) as u32).unwrap_or(0);
                moved & taken != 0
            })
        })
    }

    /// Takes the pixels of another mask.
    pub fn add(&mut self, other: &Self, left: usize, top: usize) {
        let (skipped, shift) = (left / BITS, left % BITS);
        for y in 0..other.height {
            let begin = (top + y) * self.words + skipped;
            let end = (top + y + 1) * self.words;
            let mut carried = 0;
            for (bits, taken) in other.row(y).iter().zip(&mut self.bits[begin..end]) {
                *taken |= bits << shift | carried;
                carried = bits.checked_shr((BITS - shift) as u32).unwrap_or(0);
            }
        }
    }
}
