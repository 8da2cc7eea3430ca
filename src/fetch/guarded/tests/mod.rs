mod addresses;
mod bodies;
