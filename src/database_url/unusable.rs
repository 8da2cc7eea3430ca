//! What is wrong with the URL of a database, in words.

use std::fmt;

/// A URL would not do what it seems to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusableUrl {
    pub(super) scheme: String,
    /// `None`: it is not shown, because it may be a part of a password.
    pub(super) option: Option<String>,
    pub(super) why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// It means nothing here.
    Unknown {
        known: &'static [&'static str],
    },
    /// Only one of its values counts.
    GivenTwice,
    /// The mode of TLS is none of these.
    UnknownMode {
        modes: &'static [&'static str],
    },
    NotANumber,
    /// MariaDB and MySQL would connect all the same, and then have no tables.
    NoDatabase,
    /// It would be gone with its first connection.
    InMemory,
    /// Certificates are not checked unless a mode of TLS says so.
    NotChecked {
        mode: &'static str,
        modes: [&'static str; 2],
    },
}

impl fmt::Display for UnusableUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            scheme,
            option,
            why,
        } = self;
        match (why, option.as_deref().unwrap_or("…")) {
            (Why::NoDatabase, _) => write!(
                formatter,
                "the URL names no database, expected {scheme}://USER:PASSWORD@HOST:PORT/DATABASE"
            ),
            (Why::InMemory, _) => formatter.write_str(
                "a database in memory is lost with its connection, expected sqlite://PATH of a file",
            ),
            (Why::GivenTwice, option) => {
                write!(formatter, "the option `{option}` of the URL is given twice")
            }
            (Why::UnknownMode { modes }, option) => write!(
                formatter,
                "the value of the option `{option}` of the URL is not known, expected one of {}",
                modes.join(", ")
            ),
            (Why::NotANumber, option) => write!(
                formatter,
                "the value of the option `{option}` of the URL is not a number, expected a number from \
                 0 to 65535"
            ),
            (Why::NotChecked { mode, modes }, option) => write!(
                formatter,
                "the option `{option}` of the URL is used only with `{mode}={}` or `{mode}={}`: \
                 otherwise no certificate is checked",
                modes[0], modes[1]
            ),
            (Why::Unknown { known }, shown) => {
                match option {
                    Some(_) => write!(
                        formatter,
                        "a URL that begins with `{scheme}:` has no option `{shown}`"
                    )?,
                    None => write!(
                        formatter,
                        "a URL that begins with `{scheme}:` has an option that is not known, or a `?` \
                         or `#` in a name or a password that has to be written as %3F or %23"
                    )?,
                }
                write!(formatter, "; known are {}", known.join(", "))
            }
        }
    }
}

impl std::error::Error for UnusableUrl {}
