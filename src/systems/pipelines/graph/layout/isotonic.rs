//! Isotonic regression: the nearest rising values to wanted ones (pool adjacent violators).

/// A value that is wanted, and how much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub value: i64,
    pub weight: i64,
}

/// Neighbours that have the same value.
#[derive(Clone, Copy, Debug)]
struct Block {
    sum: i64,
    weight: i64,
    value: i64,
    count: usize,
}

impl Block {
    fn new(sum: i64, weight: i64, count: usize) -> Self {
        // The average lies between the wishes: it has room where they have.
        let value = sum.div_euclid(weight);
        Self {
            sum,
            weight,
            value,
            count,
        }
    }
}

/// The values for the wishes so far: they do not fall, and the sum of the weighted squares of their
/// distances from the wishes is the least.
#[derive(Debug, Default)]
pub(super) struct Isotonic(Vec<Block>);

impl Isotonic {
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The weight is greater than 0.
    pub fn push(&mut self, Wish { value, weight }: Wish) {
        let mut block = Block::new(value * weight, weight, 1);
        while let Some(before) = self.0.pop_if(|before| before.value >= block.value) {
            let sum = before.sum + block.sum;
            let weight = before.weight + block.weight;
            block = Block::new(sum, weight, before.count + block.count);
        }
        self.0.push(block);
    }

    pub fn values(&self) -> impl Iterator<Item = i64> {
        let blocks = self.0.iter();
        blocks.flat_map(|block| std::iter::repeat_n(block.value, block.count))
    }
}
