//! Starts the `keydesk` beside it with the same arguments and without a console window: for the
//! Start menu and for links. `keydesk` itself is a console program, so that a shell waits for its
//! subcommands, may type into them, and sees how they ended.

#![cfg_attr(windows, windows_subsystem = "windows")]

use std::process::{Command, ExitCode, Stdio};

fn main() -> ExitCode {
    match start() {
        Ok(()) => ExitCode::SUCCESS,
        // Nobody would read a text.
        Err(_) => ExitCode::FAILURE,
    }
}

fn start() -> std::io::Result<()> {
    let program = std::env::current_exe()?
        .with_file_name("keydesk")
        .with_extension(std::env::consts::EXE_EXTENSION);
    let mut command = Command::new(program);
    command.args(std::env::args_os().skip(1));
    // Whoever started this does not wait for the window.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    #[cfg(windows)]
    {
        /// A console that is never shown (winbase.h).
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        std::os::windows::process::CommandExt::creation_flags(&mut command, CREATE_NO_WINDOW);
    }
    command.spawn().map(drop)
}
