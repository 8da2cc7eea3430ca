//! The pages of models: which there are, where their aliases point to, and what they answer.

mod data;
mod features;
mod list_page;
mod model_page;
mod predict_page;
mod room;
mod sending;

pub(super) use room::ModelsRoom;
