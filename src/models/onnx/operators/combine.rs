//! Operators that combine the elements of two or more tensors: arithmetic, comparisons, logic.

use std::borrow::Cow;

use super::broadcast::combine;
use crate::models::onnx::operators::Inputs;
use crate::models::onnx::tensor::{Data, Element, Tensor};
use crate::models::onnx::trouble::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumString)]
pub enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Pow,
    Max,
    Min,
    /// Any number of tensors, as `Max` and `Min`.
    Sum,
}

macro_rules! floats {
    ($operation:expr, $left:expr, $right:expr) => {
        match $operation {
            Arithmetic::Add | Arithmetic::Sum => pair($left, $right, |l, r| l + r),
            Arithmetic::Sub => pair($left, $right, |l, r| l - r),
            Arithmetic::Mul => pair($left, $right, |l, r| l * r),
            Arithmetic::Div => pair($left, $right, |l, r| l / r),
            Arithmetic::Pow => pair($left, $right, |l, r| l.powf(*r)),
            // NaN wins.
            Arithmetic::Max => pair(
                $left,
                $right,
                |l, r| if l > r || l.is_nan() { *l } else { *r },
            ),
            Arithmetic::Min => pair(
                $left,
                $right,
                |l, r| if l < r || l.is_nan() { *l } else { *r },
            ),
        }
    };
}

macro_rules! integers {
    ($number:ident, $operation:expr, $left:expr, $right:expr) => {
        match $operation {
            Arithmetic::Add | Arithmetic::Sum => pair($left, $right, |l, r| l.wrapping_add(*r)),
            Arithmetic::Sub => pair($left, $right, |l, r| l.wrapping_sub(*r)),
            Arithmetic::Mul => pair($left, $right, |l, r| l.wrapping_mul(*r)),
            // What has no answer is zero.
            Arithmetic::Div => pair($left, $right, |l, r| l.checked_div(*r).unwrap_or(0)),
            Arithmetic::Pow => pair($left, $right, |l, r| (*l as f64).powf(*r as f64) as $number),
            Arithmetic::Max => pair($left, $right, |l, r| *l.max(r)),
            Arithmetic::Min => pair($left, $right, |l, r| *l.min(r)),
        }
    };
}

impl Arithmetic {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let first = inputs.get(0)?;
        let takes_many = matches!(self, Self::Max | Self::Min | Self::Sum);
        if !takes_many {
            return self.pair(first, inputs.get(1)?);
        }
        let Some(second) = inputs.optional(1) else {
            return Ok(first.clone());
        };
        let mut combined = self.pair(first, second)?;
        for input in inputs.all().skip(2) {
            combined = self.pair(&combined, input?)?;
        }
        Ok(combined)
    }

    fn pair<'m>(self, left: &Tensor<'m>, right: &Tensor<'m>) -> Result<Tensor<'m>, Fault> {
        let (l, r) = (&left.shape, &right.shape);
        match (&left.data, &right.data) {
            (Data::Float(a), Data::Float(b)) => floats!(self, (a, l), (b, r)),
            (Data::Double(a), Data::Double(b)) => floats!(self, (a, l), (b, r)),
            (Data::Int64(a), Data::Int64(b)) => integers!(i64, self, (a, l), (b, r)),
            (Data::Int32(a), Data::Int32(b)) => integers!(i32, self, (a, l), (b, r)),
            // Exponents may be of another type.
            (Data::Float(a), Data::Double(b)) if self == Self::Pow => {
                pair((a, l), (b, r), |l, r| l.powf(*r as f32))
            }
            (Data::Float(a), Data::Int64(b)) if self == Self::Pow => {
                pair((a, l), (b, r), |l, r| l.powf(*r as f32))
            }
            (Data::Double(a), Data::Float(b)) if self == Self::Pow => {
                pair((a, l), (b, r), |l, r| l.powf((*r).into()))
            }
            (Data::Double(a), Data::Int64(b)) if self == Self::Pow => {
                pair((a, l), (b, r), |l, r| l.powf(*r as f64))
            }
            _ => Err(different(left, right)),
        }
    }
}

fn pair<'m, A, B, R: Element<'m>>(
    (left, left_shape): (&[A], &[usize]),
    (right, right_shape): (&[B], &[usize]),
    function: impl Fn(&A, &B) -> R,
) -> Result<Tensor<'m>, Fault> {
    let (shape, combined) = combine((left, left_shape), (right, right_shape), function)?;
    Ok(Tensor::new(shape, combined))
}

fn different(left: &Tensor<'_>, right: &Tensor<'_>) -> Fault {
    Fault::new(format!(
        "{} and {} cannot be combined",
        left.kind(),
        right.kind()
    ))
}

#[derive(Clone, Copy, Debug, strum::EnumString)]
pub enum Comparison {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let (left, right) = (inputs.get(0)?, inputs.get(1)?);
        let (l, r) = (&left.shape, &right.shape);
        match (&left.data, &right.data) {
            (Data::Float(a), Data::Float(b)) => self.compare((a, l), (b, r)),
            (Data::Double(a), Data::Double(b)) => self.compare((a, l), (b, r)),
            (Data::Int64(a), Data::Int64(b)) => self.compare((a, l), (b, r)),
            (Data::Int32(a), Data::Int32(b)) => self.compare((a, l), (b, r)),
            (Data::Bool(a), Data::Bool(b)) => self.compare((a, l), (b, r)),
            (Data::Text(a), Data::Text(b)) => self.compare::<Cow<'m, str>>((a, l), (b, r)),
            _ => Err(different(left, right)),
        }
    }

    fn compare<'m, T: PartialOrd>(
        self,
        left: (&[T], &[usize]),
        right: (&[T], &[usize]),
    ) -> Result<Tensor<'m>, Fault> {
        match self {
            Self::Equal => pair(left, right, |l, r| l == r),
            Self::Less => pair(left, right, |l, r| l < r),
            Self::LessOrEqual => pair(left, right, |l, r| l <= r),
            Self::Greater => pair(left, right, |l, r| l > r),
            Self::GreaterOrEqual => pair(left, right, |l, r| l >= r),
        }
    }
}

#[derive(Clone, Copy, Debug, strum::EnumString)]
pub enum Logic {
    And,
    Or,
    Xor,
}

impl Logic {
    pub fn run<'m>(self, inputs: &Inputs<'_, 'm>) -> Result<Tensor<'m>, Fault> {
        let (left, right) = (inputs.get(0)?, inputs.get(1)?);
        let left = (left.elements::<bool>()?, left.shape.as_slice());
        let right = (right.elements::<bool>()?, right.shape.as_slice());
        match self {
            Self::And => pair(left, right, |l, r| l & r),
            Self::Or => pair(left, right, |l, r| l | r),
            Self::Xor => pair(left, right, |l, r| l ^ r),
        }
    }
}
