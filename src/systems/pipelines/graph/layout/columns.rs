//! Where layers stand from left to right: as wide as their widest boxes, and farther apart where many
//! edges climb far between them.

/// Between layers at least.
const GAP: i32 = 48;

/// And at most.
const GAP_MAX: i32 = 160;

/// An edge that climbs so far makes the gap a pixel wider.
const CLIMB: i32 = 10;

/// The boxes' left and right borders in each layer.
#[derive(Debug, Default)]
pub(super) struct Columns {
    widths: Vec<i32>,
    gaps: Vec<i32>,
    lefts: Vec<i32>,
}

impl Columns {
    /// Makes room for a box.
    pub fn fit(&mut self, layer: u32, width: i32) {
        let layer = layer as usize;
        if layer >= self.widths.len() {
            self.widths.resize(layer + 1, 0);
            self.gaps.resize(layer + 1, GAP);
        }
        self.widths[layer] = width.max(self.widths[layer]);
    }

    /// Makes room behind a layer for an edge that climbs or falls so far.
    pub fn fit_edge(&mut self, layer: u32, height: i32) {
        let wanted = (GAP + height / CLIMB).min(GAP_MAX);
        if let Some(gap) = self.gaps.get_mut(layer as usize) {
            *gap = wanted.max(*gap);
        }
    }

    /// Puts the layers side by side once all boxes and edges are known.
    pub fn place(&mut self) {
        let mut left = 0;
        self.lefts.clear();
        for (width, gap) in self.widths.iter().zip(&self.gaps) {
            self.lefts.push(left);
            left += width + gap;
        }
    }

    pub fn left(&self, layer: u32) -> i32 {
        self.lefts[layer as usize]
    }

    pub fn width(&self, layer: u32) -> i32 {
        self.widths[layer as usize]
    }

    pub fn right(&self, layer: u32) -> i32 {
        self.left(layer) + self.width(layer)
    }

    /// Of all layers together.
    pub fn total(&self) -> i32 {
        match self.widths.len() {
            0 => 0,
            count => self.right(count as u32 - 1),
        }
    }
}
