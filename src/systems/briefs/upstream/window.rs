//! How many calls may be on their way to a platform that has asked for patience. Pure.
//!
//! A pause says how long to wait, and not how much the platform bears: if all that wait went out at its end, most of
//! them would be refused again. So one call goes first; each good answer lets one more go, up to half of what was too
//! much, and from there on more slowly.

#[derive(Debug)]
pub(super) struct Window {
    most: f64,
    size: f64,
    /// It grows more slowly from here on.
    threshold: f64,
}

impl Window {
    pub fn new(concurrency: u32) -> Self {
        let most = f64::from(concurrency.max(1));
        Self {
            most,
            size: most,
            threshold: most,
        }
    }

    pub fn has_room(&self, on_their_way: u32) -> bool {
        f64::from(on_their_way) < self.size.floor()
    }

    pub fn good(&mut self) {
        let step = match self.size < self.threshold {
            true => 1.0,
            false => self.size.recip(),
        };
        self.size = (self.size + step).min(self.most);
    }

    /// So many were too many.
    pub fn shrink(&mut self, on_their_way: u32) {
        let half = f64::from(on_their_way).min(self.size) / 2.0;
        self.threshold = half.max(1.0);
        self.size = 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(window: &Window) -> u32 {
        (0..)
            .find(|on_their_way| !window.has_room(*on_their_way))
            .unwrap()
    }

    #[test]
    fn it_grows_with_good_answers_and_is_never_larger_than_allowed() {
        let mut window = Window::new(60);
        window.good();
        assert_eq!(room(&window), 60);
        window.shrink(16);
        assert_eq!(room(&window), 1);
        let sizes = (0..12).map(|_| {
            window.good();
            room(&window)
        });
        assert_eq!(
            sizes.collect::<Vec<_>>(),
            [2, 3, 4, 5, 6, 7, 8, 8, 8, 8, 8, 8]
        );
        (0..5_000).for_each(|_| window.good());
        assert_eq!(room(&window), 60);
        window.shrink(1);
        assert_eq!(room(&window), 1);
        window.good();
        assert_eq!(room(&window), 2);
    }
}
