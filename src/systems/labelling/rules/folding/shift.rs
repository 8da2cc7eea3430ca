//! Turns places of a text into those of its lower case, which has as many characters, or back.

use std::ops::Range;

/// The spans are in order and apart.
pub fn shift(spans: &mut [Range<usize>], from: &str, to: &str) {
    let (mut place, mut shifted) = (0, 0);
    let mut step_to = |target: usize| {
        let chars = from[place..target].chars().count();
        place = target;
        let rest = &to[shifted..];
        let step = rest.char_indices().nth(chars);
        shifted += step.map_or(rest.len(), |(step, _)| step);
        shifted
    };
    for span in spans {
        *span = step_to(span.start)..step_to(span.end);
    }
}
