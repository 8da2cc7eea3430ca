//! What the program is made of.

use poem_openapi::payload::Json;
use poem_openapi::{Object, OpenApi};

use super::Groups;

/// A line for each part, as the build script has written it.
const PARTS: &str = include_str!(concat!(env!("OUT_DIR"), "/licences.tsv"));

/// The operations.
pub(crate) struct LicencesApi;

/// What the program is made of.
#[derive(Object)]
struct LicenceList {
    /// The licence of the program itself: an SPDX expression.
    licence: String,
    /// The libraries in it, by name; empty: it was built where they were not known.
    parts: Vec<ProgramPart>,
}

/// A library in the program.
#[derive(Object)]
struct ProgramPart {
    name: String,
    version: String,
    /// An SPDX expression; empty: it names none.
    licence: String,
}

#[OpenApi(tag = "Groups::Runtime")]
impl LicencesApi {
    /// See the licences
    ///
    /// Of the program, and of the libraries that are parts of it.
    #[oai(path = "/v1/licences", method = "get", operation_id = "list_licences")]
    async fn list_licences(&self) -> Json<LicenceList> {
        Json(LicenceList {
            licence: env!("CARGO_PKG_LICENSE").to_owned(),
            parts: parts().collect(),
        })
    }
}

fn parts() -> impl Iterator<Item = ProgramPart> {
    PARTS.lines().filter_map(|line| {
        let mut columns = line.split('\t');
        let mut next = || columns.next().map(str::to_owned);
        Some(ProgramPart {
            name: next()?,
            version: next()?,
            licence: next()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_known_and_name_their_licences() {
        let known: Vec<ProgramPart> = parts().collect();
        let find = |name: &str| known.iter().find(|part| part.name == name);
        assert_eq!(
            find("ractor").map(|part| part.licence.as_str()),
            Some("MIT")
        );
        assert!(find("poem").is_some() && known.len() > 100);
        // Neither the program's own, nor what only tests need.
        assert!(find("entity").is_none() && find("insta").is_none());
        for part in &known {
            assert!(!part.licence.is_empty(), "{}", part.name);
            assert!(!part.version.contains('/'), "{}", part.version);
        }
    }
}
