//! The systems that this program is made of, a folder each. They do not know each other.

pub mod dispatch;
pub mod labelling;
