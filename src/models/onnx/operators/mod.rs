//! The operators that are computed here: what skl2onnx makes of estimators and pipelines.

mod broadcast;
pub mod cast;
mod choose;
mod combine;
mod each;
mod matrix;
pub mod ml;
mod order;
mod reduce;
mod registry;
mod select;
mod shapes;
mod softmax;
pub mod trees;

use std::borrow::Cow;
use std::fmt::Debug;

use smallvec::{SmallVec, smallvec};

use super::tensor::{Data, Tensor};
use super::trouble::Fault;

pub use registry::{Building, build};

/// What computes the outputs of a node from its inputs.
pub trait Operator: Debug + Send + Sync {
    fn run<'m>(
        &'m self,
        inputs: &Inputs<'_, 'm>,
        findings: &mut Findings,
    ) -> Result<Outputs<'m>, Fault>;
}

pub type Outputs<'m> = SmallVec<[Tensor<'m>; 2]>;

/// The inputs of a node; some may be left out.
pub struct Inputs<'i, 'm>(pub &'i [Option<&'i Tensor<'m>>]);

impl<'i, 'm> Inputs<'i, 'm> {
    pub fn get(&self, position: usize) -> Result<&'i Tensor<'m>, Fault> {
        self.optional(position)
            .ok_or_else(|| Fault::new(format!("its input {position} is left out")))
    }

    pub fn optional(&self, position: usize) -> Option<&'i Tensor<'m>> {
        self.0.get(position).copied().flatten()
    }

    /// All of them, none of which may be left out.
    pub fn all(&self) -> impl ExactSizeIterator<Item = Result<&'i Tensor<'m>, Fault>> {
        (0..self.0.len()).map(|position| self.get(position))
    }
}

/// What operators find wrong with the values of rows, as opposed to their types and shapes.
#[derive(Debug, Default)]
pub struct Findings {
    first: Option<String>,
}

impl Findings {
    pub fn report(&mut self, message: impl FnOnce() -> String) {
        self.first.get_or_insert_with(message);
    }

    pub fn first(&self) -> Option<&str> {
        self.first.as_deref()
    }
}

/// An operator that is a function of its inputs and of nothing that it would lend.
struct Function<F> {
    name: &'static str,
    function: F,
}

impl<F> Debug for Function<F> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name)
    }
}

impl<F> Operator for Function<F>
where
    F: for<'m> Fn(&Inputs<'_, 'm>, &mut Findings) -> Result<Tensor<'m>, Fault> + Send + Sync,
{
    fn run<'m>(
        &'m self,
        inputs: &Inputs<'_, 'm>,
        findings: &mut Findings,
    ) -> Result<Outputs<'m>, Fault> {
        Ok(smallvec![(self.function)(inputs, findings)?])
    }
}

/// The numbers of a tensor in single precision.
pub fn floats<'t>(tensor: &'t Tensor<'_>) -> Result<Cow<'t, [f32]>, Fault> {
    Ok(match &tensor.data {
        Data::Float(numbers) => Cow::Borrowed(numbers.as_slice()),
        Data::Double(numbers) => numbers.iter().map(|number| *number as f32).collect(),
        Data::Int64(numbers) => numbers.iter().map(|number| *number as f32).collect(),
        Data::Int32(numbers) => numbers.iter().map(|number| *number as f32).collect(),
        Data::Bool(_) | Data::Text(_) => {
            return Err(Fault::new(format!(
                "expected numbers, found {}",
                tensor.kind()
            )));
        }
    })
}

/// The position of an axis, which may be counted from behind.
fn axis(axis: i64, axes: usize) -> Result<usize, Fault> {
    let from_front = if axis < 0 { axis + axes as i64 } else { axis };
    usize::try_from(from_front)
        .ok()
        .filter(|position| *position < axes)
        .ok_or_else(|| {
            Fault::new(format!(
                "there is no axis {axis} in a tensor of {axes} axes"
            ))
        })
}
