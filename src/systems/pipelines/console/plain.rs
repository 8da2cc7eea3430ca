//! Text without the sequences that colour it or move the cursor.
//!
//! A state machine over bytes that keeps nothing but its state. A sequence that is never ended swallows
//! at most the rest of its line. Bytes that are no valid UTF-8 stay as they are.

use memchr::memchr;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Behind ESC.
    Escape,
    /// Behind ESC and bytes such as `(`.
    Intermediate,
    /// In a control sequence: `ESC [ 31 m`.
    Control,
    /// In a text for the terminal, such as its title.
    Hidden,
    /// Behind ESC in such a text.
    HiddenEscape,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct PlainText {
    state: State,
}

pub(super) const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

impl PlainText {
    /// Appends what of the piece is text.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let next_dropped = |rest: &[u8]| rest.iter().position(|&byte| is_dropped(byte));
        self.push_between(piece, next_dropped, out);
    }

    /// Appends the piece without its sequences; control characters outside of them stay. Has as many
    /// newlines as the piece.
    pub(super) fn push_without_sequences(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        self.push_between(piece, |rest| memchr(ESC, rest), out);
    }

    fn push_between(
        &mut self,
        piece: &[u8],
        next_dropped: impl Fn(&[u8]) -> Option<usize>,
        out: &mut Vec<u8>,
    ) {
        let mut rest = piece;
        while !rest.is_empty() {
            if self.state == State::Text {
                let run = next_dropped(rest).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..run]);
                rest = &rest[run..];
            }
            if self.state == State::Text
                && let Some(behind) = behind_control_sequence(rest)
            {
                rest = behind;
                continue;
            }
            let Some((&byte, behind)) = rest.split_first() else {
                return;
            };
            let before = self.state;
            self.state = next(before, byte);
            // What cannot belong to a sequence ends it and is text.
            let is_text = matches!(byte, b'\n' | b'\r' | 0x80..);
            if before != State::Text && self.state == State::Text && is_text {
                out.push(byte);
            }
            rest = behind;
        }
    }
}

/// What follows a whole `ESC [ 31 m` that the piece begins with: the usual case, without a step for each byte.
fn behind_control_sequence(piece: &[u8]) -> Option<&[u8]> {
    let parameters = piece.strip_prefix(&[ESC, b'['])?;
    let last = parameters
        .iter()
        .position(|byte| !(0x20..=0x3f).contains(byte))?;
    let is_whole = (0x40..0x7f).contains(&parameters[last]);
    is_whole.then(|| &parameters[last + 1..])
}

/// Control characters other than tab, newline and carriage return.
fn is_dropped(byte: u8) -> bool {
    (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte == 0x7f
}

fn next(state: State, byte: u8) -> State {
    match (state, byte) {
        (_, b'\n') | (State::Text, _) if byte != ESC => State::Text,
        (State::Hidden, ESC) => State::HiddenEscape,
        (_, ESC) => State::Escape,
        (State::Escape, b'[') => State::Control,
        (State::Escape | State::HiddenEscape, b']' | b'P' | b'X' | b'^' | b'_') => State::Hidden,
        (State::Escape | State::Intermediate, 0x20..=0x2f) => State::Intermediate,
        (State::Control, 0x20..=0x3f) => State::Control,
        (State::Hidden, BEL) => State::Text,
        (State::Hidden, _) => State::Hidden,
        _ => State::Text,
    }
}
