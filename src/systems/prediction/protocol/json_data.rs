//! Reads the elements of a tensor that was sent as JSON: a flat list, or lists in lists as its shape says.

use super::cursor::Cursor;
use super::datatype::Datatype;
use super::fault::Fault;
use super::half;
use super::tensor::Tensor;

/// Numbers; `null` and `NaN` are missing ones.
pub(super) fn numbers(tensor: &Tensor<'_>, text: &str) -> Result<Vec<f64>, Fault> {
    let datatype = tensor.datatype;
    let whole = datatype.whole_numbers();
    let read = |cursor: &mut Cursor<'_>| {
        let expected = || match &whole {
            Some(range) => format!("a whole number from {} to {}", range.start(), range.end()),
            None => "a number".to_owned(),
        };
        let mut ahead = *cursor;
        let number = match cursor.peek() {
            Some(b'"' | b'[' | b'{') => None,
            _ => number(cursor.token(), datatype),
        };
        number.ok_or_else(|| {
            let (expected, found) = (expected(), ahead.found());
            format!("expected {expected} or null, found {found}")
        })
    };
    Elements::new(tensor, read).read(text)
}

/// Texts; `null` is a missing one.
pub(super) fn texts(tensor: &Tensor<'_>, text: &str) -> Result<Vec<Option<Box<str>>>, Fault> {
    let read = |cursor: &mut Cursor<'_>| {
        let mut ahead = *cursor;
        if cursor.peek() == Some(b'"') {
            let text = cursor.string().map_err(|fault| fault.to_string())?;
            return Ok(Some(Box::from(text)));
        }
        match cursor.token() {
            "null" => Ok(None),
            _ => Err(format!("expected a text or null, found {}", ahead.found())),
        }
    };
    Elements::new(tensor, read).read(text)
}

fn number(token: &str, datatype: Datatype) -> Option<f64> {
    match token {
        "null" | "NaN" => return Some(f64::NAN),
        _ if datatype.whole_numbers().is_some() => return whole_number(token, datatype),
        "Infinity" => return Some(f64::INFINITY),
        "-Infinity" => return Some(f64::NEG_INFINITY),
        _ => {}
    }
    let value = real_number(token)?;
    match datatype {
        Datatype::Fp16 => half::rounded(value),
        // Beyond the largest it becomes infinite.
        Datatype::Fp32 => Some(f64::from(value as f32)).filter(|value| value.is_finite()),
        _ => Some(value),
    }
}

fn whole_number(token: &str, datatype: Datatype) -> Option<f64> {
    let range = datatype.whole_numbers()?;
    if is_number(token)
        && let Ok(whole) = token.parse::<i128>()
    {
        return range.contains(&whole).then_some(whole as f64);
    }
    // As some write it: 3.0.
    let value = real_number(token)?;
    let is_whole = value.fract() == 0.0 && range.contains(&(value as i128));
    is_whole.then_some(value)
}

fn real_number(token: &str) -> Option<f64> {
    let value = token.parse::<f64>().ok().filter(|_| is_number(token))?;
    value.is_finite().then_some(value)
}

/// Whether it is a number as JSON has them, of which Rust reads more: `+1`, `.5`, `1.`, `inf`.
fn is_number(token: &str) -> bool {
    let digits = |text: &mut &str| {
        let count = text.bytes().take_while(u8::is_ascii_digit).count();
        *text = &text[count..];
        count
    };
    let mut rest = token.strip_prefix('-').unwrap_or(token);
    let leads_with_zero = rest.starts_with('0');
    let whole = digits(&mut rest);
    if whole == 0 || (leads_with_zero && whole > 1) {
        return false;
    }
    if let Some(behind) = rest.strip_prefix('.') {
        rest = behind;
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    if let Some(behind) = rest.strip_prefix(['e', 'E']) {
        rest = behind.strip_prefix(['+', '-']).unwrap_or(behind);
        if digits(&mut rest) == 0 {
            return false;
        }
    }
    rest.is_empty()
}

/// Reads elements of one kind.
struct Elements<'t, V, R> {
    tensor: &'t Tensor<'t>,
    read: R,
    values: Vec<V>,
    is_nested: bool,
}

impl<'t, V, R: FnMut(&mut Cursor<'_>) -> Result<V, String>> Elements<'t, V, R> {
    fn new(tensor: &'t Tensor<'_>, read: R) -> Self {
        Self {
            tensor,
            read,
            values: Vec::new(),
            is_nested: false,
        }
    }

    fn read(mut self, text: &str) -> Result<Vec<V>, Fault> {
        let elements = self.tensor.elements()?;
        // Each takes two bytes at least, with the comma behind it.
        let most = elements.min(text.len() as u64 / 2 + 1);
        self.values
            .reserve_exact(usize::try_from(most).unwrap_or_default());
        let mut cursor = Cursor::new(text);
        let mut ahead = cursor;
        self.is_nested = ahead.take(b'[') && ahead.peek() == Some(b'[');
        match self.is_nested {
            true => self.list(&mut cursor, 0)?,
            false => self.flat(&mut cursor, elements)?,
        }
        match self.values.len() as u64 == elements {
            true => Ok(self.values),
            false => Err(self.wrong_number(self.values.len())),
        }
    }

    fn flat(&mut self, cursor: &mut Cursor<'_>, elements: u64) -> Result<(), Fault> {
        cursor.items(&self.place(), |no, cursor| {
            if no as u64 == elements {
                let what = format!("expected {elements} values, as the shape says, found more");
                return Err(self.tensor.fault("data", what));
            }
            self.element(cursor)
        })
    }

    /// A list of the dimension `level`.
    fn list(&mut self, cursor: &mut Cursor<'_>, level: usize) -> Result<(), Fault> {
        let shape = &self.tensor.shape;
        let (Some(size), is_last) = (shape.get(level), level + 1 == shape.len()) else {
            return Err(self
                .tensor
                .fault("data", "expected one value, as the shape [] says"));
        };
        let mut found = 0;
        cursor.items(&self.place(), |no, cursor| {
            found = no as u64 + 1;
            match is_last {
                _ if found > *size => Err(self.wrong_list(level, *size)),
                true => self.element(cursor),
                false => self.list(cursor, level + 1),
            }
        })?;
        match found == *size {
            true => Ok(()),
            false => Err(self.wrong_list(level, *size)),
        }
    }

    fn element(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Fault> {
        let value = (self.read)(cursor);
        let value = value.map_err(|what| Fault::at(&self.place_of(self.values.len()), what))?;
        self.values.push(value);
        Ok(())
    }

    fn place(&self) -> String {
        format!("{}.data", self.tensor.place)
    }

    /// Where an element stands.
    fn place_of(&self, mut no: usize) -> String {
        let mut positions = Vec::new();
        if self.is_nested {
            for size in self.tensor.shape.iter().skip(1).rev() {
                let size = usize::try_from(*size).unwrap_or(usize::MAX).max(1);
                positions.push(no % size);
                no /= size;
            }
        }
        positions.push(no);
        let positions = positions.iter().rev().map(|no| format!("[{no}]"));
        format!("{}{}", self.place(), positions.collect::<String>())
    }

    fn wrong_number(&self, found: usize) -> Fault {
        let shape = &self.tensor.shape;
        let expected = self.tensor.elements().unwrap_or_default();
        let what =
            format!("expected {expected} values, as the shape {shape:?} says, found {found}");
        self.tensor.fault("data", what)
    }

    fn wrong_list(&self, level: usize, size: u64) -> Fault {
        let shape = &self.tensor.shape;
        let what = format!(
            "expected {size} values in each list of dimension {level}, as the shape {shape:?} says"
        );
        self.tensor.fault("data", what)
    }
}
