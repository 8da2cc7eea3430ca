//! The request that is sent to the server of a remote model, and its answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::answer::{Written, bytes_element, put};
use super::cursor::Cursor;
use super::datatype::Datatype;
use super::fault::Fault;
use super::request::split;
use super::tensor::{self, Tensor};
use crate::models::{Rows, Signature, Slot};

/// An input of another server's model, and the features that it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskedInput {
    pub name: String,
    pub datatype: Datatype,
    /// Positions of features. One alone is a column `[N]`, unless the input is a matrix.
    pub features: Vec<usize>,
    pub is_matrix: bool,
}

/// How another server is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asking {
    pub inputs: Vec<AskedInput>,
    /// The outputs that are wanted, by name.
    pub outputs: Vec<String>,
    /// Whether tensors are sent as binary data.
    pub binary: bool,
    /// Whether a missing text may be sent as null; other servers refuse the whole request for it.
    pub takes_null: bool,
}

/// A request, and the rows that cannot be asked about, with the reason. In the request they have stand-ins.
pub(crate) struct Asked {
    pub written: Written,
    pub faults: BTreeMap<usize, String>,
}

/// Tensors that an answer may have.
const OUTPUTS_MAX: usize = 1000;

/// Writes the request about rows.
pub(crate) fn ask(asking: &Asking, signature: &Signature, rows: &Rows) -> Asked {
    let (mut json, mut binary) = (Vec::with_capacity(256), Vec::new());
    let mut faults = BTreeMap::new();
    json.extend_from_slice(b"{\"inputs\":[");
    for (no, input) in asking.inputs.iter().enumerate() {
        if no > 0 {
            json.push(b',');
        }
        let elements = Elements::of(input, asking.takes_null, signature, rows, &mut faults);
        put_input(
            &mut json,
            &mut binary,
            asking.binary,
            input,
            rows.len(),
            &elements,
        );
    }
    json.extend_from_slice(b"],\"outputs\":[");
    for (no, output) in asking.outputs.iter().enumerate() {
        if no > 0 {
            json.push(b',');
        }
        json.extend_from_slice(b"{\"name\":");
        put(&mut json, output);
        if asking.binary {
            json.extend_from_slice(b",\"parameters\":{\"binary_data\":true}");
        }
        json.push(b'}');
    }
    json.extend_from_slice(b"]}");
    let json_length = (!binary.is_empty()).then_some(json.len());
    json.append(&mut binary);
    Asked {
        written: Written {
            bytes: json,
            json_length,
        },
        faults,
    }
}

/// What an input holds, row by row.
enum Elements<'r> {
    Numbers(Vec<f64>),
    Texts(Vec<Option<&'r str>>),
}

impl<'r> Elements<'r> {
    fn of(
        input: &AskedInput,
        takes_null: bool,
        signature: &Signature,
        rows: &'r Rows,
        faults: &mut BTreeMap<usize, String>,
    ) -> Self {
        let capacity = rows.len() * input.features.len();
        let mut numbers = Vec::new();
        let mut texts = Vec::new();
        match input.datatype {
            Datatype::Bytes => texts.reserve(capacity),
            _ => numbers.reserve(capacity),
        }
        for row in 0..rows.len() {
            for feature in &input.features {
                let name = &signature.features()[*feature].name;
                match signature.slot(*feature) {
                    Slot::Number(slot) => {
                        let number = rows.numbers(row)[slot];
                        let sent = sendable(number, input.datatype);
                        if sent.is_none() {
                            let reason = not_sendable(name, number, input.datatype);
                            faults.entry(row).or_insert(reason);
                        }
                        numbers.push(sent.unwrap_or_default());
                    }
                    Slot::Text(slot) => {
                        let text = rows.texts(row)[slot].as_deref();
                        if text.is_none() && !takes_null {
                            let reason =
                                format!("`{name}` is missing, which the server has no way to say");
                            faults.entry(row).or_insert(reason);
                        }
                        texts.push(text.or((!takes_null).then_some("")));
                    }
                }
            }
        }
        match input.datatype {
            Datatype::Bytes => Self::Texts(texts),
            _ => Self::Numbers(numbers),
        }
    }
}

/// A number as its type holds it.
fn sendable(number: f64, datatype: Datatype) -> Option<f64> {
    match datatype.whole_numbers() {
        None => Some(number),
        Some(range) => {
            let is_whole = number.fract() == 0.0 && range.contains(&(number as i128));
            is_whole.then_some(number)
        }
    }
}

fn not_sendable(name: &str, number: f64, datatype: Datatype) -> String {
    match number.is_nan() {
        true => format!("`{name}` is missing, which the type {datatype} of its input cannot say"),
        false => format!("`{name}` is {number}, which the type {datatype} of its input cannot say"),
    }
}

fn put_input(
    json: &mut Vec<u8>,
    binary: &mut Vec<u8>,
    is_binary: bool,
    input: &AskedInput,
    rows: usize,
    elements: &Elements<'_>,
) {
    json.extend_from_slice(b"{\"name\":");
    put(json, &input.name);
    json.extend_from_slice(b",\"datatype\":");
    put(json, <&str>::from(input.datatype));
    json.extend_from_slice(b",\"shape\":");
    match input.is_matrix || input.features.len() != 1 {
        true => put(json, &[rows, input.features.len()]),
        false => put(json, &[rows]),
    }
    let has_null = matches!(elements, Elements::Texts(texts) if texts.contains(&None));
    // A tensor without bytes is no binary data.
    if is_binary && !has_null && rows > 0 {
        let before = binary.len();
        put_binary(binary, input.datatype, elements);
        let size = binary.len() - before;
        json.extend_from_slice(b",\"parameters\":{\"binary_data_size\":");
        put(json, &size);
        json.push(b'}');
    } else {
        json.extend_from_slice(b",\"data\":");
        match elements {
            Elements::Texts(texts) => put(json, texts),
            Elements::Numbers(numbers) if input.datatype.whole_numbers().is_some() => {
                let whole: Vec<i128> = numbers.iter().map(|number| *number as i128).collect();
                put(json, &whole);
            }
            Elements::Numbers(numbers) => put(json, numbers),
        }
    }
    json.push(b'}');
}

fn put_binary(binary: &mut Vec<u8>, datatype: Datatype, elements: &Elements<'_>) {
    let numbers = match elements {
        Elements::Numbers(numbers) => numbers,
        Elements::Texts(texts) => {
            for text in texts {
                let text = text.unwrap_or_default();
                binary.extend_from_slice(&bytes_element(text.as_bytes()));
            }
            return;
        }
    };
    for number in numbers {
        let number = *number;
        match datatype {
            Datatype::Bool | Datatype::Uint8 => binary.push(number as u8),
            Datatype::Int8 => binary.extend_from_slice(&(number as i8).to_le_bytes()),
            Datatype::Uint16 => binary.extend_from_slice(&(number as u16).to_le_bytes()),
            Datatype::Int16 => binary.extend_from_slice(&(number as i16).to_le_bytes()),
            Datatype::Uint32 => binary.extend_from_slice(&(number as u32).to_le_bytes()),
            Datatype::Int32 => binary.extend_from_slice(&(number as i32).to_le_bytes()),
            Datatype::Uint64 => binary.extend_from_slice(&(number as u64).to_le_bytes()),
            Datatype::Int64 => binary.extend_from_slice(&(number as i64).to_le_bytes()),
            Datatype::Fp32 => binary.extend_from_slice(&(number as f32).to_le_bytes()),
            Datatype::Fp16 => binary.extend_from_slice(&super::half::bits(number).to_le_bytes()),
            Datatype::Fp64 | Datatype::Bytes => binary.extend_from_slice(&number.to_le_bytes()),
        }
    }
}

/// The tensors of an answer. `json_length` is its header [`JSON_LENGTH`](super::JSON_LENGTH).
pub(crate) fn read_outputs<'b>(
    body: &'b [u8],
    json_length: Option<&str>,
) -> Result<Vec<Tensor<'b>>, Fault> {
    let (json, binary) = split(body, json_length)?;
    let mut cursor = Cursor::new(json);
    let mut outputs = None;
    cursor.members("body", |member, cursor| {
        match member {
            "outputs" => outputs = Some(tensor::read_list(cursor, member, OUTPUTS_MAX)?),
            _ => tensor::skip_unknown(cursor, member)?,
        }
        Ok(())
    })?;
    cursor.end()?;
    let outputs = outputs.ok_or_else(|| Fault::at("outputs", "is missing"))?;
    tensor::locate(outputs, "outputs", binary)
}
