//! The neighbours of each vertex on one side.

#[derive(Debug)]
pub(super) struct Neighbours {
    starts: Vec<u32>,
    all: Vec<u32>,
}

impl Neighbours {
    /// Of the first of each pair the second ones, in the order of the pairs.
    pub fn new(vertices: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut starts = vec![0; vertices + 1];
        let mut count = 0;
        for (vertex, _) in pairs.clone() {
            starts[vertex as usize + 1] += 1;
            count += 1;
        }
        for vertex in 1..starts.len() {
            starts[vertex] += starts[vertex - 1];
        }
        let mut all = vec![0; count];
        let mut free = starts.clone();
        for (vertex, other) in pairs {
            let free = &mut free[vertex as usize];
            all[*free as usize] = other;
            *free += 1;
        }
        Self { starts, all }
    }

    pub fn of(&self, vertex: u32) -> &[u32] {
        let vertex = vertex as usize;
        &self.all[self.starts[vertex] as usize..self.starts[vertex + 1] as usize]
    }

    /// Of all vertices together.
    pub fn count(&self) -> usize {
        self.all.len()
    }
}
