//! The shape and the colour of each state: the shape alone tells them apart.

use super::states::NodeState;

/// The colour of a state, by the name of its variable in the style sheet.
pub(super) fn colour(state: Option<NodeState>) -> &'static str {
    match state {
        Some(NodeState::Running) => "blue",
        Some(NodeState::Succeeded | NodeState::Complete) => "green",
        Some(NodeState::Failed | NodeState::Missing) => "red",
        Some(NodeState::Parked | NodeState::Wait | NodeState::Shared) => "amber",
        Some(NodeState::Blocked) => "violet",
        Some(
            NodeState::Queued
            | NodeState::Cancelled
            | NodeState::Skipped
            | NodeState::Run
            | NodeState::Group,
        )
        | None => "grey",
    }
}

/// Shapes in a square of 16.
pub(super) fn shape(state: NodeState) -> &'static str {
    match state {
        NodeState::Queued | NodeState::Run => {
            r#"<circle cx="8" cy="8" r="6" stroke-dasharray="2.2 2.5"/>"#
        }
        NodeState::Running => {
            r#"<circle cx="8" cy="8" r="6" opacity=".35"/><path d="M8 2a6 6 0 0 1 6 6"/><circle cx="8" cy="8" r="1.8" fill="currentColor" stroke="none"/>"#
        }
        NodeState::Parked | NodeState::Wait | NodeState::Shared => {
            r#"<path d="M4 2h8M4 14h8M5 2v2.5L8 8l3-3.5V2M5 14v-2.5L8 8l3 3.5V14"/>"#
        }
        NodeState::Succeeded => {
            r#"<circle cx="8" cy="8" r="6"/><path d="m5.3 8.2 1.9 1.9 3.6-4"/>"#
        }
        NodeState::Complete => r#"<path d="m2.5 8.4 3.7 3.7 7.3-8.2"/>"#,
        NodeState::Failed => {
            r#"<path fill="currentColor" fill-rule="evenodd" stroke="none" d="M8 1.25a6.75 6.75 0 1 0 0 13.5 6.75 6.75 0 0 0 0-13.5zM8 6.94l1.47-1.47 1.06 1.06L9.06 8l1.47 1.47-1.06 1.06L8 9.06l-1.47 1.47-1.06-1.06L6.94 8 5.47 6.53l1.06-1.06z"/>"#
        }
        NodeState::Cancelled => r#"<circle cx="8" cy="8" r="6"/><path d="m3.8 12.2 8.4-8.4"/>"#,
        NodeState::Blocked => {
            r#"<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5.5 7V5a2.5 2.5 0 0 1 5 0v2"/>"#
        }
        NodeState::Skipped => r#"<path d="m3 4 5 4-5 4zM8.5 4l4 4-4 4zM13.5 4v8"/>"#,
        NodeState::Missing => {
            r#"<circle cx="8" cy="8" r="6" stroke-dasharray="1 2.1"/><path d="M6.4 6.4a1.7 1.7 0 1 1 2.3 1.6c-.5.2-.7.5-.7 1M8 11h.01"/>"#
        }
        NodeState::Group => r#"<path d="m8 2 6 3-6 3-6-3zM2 8l6 3 6-3M2 11l6 3 6-3"/>"#,
    }
}
