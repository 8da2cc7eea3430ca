//! Tensors that stand in a file.

use std::borrow::Cow;

use super::proto::{EXTERNAL, TensorProto, data_type};
use super::tensor::{Element, Kind, Shape, Tensor, length_of};
use super::trouble::Trouble;

/// The axes that a tensor may have.
const AXES: usize = 8;

/// Reads a tensor of a file. Its elements must stand there, exactly as many as its shape says.
pub fn tensor(proto: &TensorProto) -> Result<Tensor<'static>, Trouble> {
    if proto.data_location == EXTERNAL || !proto.external_data.is_empty() {
        return Err(Trouble::invalid(
            "its numbers stand in another file; save the model with all of its data in one file",
        ));
    }
    let shape = shape(&proto.dims)?;
    match kind(proto.data_type)? {
        Kind::Float => numbers(proto, shape, &proto.float_data, f32::from_le_bytes),
        Kind::Double => numbers(proto, shape, &proto.double_data, f64::from_le_bytes),
        Kind::Int64 => numbers(proto, shape, &proto.int64_data, i64::from_le_bytes),
        Kind::Int32 => numbers(proto, shape, &proto.int32_data, i32::from_le_bytes),
        Kind::Bool => {
            let truths: Vec<bool> = proto.int32_data.iter().map(|value| *value != 0).collect();
            numbers(proto, shape, &truths, |[byte]: [u8; 1]| byte != 0)
        }
        Kind::Text => {
            if proto.raw_data.is_some() {
                return Err(Trouble::invalid("texts cannot be raw data"));
            }
            let texts = texts(&proto.string_data)?.into_iter().map(Cow::Owned);
            filled(shape, texts.collect())
        }
    }
}

/// The type of elements with that number in `TensorProto.DataType`.
pub fn kind(data_type: i32) -> Result<Kind, Trouble> {
    match data_type {
        data_type::FLOAT => Ok(Kind::Float),
        data_type::DOUBLE => Ok(Kind::Double),
        data_type::INT64 => Ok(Kind::Int64),
        data_type::INT32 => Ok(Kind::Int32),
        data_type::BOOL => Ok(Kind::Bool),
        data_type::STRING => Ok(Kind::Text),
        _ => Err(Trouble::unsupported(format!(
            "elements of the type {data_type} are not computed here; expected float, double, int64, int32, bool or string"
        ))),
    }
}

/// Texts of a file, which are bytes there.
pub fn texts(texts: &[Vec<u8>]) -> Result<Vec<String>, Trouble> {
    let text = |bytes: &Vec<u8>| {
        String::from_utf8(bytes.clone()).map_err(|_| Trouble::invalid("a text is not UTF-8"))
    };
    texts.iter().map(text).collect()
}

fn shape(dims: &[i64]) -> Result<Shape, Trouble> {
    if dims.len() > AXES {
        return Err(Trouble::invalid(format!(
            "a tensor of {} axes; expected at most {AXES}",
            dims.len()
        )));
    }
    let axis = |length: &i64| {
        usize::try_from(*length)
            .map_err(|_| Trouble::invalid(format!("a tensor with an axis of length {length}")))
    };
    dims.iter().map(axis).collect()
}

/// Numbers from their own field or from raw bytes.
fn numbers<T: Element<'static> + Copy, const SIZE: usize>(
    proto: &TensorProto,
    shape: Shape,
    elements: &[T],
    from_bytes: impl Fn([u8; SIZE]) -> T,
) -> Result<Tensor<'static>, Trouble> {
    let Some(raw) = &proto.raw_data else {
        return filled(shape, elements.to_vec());
    };
    let (pieces, rest) = raw.as_chunks::<SIZE>();
    if !rest.is_empty() || !elements.is_empty() {
        return Err(wrong_count(&shape));
    }
    filled(shape, pieces.iter().copied().map(from_bytes).collect())
}

fn filled<T: Element<'static>>(shape: Shape, elements: Vec<T>) -> Result<Tensor<'static>, Trouble> {
    let mut expected = 1_usize;
    for axis in &shape {
        expected = expected
            .checked_mul(*axis)
            .ok_or_else(|| wrong_count(&shape))?;
    }
    if expected != elements.len() {
        return Err(wrong_count(&shape));
    }
    if elements.is_empty() {
        length_of(&shape, 1)?;
    }
    Ok(Tensor::new(shape, elements))
}

fn wrong_count(shape: &Shape) -> Trouble {
    Trouble::invalid(format!(
        "a tensor of the shape {:?} does not have as many elements in the file",
        shape.as_slice()
    ))
}
