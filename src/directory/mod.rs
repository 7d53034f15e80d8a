//! The directory: people, the passkey policy, and registering keys on behalf of people.
//!
//! The domain speaks this trait; each directory behind it keeps its wire types to itself.

use crate::webauthn::{Aaguid, CreationOptions, CredentialId, NewCredential, Reservation};
use async_trait::async_trait;
use std::time::Instant;
use tokio::sync::{mpsc, watch};

pub mod entra;
mod explain;
mod group;
pub(crate) mod http;
mod lookup;
pub mod openid;
mod organisation;
mod phones;
mod prefetch;
pub mod privacyidea;

pub use group::{Gathered, Group, GroupKind, Members, MembersPage, PageMark, Reach};
pub use lookup::{LookedUp, Sought, SoughtBy};
pub use organisation::Organisation;
pub use phones::{
    ChangeOutcome, IssuedPass, Mail, MethodKind, PassPolicy, PassWish, PersonPhones, PhoneChange,
    PhoneChanged, PhoneDirectory, PhonesLookedUp, RegisteredMethod,
};
pub use prefetch::{Begun, Ended, Lifetime, Tally};

/// A directory's own id of a person, such as an object id.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PersonId(pub String);

/// A person as a search shows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub display_name: String,
    /// User principal name.
    pub upn: String,
    pub mail: Option<String>,
    pub employee_id: Option<String>,
    pub department: Option<String>,
    pub job_title: Option<String>,
    pub account: AccountState,
    pub kind: PersonKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    Enabled,
    Disabled,
    /// The directory did not say (a permission is missing).
    Unknown,
    /// The directory keeps no such state.
    NotKept,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonKind {
    Member,
    Guest,
}

/// Everything the desk shows of one person before a key is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonCard {
    pub person: Person,
    /// JPEG or PNG bytes.
    pub photo: Option<Vec<u8>>,
    pub methods: Vec<Method>,
    pub other_methods: OtherMethods,
    pub passkeys: Vec<Passkey>,
    /// Group ids the person is in, nested ones included; what the policy's targets name.
    pub groups: Vec<String>,
}

/// Whether a person's methods are all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherMethods {
    Listed,
    /// Only passkeys may be read, for want of this permission; nothing else is in the list.
    Hidden {
        permission: &'static str,
    },
    /// Nobody asked for them; nothing but passkeys is in the list.
    NotRead,
}

/// A registered sign-in method, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Method {
    Password,
    /// Masked number, such as `+46 ••• ••• 67`.
    Phone {
        masked: String,
    },
    Passkey,
    Authenticator,
    SoftwareOath,
    Email,
    TemporaryAccessPass,
    WindowsHello,
    PlatformCredential,
    /// The service's own type name.
    Other(String),
}

/// What came of removing a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Removal {
    Removed,
    NotFound,
}

/// A passkey registered for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passkey {
    /// The directory's id of the method; names it in a delete.
    pub method_id: String,
    /// Every reading of the id as a credential id; empty when it is none.
    pub credential_ids: Vec<CredentialId>,
    /// SHA-256 of the raw credential id, where the directory tells that instead.
    pub credential_sha256: Option<[u8; 32]>,
    pub display_name: String,
    pub created: Option<jiff::Timestamp>,
    pub aaguid: Option<Aaguid>,
    pub model: Option<String>,
}

impl Passkey {
    /// Whether it is the passkey of this credential.
    pub fn is_of(&self, id: &CredentialId) -> bool {
        self.credential_ids.contains(id) || self.credential_sha256 == Some(id.sha256())
    }
}

/// The directory's passkey policy, reduced to what decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasskeyPolicy {
    pub enabled: bool,
    pub self_service_allowed: bool,
    pub include: Vec<PolicyTarget>,
    /// Group ids.
    pub exclude: Vec<String>,
    /// The policy's profiles; one made of the top-level members where the tenant has none.
    pub profiles: Vec<PolicyProfile>,
    pub default_profile: Option<String>,
    /// Passkeys a person can have at most; nothing where the directory has no such limit.
    pub most_passkeys: Option<usize>,
    pub advice: PolicyAdvice,
}

/// What to do about a verdict, in the words of the directory's own administration. One sentence
/// each, without a full stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyAdvice {
    /// What is found when no passkey can be registered for anybody.
    pub turned_off: &'static str,
    pub turn_on: &'static str,
    /// The directory does not say whether an account is enabled.
    pub account_unknown: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyTarget {
    /// Group id, or `all_users`.
    pub group: String,
    /// Profile ids; empty means the default profile.
    pub profiles: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyProfile {
    pub id: String,
    pub name: String,
    pub attestation_enforced: bool,
    /// Device-bound passkeys are allowed.
    pub device_bound: bool,
    pub restriction: KeyRestriction,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRestriction {
    None,
    AllowOnly(Vec<Aaguid>),
    Block(Vec<Aaguid>),
}

/// What a connection test found: one line per thing that is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionCheck {
    /// What was tried, such as `Read people`.
    pub name: String,
    pub outcome: CheckOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    Works(String),
    /// Keys can be registered; this is worth a look all the same.
    Advice(crate::problem::Problem),
    /// The permission to add, and the problem as told to the operator.
    MissingPermission {
        permission: &'static str,
        problem: crate::problem::Problem,
    },
    Failed(crate::problem::Problem),
}

/// Something that signs this station in and ends some day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// Such as `Client secret "desk 3"`.
    pub what: String,
    pub at: jiff::Timestamp,
}

/// What asking for creation options leaves in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginLeaves {
    /// They may be fetched ahead and dropped.
    Nothing,
    /// Something that must be finished or released; so they are fetched when they are needed.
    Reservation,
}

/// A directory in which people get keys.
#[async_trait]
pub trait Directory: Send + Sync {
    /// The service as a text names it, such as `Entra ID`.
    fn name(&self) -> &'static str;
    /// People whose display name, mail, user name or employee id matches; at most `limit`.
    async fn find(&self, query: &str, limit: usize) -> Result<Vec<Person>, DirectoryError>;
    /// One person with photo, state, methods and groups.
    async fn person(&self, id: &PersonId) -> Result<PersonCard, DirectoryError>;
    /// The passkey policy as it stands.
    async fn policy(&self) -> Result<PasskeyPolicy, DirectoryError>;
    /// What [`Directory::begin`] leaves.
    fn begin_leaves(&self) -> BeginLeaves;
    /// Fresh creation options for the person.
    async fn begin(&self, person: &PersonId) -> Result<CreationOptions, DirectoryError>;
    /// Registers the credential. Never repeated blindly: [`DirectoryError::AnswerLost`] means
    /// that it may have taken effect; list and compare.
    async fn finish(
        &self,
        person: &PersonId,
        display_name: &str,
        credential: &NewCredential,
    ) -> Result<Passkey, DirectoryError>;
    /// Says that nothing will come for these creation options any more. What was registered with
    /// them stays; repeating it is harmless.
    async fn release(
        &self,
        person: &PersonId,
        reservation: &Reservation,
    ) -> Result<(), DirectoryError>;
    /// The person's passkeys.
    async fn passkeys(&self, person: &PersonId) -> Result<Vec<Passkey>, DirectoryError>;
    /// Removes a passkey. One that was removed before is not found, nor is one that a part of the
    /// directory does not have yet.
    async fn delete(&self, person: &PersonId, method_id: &str) -> Result<Removal, DirectoryError>;
    /// Tries what the program needs, one thing after the other.
    async fn test(&self) -> Vec<ConnectionCheck>;
    /// Groups whose name holds the text, those that are called just so first; none where a
    /// directory keeps no groups. Names repeat.
    async fn groups(&self, _query: &str, _limit: usize) -> Result<Vec<Group>, DirectoryError> {
        Ok(Vec::new())
    }
    /// The group of everybody, where a directory has no others.
    fn everybody(&self) -> Option<Group> {
        None
    }
    /// One page of a group's people; what else is in the group is left out. A page may be empty
    /// and still have a next one.
    ///
    /// # Errors
    /// [`DirectoryError::Forbidden`] naming the permission when the first page holds nobody whose
    /// name may be read; [`DirectoryError::NotOffered`] where there are no groups.
    async fn members_page(
        &self,
        _group_id: &str,
        _reach: Reach,
        _after: Option<&PageMark>,
    ) -> Result<MembersPage, DirectoryError> {
        Err(group::not_offered())
    }
    /// All people of a group, each once.
    ///
    /// # Errors
    /// As [`Directory::members_page`].
    async fn members(&self, group_id: &str, reach: Reach) -> Result<Members, DirectoryError> {
        let mut all = group::Gathered::default();
        let mut next = None;
        loop {
            next = all.add(self.members_page(group_id, reach, next.as_ref()).await?)?;
            if next.is_none() {
                return Ok(all.members);
            }
        }
    }
    /// Fresh creation options for many people, valid for so long, sent to `to` one by one as they
    /// come, in any order: exactly one result for each person, also for one named twice. Ends
    /// early when the receiver is dropped; dropping the future ends it too.
    ///
    /// # Errors
    /// What concerns everybody (the sign-in, the settings); the people who got no result were not
    /// begun. [`DirectoryError::NotOffered`] where options are not fetched ahead.
    async fn begin_many(
        &self,
        _people: Vec<PersonId>,
        _lifetime: Lifetime,
        _to: mpsc::Sender<Begun>,
    ) -> Result<Tally, DirectoryError> {
        Err(prefetch::not_offered())
    }
    /// Fresh creation options for one person, valid for so long.
    ///
    /// # Errors
    /// As [`Directory::begin`]; [`DirectoryError::NotOffered`] where challenges are always short.
    async fn begin_for(
        &self,
        person: &PersonId,
        lifetime: Lifetime,
    ) -> Result<CreationOptions, DirectoryError> {
        prefetch::one(self, person, lifetime).await
    }
    /// Many people at once, sent to `to` one by one as they are known, in any order: exactly one
    /// result for each that is sought. Ends early when the receiver is dropped.
    ///
    /// # Errors
    /// What concerns everybody (the sign-in, the settings, a policy that can't be read); whoever
    /// got no result was not looked up.
    async fn look_up(
        &self,
        people: Vec<Sought>,
        to: mpsc::Sender<LookedUp>,
    ) -> Result<(), DirectoryError> {
        lookup::one_by_one(self, people, to).await
    }
    /// Phone methods and passes, where the directory keeps them.
    fn phones(&self) -> Option<&dyn PhoneDirectory> {
        None
    }
    /// Whose directory it is, where it says so.
    async fn organisation(&self) -> Result<Option<Organisation>, DirectoryError> {
        Ok(None)
    }
    /// Until when the secrets are valid that this station may sign in with, as far as the
    /// directory knows and tells.
    async fn expiries(&self) -> Result<Vec<Expiry>, DirectoryError> {
        Ok(Vec::new())
    }
    /// Until when the directory asked to wait, each time it asks; all calls wait until then. A
    /// directory that never asks has nothing to tell.
    fn pauses(&self) -> watch::Receiver<Option<Instant>> {
        watch::channel(None).1
    }
}

/// Why a directory call failed.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum DirectoryError {
    #[error("sign-in refused ({code})")]
    SignIn { code: String, number: Option<u32>, facts: CallFacts },
    /// The operator's own sign-in has ended and was not renewed.
    #[error("operator: {0}")]
    Operator(Box<openid::SignInError>),
    #[error("no secret stored for this tenant")]
    NoSecret,
    #[error("access token refused")]
    Unauthorized(CallFacts),
    #[error("permission missing")]
    Forbidden(CallFacts),
    #[error("not found")]
    NotFound(CallFacts),
    /// Several people are called so; nobody is chosen. `what` they share, such as `mail address`.
    #[error("several people have this {what}")]
    Ambiguous { what: &'static str },
    #[error("refused by the directory")]
    Refused(CallFacts),
    /// Throttled beyond patience; `resume_in` as the service or the backoff says. A write that
    /// ends so was refused, every time.
    #[error("throttled")]
    Throttled { resume_in: std::time::Duration, facts: CallFacts },
    #[error("directory unavailable")]
    Unavailable(CallFacts),
    /// No connection: nothing was sent.
    #[error("no connection")]
    Unreachable { reason: String },
    /// A write was sent, and no answer came or one that leaves its effect open (a gateway's
    /// 502, an unreadable 201): it may have taken effect.
    #[error("answer lost")]
    AnswerLost(CallFacts),
    #[error("unreadable answer")]
    Garbled { reason: String, facts: CallFacts },
    /// Creation options that can't be used.
    #[error("unusable creation options: {0}")]
    Options(String),
    /// This kind of directory has no such thing. Two sentences without their full stops.
    #[error("not offered: {what}")]
    NotOffered { what: &'static str, instead: &'static str },
    /// The settings themselves are wrong (plain http to a foreign host, bad URL).
    #[error("settings: {0}")]
    Settings(String),
}

/// Facts of one call for a support case. Never a token. Boxed texts, because every error carries
/// them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFacts {
    pub status: Option<u16>,
    pub code: Option<Box<str>>,
    pub message: Option<Box<str>>,
    pub request_id: Option<Box<str>>,
    pub client_request_id: Option<Box<str>>,
    /// The permission that the call needs, where it was refused for want of one.
    pub permission: Option<&'static str>,
    /// Whose permissions and words these are.
    pub service: Service,
    /// Who was signed in, or tried to.
    pub signer: Signer,
}

/// The service behind a directory; chooses the words an operator reads, nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Service {
    #[default]
    Entra,
    PrivacyIdea,
}

/// Who signs in; chooses the words an operator reads, nothing else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Signer {
    /// The application by itself, or an administrator whose password is kept.
    #[default]
    Application,
    Operator,
    /// An account whose password is kept.
    LegacyAccount,
}
