//! The command line: what to start, and the subcommands that need no window.

use crate::engine::{Command, Pages, Patience, StartOptions, VerifyCommand};
use crate::problem::Explain;
use crate::settings::Paths;
use clap::{Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

mod audit;
mod history;
mod logging;
mod phones;
mod practice_cloud;
mod secret;
mod verify_link;

/// Enrolment station for FIDO2 security keys in Microsoft Entra ID and privacyIDEA.
#[derive(Parser)]
#[command(version, about)]
pub struct Arguments {
    /// Practise with a simulated company: nothing leaves this computer
    #[arg(long)]
    practice: bool,
    /// Open the bench of virtual keys beside a tenant whose addresses are all on this computer
    #[arg(long)]
    virtual_keys: bool,
    /// Folder of config.toml
    #[arg(long, value_name = "DIR", global = true)]
    config: Option<PathBuf>,
    /// Folder of the journal, the log and the outputs
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    job: Option<Job>,
}

#[derive(Subcommand)]
enum Job {
    /// Serve the simulated company alone, on this computer only
    PracticeCloud {
        /// Address to listen on, such as 127.0.0.1:8443
        #[arg(long, value_name = "ADDRESS")]
        listen: SocketAddr,
        /// Read the client secret to accept from standard input instead of drawing one
        #[arg(long)]
        secret_from_stdin: bool,
        /// So many people more, all in the group "Crowd", to try large groups with
        #[arg(long, value_name = "PEOPLE", default_value_t = 0)]
        crowd: usize,
    },
    /// Open a caller from a ticket's link, in the window that is open already or a new one
    Open {
        /// Such as keydesk://verify?ticket=2818; without one only the window is opened
        link: Option<String>,
    },
    /// Sign a ticket's link with the tenant's key from the keyring, and print it
    SignLink(verify_link::SignWish),
    /// Keep a secret in the keyring, read from standard input
    #[command(subcommand)]
    Secret(SecretJob),
    /// Look at the history
    #[command(subcommand)]
    History(HistoryJob),
    /// Compare journal, directory and keys: everybody has exactly what a session of many keys says
    ///
    /// Writes nothing, so that a window may be open meanwhile. The directory is asked as the tenant
    /// signs in: where operators do by name, --sign-in has one sign in now; or give --config a folder
    /// whose config.toml signs in to the same tenant by secret or certificate.
    ///
    /// Exit code: 0 when all agrees, 1 with findings, 2 when not everything could be compared.
    Audit {
        /// The journal of practice; its directory ends with its window and is not compared
        #[arg(long, conflicts_with_all = ["tenant", "secret_from_stdin"])]
        practice: bool,
        /// Id of the session, such as the one an earlier audit printed; without it the newest
        #[arg(long, value_name = "ID")]
        session: Option<uuid::Uuid>,
        /// The tenant's name, as in config.toml; without it the one in use
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
        /// Read the tenant's secret from standard input instead of the keyring
        #[arg(long)]
        secret_from_stdin: bool,
        /// Have a provisioner sign in, in the browser or with a code as the tenant's settings say
        #[arg(long, conflicts_with_all = ["practice", "secret_from_stdin"])]
        sign_in: bool,
    },
    /// Plan and apply phone methods of many people without a window, for schedulers
    ///
    /// Signs in as the application, with its secret from the keyring. Standard output has one JSON
    /// object a line: a row for each person, then a summary; numbers are masked. Standard error has
    /// words for people.
    ///
    /// Exit code: 0 when all is done or there was nothing to do, 1 when some rows could not be
    /// (invalid, not found, failed, cancelled) or the directory does not answer, 2 for wrong usage or
    /// settings, 3 when it was refused (sign-in, permission, request), 4 when another station or job
    /// is in the way.
    #[command(subcommand)]
    Phones(phones::PhonesJob),
}

#[derive(Subcommand)]
enum SecretJob {
    /// Reads the secret that the tenant's sign-in needs and keeps it in the keyring
    Set {
        /// The tenant's name, as in config.toml
        tenant: String,
        /// What is read; without this, what config.toml asks for, or a client secret
        #[arg(long, value_enum)]
        kind: Option<secret::Kind>,
        /// The same as --kind certificate-key
        #[arg(long, conflicts_with = "kind")]
        certificate_key: bool,
    },
}

#[derive(Subcommand)]
enum HistoryJob {
    /// Checks the chain of audit rows; exit code 1 when it is broken
    Verify,
}

/// Does what the arguments ask; the window unless a subcommand is given.
pub fn run(arguments: Arguments) -> ExitCode {
    let paths = match Paths::choose(arguments.config, arguments.data) {
        Ok(paths) => paths,
        Err(error) => return fail(&error),
    };
    match arguments.job {
        None => window(paths, arguments.practice, arguments.virtual_keys, None),
        Some(Job::Open { link }) => {
            verify_link::open(paths, arguments.practice, arguments.virtual_keys, link)
        }
        Some(Job::SignLink(wish)) => verify_link::sign(&paths, &wish),
        Some(Job::PracticeCloud { listen, secret_from_stdin, crowd }) => {
            practice_cloud::run(listen, secret_from_stdin, crowd)
        }
        Some(Job::Secret(SecretJob::Set { tenant, kind, certificate_key })) => {
            let kind = if certificate_key { Some(secret::Kind::CertificateKey) } else { kind };
            secret::set(&paths, &tenant, kind)
        }
        Some(Job::History(HistoryJob::Verify)) => history::verify(&paths),
        Some(Job::Audit { practice, session, tenant, secret_from_stdin, sign_in }) => {
            audit::run(paths, audit::Wish { practice, tenant, session, secret_from_stdin, sign_in })
        }
        Some(Job::Phones(job)) => phones::run(paths, job),
    }
}

fn window(paths: Paths, practice: bool, virtual_keys: bool, link: Option<String>) -> ExitCode {
    if let Err(error) = logging::start(&paths) {
        say(&format!("No log is written: {error}"));
    }
    let options = StartOptions {
        paths,
        practice,
        virtual_keys,
        patience: Patience::default(),
        pages: Pages::SystemBrowser,
    };
    let start = move |wake| {
        let handle = crate::engine::start(options, wake);
        if let Some(link) = link {
            let wish = Command::Verify(VerifyCommand::OpenLink(link));
            // The channel is new and empty.
            if handle.commands.try_send(wish).is_err() {
                tracing::error!("the engine takes no link");
            }
        }
        handle
    };
    match crate::app::run(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let needs = if cfg!(windows) {
                "Keydesk needs a graphics driver with OpenGL 2.0 or newer; Mesa's opengl32.dll beside the program will do"
            } else {
                "Keydesk needs a graphical session (X11 or Wayland) with OpenGL, software rendering will do"
            };
            show(&format!("The window can't be opened: {error}"), needs);
            ExitCode::FAILURE
        }
    }
}

/// For what is started from a menu or by a link: on Windows that has no terminal to speak to.
fn show(what: &str, next: &str) {
    say(what);
    say(next);
    #[cfg(windows)]
    rfd::MessageDialog::new()
        .set_level(rfd::MessageLevel::Error)
        .set_title("Keydesk")
        .set_description(format!("{what}\n\n{next}"))
        .show();
}

fn fail(error: &impl Explain) -> ExitCode {
    say(&error.what());
    say(&error.next());
    ExitCode::FAILURE
}

/// One line to whoever started the program in a terminal.
#[allow(clippy::print_stderr)] // this is the one place that speaks to a terminal's error stream
fn say(line: &str) {
    eprintln!("{line}");
}

/// One line of a subcommand's result.
#[allow(clippy::print_stdout)] // this is the one place that prints results
fn print(line: &str) {
    println!("{line}");
}
