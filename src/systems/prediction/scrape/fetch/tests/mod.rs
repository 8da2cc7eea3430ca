mod retries;
mod robots;
mod secrets;
mod turns;
