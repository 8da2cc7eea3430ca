//! Decimal numbers, so that 0.29 of a hundred is 29 and not a little less.

/// `mantissa` times ten to the power of `exponent`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal {
    pub mantissa: i128,
    pub exponent: i32,
}

/// Powers of ten that a double holds exactly.
const EXACT: i32 = 22;

impl Decimal {
    pub const ZERO: Self = Self::integer(0);
    pub const ONE: Self = Self::integer(1);

    pub const fn integer(mantissa: i128) -> Self {
        Self {
            mantissa,
            exponent: 0,
        }
    }

    /// The shortest decimal number that stands for this double; `None` of what is not finite or has
    /// more digits than a cell.
    pub fn of_double(number: f64) -> Option<Self> {
        if !number.is_finite() {
            return None;
        }
        if number.fract() == 0.0 && number.abs() < 1e15 {
            return Some(Self::integer(number as i128));
        }
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e')?;
        let exponent: i32 = exponent.parse().ok()?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let mantissa = format!("{whole}{fraction}").parse().ok()?;
        let length = i32::try_from(fraction.len()).ok()?;
        Some(Self {
            mantissa,
            exponent: exponent - length,
        })
    }

    pub const fn times_ten_to(self, power: i32) -> Self {
        Self {
            mantissa: self.mantissa,
            exponent: self.exponent.saturating_add(power),
        }
    }

    pub const fn negated(self) -> Self {
        Self {
            mantissa: -self.mantissa,
            exponent: self.exponent,
        }
    }

    /// `None` if the sum has more digits than fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        if self.mantissa == 0 {
            return Some(other);
        }
        if other.mantissa == 0 {
            return Some(self);
        }
        let exponent = self.exponent.min(other.exponent);
        let mantissa = self.at(exponent)?.checked_add(other.at(exponent)?)?;
        Some(Self { mantissa, exponent })
    }

    fn at(self, exponent: i32) -> Option<i128> {
        let power = u32::try_from(self.exponent.checked_sub(exponent)?).ok()?;
        self.mantissa.checked_mul(10_i128.checked_pow(power)?)
    }

    /// The nearest double; zero has no sign.
    pub fn to_double(self) -> f64 {
        let Self { mantissa, exponent } = self;
        if mantissa.unsigned_abs() < 1 << 53 && exponent.abs() <= EXACT {
            let number = mantissa as f64;
            let power = 10_f64.powi(exponent.abs());
            return if exponent < 0 {
                number / power
            } else {
                number * power
            };
        }
        // The library rounds once, whatever the number of digits.
        format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
    }
}
