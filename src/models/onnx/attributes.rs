//! The attributes of a node, taken one by one. What is left over was not understood.

use super::constant;
use super::proto::{AttributeProto, TensorProto};
use super::tensor::Tensor;
use super::trouble::Trouble;

/// `AttributeProto.AttributeType`.
mod kind {
    pub const FLOAT: i32 = 1;
    pub const INT: i32 = 2;
    pub const STRING: i32 = 3;
    pub const TENSOR: i32 = 4;
    pub const FLOATS: i32 = 6;
    pub const INTS: i32 = 7;
    pub const STRINGS: i32 = 8;
}

#[derive(Clone, Debug, Default)]
pub struct Attributes(Vec<AttributeProto>);

impl Attributes {
    /// Refuses two of one name.
    pub fn new(attributes: Vec<AttributeProto>) -> Result<Self, Trouble> {
        let mut names: Vec<&str> = attributes.iter().map(|item| item.name.as_str()).collect();
        names.sort_unstable();
        if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(Trouble::invalid(format!(
                "the attribute `{}` stands there twice",
                pair[0]
            )));
        }
        Ok(Self(attributes))
    }

    /// Copies of the attributes with these names.
    pub fn part(&self, names: &[&str]) -> Self {
        let is_part = |item: &&AttributeProto| names.contains(&item.name.as_str());
        Self(self.0.iter().filter(is_part).cloned().collect())
    }

    pub fn float(&mut self, name: &str) -> Result<Option<f32>, Trouble> {
        let found = self.take(name, kind::FLOAT)?;
        found
            .map(|found| found.f.ok_or_else(|| no_value(name)))
            .transpose()
    }

    pub fn int(&mut self, name: &str) -> Result<Option<i64>, Trouble> {
        let found = self.take(name, kind::INT)?;
        found
            .map(|found| found.i.ok_or_else(|| no_value(name)))
            .transpose()
    }

    /// An integer that is a truth value, 0 or 1.
    pub fn flag(&mut self, name: &str, default: bool) -> Result<bool, Trouble> {
        Ok(self.int(name)?.map_or(default, |value| value != 0))
    }

    pub fn text(&mut self, name: &str) -> Result<Option<String>, Trouble> {
        let Some(found) = self.take(name, kind::STRING)? else {
            return Ok(None);
        };
        let bytes = found.s.ok_or_else(|| no_value(name))?;
        let text = String::from_utf8(bytes);
        text.map(Some)
            .map_err(|_| Trouble::invalid(format!("the attribute `{name}` is not UTF-8")))
    }

    pub fn tensor(&mut self, name: &str) -> Result<Option<Tensor<'static>>, Trouble> {
        let Some(found) = self.take(name, kind::TENSOR)? else {
            return Ok(None);
        };
        let proto: TensorProto = found.t.ok_or_else(|| no_value(name))?;
        let tensor = constant::tensor(&proto);
        tensor
            .map(Some)
            .map_err(|trouble| trouble.at(&format!("the attribute `{name}`")))
    }

    pub fn floats(&mut self, name: &str) -> Result<Option<Vec<f32>>, Trouble> {
        Ok(self.take(name, kind::FLOATS)?.map(|found| found.floats))
    }

    pub fn ints(&mut self, name: &str) -> Result<Option<Vec<i64>>, Trouble> {
        Ok(self.take(name, kind::INTS)?.map(|found| found.ints))
    }

    pub fn texts(&mut self, name: &str) -> Result<Option<Vec<String>>, Trouble> {
        let found = self.take(name, kind::STRINGS)?;
        found
            .map(|found| constant::texts(&found.strings))
            .transpose()
    }

    /// Refuses what nobody took: it may change what the operator means.
    pub fn finish(self) -> Result<(), Trouble> {
        match self.0.first() {
            None => Ok(()),
            Some(left) => Err(Trouble::unsupported(format!(
                "the attribute `{}` is not computed here",
                left.name
            ))),
        }
    }

    fn take(&mut self, name: &str, kind: i32) -> Result<Option<AttributeProto>, Trouble> {
        let Some(position) = self.0.iter().position(|item| item.name == name) else {
            return Ok(None);
        };
        let found = self.0.swap_remove(position);
        if (found.kind != 0 && found.kind != kind) || !found.ref_attr_name.is_empty() {
            return Err(Trouble::invalid(format!(
                "the attribute `{name}` is of the wrong type"
            )));
        }
        Ok(Some(found))
    }
}

fn no_value(name: &str) -> Trouble {
    Trouble::invalid(format!("the attribute `{name}` has no value"))
}
