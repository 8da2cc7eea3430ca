//! The labels of the classes of a classifier, as its node has them.

use std::borrow::Cow;

use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::tensor::{Shape, Tensor};
use crate::models::onnx::trouble::Trouble;
use crate::models::signature::Label;

#[derive(Clone, Debug, PartialEq)]
pub enum ClassLabels {
    Texts(Vec<String>),
    Integers(Vec<i64>),
}

impl ClassLabels {
    /// Takes the labels from whichever of two attributes is filled.
    pub fn read(attributes: &mut Attributes, texts: &str, integers: &str) -> Result<Self, Trouble> {
        let found = attributes.texts(texts)?.unwrap_or_default();
        let numbers = attributes.ints(integers)?.unwrap_or_default();
        let labels = match (found.is_empty(), numbers.is_empty()) {
            (false, true) => Self::Texts(found),
            (true, false) => Self::Integers(numbers),
            _ => {
                return Err(Trouble::invalid(format!(
                    "expected labels in either `{texts}` or `{integers}`"
                )));
            }
        };
        if labels.len() < 2 {
            return Err(Trouble::unsupported(
                "a classifier of one class is not computed here",
            ));
        }
        Ok(labels)
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Integers(integers) => integers.len(),
        }
    }

    /// The labels of chosen classes as a tensor.
    pub fn tensor<'m>(&'m self, chosen: &[u32]) -> Tensor<'m> {
        let shape = Shape::from_slice(&[chosen.len()]);
        let positions = chosen.iter().map(|class| *class as usize);
        match self {
            Self::Texts(texts) => {
                let texts = positions.map(|class| Cow::Borrowed(texts[class].as_str()));
                Tensor::new::<Cow<'m, str>>(shape, texts.collect())
            }
            Self::Integers(integers) => {
                Tensor::new(shape, positions.map(|class| integers[class]).collect())
            }
        }
    }

    pub fn to_labels(&self) -> Vec<Label> {
        match self {
            Self::Texts(texts) => texts.iter().cloned().map(Label::Text).collect(),
            Self::Integers(integers) => integers.iter().copied().map(Label::Integer).collect(),
        }
    }
}
