//! The words of a text in a row, with a space between them: an n-gram of words is a piece of it.

pub(super) struct Tokens<'b> {
    text: &'b mut String,
    /// Where each word begins and ends.
    places: Vec<(usize, usize)>,
}

impl<'b> Tokens<'b> {
    pub fn new(buffer: &'b mut String) -> Self {
        buffer.clear();
        Self {
            text: buffer,
            places: Vec::new(),
        }
    }

    pub fn add(&mut self, token: &str) {
        if !self.places.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(token);
        self.places.push((start, self.text.len()));
    }

    /// Gives `take` all runs of so many words.
    pub fn ngrams(&self, (shortest, longest): (usize, usize), mut take: impl FnMut(&str)) {
        for (index, (start, _)) in self.places.iter().enumerate() {
            let ends = self.places[index..].iter().take(longest).skip(shortest - 1);
            for (_, end) in ends {
                take(&self.text[*start..*end]);
            }
        }
    }
}
