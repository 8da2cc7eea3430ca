//! Finds a circle of instances that need each other.

use super::Need;

/// A circle among places that stand in one or above one; the first place comes again at its end.
pub(super) fn find_circle(needs: &[Vec<Need>], is_stuck: &[bool]) -> Vec<u32> {
    let first = is_stuck.iter().position(|stuck| *stuck).unwrap_or_default();
    let mut seen_at = vec![usize::MAX; needs.len()];
    let mut path = Vec::new();
    let mut at = first;
    // Whatever is stuck needs something that is stuck, so the path comes back to itself.
    while seen_at[at] == usize::MAX {
        seen_at[at] = path.len();
        path.push(super::catalog::to_u32(at));
        let stuck = needs[at]
            .iter()
            .map(|need| need.on as usize)
            .find(|on| is_stuck[*on]);
        at = stuck.unwrap_or(at);
    }
    let mut circle = path.split_off(seen_at[at]);
    // Drawn from its first instance, wherever the path came upon it.
    let least = (0..circle.len())
        .min_by_key(|place| circle[*place])
        .unwrap_or_default();
    circle.rotate_left(least);
    circle.extend(circle.first().copied());
    circle
}
