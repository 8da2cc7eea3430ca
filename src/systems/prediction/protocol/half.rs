//! Numbers of 16 bits, which the language does not have.

/// The number that these bits are, IEEE 754 binary16.
pub(super) fn from_bits(bits: u16) -> f64 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let fraction = f64::from(bits & 0x3FF);
    let size = match (bits >> 10) & 0x1F {
        0 => fraction * SMALLEST,
        0x1F if fraction == 0.0 => f64::INFINITY,
        0x1F => f64::NAN,
        exponent => (1024.0 + fraction) * SMALLEST * f64::from(1u32 << (exponent - 1)),
    };
    sign * size
}

/// The nearest number of 16 bits; `None` if it is beyond the largest.
pub(super) fn rounded(value: f64) -> Option<f64> {
    if !value.is_finite() {
        return Some(value);
    }
    let mut step = SMALLEST;
    while value.abs() >= step * 2048.0 && step <= LARGEST {
        step *= 2.0;
    }
    let rounded = (value / step).round_ties_even() * step;
    (rounded.abs() <= LARGEST).then_some(rounded)
}

/// 2⁻²⁴.
const SMALLEST: f64 = 1.0 / 16_777_216.0;
const LARGEST: f64 = 65_504.0;

/// The bits of the nearest number; an infinite one beyond the largest.
pub(super) fn bits(value: f64) -> u16 {
    let sign = if value.is_sign_negative() { 0x8000 } else { 0 };
    let size = match rounded(value) {
        _ if value.is_nan() => return 0x7E00,
        Some(rounded) if rounded.is_finite() => rounded.abs(),
        _ => return sign | 0x7C00,
    };
    let mut exponent = 0;
    let mut steps = size / SMALLEST;
    while steps >= 2048.0 {
        steps /= 2.0;
        exponent += 1;
    }
    // Below 1024 it has no leading one, which is what the exponent 0 means.
    let steps = steps as u16;
    sign | ((exponent << 10) + steps)
}
