//! Phone methods and other sign-in methods of people, where a directory keeps them.

use super::{DirectoryError, Person, PersonId, Sought};
use crate::phones::{Attribute, NumberText, PhoneKind, PhoneMethod, PhoneNumber};
use crate::secrets::SecretText;
use async_trait::async_trait;
use jiff::Timestamp;
use tokio::sync::mpsc;

/// What a directory with phone methods can do beside registering keys.
#[async_trait]
pub trait PhoneDirectory: Send + Sync {
    /// Every registered method of a person, those of unknown kinds too.
    async fn methods(&self, person: &PersonId) -> Result<Vec<RegisteredMethod>, DirectoryError>;
    /// The person's phones with their numbers.
    async fn phones(&self, person: &PersonId) -> Result<Vec<PhoneMethod>, DirectoryError>;
    /// The language the person prefers (BCP 47, such as `sv-SE`), where the directory knows it.
    async fn language(&self, _person: &PersonId) -> Result<Option<String>, DirectoryError> {
        Ok(None)
    }
    /// Many people at once, with their phones and what `attribute` holds; sent to `to` one by one,
    /// in any order: exactly one result for each that is sought. Ends early when the receiver is
    /// dropped.
    ///
    /// # Errors
    /// What concerns everybody; whoever got no result was not looked up.
    async fn look_up_phones(
        &self,
        people: Vec<Sought>,
        attribute: Option<Attribute>,
        to: mpsc::Sender<PhonesLookedUp>,
    ) -> Result<(), DirectoryError>;
    /// Changes phones: each is read first and written only where it is as `before` says, then
    /// read again and compared. Sent to `to` one by one, in any order: exactly one result for
    /// each. A change that has its effect already is not written. Dropping the future, or the
    /// receiver, may leave a change whose effect is not known: ask again with the same change,
    /// and with [`PhoneChange::perhaps`].
    ///
    /// # Errors
    /// What concerns everybody, a service that can't be reached too; whoever got no result may or
    /// may not be changed.
    async fn change_phones(
        &self,
        changes: Vec<PhoneChange>,
        to: mpsc::Sender<PhoneChanged>,
    ) -> Result<(), DirectoryError>;
    /// Sign-in with a text message to the mobile, on or off.
    async fn set_sms_sign_in(&self, person: &PersonId, on: bool) -> Result<(), DirectoryError>;
    /// What the directory allows for a Temporary Access Pass.
    async fn pass_policy(&self) -> Result<PassPolicy, DirectoryError>;
    /// A new pass, which replaces the one before. It can be read in this answer only.
    async fn issue_pass(
        &self,
        person: &PersonId,
        wish: PassWish,
    ) -> Result<IssuedPass, DirectoryError>;
    /// Takes a pass back; one that is gone already counts as taken back.
    async fn remove_pass(&self, person: &PersonId, id: &str) -> Result<(), DirectoryError>;
    /// Ends the person's sessions everywhere; takes minutes to bite.
    async fn revoke_sessions(&self, person: &PersonId) -> Result<(), DirectoryError>;
    /// A mail to the person from the mailbox `from` (user principal name).
    async fn send_mail(&self, from: &str, to: &str, mail: &Mail) -> Result<(), DirectoryError>;
}

/// A registered sign-in method.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredMethod {
    /// The directory's id.
    pub id: String,
    pub kind: MethodKind,
    /// Such as a device's or a key's name; never a number.
    pub name: Option<String>,
    pub created: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MethodKind {
    Password,
    Phone(PhoneKind),
    Passkey,
    Authenticator,
    SoftwareOath,
    HardwareOath,
    Email,
    TemporaryAccessPass,
    WindowsHello,
    PlatformCredential,
    External,
    /// The service's own type name.
    Other(String),
}

/// What the directory says of somebody in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhonesLookedUp {
    pub place: usize,
    /// [`DirectoryError::NotFound`] for nobody, [`DirectoryError::Ambiguous`] for several people,
    /// [`DirectoryError::Forbidden`] where this operator may not see this person's methods.
    pub found: Result<PersonPhones, DirectoryError>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonPhones {
    pub person: Person,
    /// What the attribute holds; blank where it holds nothing or none was asked for.
    pub attribute: NumberText,
    pub phones: Vec<PhoneMethod>,
}

/// One change of one phone: from `before` to `after`, nothing standing for no phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneChange {
    /// Comes back with the result.
    pub place: usize,
    pub person: PersonId,
    pub kind: PhoneKind,
    pub before: Option<PhoneNumber>,
    pub after: Option<PhoneNumber>,
    /// It may have been written before, in a call that gave no result for it or an unsure one:
    /// until it is read it is unsure, so it never fails for want of a look.
    pub perhaps: bool,
}

/// What came of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhoneChanged {
    pub place: usize,
    pub outcome: ChangeOutcome,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeOutcome {
    /// Written, read again, and as wanted.
    Written,
    /// It was so before anything was written in this call.
    AlreadySo,
    /// Somebody else changed it meanwhile: it is this now, and nothing is written over it.
    ChangedMeanwhile { now: Option<NumberText> },
    /// Nothing was changed.
    Failed(DirectoryError),
    /// It was written, perhaps, now or before; what it is now could not be read.
    Unsure(DirectoryError),
    /// It was taken, and yet it is not as wanted when it is read again: it is this, which need
    /// not be what it was before.
    NotTaken { now: Option<NumberText> },
}

/// What the directory allows for a Temporary Access Pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassPolicy {
    pub enabled: bool,
    pub default_minutes: u32,
    pub least_minutes: u32,
    pub most_minutes: u32,
    /// Passes can be used once only.
    pub once_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PassWish {
    pub minutes: u32,
    pub once: bool,
}

/// A pass, readable this once. It has no Debug.
pub struct IssuedPass {
    pub id: String,
    pub pass: SecretText,
    pub starts: Timestamp,
    pub minutes: u32,
    pub once: bool,
}

/// A mail in plain text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub subject: String,
    pub body: String,
}
