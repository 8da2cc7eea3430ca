mod boards;
mod judging;
