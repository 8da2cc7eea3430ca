//! Tensors: what flows through a graph.

use std::borrow::Cow;
use std::fmt::{self, Debug, Display, Formatter};

use smallvec::SmallVec;

use super::trouble::Fault;

/// The bytes that one tensor may take while rows are scored.
pub const TENSOR_BYTES: usize = 64 << 20;

/// The lengths of a tensor along its axes. A scalar has none.
pub type Shape = SmallVec<[usize; 4]>;

/// Numbers or texts in a shape, the last axis running fastest. Texts are borrowed from the rows and the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor<'m> {
    pub shape: Shape,
    pub data: Data<'m>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Data<'m> {
    Float(Vec<f32>),
    Double(Vec<f64>),
    Int64(Vec<i64>),
    Int32(Vec<i32>),
    Bool(Vec<bool>),
    Text(Vec<Cow<'m, str>>),
}

/// The type of the elements of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    Float,
    Double,
    Int64,
    Int32,
    Bool,
    #[strum(serialize = "string")]
    Text,
}

impl<'m> Tensor<'m> {
    /// Panics unless there is an element for each place.
    pub fn new<T: Element<'m>>(shape: Shape, elements: Vec<T>) -> Self {
        assert_eq!(shape.iter().product::<usize>(), elements.len());
        Self {
            shape,
            data: T::wrap(elements),
        }
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    pub fn kind(&self) -> Kind {
        match self.data {
            Data::Float(_) => Kind::Float,
            Data::Double(_) => Kind::Double,
            Data::Int64(_) => Kind::Int64,
            Data::Int32(_) => Kind::Int32,
            Data::Bool(_) => Kind::Bool,
            Data::Text(_) => Kind::Text,
        }
    }

    /// The memory of its elements.
    pub fn bytes(&self) -> usize {
        match &self.data {
            Data::Float(elements) => size_of_val(elements.as_slice()),
            Data::Double(elements) => size_of_val(elements.as_slice()),
            Data::Int64(elements) => size_of_val(elements.as_slice()),
            Data::Int32(elements) => size_of_val(elements.as_slice()),
            Data::Bool(elements) => size_of_val(elements.as_slice()),
            Data::Text(elements) => size_of_val(elements.as_slice()),
        }
    }

    /// The elements, if they are of that type.
    pub fn elements<T: Element<'m>>(&self) -> Result<&[T], Fault> {
        T::unwrap(&self.data)
            .ok_or_else(|| Fault::new(format!("expected {}, found {}", T::KIND, self.kind())))
    }

    /// The same elements in another shape of as many.
    pub fn reshaped(&self, shape: Shape) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), self.len());
        Self {
            shape,
            data: self.data.clone(),
        }
    }

    /// The rows and the width of a matrix; a vector is one row, as the operators of ai.onnx.ml take it.
    pub fn matrix(&self) -> Result<(usize, usize), Fault> {
        match *self.shape {
            [width] => Ok((1, width)),
            [rows, width] => Ok((rows, width)),
            _ => Err(Fault::new(format!(
                "expected a matrix, found the shape {}",
                Dimensions(&self.shape)
            ))),
        }
    }

    /// As 64-bit integers: indices, axes and shapes.
    pub fn integers(&self) -> Result<Vec<i64>, Fault> {
        match &self.data {
            Data::Int64(elements) => Ok(elements.clone()),
            Data::Int32(elements) => Ok(elements.iter().map(|value| i64::from(*value)).collect()),
            _ => Err(Fault::new(format!(
                "expected integers, found {}",
                self.kind()
            ))),
        }
    }
}

/// The number of elements of a shape whose elements have that many bytes, if it keeps within [`TENSOR_BYTES`].
pub fn length_of(shape: &[usize], element_bytes: usize) -> Result<usize, Fault> {
    // Axes beside an empty one count, too, so that the product of any of them is small.
    let mut length = 1_usize;
    for axis in shape {
        let product = length.checked_mul((*axis).max(1));
        length = product.ok_or_else(|| too_large(shape))?;
    }
    match length.checked_mul(element_bytes) {
        Some(bytes) if bytes <= TENSOR_BYTES => {}
        _ => return Err(too_large(shape)),
    }
    Ok(if shape.contains(&0) { 0 } else { length })
}

fn too_large(shape: &[usize]) -> Fault {
    Fault::new(format!(
        "a tensor of the shape {} is too large",
        Dimensions(shape)
    ))
}

/// A shape as people write it.
pub struct Dimensions<'s>(pub &'s [usize]);

impl Display for Dimensions<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Debug::fmt(self.0, formatter)
    }
}

/// What tensors hold.
pub trait Element<'m>: Clone + Debug + Default + PartialEq + 'm {
    const KIND: Kind;

    fn wrap(elements: Vec<Self>) -> Data<'m>;

    fn unwrap<'d>(data: &'d Data<'m>) -> Option<&'d [Self]>;
}

macro_rules! element {
    ($element:ty, $kind:ident) => {
        impl<'m> Element<'m> for $element {
            const KIND: Kind = Kind::$kind;

            fn wrap(elements: Vec<Self>) -> Data<'m> {
                Data::$kind(elements)
            }

            fn unwrap<'d>(data: &'d Data<'m>) -> Option<&'d [Self]> {
                match data {
                    Data::$kind(elements) => Some(elements),
                    _ => None,
                }
            }
        }
    };
}

element!(f32, Float);
element!(f64, Double);
element!(i64, Int64);
element!(i32, Int32);
element!(bool, Bool);
element!(Cow<'m, str>, Text);

/// Runs an expression with `$elements` bound to the elements of a tensor of any type.
macro_rules! for_each_kind {
    ($data:expr, $elements:ident => $body:expr) => {
        match $data {
            $crate::models::onnx::tensor::Data::Float($elements) => $body,
            $crate::models::onnx::tensor::Data::Double($elements) => $body,
            $crate::models::onnx::tensor::Data::Int64($elements) => $body,
            $crate::models::onnx::tensor::Data::Int32($elements) => $body,
            $crate::models::onnx::tensor::Data::Bool($elements) => $body,
            $crate::models::onnx::tensor::Data::Text($elements) => $body,
        }
    };
}
pub(super) use for_each_kind;

impl Tensor<'_> {
    /// The same, with texts of its own.
    pub fn into_owned(self) -> Tensor<'static> {
        let data = match self.data {
            Data::Float(elements) => Data::Float(elements),
            Data::Double(elements) => Data::Double(elements),
            Data::Int64(elements) => Data::Int64(elements),
            Data::Int32(elements) => Data::Int32(elements),
            Data::Bool(elements) => Data::Bool(elements),
            Data::Text(texts) => {
                let texts = texts.into_iter().map(|text| Cow::Owned(text.into_owned()));
                Data::Text(texts.collect())
            }
        };
        Tensor {
            shape: self.shape,
            data,
        }
    }
}
