//! Secrets in the operating system's keyring, or in memory for this session where there is none.
//!
//! What is typed for a tenant that is not saved waits in memory: only a saved tenant's is in the
//! keyring, so that nothing is left there of a tenant that was never made.
//!
//! The keyring is tried at start with a write and a delete, because a locked or missing one
//! shows itself only then. A secret is never written to a file. Every call into the keyring runs
//! on a plain thread of its own: the client library refuses to work inside an async task, and a
//! locked keyring may wait for ever for its owner.

use crate::problem::{Detail, Explain};
use keyring_core::CredentialStore;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::time::Duration;
use zeroize::Zeroizing;

/// The service name of every entry.
pub const SERVICE: &str = "keydesk";

/// An unlock dialog may be open meanwhile, so this is a person's time, not a machine's.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// A client secret, a password, a private key or the vault's key as text.
///
/// It can't be printed or serialised, and its memory is wiped.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text, for the one place that needs it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    pub(crate) fn duplicate(&self) -> Self {
        Self::new(self.expose())
    }
}

/// Which secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SecretName {
    /// The application's client secret in one tenant, by the tenant's name in the settings.
    ClientSecret { tenant: String },
    /// The private key, as PEM, of the application's certificate in one tenant.
    CertificateKey { tenant: String },
    /// The password of the administrator who enrols on one tenant's own server.
    AdministratorPassword { tenant: String },
    /// What keeps the operator of one tenant signed in: the newest refresh token.
    RefreshToken { tenant: String },
    /// The password of the service account of one tenant's legacy sign-in.
    LegacyPassword { tenant: String },
    /// What signs requests to change phones of one tenant without an operator.
    RequestKey { tenant: String },
    /// What one tenant's service for checking callers is used with.
    Service { tenant: String, service: ServiceSecret },
    /// The key that seals the PINs of one journal, so that two data folders don't clash.
    VaultKey { journal: uuid::Uuid },
    /// The hash (argon2) of the passphrase of the station with this journal.
    StationPassphrase { journal: uuid::Uuid },
}

/// Secrets of the services that callers are checked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ServiceSecret {
    /// The account's token, or the secret of its API key.
    Twilio,
    /// The application's key.
    Authy,
    /// The secret key of the application.
    Duo,
    /// The client secret of the API application.
    Halo,
    /// The password of the log's database user.
    Log,
    /// What signs links that send at once.
    Link,
}

impl ServiceSecret {
    pub const ALL: [Self; 6] =
        [Self::Twilio, Self::Authy, Self::Duo, Self::Halo, Self::Log, Self::Link];

    /// As `keydesk secret set` and the keyring name it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Twilio => "twilio",
            Self::Authy => "authy",
            Self::Duo => "duo",
            Self::Halo => "halo",
            Self::Log => "check-log",
            Self::Link => "verify-link",
        }
    }
}

impl SecretName {
    /// All that a tenant can have.
    pub fn of_tenant(tenant: &str) -> Vec<Self> {
        let tenant = || tenant.to_owned();
        let services =
            ServiceSecret::ALL.map(|service| Self::Service { tenant: tenant(), service });
        let mut all = vec![
            Self::ClientSecret { tenant: tenant() },
            Self::CertificateKey { tenant: tenant() },
            Self::AdministratorPassword { tenant: tenant() },
            Self::LegacyPassword { tenant: tenant() },
            Self::RefreshToken { tenant: tenant() },
            Self::RequestKey { tenant: tenant() },
        ];
        all.extend(services);
        all
    }

    /// The tenant whose it is; nothing of one computer's own.
    pub fn tenant(&self) -> Option<&str> {
        match self {
            Self::ClientSecret { tenant }
            | Self::CertificateKey { tenant }
            | Self::AdministratorPassword { tenant }
            | Self::RefreshToken { tenant }
            | Self::LegacyPassword { tenant }
            | Self::RequestKey { tenant }
            | Self::Service { tenant, .. } => Some(tenant),
            Self::VaultKey { .. } | Self::StationPassphrase { .. } => None,
        }
    }

    /// What it is, in a sentence.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::ClientSecret { .. } => "client secret",
            Self::CertificateKey { .. } => "certificate key",
            Self::AdministratorPassword { .. } => "administrator's password",
            Self::RefreshToken { .. } => "operator's sign-in",
            Self::LegacyPassword { .. } => "service account's password",
            Self::RequestKey { .. } => "key of signed requests",
            Self::Service { service, .. } => match service {
                ServiceSecret::Twilio => "Twilio secret",
                ServiceSecret::Authy => "Authy key",
                ServiceSecret::Duo => "Duo secret key",
                ServiceSecret::Halo => "HaloPSA client secret",
                ServiceSecret::Log => "log database's password",
                ServiceSecret::Link => "key of ticket links",
            },
            Self::VaultKey { .. } => "sealing key",
            Self::StationPassphrase { .. } => "station passphrase",
        }
    }

    /// The account name of the entry in the keyring.
    pub fn account(&self) -> String {
        match self {
            Self::ClientSecret { tenant } => format!("client-secret/{tenant}"),
            Self::CertificateKey { tenant } => format!("certificate-key/{tenant}"),
            Self::AdministratorPassword { tenant } => format!("administrator-password/{tenant}"),
            Self::RefreshToken { tenant } => format!("refresh-token/{tenant}"),
            Self::LegacyPassword { tenant } => format!("legacy-password/{tenant}"),
            Self::RequestKey { tenant } => format!("request-key/{tenant}"),
            Self::Service { tenant, service } => format!("{}/{tenant}", service.word()),
            Self::VaultKey { journal } => format!("vault-key/{journal}"),
            Self::StationPassphrase { journal } => format!("station-passphrase/{journal}"),
        }
    }
}

/// Where secrets are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    Keyring,
    /// In memory until the program ends, and why.
    SessionOnly {
        reason: String,
    },
}

/// Why a secret could not be kept or read, by cause.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum SecretsError {
    #[error("the keyring is locked: {0}")]
    Locked(String),
    /// It was there at start.
    #[error("the keyring does not answer: {0}")]
    Unavailable(String),
    #[error("the keyring gave no answer in {} s", .0.as_secs())]
    NoAnswer(Duration),
    #[error("the keyring takes at most {limit} bytes")]
    TooLong { limit: u32 },
    /// Several entries of this name, or one that is no text: another program made them.
    #[error("the keyring's entry {account} can't be used: {reason}")]
    Unusable { account: String, reason: String },
}

/// The keyring of this session; cheap to clone. Its calls block.
#[derive(Clone)]
pub struct Secrets {
    place: Arc<Place>,
    /// Of tenants that are not saved.
    waiting: Arc<Mutex<HashMap<SecretName, SecretText>>>,
    /// The key that seals PINs may end with the program, and what it sealed with it.
    vault_in_memory: bool,
}

enum Place {
    Keyring(Arc<CredentialStore>),
    Session { reason: String, is_locked: bool, entries: Mutex<HashMap<SecretName, SecretText>> },
}

impl Secrets {
    /// Tries the operating system's keyring with a write and a delete; without one, secrets are
    /// kept for this session only.
    pub fn probe() -> Self {
        match open_system_store().and_then(Self::probe_store) {
            Ok(secrets) => secrets,
            Err(error) => {
                // One that asks to be unlocked, and is not, is there as well.
                let is_there = matches!(error, SecretsError::Locked(_) | SecretsError::NoAnswer(_));
                Self::memory(error.to_string(), is_there)
            }
        }
    }

    /// Memory only on purpose, and the reason to show.
    pub fn session_only(reason: impl Into<String>) -> Self {
        Self::memory(reason.into(), false).with_vault_in_memory()
    }

    fn memory(reason: String, is_locked: bool) -> Self {
        Self::at(Place::Session { reason, is_locked, entries: Mutex::default() })
    }

    fn at(place: Place) -> Self {
        Self { place: Arc::new(place), waiting: Arc::default(), vault_in_memory: false }
    }

    /// PINs and phone numbers are sealed also where nothing keeps the key that seals them: those that
    /// are not written down when the program ends are lost.
    pub fn with_vault_in_memory(self) -> Self {
        Self { vault_in_memory: true, ..self }
    }

    /// Why no key that seals PINs is kept here: it would end with the program.
    pub fn lacks_vault(&self) -> Option<SecretsError> {
        match &*self.place {
            Place::Session { reason, is_locked, .. } if !self.vault_in_memory => {
                let lacks =
                    if *is_locked { SecretsError::Locked } else { SecretsError::Unavailable };
                Some(lacks(reason.clone()))
            }
            _ => None,
        }
    }

    /// The system's keyring is there, and was locked when it was looked for.
    pub fn found_locked(&self) -> bool {
        matches!(&*self.place, Place::Session { is_locked: true, .. })
    }

    pub fn mode(&self) -> Mode {
        match &*self.place {
            Place::Keyring(_) => Mode::Keyring,
            Place::Session { reason, .. } => Mode::SessionOnly { reason: reason.clone() },
        }
    }

    /// Keeps a secret, replacing one of the same name.
    pub fn set(&self, name: &SecretName, secret: &SecretText) -> Result<(), SecretsError> {
        match &*self.place {
            Place::Keyring(store) => {
                let bytes = Zeroizing::new(secret.expose().as_bytes().to_vec());
                // Bytes, not a password: Windows would double a password's length.
                call(store, name.account(), move |entry| entry.set_secret(&bytes))?;
            }
            Place::Session { entries, .. } => {
                lock(entries).insert(name.clone(), secret.duplicate());
            }
        }
        // What waited under this name is older.
        lock(&self.waiting).remove(name);
        Ok(())
    }

    /// The secret, or nothing when there is no entry of this name; one that waits goes first.
    pub fn get(&self, name: &SecretName) -> Result<Option<SecretText>, SecretsError> {
        if let Some(waiting) = lock(&self.waiting).get(name) {
            return Ok(Some(waiting.duplicate()));
        }
        match &*self.place {
            Place::Keyring(store) => {
                let account = name.account();
                let bytes = call(store, account.clone(), |entry| match entry.get_secret() {
                    Err(keyring_core::Error::NoEntry) => Ok(None),
                    other => other.map(|bytes| Some(Zeroizing::new(bytes))),
                })?;
                bytes.map(|bytes| text_of(&bytes, account)).transpose()
            }
            Place::Session { entries, .. } => {
                Ok(lock(entries).get(name).map(SecretText::duplicate))
            }
        }
    }

    /// Removes a secret; one that is not there is removed already.
    pub fn delete(&self, name: &SecretName) -> Result<(), SecretsError> {
        lock(&self.waiting).remove(name);
        match &*self.place {
            Place::Keyring(store) => call(store, name.account(), delete_entry),
            Place::Session { entries, .. } => {
                lock(entries).remove(name);
                Ok(())
            }
        }
    }

    /// Has it wait in memory until its tenant is saved; it can be used at once.
    pub fn hold(&self, name: SecretName, secret: SecretText) {
        lock(&self.waiting).insert(name, secret);
    }

    /// What waits for its tenant to be saved.
    pub fn waiting(&self) -> Vec<SecretName> {
        lock(&self.waiting).keys().cloned().collect()
    }

    /// Keeps what waits; where that fails it waits on.
    pub fn keep_waiting(&self, name: &SecretName) -> Result<(), SecretsError> {
        let waiting = lock(&self.waiting).get(name).map(SecretText::duplicate);
        waiting.map_or(Ok(()), |secret| self.set(name, &secret))
    }

    /// Forgets what waits for other tenants than these.
    pub fn drop_waiting_but_of(&self, tenants: &[String]) {
        let stays = |name: &SecretName| {
            name.tenant().is_some_and(|tenant| tenants.iter().any(|one| one == tenant))
        };
        lock(&self.waiting).retain(|name, _| stays(name));
    }

    /// The tenant it waits for is called otherwise now.
    pub fn rename_waiting(&self, from: &str, to: &str) {
        let mut waiting = lock(&self.waiting);
        let names = SecretName::of_tenant(from).into_iter().zip(SecretName::of_tenant(to));
        for (old, new) in names {
            if let Some(secret) = waiting.remove(&old) {
                waiting.insert(new, secret);
            }
        }
    }

    /// As where a keyring was looked for in vain.
    #[cfg(test)]
    pub(crate) fn in_vain(is_locked: bool) -> Self {
        Self::memory("in vain".into(), is_locked)
    }

    /// What the next start of the program finds.
    #[cfg(test)]
    pub(crate) fn of_next_start(&self) -> Self {
        Self { waiting: Arc::default(), ..self.clone() }
    }

    /// What waited at another place waits here. What was kept there until the program ends is kept
    /// here, unless there is one of its name; where that fails it waits, too.
    pub fn taking_over(self, other: &Self) -> Self {
        let here = Self { waiting: Arc::clone(&other.waiting), ..self };
        let Place::Session { entries, .. } = &*other.place else { return here };
        for (name, secret) in lock(entries).iter() {
            if let Err(error) = here.keep_first(name, secret) {
                tracing::warn!(%error, "a secret of before the keyring was there waits");
                here.hold(name.clone(), secret.duplicate());
            }
        }
        here
    }

    /// One that is kept already may be newer, and no directory tells it again: it stays.
    pub fn keep_first(
        &self,
        name: &SecretName,
        secret: &SecretText,
    ) -> Result<Keeps, SecretsError> {
        match self.get(name)? {
            Some(kept) if kept.expose() != secret.expose() => Ok(Keeps::Another),
            Some(_) => Ok(Keeps::This),
            None => self.set(name, secret).map(|()| Keeps::This),
        }
    }

    /// Whether there is one of this name at the next start of the program.
    pub fn outlives_program(&self, name: &SecretName) -> bool {
        let is_in_keyring = self.mode() == Mode::Keyring && !lock(&self.waiting).contains_key(name);
        is_in_keyring && matches!(self.get(name), Ok(Some(_)))
    }

    fn probe_store(store: Arc<CredentialStore>) -> Result<Self, SecretsError> {
        call(&store, probe_account(), |entry| {
            entry.set_secret(b"Keydesk tries the keyring")?;
            delete_entry(entry)
        })?;
        Ok(Self::at(Place::Keyring(store)))
    }
}

/// Which secret of a name is kept after one came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    This,
    Another,
}

/// A keyring in memory, and what has it refuse the next look at one secret as a locked one does.
#[cfg(test)]
pub(crate) fn lockable() -> (Secrets, impl Fn(&SecretName)) {
    let store: Arc<CredentialStore> =
        keyring_core::mock::Store::new().unwrap_or_else(|_| unreachable!("it is in memory"));
    let refuse = {
        let store = Arc::clone(&store);
        move |name: &SecretName| {
            let Ok(entry) = store.build(SERVICE, &name.account(), None) else { return };
            if let Some(entry) = entry.as_any().downcast_ref::<keyring_core::mock::Cred>() {
                entry.set_error(keyring_core::Error::NoStorageAccess("it is locked".into()));
            }
        }
    };
    (Secrets::at(Place::Keyring(store)), refuse)
}

/// One per process and thread, so that two that start together don't delete each other's.
fn probe_account() -> String {
    format!("probe/{}/{:?}", std::process::id(), std::thread::current().id())
}

fn delete_entry(entry: &keyring_core::Entry) -> keyring_core::Result<()> {
    match entry.delete_credential() {
        Err(keyring_core::Error::NoEntry) => Ok(()),
        other => other,
    }
}

fn open_system_store() -> Result<Arc<CredentialStore>, SecretsError> {
    on_own_thread("the keyring", || match keyring::Entry::store_status() {
        Ok(()) => keyring_core::get_default_store().ok_or(keyring_core::Error::NoDefaultStore),
        Err(error) => Err(keyring_core::Error::PlatformFailure(error.to_string().into())),
    })
}

fn call<T: Send + 'static>(
    store: &Arc<CredentialStore>,
    account: String,
    work: impl FnOnce(&keyring_core::Entry) -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, SecretsError> {
    let store = Arc::clone(store);
    let name = account.clone();
    on_own_thread(&account, move || work(&store.build(SERVICE, &name, None)?))
}

fn on_own_thread<T: Send + 'static>(
    account: &str,
    work: impl FnOnce() -> keyring_core::Result<T> + Send + 'static,
) -> Result<T, SecretsError> {
    let (sender, receiver) = mpsc::sync_channel(1);
    std::thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            if sender.send(work()).is_err() {
                tracing::warn!("the keyring answered after its deadline");
            }
        })
        .map_err(|error| SecretsError::Unavailable(error.to_string()))?;
    match receiver.recv_timeout(ANSWER_WITHIN) {
        Ok(answer) => answer.map_err(|error| by_cause(error, account)),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(SecretsError::NoAnswer(ANSWER_WITHIN)),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(SecretsError::Unavailable("its client library failed".into()))
        }
    }
}

fn by_cause(error: keyring_core::Error, account: &str) -> SecretsError {
    use keyring_core::Error;
    let unusable = |reason: String| SecretsError::Unusable { account: account.into(), reason };
    match error {
        Error::NoStorageAccess(cause) => SecretsError::Locked(cause.to_string()),
        Error::TooLong(_, limit) => SecretsError::TooLong { limit },
        Error::Ambiguous(entries) => unusable(format!("there are {} of it", entries.len())),
        // The attached bytes are the secret: they go no further.
        Error::BadEncoding(_) | Error::BadDataFormat(..) => unusable("it is no text".into()),
        Error::Invalid(what, why) => unusable(format!("{what}: {why}")),
        other => SecretsError::Unavailable(other.to_string()),
    }
}

fn text_of(bytes: &[u8], account: String) -> Result<SecretText, SecretsError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(SecretText::new(text)),
        Err(_) => Err(SecretsError::Unusable { account, reason: "it is no text".into() }),
    }
}

/// A panic elsewhere leaves the map whole: each change is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Explain for SecretsError {
    fn what(&self) -> String {
        match self {
            Self::Locked(_) => "The keyring of this computer is locked".into(),
            Self::Unavailable(_) => "The keyring of this computer can't be reached".into(),
            Self::NoAnswer(_) => "The keyring of this computer does not answer".into(),
            Self::TooLong { .. } => "The secret is too long for the keyring".into(),
            Self::Unusable { account, .. } => {
                format!("The keyring's entry {account} can't be used")
            }
        }
    }

    fn next(&self) -> String {
        match self {
            Self::Locked(_) | Self::NoAnswer(_) => {
                "Unlock the keyring (sign in to the desktop with your password), then try again"
                    .into()
            }
            Self::Unavailable(_) => "Start the keyring, then start Keydesk again".into(),
            Self::TooLong { limit } => {
                format!("Use one of at most {limit} bytes, such as an EC or RSA 2048 key")
            }
            Self::Unusable { account, .. } => format!(
                "Delete the entries {account} of {SERVICE} in the keyring's own program, \
                 then store the secret again"
            ),
        }
    }

    fn details(&self) -> Vec<Detail> {
        vec![Detail::new("keyring", self.to_string())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use keyring_core::mock;

    fn client_secret() -> SecretName {
        SecretName::ClientSecret { tenant: "Contoso".into() }
    }

    fn mock_store() -> Arc<CredentialStore> {
        mock::Store::new().unwrap()
    }

    fn fail_next(store: &Arc<CredentialStore>, account: &str, error: keyring_core::Error) {
        let entry = store.build(SERVICE, account, None).unwrap();
        entry.as_any().downcast_ref::<mock::Cred>().unwrap().set_error(error);
    }

    fn exposed(secret: Option<SecretText>) -> Option<String> {
        secret.map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn a_secret_is_kept_replaced_and_removed_in_either_place() {
        for secrets in [Secrets::session_only("none"), Secrets::probe_store(mock_store()).unwrap()]
        {
            let name = client_secret();
            assert_eq!(exposed(secrets.get(&name).unwrap()), None);
            secrets.set(&name, &SecretText::new("first")).unwrap();
            secrets.set(&name, &SecretText::new("second")).unwrap();
            assert_eq!(exposed(secrets.get(&name).unwrap()).as_deref(), Some("second"));
            let other = SecretName::CertificateKey { tenant: "Contoso".into() };
            assert_eq!(exposed(secrets.get(&other).unwrap()), None);
            secrets.delete(&name).unwrap();
            secrets.delete(&name).unwrap();
            assert_eq!(exposed(secrets.get(&name).unwrap()), None);
        }
    }

    #[test]
    fn what_was_kept_for_one_run_goes_to_a_keyring_that_comes_later() {
        let (name, other) = (client_secret(), SecretName::CertificateKey { tenant: "C".into() });
        let before = Secrets::session_only("none");
        for name in [&name, &other] {
            before.set(name, &SecretText::new("typed")).unwrap();
        }
        assert!(!before.outlives_program(&name));
        let store = mock_store();
        let found = Secrets::probe_store(Arc::clone(&store)).unwrap();
        found.set(&other, &SecretText::new("there")).unwrap();
        let now = found.taking_over(&before);
        assert_eq!(exposed(now.of_next_start().get(&name).unwrap()).as_deref(), Some("typed"));
        assert_eq!(exposed(now.of_next_start().get(&other).unwrap()).as_deref(), Some("there"));
        assert!(now.outlives_program(&name));
        now.hold(name.clone(), SecretText::new("typed"));
        assert!(!now.outlives_program(&name), "it waits");
    }

    #[test]
    fn what_a_keyring_that_comes_later_does_not_take_waits_for_it() {
        let name = client_secret();
        let before = Secrets::session_only("none");
        before.set(&name, &SecretText::new("typed")).unwrap();
        let store = mock_store();
        let found = Secrets::probe_store(Arc::clone(&store)).unwrap();
        let locked = keyring_core::Error::NoStorageAccess("it is locked".into());
        fail_next(&store, &name.account(), locked);
        let now = found.taking_over(&before);
        assert_eq!(now.waiting(), std::slice::from_ref(&name));
        assert_eq!(exposed(now.get(&name).unwrap()).as_deref(), Some("typed"), "it is used");
        assert!(!now.outlives_program(&name));
        now.keep_waiting(&name).unwrap();
        assert!(now.outlives_program(&name));
    }

    #[test]
    fn what_waits_is_used_and_in_no_keyring_until_it_is_kept() {
        let store = mock_store();
        let secrets = Secrets::probe_store(Arc::clone(&store)).unwrap();
        let name = client_secret();
        let (used, kept) = (
            || exposed(secrets.get(&name).unwrap()),
            || exposed(secrets.of_next_start().get(&name).unwrap()),
        );
        secrets.hold(name.clone(), SecretText::new("typed"));
        assert_eq!((used().as_deref(), kept()), (Some("typed"), None));

        // A keyring that does not take it loses nothing.
        let locked = keyring_core::Error::NoStorageAccess("it is locked".into());
        fail_next(&store, &name.account(), locked);
        assert!(matches!(secrets.keep_waiting(&name), Err(SecretsError::Locked(_))));
        assert_eq!((used().as_deref(), secrets.waiting().len()), (Some("typed"), 1));
        secrets.keep_waiting(&name).unwrap();
        assert_eq!((kept().as_deref(), secrets.waiting().len()), (Some("typed"), 0));

        // What is stored is newer than what waited.
        secrets.hold(name.clone(), SecretText::new("older"));
        secrets.set(&name, &SecretText::new("newer")).unwrap();
        assert_eq!((used().as_deref(), secrets.waiting().len()), (Some("newer"), 0));
    }

    #[test]
    fn what_waits_goes_by_its_tenants_name_and_with_it() {
        let secrets = Secrets::session_only("test");
        let of = |tenant: &str| SecretName::Service {
            tenant: tenant.into(),
            service: ServiceSecret::Halo,
        };
        secrets.hold(of("Draft"), SecretText::new("one"));
        secrets.hold(of("Other"), SecretText::new("two"));
        secrets.rename_waiting("Draft", "Contoso");
        assert_eq!(exposed(secrets.get(&of("Contoso")).unwrap()).as_deref(), Some("one"));
        secrets.drop_waiting_but_of(&["Contoso".into()]);
        assert_eq!(secrets.waiting(), [of("Contoso")]);
        let later = Secrets::session_only("found later").taking_over(&secrets);
        secrets.delete(&of("Contoso")).unwrap();
        assert_eq!(exposed(later.get(&of("Contoso")).unwrap()), None);
    }

    #[test]
    fn a_locked_keyring_fails_the_probe_and_is_named() {
        let store = mock_store();
        fail_next(
            &store,
            &probe_account(),
            keyring_core::Error::NoStorageAccess("collection is locked".into()),
        );
        let error = Secrets::probe_store(store).err().unwrap();
        assert_eq!(error, SecretsError::Locked("collection is locked".into()));
        assert!(error.next().starts_with("Unlock the keyring"));
    }

    #[test]
    fn a_keyring_that_goes_away_later_is_an_error_not_a_silent_session() {
        let store = mock_store();
        let secrets = Secrets::probe_store(Arc::clone(&store)).unwrap();
        let name = client_secret();
        let gone = || keyring_core::Error::PlatformFailure("connection closed".into());
        fail_next(&store, &name.account(), gone());
        let error = secrets.set(&name, &SecretText::new("s3cret")).unwrap_err();
        assert!(matches!(error, SecretsError::Unavailable(_)));
        fail_next(&store, &name.account(), gone());
        assert!(matches!(secrets.get(&name), Err(SecretsError::Unavailable(_))));
        assert_eq!(secrets.mode(), Mode::Keyring);
    }

    #[test]
    fn bytes_that_are_no_text_are_refused_without_being_shown() {
        let store = mock_store();
        let secrets = Secrets::probe_store(Arc::clone(&store)).unwrap();
        let name = client_secret();
        store.build(SERVICE, &name.account(), None).unwrap().set_secret(&[0xff, 0xfe]).unwrap();
        let error = secrets.get(&name).err().unwrap();
        assert_eq!(
            error,
            SecretsError::Unusable { account: name.account(), reason: "it is no text".into() }
        );
    }

    #[tokio::test]
    async fn a_call_from_an_async_task_does_not_panic() {
        let secrets = Secrets::probe();
        let name = SecretName::VaultKey { journal: uuid::Uuid::from_u128(7) };
        if secrets.mode() != Mode::Keyring {
            secrets.set(&name, &SecretText::new("key")).unwrap();
            assert_eq!(exposed(secrets.get(&name).unwrap()).as_deref(), Some("key"));
        }
        secrets.delete(&name).unwrap();
    }
}
