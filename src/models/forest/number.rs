//! The precision in which a forest computes: `f32` or `f64`.

use std::ops::{AddAssign, Neg};

/// What LightGBM takes for zero in a column whose zeros are missing: a constant in single precision.
const NEAR_ZERO: f32 = 1e-35;

/// A number of an input, a threshold and a sum.
pub trait Number:
    Copy + PartialOrd + Neg<Output = Self> + AddAssign + Send + Sync + 'static
{
    const ZERO: Self;
    const NAN: Self;
    const INFINITY: Self;

    fn is_nan(self) -> bool;

    /// The greatest number below this one.
    fn next_down(self) -> Self;

    /// Whether LightGBM takes it for zero.
    fn is_near_zero(self) -> bool;

    /// The category that it stands for, without its fraction. `None` if it is missing, negative or too large.
    fn category(self) -> Option<u32>;

    /// Keeps an index in the bits of a number.
    fn from_index(index: u32) -> Self;

    fn to_index(self) -> u32;
}

macro_rules! number {
    ($number:ident, $bits:ident) => {
        impl Number for $number {
            const ZERO: Self = 0.0;
            const NAN: Self = $number::NAN;
            const INFINITY: Self = $number::INFINITY;

            fn is_nan(self) -> bool {
                self.is_nan()
            }

            fn next_down(self) -> Self {
                self.next_down()
            }

            fn is_near_zero(self) -> bool {
                self.abs() <= $number::from(NEAR_ZERO)
            }

            fn category(self) -> Option<u32> {
                // The range excludes NaN; between -1 and 0 the fraction is cut off, too.
                (self > -1.0 && self < 2_147_483_648.0).then_some(self as u32)
            }

            fn from_index(index: u32) -> Self {
                $number::from_bits($bits::from(index))
            }

            fn to_index(self) -> u32 {
                self.to_bits() as u32
            }
        }
    };
}

number!(f32, u32);
number!(f64, u64);
