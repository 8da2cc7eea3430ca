//! Makes operators by their names.

use std::str::FromStr;

use super::combine::{Arithmetic, Comparison, Logic};
use super::each::{self, Each};
use super::matrix::{self, Gemm};
use super::ml::encode::{LabelEncoder, OneHotEncoder};
use super::ml::extract;
use super::ml::linear::{LinearClassifier, LinearRegressor};
use super::ml::scaler::{IntegerImputer, RowStep};
use super::order::{Arg, TopK};
use super::reduce::{CumSum, Reduce, Reduction};
use super::select::{self, Slice};
use super::softmax::Softmax;
use super::trees::{TreeClassifier, TreeRegressor};
use super::{Findings, Function, Inputs, Operator, cast, choose, shapes};
use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::graph::{Operation, Versions};
use crate::models::onnx::tensor::{Kind, Shape, Tensor};
use crate::models::onnx::trouble::{Fault, Trouble};

/// A node that is to become an operator.
pub struct Building<'b, 'm> {
    pub operation: &'b Operation,
    pub attributes: &'b mut Attributes,
    pub versions: Versions,
    /// Inputs as they will be, but for the number of rows.
    pub inputs: &'b Inputs<'b, 'm>,
}

type Made = Box<dyn Operator>;

/// Makes the operator of a node. It takes the attributes that it understands.
pub fn build(building: &mut Building<'_, '_>) -> Result<Made, Trouble> {
    let made = if building.operation.is_ml {
        ml(building)?
    } else {
        onnx(building)?
    };
    made.ok_or_else(|| {
        let domain = if building.operation.is_ml {
            "ai.onnx.ml"
        } else {
            "ai.onnx"
        };
        Trouble::unsupported(format!(
            "the operator {domain}.{} is not computed here",
            building.operation.name
        ))
    })
}

fn function<F>(name: &'static str, function: F) -> Made
where
    F: for<'m> Fn(&Inputs<'_, 'm>, &mut Findings) -> Result<Tensor<'m>, Fault>
        + Send
        + Sync
        + 'static,
{
    Box::new(Function { name, function })
}

fn ml(building: &mut Building<'_, '_>) -> Result<Option<Made>, Trouble> {
    let attributes = &mut *building.attributes;
    let name = building.operation.name.as_str();
    if let Some(step) = RowStep::read(name, attributes)? {
        return Ok(Some(Box::new(step)));
    }
    let is_double = |inputs: &Inputs<'_, '_>| Ok::<_, Fault>(inputs.get(0)?.kind() == Kind::Double);
    let columns = |inputs: &Inputs<'_, '_>| Ok::<_, Fault>(inputs.get(0)?.matrix()?.1);
    Ok(Some(match name {
        "ArrayFeatureExtractor" => function("ArrayFeatureExtractor", |inputs, _| {
            extract::array_feature_extractor(inputs)
        }),
        "CategoryMapper" => Box::new(LabelEncoder::read_mapper(attributes)?),
        "FeatureVectorizer" => {
            // The widths are those of the inputs.
            attributes.ints("inputdimensions")?;
            function("FeatureVectorizer", |inputs, _| {
                extract::feature_vectorizer(inputs)
            })
        }
        "Imputer" => Box::new(IntegerImputer::read(attributes)?),
        "LabelEncoder" => Box::new(LabelEncoder::read(attributes)?),
        "LinearClassifier" => Box::new(LinearClassifier::read(attributes)?),
        "LinearRegressor" => Box::new(LinearRegressor::read(attributes)?),
        "OneHotEncoder" => Box::new(OneHotEncoder::read(attributes)?),
        "TreeEnsembleClassifier" => {
            let columns = columns(building.inputs)?;
            if is_double(building.inputs)? {
                Box::new(TreeClassifier::<f64>::read(attributes, columns)?)
            } else {
                Box::new(TreeClassifier::<f32>::read(attributes, columns)?)
            }
        }
        "TreeEnsembleRegressor" => {
            let columns = columns(building.inputs)?;
            if is_double(building.inputs)? {
                Box::new(TreeRegressor::<f64>::read(attributes, columns)?)
            } else {
                Box::new(TreeRegressor::<f32>::read(attributes, columns)?)
            }
        }
        // The map is made of the labels and this tensor when answers are given.
        "ZipMap" => {
            attributes.texts("classlabels_strings")?;
            attributes.ints("classlabels_int64s")?;
            function("ZipMap", |inputs, _| each::identity(inputs))
        }
        _ => return Ok(None),
    }))
}

fn onnx(building: &mut Building<'_, '_>) -> Result<Option<Made>, Trouble> {
    let name = building.operation.name.as_str();
    if let Ok(operation) = Each::from_str(name) {
        return Ok(Some(function("Each", move |inputs, _| {
            operation.run(inputs)
        })));
    }
    if let Ok(operation) = Arithmetic::from_str(name) {
        return Ok(Some(function("Arithmetic", move |inputs, _| {
            operation.run(inputs)
        })));
    }
    if let Ok(operation) = Comparison::from_str(name) {
        return Ok(Some(function("Comparison", move |inputs, _| {
            operation.run(inputs)
        })));
    }
    if let Ok(operation) = Logic::from_str(name) {
        return Ok(Some(function("Logic", move |inputs, _| {
            operation.run(inputs)
        })));
    }
    if let Ok(reduction) = Reduction::from_str(name) {
        let reduce = Reduce {
            reduction,
            axes: building.attributes.ints("axes")?,
            keeps_axes: building.attributes.flag("keepdims", true)?,
            none_is_nothing: building.attributes.flag("noop_with_empty_axes", false)?,
        };
        return Ok(Some(function("Reduce", move |inputs, _| {
            reduce.run(inputs)
        })));
    }
    match shaping(building)? {
        None => computing(building),
        made => Ok(made),
    }
}

/// Operators that move elements.
fn shaping(building: &mut Building<'_, '_>) -> Result<Option<Made>, Trouble> {
    let attributes = &mut *building.attributes;
    Ok(Some(match building.operation.name.as_str() {
        "Concat" => {
            let axis = attributes.int("axis")?;
            let axis = axis.ok_or_else(|| Trouble::invalid("it does not say the axis"))?;
            function("Concat", move |inputs, _| shapes::concat(inputs, axis))
        }
        "Constant" => constant(attributes)?,
        "ConstantOfShape" => {
            let value = attributes.tensor("value")?;
            let value = value.unwrap_or_else(|| Tensor::new(Shape::new(), vec![0.0_f32]));
            function("ConstantOfShape", move |inputs, _| {
                shapes::constant_of_shape(inputs, &value)
            })
        }
        "Expand" => function("Expand", |inputs, _| shapes::expand(inputs)),
        "Flatten" => {
            let axis = attributes.int("axis")?.unwrap_or(1);
            function("Flatten", move |inputs, _| shapes::flatten(inputs, axis))
        }
        "Gather" => {
            let axis = attributes.int("axis")?.unwrap_or(0);
            function("Gather", move |inputs, findings| {
                select::gather(inputs, axis, findings)
            })
        }
        "GatherElements" => {
            let axis = attributes.int("axis")?.unwrap_or(0);
            function("GatherElements", move |inputs, findings| {
                select::gather_elements(inputs, axis, findings)
            })
        }
        "Identity" => function("Identity", |inputs, _| each::identity(inputs)),
        "Reshape" => {
            let keeps_zeros = attributes.flag("allowzero", false)?;
            function("Reshape", move |inputs, _| {
                shapes::reshape(inputs, keeps_zeros)
            })
        }
        "Shape" => {
            let start = attributes.int("start")?.unwrap_or(0);
            let end = attributes.int("end")?;
            function("Shape", move |inputs, _| {
                shapes::shape_of(inputs, start, end)
            })
        }
        "Slice" => {
            let slice = Slice {
                starts: attributes.ints("starts")?,
                ends: attributes.ints("ends")?,
                axes: attributes.ints("axes")?,
            };
            function("Slice", move |inputs, _| slice.run(inputs))
        }
        "Squeeze" => {
            let axes = attributes.ints("axes")?;
            function("Squeeze", move |inputs, _| {
                shapes::squeeze(inputs, axes.as_deref())
            })
        }
        "Transpose" => {
            let order = attributes.ints("perm")?;
            function("Transpose", move |inputs, _| {
                shapes::transpose(inputs, order.as_deref())
            })
        }
        "Unsqueeze" => {
            let axes = attributes.ints("axes")?;
            function("Unsqueeze", move |inputs, _| {
                shapes::unsqueeze(inputs, axes.as_deref())
            })
        }
        _ => return Ok(None),
    }))
}

/// A constant that stands at its node.
fn constant(attributes: &mut Attributes) -> Result<Made, Trouble> {
    let vector = |count: usize| Shape::from_slice(&[count]);
    let tensor = if let Some(tensor) = attributes.tensor("value")? {
        tensor
    } else if let Some(number) = attributes.float("value_float")? {
        Tensor::new(Shape::new(), vec![number])
    } else if let Some(number) = attributes.int("value_int")? {
        Tensor::new(Shape::new(), vec![number])
    } else if let Some(numbers) = attributes.floats("value_floats")? {
        Tensor::new(vector(numbers.len()), numbers)
    } else if let Some(numbers) = attributes.ints("value_ints")? {
        Tensor::new(vector(numbers.len()), numbers)
    } else {
        return Err(Trouble::invalid("it has no value"));
    };
    Ok(function("Constant", move |_, _| Ok(tensor.clone())))
}

/// Operators that compute new elements, and take more than their inputs to say what.
fn computing(building: &mut Building<'_, '_>) -> Result<Option<Made>, Trouble> {
    let version = building.versions.onnx;
    let attributes = &mut *building.attributes;
    let name = building.operation.name.as_str();
    Ok(Some(match name {
        "ArgMax" | "ArgMin" => {
            let arg = Arg {
                axis: attributes.int("axis")?.unwrap_or(0),
                keeps_axis: attributes.flag("keepdims", true)?,
                is_least: name == "ArgMin",
                takes_last: attributes.flag("select_last_index", false)?,
            };
            function("Arg", move |inputs, _| arg.run(inputs))
        }
        "Cast" => {
            let target = cast::target(attributes)?;
            function("Cast", move |inputs, findings| {
                cast::cast(inputs, target, findings)
            })
        }
        "Clip" => {
            let bounds = (attributes.float("min")?, attributes.float("max")?);
            function("Clip", move |inputs, _| choose::clip(inputs, bounds))
        }
        "CumSum" => {
            let cumsum = CumSum {
                is_exclusive: attributes.flag("exclusive", false)?,
                is_reverse: attributes.flag("reverse", false)?,
            };
            function("CumSum", move |inputs, _| cumsum.run(inputs))
        }
        "Gemm" => {
            let gemm = Gemm {
                alpha: attributes.float("alpha")?.unwrap_or(1.0),
                beta: attributes.float("beta")?.unwrap_or(1.0),
                transposes_left: attributes.flag("transA", false)?,
                transposes_right: attributes.flag("transB", false)?,
            };
            function("Gemm", move |inputs, _| gemm.run(inputs))
        }
        "IsNaN" => function("IsNaN", |inputs, _| each::is_nan(inputs)),
        "MatMul" => function("MatMul", |inputs, _| matrix::matmul(inputs)),
        "Not" => function("Not", |inputs, _| each::not(inputs)),
        "Softmax" | "LogSoftmax" => {
            let joins_axes = version < 13;
            let default = if joins_axes { 1 } else { -1 };
            let softmax = Softmax {
                axis: attributes.int("axis")?.unwrap_or(default),
                joins_axes,
                is_log: name == "LogSoftmax",
            };
            function("Softmax", move |inputs, _| softmax.run(inputs))
        }
        "TopK" => {
            // Sorted or not, the elements are the same.
            attributes.int("sorted")?;
            Box::new(TopK {
                axis: attributes.int("axis")?.unwrap_or(-1),
                is_least: !attributes.flag("largest", true)?,
                count: attributes.int("k")?,
            })
        }
        "Where" => function("Where", |inputs, _| choose::choose(inputs)),
        _ => return Ok(None),
    }))
}
