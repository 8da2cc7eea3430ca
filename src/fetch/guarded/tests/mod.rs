mod addresses;
mod bodies;
mod connections;
