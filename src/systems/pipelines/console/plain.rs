//! Text without the sequences that colour it or move the cursor.
//!
//! A state machine over bytes that keeps nothing but its state. A sequence that is never ended swallows
//! at most the rest of its line. Bytes that are no valid UTF-8 stay as they are.

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

const ESC: u8 = 0x1b;
const BEL: u8 = 0x07;

impl PlainText {
    /// Appends what of the piece is text.
    pub(crate) fn push(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        let mut rest = piece;
        while !rest.is_empty() {
            if self.state == State::Text {
                let run = rest.iter().position(|&byte| is_dropped(byte));
                let run = run.unwrap_or(rest.len());
                out.extend_from_slice(&rest[..run]);
                rest = &rest[run..];
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
