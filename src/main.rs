//! Arguments, logging, window; nothing else.

fn main() {}
