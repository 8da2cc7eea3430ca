//! Counts how often edges between two layers cross.

/// Counters of which sums from the front are known in logarithmic time.
#[derive(Debug, Default)]
pub(super) struct Fenwick(Vec<u32>);

impl Fenwick {
    fn reset(&mut self, length: usize) {
        self.0.clear();
        self.0.resize(length + 1, 0);
    }

    fn add(&mut self, place: u32) {
        let mut place = place as usize + 1;
        while let Some(counter) = self.0.get_mut(place) {
            *counter += 1;
            place += place & place.wrapping_neg();
        }
    }

    /// How many were added at this place and before.
    fn up_to(&self, place: u32) -> u32 {
        let mut place = place as usize + 1;
        let mut sum = 0;
        while place > 0 {
            sum += self.0[place];
            place &= place - 1;
        }
        sum
    }

    /// Pairs that cross. Each group has the right ends of the edges of a vertex on the left; these
    /// vertices come from top to bottom.
    pub fn crossings<'e>(
        &mut self,
        right_length: usize,
        groups: impl Iterator<Item = &'e [u32]>,
        position: &[u32],
    ) -> u64 {
        self.reset(right_length);
        let mut before: u32 = 0;
        // Nothing that was added stands lower: most edges need no counting.
        let mut lowest = 0;
        let mut crossings = 0;
        for ends in groups {
            let mut next_lowest = lowest;
            for end in ends {
                let place = position[*end as usize];
                if place < lowest {
                    crossings += u64::from(before - self.up_to(place));
                }
                next_lowest = place.max(next_lowest);
            }
            for end in ends {
                self.add(position[*end as usize]);
            }
            lowest = next_lowest;
            before += ends.len() as u32;
        }
        crossings
    }
}
