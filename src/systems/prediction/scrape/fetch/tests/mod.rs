mod addresses;
mod bodies;
mod retries;
mod robots;
mod secrets;
mod turns;
