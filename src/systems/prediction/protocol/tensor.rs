//! A tensor of a message, as it says that it is; what it holds is read when it is known what it should be.

use serde_json::{Map, Value};

use super::cursor::Cursor;
use super::datatype::Datatype;
use super::fault::Fault;

/// An input of a request, or an output of an answer.
pub(crate) struct Tensor<'m> {
    /// Where it stands, such as `inputs[0]`.
    pub place: String,
    pub name: String,
    pub shape: Vec<u64>,
    pub datatype: Datatype,
    pub(super) data: Data<'m>,
}

/// Where the elements are.
#[derive(Clone, Copy)]
pub(super) enum Data<'m> {
    /// A list of JSON.
    Json(&'m str),
    Binary(&'m [u8]),
}

/// Dimensions that a tensor may have.
const DIMENSIONS_MAX: usize = 8;

impl Tensor<'_> {
    /// The number of elements, if it is one.
    pub(super) fn elements(&self) -> Result<u64, Fault> {
        let mut shape = self.shape.iter();
        let elements = shape.try_fold(1u64, |product, size| product.checked_mul(*size));
        elements.ok_or_else(|| self.fault("shape", "expected fewer elements"))
    }

    pub(super) fn fault(&self, member: &str, what: impl AsRef<str>) -> Fault {
        Fault::at(&format!("{}.{member}", self.place), what)
    }
}

/// A tensor whose binary data has not been found yet.
pub(super) struct Described<'m> {
    name: String,
    shape: Vec<u64>,
    datatype: Datatype,
    parameters: Map<String, Value>,
    data: Option<&'m str>,
}

/// Reads a list of tensors.
pub(super) fn read_list<'m>(
    cursor: &mut Cursor<'m>,
    list: &str,
    most: usize,
) -> Result<Vec<Described<'m>>, Fault> {
    let mut tensors = Vec::new();
    cursor.items(list, |no, cursor| {
        if no == most {
            return Err(Fault::at(list, format!("expected at most {most} tensors")));
        }
        tensors.push(read_one(cursor, &format!("{list}[{no}]"))?);
        Ok(())
    })?;
    Ok(tensors)
}

fn read_one<'m>(cursor: &mut Cursor<'m>, place: &str) -> Result<Described<'m>, Fault> {
    let (mut name, mut shape, mut datatype, mut data) = (None, None, None, None);
    let mut parameters = Map::new();
    cursor.members(place, |member, cursor| {
        let at = || format!("{place}.{member}");
        match member {
            "name" => name = Some(cursor.text_at(&at())?.into_owned()),
            "shape" => shape = Some(read_shape(cursor, &at())?),
            "datatype" => {
                let at = at();
                datatype = Some(Datatype::read(&cursor.text_at(&at)?, &at)?);
            }
            "parameters" => parameters = read_parameters(cursor, &at())?,
            "data" if cursor.peek() == Some(b'[') => data = Some(cursor.skip()?),
            "data" => return Err(cursor.unexpected(&at(), "a list")),
            _ => skip_unknown(cursor, &at())?,
        }
        Ok(())
    })?;
    let missing = |member: &str| Fault::at(&format!("{place}.{member}"), "is missing");
    Ok(Described {
        name: name.ok_or_else(|| missing("name"))?,
        shape: shape.ok_or_else(|| missing("shape"))?,
        datatype: datatype.ok_or_else(|| missing("datatype"))?,
        parameters,
        data,
    })
}

fn read_shape(cursor: &mut Cursor<'_>, place: &str) -> Result<Vec<u64>, Fault> {
    let mut shape = Vec::new();
    cursor.items(place, |no, cursor| {
        if no == DIMENSIONS_MAX {
            let most = format!("expected at most {DIMENSIONS_MAX} dimensions");
            return Err(Fault::at(place, most));
        }
        let found = cursor.found();
        let size = cursor.skip()?.parse::<u64>().map_err(|_| {
            let what = format!("expected a whole number that is not negative, found {found}");
            Fault::at(&format!("{place}[{no}]"), what)
        })?;
        shape.push(size);
        Ok(())
    })?;
    Ok(shape)
}

/// An object of which anything may be said.
pub(super) fn read_parameters(
    cursor: &mut Cursor<'_>,
    place: &str,
) -> Result<Map<String, Value>, Fault> {
    let found = cursor.found();
    let text = cursor.skip()?;
    if text == "null" {
        return Ok(Map::new());
    }
    let value = serde_json::from_str(text)
        .map_err(|error| Fault::at(place, format!("expected JSON: {error}")))?;
    match value {
        Value::Object(parameters) => Ok(parameters),
        _ => Err(Fault::at(
            place,
            format!("expected an object, found {found}"),
        )),
    }
}

/// Members that are not known are passed over: servers have extensions of their own.
pub(super) fn skip_unknown(cursor: &mut Cursor<'_>, place: &str) -> Result<(), Fault> {
    let text = cursor.skip()?;
    serde_json::from_str::<serde::de::IgnoredAny>(text)
        .map(drop)
        .map_err(|error| Fault::at(place, format!("expected JSON: {error}")))
}

/// Finds the data of each tensor: in its list, or in order behind the JSON.
pub(super) fn locate<'m>(
    described: Vec<Described<'m>>,
    list: &str,
    binary: Option<&'m [u8]>,
) -> Result<Vec<Tensor<'m>>, Fault> {
    let mut rest = binary;
    let mut tensors = Vec::with_capacity(described.len());
    for (no, described) in described.into_iter().enumerate() {
        let place = format!("{list}[{no}]");
        let data = data_of(&described, &place, &mut rest)?;
        tensors.push(Tensor {
            place,
            name: described.name,
            shape: described.shape,
            datatype: described.datatype,
            data,
        });
    }
    match rest {
        None | Some([]) => Ok(tensors),
        Some(rest) => {
            let what = format!(
                "{} bytes stand behind the data of the last tensor",
                rest.len()
            );
            Err(Fault::at("body", what))
        }
    }
}

fn data_of<'m>(
    described: &Described<'m>,
    place: &str,
    rest: &mut Option<&'m [u8]>,
) -> Result<Data<'m>, Fault> {
    const SIZE: &str = "binary_data_size";
    let at = format!("{place}.parameters.{SIZE}");
    let Some(size) = described.parameters.get(SIZE) else {
        let what = format!("expected a list, or {at} with binary data behind the JSON");
        let data = described.data.map(Data::Json);
        return data.ok_or_else(|| Fault::at(&format!("{place}.data"), what));
    };
    if described.data.is_some() {
        return Err(Fault::at(&at, "expected either this or `data`"));
    }
    let size = size.as_u64().and_then(|size| usize::try_from(size).ok());
    let size = size.ok_or_else(|| Fault::at(&at, "expected a number of bytes"))?;
    let Some(bytes) = *rest else {
        let what = format!("needs the header {}", super::JSON_LENGTH);
        return Err(Fault::at(&at, what));
    };
    let Some((data, behind)) = bytes.split_at_checked(size) else {
        let what = format!("expected at most the {} bytes that are left", bytes.len());
        return Err(Fault::at(&at, what));
    };
    *rest = Some(behind);
    Ok(Data::Binary(data))
}
