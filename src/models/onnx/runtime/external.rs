//! Whether a file refers to others: ONNX Runtime would read them from wherever they are.

/// The messages in which tensors stand, by what their fields hold.
#[derive(Clone, Copy)]
enum Message {
    Model,
    Training,
    Function,
    Graph,
    Node,
    Attribute,
    Sparse,
    Tensor,
}

/// Whether a tensor of a model has its data in another file; also where the bytes are no model at all.
pub(super) fn has_external_data(file: &[u8]) -> bool {
    let mut waiting = vec![(Message::Model, file)];
    while let Some((message, bytes)) = waiting.pop() {
        let mut rest = bytes;
        while !rest.is_empty() {
            match field(&mut rest) {
                None => return true,
                Some(Field { number, content }) => match (message, number) {
                    // `external_data` and `data_location`.
                    (Message::Tensor, 13 | 14) => return true,
                    _ => {
                        if let (Some(inner), Some(content)) = (inner(message, number), content) {
                            waiting.push((inner, content));
                        }
                    }
                },
            }
        }
    }
    false
}

fn inner(message: Message, field: u64) -> Option<Message> {
    use Message as M;
    Some(match (message, field) {
        (M::Model, 7) | (M::Training, 1 | 2) | (M::Attribute, 6 | 11) => M::Graph,
        (M::Model, 20) => M::Training,
        (M::Model, 25) => M::Function,
        (M::Graph, 1) | (M::Function, 7) => M::Node,
        (M::Node, 5) | (M::Function, 11) => M::Attribute,
        (M::Graph, 5) | (M::Attribute, 5 | 10) | (M::Sparse, 1 | 2) => M::Tensor,
        (M::Graph, 15) | (M::Attribute, 22 | 23) => M::Sparse,
        _ => return None,
    })
}

struct Field<'b> {
    number: u64,
    /// The bytes of a field that has a length.
    content: Option<&'b [u8]>,
}

/// Takes a field off; `None` where the bytes are no fields.
fn field<'b>(bytes: &mut &'b [u8]) -> Option<Field<'b>> {
    let tag = varint(bytes)?;
    let number = tag >> 3;
    let length = match tag & 7 {
        0 => {
            let value = varint(bytes)?;
            // The default of `data_location`, which some tools write.
            let number = if number == 14 && value == 0 {
                0
            } else {
                number
            };
            return Some(Field {
                number,
                content: None,
            });
        }
        1 => 8,
        2 => usize::try_from(varint(bytes)?).ok()?,
        5 => 4,
        _ => return None,
    };
    let (content, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(Field {
        number,
        content: (tag & 7 == 2).then_some(content),
    })
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}
