//! Reads the elements of a tensor that was sent as binary data: little-endian, row by row.

use super::datatype::Datatype;
use super::half;

/// Numbers; `Err` says what is wrong with the bytes.
pub(super) fn numbers(bytes: &[u8], datatype: Datatype, elements: u64) -> Result<Vec<f64>, String> {
    let width = datatype.width().unwrap_or(1);
    let expected = elements.checked_mul(width as u64);
    if expected != Some(bytes.len() as u64) {
        let found = bytes.len();
        return Err(format!(
            "expected {elements} values of {width} bytes each, found {found} bytes"
        ));
    }
    Ok(match datatype {
        Datatype::Bool | Datatype::Uint8 | Datatype::Bytes => {
            bytes.iter().map(|byte| f64::from(*byte)).collect()
        }
        Datatype::Int8 => each(bytes, |bytes| i8::from_le_bytes(bytes).into()),
        Datatype::Uint16 => each(bytes, |bytes| u16::from_le_bytes(bytes).into()),
        Datatype::Int16 => each(bytes, |bytes| i16::from_le_bytes(bytes).into()),
        Datatype::Fp16 => each(bytes, |bytes| half::from_bits(u16::from_le_bytes(bytes))),
        Datatype::Uint32 => each(bytes, |bytes| u32::from_le_bytes(bytes).into()),
        Datatype::Int32 => each(bytes, |bytes| i32::from_le_bytes(bytes).into()),
        Datatype::Fp32 => each(bytes, |bytes| f32::from_le_bytes(bytes).into()),
        Datatype::Uint64 => each(bytes, |bytes| u64::from_le_bytes(bytes) as f64),
        Datatype::Int64 => each(bytes, |bytes| i64::from_le_bytes(bytes) as f64),
        Datatype::Fp64 => each(bytes, f64::from_le_bytes),
    })
}

fn each<const WIDTH: usize>(bytes: &[u8], read: impl Fn([u8; WIDTH]) -> f64) -> Vec<f64> {
    let (values, _) = bytes.as_chunks::<WIDTH>();
    values.iter().map(|value| read(*value)).collect()
}

/// Texts, each behind its length in four bytes.
pub(super) fn texts(bytes: &[u8], elements: u64) -> Result<Vec<Option<Box<str>>>, String> {
    const LENGTH: usize = 4;
    let too_few = || format!("expected {elements} texts, each behind its length in 4 bytes");
    if elements.saturating_mul(LENGTH as u64) > bytes.len() as u64 {
        return Err(too_few());
    }
    let mut texts = Vec::with_capacity(usize::try_from(elements).unwrap_or_default());
    let mut rest = bytes;
    for no in 0..elements {
        let (length, behind) = rest.split_first_chunk::<LENGTH>().ok_or_else(too_few)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let Some((text, behind)) = behind.split_at_checked(length) else {
            let left = behind.len();
            return Err(format!(
                "value {no}: expected {length} bytes, as its length says, found {left}"
            ));
        };
        let text = str::from_utf8(text).map_err(|_| format!("value {no}: expected UTF-8"))?;
        texts.push(Some(Box::from(text)));
        rest = behind;
    }
    match rest.len() {
        0 => Ok(texts),
        left => Err(format!(
            "{left} bytes stand behind the last of {elements} texts"
        )),
    }
}
