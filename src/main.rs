//! Arguments, logging, window; nothing else.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    keydesk::cli::run(keydesk::cli::Arguments::parse())
}
