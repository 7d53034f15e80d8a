//! What the operator wants done: plain data from the window to the engine.

use super::{BulkCommand, PhonesCommand, VerifyCommand, WhoCommand};
use crate::directory::{Person, PersonId};
use crate::enrolment::{Answer, EnrolmentId, FirstUse, Reset, TypedSerial};
use crate::key::KeyId;
use crate::pin::Pin;
use crate::secrets::{SecretName, SecretText, ServiceSecret};
use crate::settings::{DirectoryKind, Settings, TenantSettings};
use std::path::PathBuf;

/// One wish of the operator.
pub enum Command {
    /// First start: practise with the simulated company.
    Practise,
    /// Takes the configured tenant of this name into use.
    SwitchTenant(String),
    /// The same by itself, for a caller's domain, once nothing on the screen would be lost; it is
    /// only offered where something of the engine's would be by now.
    SwitchForCaller(String),
    /// "Stay in Contoso": back from the tenant that is in use for a caller's domain. The caller is
    /// sought there, and so is every later one of the domain until the operator leaves.
    StayInTenant,
    /// Keeps the settings and connects with them.
    SaveSettings(Box<Settings>),
    /// Puts a secret into the keyring; of a tenant that is not saved it waits until that is.
    StoreSecret {
        tenant: String,
        secret: StoredSecret,
    },
    /// New tenants were discarded: what waits for other ones than these is forgotten.
    DropWaitingSecrets {
        but_of: Vec<String>,
    },
    /// A new tenant for which a secret waits is called otherwise.
    RenameWaitingSecrets {
        from: String,
        to: String,
    },
    /// Asks the keyring for the vault's key again.
    ReopenVault,
    /// Makes a new sealing key; what the old one sealed is lost.
    GiveUpSealedPins,
    /// Finds tenant id, cloud and region of a domain in Entra; with a draft that can sign in,
    /// whose tenant it is.
    Discover {
        login_url: String,
        domain: String,
        draft: Option<Box<TenantSettings>>,
    },
    /// Tries everything the program needs of the tenant.
    TestConnection {
        tenant: Box<TenantSettings>,
    },
    /// Groups of the tenant whose name holds the text.
    FindGroups {
        tenant: Box<TenantSettings>,
        query: String,
    },
    /// Tries whether the tenant has let the application in.
    CheckConsent(Box<TenantSettings>),
    /// Opens an address in the system's browser.
    OpenPage(String),

    /// Text in the search box; the newest wins.
    Search {
        query: String,
    },
    ChoosePerson(Box<Person>),
    ClearPerson,
    Register(Box<RegisterRequest>),
    /// Ends the running step of the enrolment.
    Cancel(EnrolmentId),
    /// Answers a stopped or unfinished enrolment. `pin` is the key's PIN where it was asked for.
    Answer {
        enrolment: EnrolmentId,
        answer: Answer,
        pin: Option<Pin>,
        reason: String,
    },
    /// Ends an enrolment as it stands; the history says why and what is left.
    Abandon {
        enrolment: EnrolmentId,
        reason: String,
    },
    /// Shows the sealed PIN once.
    RevealPin(EnrolmentId),
    WriteLetter(EnrolmentId),
    WriteLabel(EnrolmentId),
    /// The key is in the person's hand; the enrolment is finished.
    HandedOver(EnrolmentId),
    /// Makes the key blink.
    Wink(KeyId),

    LoadHistory {
        filter: String,
    },
    VerifyHistory,
    /// Opens a file or folder with the system's program.
    Open(PathBuf),
    /// Opens the system's file dialog.
    Pick(Pick),
    /// The path of a file or folder, where no dialog was to be had.
    PickTyped {
        pick: Pick,
        path: String,
    },
    Bench(BenchCommand),
    /// A session of many keys.
    Bulk(BulkCommand),
    /// Phone methods and passes.
    Phones(PhonesCommand),
    /// Callers and their checks.
    Verify(VerifyCommand),
    /// Sign-in, proofs, the lock.
    Who(WhoCommand),
}

impl Command {
    /// The enrolment it is about.
    pub fn enrolment(&self) -> Option<EnrolmentId> {
        match self {
            Self::Cancel(id)
            | Self::Answer { enrolment: id, .. }
            | Self::Abandon { enrolment: id, .. }
            | Self::RevealPin(id)
            | Self::WriteLetter(id)
            | Self::WriteLabel(id)
            | Self::HandedOver(id)
            | Self::Bulk(BulkCommand::Activate(id) | BulkCommand::Undo { enrolment: id, .. }) => {
                Some(*id)
            }
            _ => None,
        }
    }
}

/// Everything "Register key" needs to know.
pub struct RegisterRequest {
    pub person: PersonId,
    pub key: KeyId,
    /// Read from the key's print, where the key itself tells none.
    pub serial: Option<TypedSerial>,
    pub reset: Reset,
    pub pin: PinChoice,
    pub first_use: FirstUse,
    /// Directory ids of the passkeys to remove once the new one is confirmed.
    pub remove_old: Vec<String>,
}

/// The PIN the key gets, or has.
pub enum PinChoice {
    /// The key has none, or is reset first.
    New(NewPin),
    /// The key's PIN stays; the person typed it.
    Existing(Pin),
    /// The key's PIN is changed.
    Change { current: Pin, new: NewPin },
}

pub enum NewPin {
    Random,
    /// Typed twice by the person.
    Typed(Pin),
}

pub enum StoredSecret {
    ClientSecret(SecretText),
    /// Path of the older scripts' `configs.json`: its client secret is read once.
    ScriptConfigs(PathBuf),
    /// Path of a PEM file with a private key: read once, kept in the keyring.
    CertificateKeyFile(PathBuf),
    /// Path of a PFX file: its key goes into the keyring, its certificate beside the settings.
    CertificatePfx {
        path: PathBuf,
        password: SecretText,
    },
    AdministratorPassword(SecretText),
    /// Of the service account of a legacy sign-in.
    LegacyPassword(SecretText),
    /// Of a service that callers are checked with.
    Service(ServiceSecret, SecretText),
}

impl StoredSecret {
    /// The tenant's entry in the keyring.
    pub fn name(&self, tenant: String) -> SecretName {
        match self {
            Self::ClientSecret(_) | Self::ScriptConfigs(_) => SecretName::ClientSecret { tenant },
            Self::CertificateKeyFile(_) | Self::CertificatePfx { .. } => {
                SecretName::CertificateKey { tenant }
            }
            Self::AdministratorPassword(_) => SecretName::AdministratorPassword { tenant },
            Self::LegacyPassword(_) => SecretName::LegacyPassword { tenant },
            Self::Service(service, _) => SecretName::Service { tenant, service: *service },
        }
    }

    /// What it is for.
    pub fn belongs(&self) -> SecretFor {
        match self {
            Self::ClientSecret(_)
            | Self::ScriptConfigs(_)
            | Self::CertificateKeyFile(_)
            | Self::CertificatePfx { .. }
            | Self::LegacyPassword(_) => SecretFor::SignIn(DirectoryKind::Entra),
            Self::AdministratorPassword(_) => SecretFor::SignIn(DirectoryKind::PrivacyIdea),
            Self::Service(service, _) => SecretFor::Service(*service),
        }
    }
}

/// What a secret is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretFor {
    /// The station's sign-in to this kind of directory.
    SignIn(DirectoryKind),
    Service(ServiceSecret),
}

/// What a file dialog is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pick {
    OutputFolder,
    /// What stations share of callers.
    StationsFolder,
    Certificate,
    CertificateKey,
    CertificatePfx,
    /// A list of people.
    Roster,
    /// The older scripts' `configs.json`.
    Configs,
    /// A list of serials.
    Stock,
    /// People, and perhaps their numbers.
    PhoneList,
}

impl Pick {
    /// Of the dialog.
    pub fn title(self) -> &'static str {
        match self {
            Self::OutputFolder => "Folder for registeredKeys.csv, letters and labels",
            Self::StationsFolder => "Folder that all stations share",
            Self::Certificate => "Certificate (PEM)",
            Self::CertificateKey => "Private key of the certificate (PEM)",
            Self::CertificatePfx => "Certificate with its private key (PFX)",
            Self::Roster => "People who get keys",
            Self::Configs => "configs.json of the scripts used before",
            Self::Stock => "Serials of the keys in stock",
            Self::PhoneList => "People and their phone numbers",
        }
    }
}

/// Why a path that was typed is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathRefused {
    /// Nothing, or no path from the root or from home.
    NoPath,
    /// Or it may not be looked at.
    NotThere,
    NoFolder,
    IsFolder,
}

/// What happens on the practice bench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BenchCommand {
    Insert {
        slot: u8,
    },
    Touch {
        slot: u8,
    },
    PullOut {
        slot: u8,
    },
    /// Lays the pulled-out key of a box aside and takes the next new one.
    TakeNew {
        slot: u8,
    },
    /// Touches by itself, as a fast operator does.
    OperatorIsFast(bool),
    /// A colleague puts new keys in for the session, touches them and pulls finished ones out.
    ColleagueWorks(bool),
    /// A fault in the simulated cloud.
    Fault(CloudFault),
    /// An account on the practice company's sign-in page.
    ChooseAccount {
        id: String,
    },
    /// "No" on that page.
    DenySignIn,
    /// Callers of the company are checked by these from now on; an open check is cancelled.
    CheckBy(PracticeWays),
    /// Answers the question on a practice phone.
    AnswerPush {
        id: String,
        answer: crate::services::messaging::PushAnswer,
    },
}

/// What callers of the practice company are checked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PracticeWays {
    pub sms: crate::settings::SmsWay,
    pub push: crate::verify::PushKind,
    /// Passes and changes of phones ask for a verified person.
    pub strict: bool,
}

impl Default for PracticeWays {
    fn default() -> Self {
        let (sms, push) = (crate::settings::SmsWay::Verify, crate::verify::PushKind::Duo);
        Self { sms, push, strict: false }
    }
}

/// How the simulated company's next sign-in fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignInFault {
    /// Another proof is required (AADSTS50076).
    MoreProof,
    /// The application has no consent (AADSTS65001).
    NoConsent,
    /// Conditional Access blocks it (AADSTS53003).
    Blocked,
    /// Another person's token comes back than the one who was chosen.
    WrongPerson,
    /// The id token has expired.
    Expired,
    /// The operator's sign-in ends in the middle of the session.
    Revoked,
    /// The directory wants the authentication context before it answers.
    Challenge,
}

/// Faults the simulated cloud can be told to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CloudFault {
    /// The next calls are throttled for some seconds.
    Throttle,
    ServerError,
    /// The next registration is committed, and its answer lost.
    LoseAnswer,
    Garbage,
    /// All access tokens end.
    ExpireTokens,
    /// All challenges end.
    ExpireChallenges,
    /// New registrations show in the list after some seconds only.
    SlowListing,
    /// Every call takes longer.
    SlowCalls,
    /// The next text does not reach its phone.
    LoseText,
    /// The ticket system does not answer.
    TicketsAway,
    /// The next sign-in ends like this.
    SignIn(SignInFault),
    /// Back to normal.
    None,
}
