//! The tokio side: takes [`Command`]s, sends [`Event`]s; one job per command; owns every port.

mod access;
mod audience;
mod audit;
mod auditor;
mod bench;
mod bulk;
mod command;
mod configure;
mod connect;
mod desk;
mod directories;
mod event;
mod history;
mod papers;
mod pauses;
mod phones;
mod pick;
mod ports;
mod register;
mod removal;
mod run;
mod secret_files;
mod start;
mod station;
mod system_open;
mod tell;
mod tenants;
#[cfg(test)]
mod tests;
mod unfinished;
mod vault;
mod verify;
mod who;
mod whose_key;

pub use access::{Pages, TellSignIn};
pub use auditor::{AuditPlace, AuditReport, AuditRequest, Finding, FindingKind, audit, run_audit};
pub use bulk::{
    AwayKey, Board, BulkCommand, BulkEvent, ConfigsRead, EntryShown, Output, PeopleRead,
    PersonOnBoard, PersonRow, ResultKind, ResultShown, ScanInVain, SessionShown, SlotKey,
    SlotPhase, SlotShown, Summary, UndoableKey,
};
pub use command::{
    BenchCommand, CloudFault, Command, NewPin, PathRefused, Pick, PinChoice, PracticeWays,
    RegisterRequest, SecretFor, SignInFault, StoredSecret,
};
pub use event::{
    BenchKey, Connected, DiscoveredTenant, Event, FinishedKey, HistoryRow, KeyringMode, PersonRead,
    StepChange, Unfinished, VaultMode, VaultWord, WaitingElsewhere,
};
pub use phones::{
    Identified, JobEnd, JobFigures, JobLine, JobRow, JobShown, JobState, ListShown, MethodsShown,
    OneDeed, PassShown, PeopleFrom, PhonesCommand, PhonesEvent, PhonesFile, PhonesMode,
    PhonesRefusal, PhonesSummary, PhonesTask, PhonesTold, PlanRow, PlanShown, RefusalKind,
    RowState, RowTold, Tally, UnattendedPhones, phone_jobs, run_phones, sign_phone_request,
};
pub(crate) use system_open::system_open;
pub use verify::{
    CallerShown, CheckShown, CheckState, ChosenTenant, DeliveryStep, NoteState, PendingShown,
    PhoneShown, PracticeDesk, PracticeNote, PracticePhone, PracticePush, PracticeText,
    PracticeTicket, Sent, ServiceKind, ServiceTest, TextShown, TicketShown, VerifiedShown,
    VerifyCommand, VerifyEvent, VerifyOffer, WaitsElsewhere,
};
pub use who::{
    Asked, AskedOf, AskedWays, OperatorShown, PersonShown, PracticeAccount, PracticePage,
    SignInShown, Way, WhoCommand, WhoEvent,
};

pub use start::{Patience, StartOptions, start};

/// The window's ends of the two channels.
pub struct Handle {
    pub commands: tokio::sync::mpsc::Sender<Command>,
    pub events: std::sync::mpsc::Receiver<Event>,
}

/// Called after each event so that a sleeping window wakes.
pub type Wake = std::sync::Arc<dyn Fn() + Send + Sync>;
