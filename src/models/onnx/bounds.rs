//! Bounds the memory that a file takes once it is decoded, by walking over its bytes before.
//!
//! A message of two bytes becomes a struct of hundreds, so that a small file could ask for gigabytes.

use super::proto::{
    AttributeProto, DimensionProto, FunctionProto, GraphProto, NodeProto, OperatorSetIdProto,
    SparseTensorProto, StringStringEntryProto, TensorProto, ValueInfoProto,
};

/// What any file may take, and how often the bytes of a large one.
const ANY: usize = 16 << 20;
const PER_BYTE: usize = 10;

/// A list of bytes or a text: the pointer, and what the allocator rounds up.
const TEXT: usize = size_of::<Vec<u8>>() + 16;

#[derive(Clone, Copy)]
enum Kind {
    Model,
    OperatorSet,
    Function,
    Graph,
    Node,
    Attribute,
    Tensor,
    Sparse,
    Entry,
    Value,
    /// TypeProto and what is below it down to the shape, each of which is there once.
    Type,
    TensorType,
    Shape,
    Dimension,
}

/// What stands in a field with a length.
enum Content {
    Message(Kind),
    Text,
    /// Numbers of that many bytes each once they are decoded, written as varints.
    Varints(usize),
    Skipped,
    Group,
}

/// Whether the decoded file keeps within the bounds. Bytes that are no messages are left to the decoder.
pub fn are_kept(file: &[u8]) -> bool {
    let mut left = ANY + file.len().saturating_mul(PER_BYTE);
    let mut waiting = vec![(Kind::Model, file)];
    while let Some((kind, mut bytes)) = waiting.pop() {
        while let Some((content, rest)) = next(kind, &mut bytes) {
            let cost = match content {
                // Nothing writes groups, which are a way to hide what follows.
                Content::Group => return false,
                Content::Message(kind) => {
                    waiting.push((kind, rest));
                    size_of_kind(kind)
                }
                Content::Text => TEXT + rest.len(),
                Content::Varints(size) => size * rest.iter().filter(|byte| **byte < 0x80).count(),
                // A number.
                Content::Skipped => size_of::<u64>(),
            };
            // Lists grow by doubling.
            match left.checked_sub(2 * cost) {
                Some(rest) => left = rest,
                None => return false,
            }
        }
    }
    true
}

/// Takes the next field. `None` at the end, or where the bytes are no message.
fn next<'b>(kind: Kind, bytes: &mut &'b [u8]) -> Option<(Content, &'b [u8])> {
    let key = varint(bytes)?;
    let field = key >> 3;
    let length = match key & 7 {
        0 => {
            varint(bytes)?;
            0
        }
        1 => 8,
        2 => usize::try_from(varint(bytes)?).ok()?,
        5 => 4,
        3 | 4 => return Some((Content::Group, &[])),
        _ => return None,
    };
    let (content, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(if key & 7 == 2 {
        (content_of(kind, field), content)
    } else {
        (Content::Skipped, content)
    })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn content_of(kind: Kind, field: u64) -> Content {
    use Content::{Message, Skipped, Text, Varints};
    match (kind, field) {
        (Kind::Model, 7) => Message(Kind::Graph),
        (Kind::Model, 8) => Message(Kind::OperatorSet),
        (Kind::Model, 25) => Message(Kind::Function),
        (Kind::Graph, 1) => Message(Kind::Node),
        (Kind::Graph, 5) | (Kind::Attribute, 5) => Message(Kind::Tensor),
        (Kind::Graph, 11 | 12) => Message(Kind::Value),
        (Kind::Graph, 15) => Message(Kind::Sparse),
        (Kind::Node, 5) => Message(Kind::Attribute),
        (Kind::Tensor, 13) => Message(Kind::Entry),
        (Kind::Value, 2) => Message(Kind::Type),
        (Kind::Type, 1) => Message(Kind::TensorType),
        (Kind::TensorType, 2) => Message(Kind::Shape),
        (Kind::Shape, 1) => Message(Kind::Dimension),
        (Kind::Attribute, 8) | (Kind::Tensor, 1 | 7) => Varints(size_of::<i64>()),
        (Kind::Tensor, 5) => Varints(size_of::<i32>()),
        (Kind::OperatorSet, 1)
        | (Kind::Function, 1 | 10)
        | (Kind::Node, 1..=4 | 7)
        | (Kind::Attribute, 1 | 4 | 7 | 9 | 21)
        | (Kind::Tensor, 4 | 6 | 8 | 9 | 10)
        | (Kind::Entry, 1 | 2)
        | (Kind::Value, 1) => Text,
        _ => Skipped,
    }
}

fn size_of_kind(kind: Kind) -> usize {
    match kind {
        Kind::Model | Kind::Sparse => size_of::<SparseTensorProto>() + 1,
        Kind::OperatorSet => size_of::<OperatorSetIdProto>(),
        Kind::Function => size_of::<FunctionProto>(),
        Kind::Graph => size_of::<GraphProto>(),
        Kind::Node => size_of::<NodeProto>(),
        Kind::Attribute => size_of::<AttributeProto>(),
        Kind::Tensor => size_of::<TensorProto>(),
        Kind::Entry => size_of::<StringStringEntryProto>(),
        Kind::Value => size_of::<ValueInfoProto>(),
        Kind::Type | Kind::TensorType | Kind::Shape => TEXT,
        Kind::Dimension => size_of::<DimensionProto>(),
    }
}
