//! Goldens of the handed models, operators by hand, and broken files.
