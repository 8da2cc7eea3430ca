mod bodies;
mod edits;
mod random;
mod reasons;
