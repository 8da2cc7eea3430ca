//! OneHotEncoder, LabelEncoder and CategoryMapper: from values to numbers of categories and back.

use std::borrow::Cow;
use std::collections::HashMap;

use smallvec::smallvec;

use crate::models::onnx::attributes::Attributes;
use crate::models::onnx::operators::cast;
use crate::models::onnx::operators::{Findings, Inputs, Operator, Outputs};
use crate::models::onnx::tensor::{Data, Tensor, length_of};
use crate::models::onnx::trouble::{Fault, Trouble};

#[derive(Debug)]
pub struct OneHotEncoder {
    categories: Categories,
    count: usize,
    /// Whether an unknown category is all zeros; otherwise it has no answer.
    zeros: bool,
}

#[derive(Debug)]
enum Categories {
    Texts(HashMap<String, usize>),
    Integers(HashMap<i64, usize>),
}

impl OneHotEncoder {
    pub fn read(attributes: &mut Attributes) -> Result<Self, Trouble> {
        let texts = attributes.texts("cats_strings")?.unwrap_or_default();
        let integers = attributes.ints("cats_int64s")?.unwrap_or_default();
        let count = texts.len() + integers.len();
        let categories = match (texts.is_empty(), integers.is_empty()) {
            (false, true) => Categories::Texts(positions(texts)),
            (true, false) => Categories::Integers(positions(integers)),
            _ => {
                return Err(Trouble::invalid(
                    "expected categories in either `cats_strings` or `cats_int64s`",
                ));
            }
        };
        Ok(Self {
            categories,
            count,
            zeros: attributes.flag("zeros", true)?,
        })
    }
}

fn positions<T: Eq + std::hash::Hash>(values: Vec<T>) -> HashMap<T, usize> {
    let numbered = values.into_iter().enumerate();
    numbered
        .map(|(position, value)| (value, position))
        .collect()
}

impl Operator for OneHotEncoder {
    fn run<'m>(
        &'m self,
        inputs: &Inputs<'_, 'm>,
        findings: &mut Findings,
    ) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        let mut shape = input.shape.clone();
        shape.push(self.count);
        let mut encoded = vec![0.0_f32; length_of(&shape, size_of::<f32>())?];
        let rows = encoded.chunks_exact_mut(self.count);
        let mut set = |row: &mut [f32], position: Option<&usize>, value: &dyn Fn() -> String| {
            match position {
                Some(position) => row[*position] = 1.0,
                None if self.zeros => {}
                None => findings.report(|| format!("{} is an unknown category", value())),
            }
        };
        match &self.categories {
            Categories::Texts(categories) => {
                let texts = input.elements::<Cow<'m, str>>()?;
                for (row, text) in rows.zip(texts) {
                    set(row, categories.get(text.as_ref()), &|| format!("{text:?}"));
                }
            }
            Categories::Integers(categories) => {
                for (row, number) in rows.zip(cast::integers(input)?.iter()) {
                    set(row, categories.get(number), &|| number.to_string());
                }
            }
        }
        Ok(smallvec![Tensor::new(shape, encoded)])
    }
}

/// LabelEncoder: looks each element up.
#[derive(Debug)]
pub struct LabelEncoder {
    keys: Keys,
    values: Values,
}

#[derive(Debug)]
enum Keys {
    Texts(HashMap<String, usize>),
    Integers(HashMap<i64, usize>),
    /// By the bits of numbers in single or double precision; NaN is one key.
    Floats(HashMap<u32, usize>),
    Doubles(HashMap<u64, usize>),
}

/// What is found at the position of a key; the last one is for unknown keys.
#[derive(Debug)]
enum Values {
    Texts(Vec<String>),
    Integers(Vec<i64>),
    Floats(Vec<f32>),
    Doubles(Vec<f64>),
}

impl LabelEncoder {
    pub fn read(attributes: &mut Attributes) -> Result<Self, Trouble> {
        if let Some(classes) = attributes.texts("classes_strings")? {
            return Self::first_version(classes, attributes);
        }
        let (keys, count) = Keys::read(attributes)?;
        let values = Values::read(attributes)?;
        if values.len() != count + 1 {
            return Err(Trouble::invalid(format!(
                "expected as many keys as values, found {count} and {}",
                values.len() - 1
            )));
        }
        Ok(Self { keys, values })
    }

    /// Version 1: from texts to their positions. The way back is told apart by the type of the input, which this
    /// cannot know; nothing writes it any more.
    fn first_version(classes: Vec<String>, attributes: &mut Attributes) -> Result<Self, Trouble> {
        attributes.text("default_string")?;
        let default = attributes.int("default_int64")?.unwrap_or(-1);
        let numbers = (0_i64..).take(classes.len()).chain([default]);
        Ok(Self {
            values: Values::Integers(numbers.collect()),
            keys: Keys::Texts(first_positions(classes)),
        })
    }

    /// CategoryMapper, which goes from texts to integers.
    pub fn read_mapper(attributes: &mut Attributes) -> Result<Self, Trouble> {
        let texts = attributes.texts("cats_strings")?.unwrap_or_default();
        let mut integers = attributes.ints("cats_int64s")?.unwrap_or_default();
        if texts.is_empty() || texts.len() != integers.len() {
            return Err(Trouble::invalid(
                "expected as many `cats_strings` as `cats_int64s`",
            ));
        }
        attributes.text("default_string")?;
        integers.push(attributes.int("default_int64")?.unwrap_or(-1));
        Ok(Self {
            keys: Keys::Texts(first_positions(texts)),
            values: Values::Integers(integers),
        })
    }

    fn positions(&self, input: &Tensor<'_>) -> Result<Vec<usize>, Fault> {
        let unknown = self.values.len() - 1;
        let place = |found: Option<&usize>| found.copied().unwrap_or(unknown);
        Ok(match (&self.keys, &input.data) {
            (Keys::Texts(keys), Data::Text(texts)) => texts
                .iter()
                .map(|text| place(keys.get(text.as_ref())))
                .collect(),
            (Keys::Integers(keys), Data::Int64(numbers)) => numbers
                .iter()
                .map(|number| place(keys.get(number)))
                .collect(),
            (Keys::Floats(keys), Data::Float(numbers)) => {
                let bits = numbers.iter().map(|number| float_key(*number));
                bits.map(|bits| place(keys.get(&bits))).collect()
            }
            (Keys::Doubles(keys), Data::Double(numbers)) => {
                let bits = numbers.iter().map(|number| double_key(*number));
                bits.map(|bits| place(keys.get(&bits))).collect()
            }
            _ => {
                return Err(Fault::new(format!(
                    "the keys are not of the type {}",
                    input.kind()
                )));
            }
        })
    }
}

impl Keys {
    fn read(attributes: &mut Attributes) -> Result<(Self, usize), Trouble> {
        let tensor = attributes.tensor("keys_tensor")?;
        let texts = attributes.texts("keys_strings")?;
        let integers = attributes.ints("keys_int64s")?;
        let floats = attributes.floats("keys_floats")?;
        let data = one_of(
            tensor.map(|tensor| tensor.data),
            texts,
            integers,
            floats,
            "keys",
        )?;
        Ok(match data {
            Data::Text(texts) => {
                let count = texts.len();
                let texts = texts.into_iter().map(Cow::into_owned).collect();
                (Self::Texts(first_positions(texts)), count)
            }
            Data::Int64(numbers) => {
                let count = numbers.len();
                (Self::Integers(first_positions(numbers)), count)
            }
            Data::Float(numbers) => {
                let keys: Vec<u32> = numbers.into_iter().map(float_key).collect();
                let count = keys.len();
                (Self::Floats(first_positions(keys)), count)
            }
            Data::Double(numbers) => {
                let keys: Vec<u64> = numbers.into_iter().map(double_key).collect();
                let count = keys.len();
                (Self::Doubles(first_positions(keys)), count)
            }
            _ => {
                return Err(Trouble::unsupported(
                    "keys of this type are not computed here",
                ));
            }
        })
    }
}

impl Values {
    fn read(attributes: &mut Attributes) -> Result<Self, Trouble> {
        let tensor = attributes.tensor("values_tensor")?;
        let texts = attributes.texts("values_strings")?;
        let integers = attributes.ints("values_int64s")?;
        let floats = attributes.floats("values_floats")?;
        let data = one_of(
            tensor.map(|tensor| tensor.data),
            texts,
            integers,
            floats,
            "values",
        )?;
        let default = attributes.tensor("default_tensor")?;
        let text = attributes.text("default_string")?;
        let integer = attributes.int("default_int64")?;
        let float = attributes.float("default_float")?;
        let default = default.map(|tensor| tensor.data);
        Ok(match data {
            Data::Text(texts) => {
                let mut texts: Vec<String> = texts.into_iter().map(Cow::into_owned).collect();
                let text = match default {
                    Some(Data::Text(texts)) => texts.into_iter().next().map(Cow::into_owned),
                    _ => text,
                };
                texts.push(text.unwrap_or_else(|| "_Unused".to_owned()));
                Self::Texts(texts)
            }
            Data::Int64(mut numbers) => {
                let number = match default {
                    Some(Data::Int64(numbers)) => numbers.first().copied(),
                    _ => integer,
                };
                numbers.push(number.unwrap_or(-1));
                Self::Integers(numbers)
            }
            Data::Float(mut numbers) => {
                let number = match default {
                    Some(Data::Float(numbers)) => numbers.first().copied(),
                    _ => float,
                };
                numbers.push(number.unwrap_or(-0.0));
                Self::Floats(numbers)
            }
            Data::Double(mut numbers) => {
                let number = match default {
                    Some(Data::Double(numbers)) => numbers.first().copied(),
                    _ => float.map(f64::from),
                };
                numbers.push(number.unwrap_or(-0.0));
                Self::Doubles(numbers)
            }
            _ => {
                return Err(Trouble::unsupported(
                    "values of this type are not computed here",
                ));
            }
        })
    }

    fn len(&self) -> usize {
        match self {
            Self::Texts(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Doubles(values) => values.len(),
        }
    }
}

/// The one list that is filled.
fn one_of(
    tensor: Option<Data<'static>>,
    texts: Option<Vec<String>>,
    integers: Option<Vec<i64>>,
    floats: Option<Vec<f32>>,
    what: &str,
) -> Result<Data<'static>, Trouble> {
    let texts = texts.map(|texts| Data::Text(texts.into_iter().map(Cow::Owned).collect()));
    let mut filled = [
        tensor,
        texts,
        integers.map(Data::Int64),
        floats.map(Data::Float),
    ]
    .into_iter()
    .flatten();
    match (filled.next(), filled.next()) {
        (Some(data), None) => Ok(data),
        _ => Err(Trouble::invalid(format!("expected one list of {what}"))),
    }
}

/// Where each key stands first.
fn first_positions<T: Eq + std::hash::Hash>(keys: Vec<T>) -> HashMap<T, usize> {
    let mut positions = HashMap::with_capacity(keys.len());
    for (position, key) in keys.into_iter().enumerate() {
        positions.entry(key).or_insert(position);
    }
    positions
}

fn float_key(number: f32) -> u32 {
    match number {
        _ if number.is_nan() => f32::NAN.to_bits(),
        // Both zeros.
        0.0 => 0,
        _ => number.to_bits(),
    }
}

fn double_key(number: f64) -> u64 {
    match number {
        _ if number.is_nan() => f64::NAN.to_bits(),
        0.0 => 0,
        _ => number.to_bits(),
    }
}

impl Operator for LabelEncoder {
    fn run<'m>(&'m self, inputs: &Inputs<'_, 'm>, _: &mut Findings) -> Result<Outputs<'m>, Fault> {
        let input = inputs.get(0)?;
        let places = self.positions(input)?.into_iter();
        let data = match &self.values {
            Values::Texts(values) => Data::Text(
                places
                    .map(|place| Cow::Borrowed(values[place].as_str()))
                    .collect(),
            ),
            Values::Integers(values) => Data::Int64(places.map(|place| values[place]).collect()),
            Values::Floats(values) => Data::Float(places.map(|place| values[place]).collect()),
            Values::Doubles(values) => Data::Double(places.map(|place| values[place]).collect()),
        };
        Ok(smallvec![Tensor {
            shape: input.shape.clone(),
            data,
        }])
    }
}
