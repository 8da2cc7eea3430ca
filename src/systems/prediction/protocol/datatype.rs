//! The types that the elements of a tensor may have.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantNames};

use super::fault::Fault;

/// A type of the protocol.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Display,
    EnumString,
    IntoStaticStr,
    VariantNames,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "UPPERCASE")]
#[strum(serialize_all = "UPPERCASE")]
pub(crate) enum Datatype {
    Bool,
    Uint8,
    Uint16,
    Uint32,
    Uint64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Fp32,
    Fp64,
    /// Texts.
    Bytes,
}

impl Datatype {
    pub(super) fn read(name: &str, place: &str) -> Result<Self, Fault> {
        name.parse().map_err(|_| {
            let known = Self::VARIANTS.join(", ");
            let name = shortened(name);
            Fault::at(place, format!("expected one of {known}, found `{name}`"))
        })
    }

    /// Whether its values are numbers.
    pub fn is_number(self) -> bool {
        !matches!(self, Self::Bool | Self::Bytes)
    }

    /// The bytes of an element; `None`: each has its own length.
    pub(super) const fn width(self) -> Option<usize> {
        Some(match self {
            Self::Bool | Self::Uint8 | Self::Int8 => 1,
            Self::Uint16 | Self::Int16 | Self::Fp16 => 2,
            Self::Uint32 | Self::Int32 | Self::Fp32 => 4,
            Self::Uint64 | Self::Int64 | Self::Fp64 => 8,
            Self::Bytes => return None,
        })
    }

    /// The whole numbers that it holds; `None`: it holds others.
    pub(super) const fn whole_numbers(self) -> Option<RangeInclusive<i128>> {
        Some(match self {
            Self::Uint8 => 0..=u8::MAX as i128,
            Self::Uint16 => 0..=u16::MAX as i128,
            Self::Uint32 => 0..=u32::MAX as i128,
            Self::Uint64 => 0..=u64::MAX as i128,
            Self::Int8 => i8::MIN as i128..=i8::MAX as i128,
            Self::Int16 => i16::MIN as i128..=i16::MAX as i128,
            Self::Int32 => i32::MIN as i128..=i32::MAX as i128,
            Self::Int64 => i64::MIN as i128..=i64::MAX as i128,
            Self::Bool | Self::Fp16 | Self::Fp32 | Self::Fp64 | Self::Bytes => return None,
        })
    }
}

/// As much of a text as a sentence quotes.
pub(super) fn shortened(text: &str) -> String {
    const CHARS: usize = 40;
    let mut shortened: String = text.chars().take(CHARS).collect();
    if shortened.len() < text.len() {
        shortened.push('…');
    }
    shortened
}
