//! What a message takes on the broker.

/// Bytes of a batch that holds one message and nothing else: that is what a broker compares with its
/// `message.max.bytes`. `headers`: lengths of their names and values.
pub fn batch_bytes(key: usize, payload: usize, headers: &[(usize, usize)]) -> usize {
    const BATCH: usize = 61;
    // Attributes, and two differences to what stands in the batch.
    const RECORD: usize = 3;
    let with_length = |bytes: usize| varint_bytes(bytes) + bytes;
    let headers_bytes = headers
        .iter()
        .map(|(name, value)| with_length(*name) + with_length(*value));
    let record = RECORD
        + with_length(key)
        + with_length(payload)
        + varint_bytes(headers.len())
        + headers_bytes.sum::<usize>();
    BATCH + with_length(record)
}

/// Of a length: seven bits a byte, of which the first bit of all is the sign.
fn varint_bytes(length: usize) -> usize {
    let bits = usize::BITS - (length << 1).leading_zeros();
    bits.div_ceil(7).max(1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_more_bytes_the_longer_they_are() {
        let bytes = [0, 1, 63, 64, 8_191, 8_192, 1_048_575, 1_048_576].map(varint_bytes);
        assert_eq!(bytes, [1, 1, 1, 2, 2, 3, 3, 4]);
    }

    #[test]
    fn a_batch_is_as_long_as_its_parts() {
        // Header of the batch, length, attributes and two differences, then the parts with their lengths.
        assert_eq!(batch_bytes(0, 0, &[]), 61 + 1 + 3 + 1 + 1 + 1);
        let parts = (1 + 5) + (2 + 100) + 1 + (1 + 7) + (1 + 1);
        assert_eq!(batch_bytes(5, 100, &[(7, 1)]), 61 + 2 + 3 + parts);
    }
}
