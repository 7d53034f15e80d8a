//! What can be typed behind `keydesk phones`.

use crate::engine::PeopleFrom;
use crate::journal::PhoneJobId;
use crate::phones::{Blank, Country, NumberSource, Others, PhoneKind, PlanWish};
use crate::problem::Problem;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(in crate::cli) enum PhonesJob {
    /// Say what would be added, changed or removed; writes nothing
    Plan {
        #[command(flatten)]
        wanted: Wanted,
        /// The tenant's name, as in config.toml; without it the one in use
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
    },
    /// Plan, and with --write carry the plan out
    ///
    /// Ctrl+C or SIGTERM ends it behind the rows that are on their way; what was not begun is
    /// cancelled, and said. After a power failure or SIGKILL, --resume --write goes on: no row is
    /// done twice. A dry run of --group or --list works beside a window; one of --request or
    /// --resume, which read the journal, does not.
    Apply(Apply),
    /// Put the numbers from before a job back, for those whose number is still what it left
    ///
    /// Also without --write it reads the journal, so not beside a window.
    Undo {
        /// The job's id, as `keydesk phones jobs` prints it
        #[arg(value_name = "JOB", value_parser = job_id)]
        job: PhoneJobId,
        /// Write it; without this it is only said
        #[arg(long)]
        write: bool,
        /// The tenant's name, as in config.toml; without it the one in use
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
    },
    /// List the jobs that were done here, newest first
    Jobs {
        /// The tenant's name, as in config.toml; without it the one in use
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
    },
    /// Make a signed request of a payload, for `apply --request`
    Sign(Sign),
}

#[derive(Args)]
pub(in crate::cli) struct Apply {
    #[command(flatten)]
    pub wanted: Wanted,
    /// Write it; without this it is a dry run
    #[arg(long)]
    pub write: bool,
    /// Go on with the job that was cut, with --write; without it, say what is left of it
    #[arg(long, conflicts_with_all = ["group", "list", "from", "request"])]
    pub resume: bool,
    /// Do what a signed request asks for
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "group", "direct_members", "list", "from", "kind", "others", "blank", "country",
        "unassigned_too", "disabled_too", "guests_too",
    ])]
    pub request: Option<PathBuf>,
    /// The tenant's name, as in config.toml; without it the one in use
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
}

/// Whose phones, and what they are to be.
#[derive(Args)]
pub(in crate::cli) struct Wanted {
    /// People of this group (name or id), with the groups in it
    #[arg(long, value_name = "NAME|ID", conflicts_with = "list")]
    group: Option<String>,
    /// Leave out the groups in the group
    #[arg(long, requires = "group")]
    direct_members: bool,
    /// People of this file: a table of any shape, or a JSON list of {"UserPrincipalName": "..."}
    #[arg(long, value_name = "FILE")]
    list: Option<PathBuf>,
    /// Where the numbers are: extensionAttribute1 to 15, mobilePhone, businessPhones, column:NAME
    #[arg(long, value_name = "SOURCE", value_parser = source)]
    from: Option<NumberSource>,
    /// Which phone
    #[arg(long, value_enum, default_value_t = KindWord::Mobile)]
    kind: KindWord,
    /// People who have another number of this kind
    #[arg(long, value_enum, default_value_t = OthersWord::Change)]
    others: OthersWord,
    /// People whose source is blank: their number is left, or removed
    #[arg(long, value_enum, default_value_t = BlankWord::Leave)]
    blank: BlankWord,
    /// Country of numbers without a code, such as SE; without it the tenant's
    #[arg(long, value_name = "CODE", value_parser = country)]
    country: Option<String>,
    /// Numbers, too, that are in no country's plan as known here, if they are as long as one
    #[arg(long)]
    unassigned_too: bool,
    /// Disabled accounts, too
    #[arg(long)]
    disabled_too: bool,
    /// Guests, too
    #[arg(long)]
    guests_too: bool,
}

#[derive(Args)]
pub(in crate::cli) struct Sign {
    /// JSON; id, time, tenant and version are filled in where they are not there
    #[arg(value_name = "PAYLOAD")]
    pub payload: PathBuf,
    /// Read the key from standard input instead of the keyring
    #[arg(long)]
    pub key_from_stdin: bool,
    /// The tenant's name, as in config.toml; without it the one in use
    #[arg(long, value_name = "NAME")]
    pub tenant: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindWord {
    Mobile,
    AlternateMobile,
    Office,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum OthersWord {
    Change,
    Leave,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum BlankWord {
    Leave,
    Remove,
}

impl Wanted {
    /// # Errors
    /// Nobody, or no source of numbers, is named.
    pub(super) fn read(self) -> Result<(PeopleFrom, PlanWish), Problem> {
        let people = match (self.group, self.list) {
            (Some(name), _) => PeopleFrom::Group { name, nested: !self.direct_members },
            (None, Some(path)) => PeopleFrom::File(path),
            (None, None) => return Err(missing("people", "--group NAME or --list FILE")),
        };
        let source = self.from.ok_or_else(|| missing("source of numbers", "--from SOURCE"))?;
        let wish = PlanWish {
            kind: match self.kind {
                KindWord::Mobile => PhoneKind::Mobile,
                KindWord::AlternateMobile => PhoneKind::AlternateMobile,
                KindWord::Office => PhoneKind::Office,
            },
            source,
            others: match self.others {
                OthersWord::Change => Others::Change,
                OthersWord::Leave => Others::LeaveAlone,
            },
            blank: match self.blank {
                BlankWord::Leave => Blank::LeaveAlone,
                BlankWord::Remove => Blank::Remove,
            },
            country: self.country,
            unassigned_too: self.unassigned_too,
            disabled_too: self.disabled_too,
            guests_too: self.guests_too,
        };
        Ok((people, wish))
    }
}

fn missing(what: &str, argument: &str) -> Problem {
    Problem {
        what: format!("No {what} was named"),
        next: format!("Add {argument}; see keydesk phones plan --help"),
        details: Vec::new(),
    }
}

fn source(text: &str) -> Result<NumberSource, String> {
    NumberSource::from_text(text).ok_or_else(|| {
        "it is extensionAttribute1 to 15, mobilePhone, businessPhones or column:NAME".into()
    })
}

fn country(text: &str) -> Result<String, String> {
    match Country::from_code(text) {
        Some(country) => Ok(country.code().to_owned()),
        None => Err("it is a country of two letters, such as SE".into()),
    }
}

fn job_id(text: &str) -> Result<PhoneJobId, String> {
    PhoneJobId::read(text).ok_or_else(|| "it is no id of a job".into())
}
