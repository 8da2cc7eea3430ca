//! Values of answers, as the types of an adapter read them. Pure.

mod count;
mod html;
mod time;
mod time_zh;

#[cfg(test)]
mod tests;

pub(crate) use count::count;
pub(crate) use html::plain_text;
pub(crate) use time::TimeReader;
