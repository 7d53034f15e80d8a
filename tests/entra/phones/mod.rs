//! Phones, passes, mails and sessions, against the practice cloud.

mod changes;
mod faults;
mod lookup;
mod one;

use crate::bulk::of_cloud;
use crate::limits;
use keydesk::directory::entra::{Credential, Entra, EntraConfig, Limits};
use keydesk::directory::{
    ChangeOutcome, DirectoryError, PersonId, PhoneChange, PhoneChanged, PhoneDirectory,
};
use keydesk::phones::{NumberText, PhoneKind, PhoneNumber};
use keydesk::practice::cloud::{Cloud, CloudOptions, Control, Effect, Fault, Order};
use keydesk::secrets::SecretText;
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;

pub const ELIN: &str = "elin.bergstrom@larkfield.example";
pub const AMINA: &str = "amina.haddad@larkfield.example";
/// Has a role of the directory's own.
pub const ROWAN: &str = "rowan.ashdown@larkfield.example";
pub const SEAN: &str = "sean.obrien@larkfield.example";
pub const GUEST: &str = "hanna.vester_partner.example#EXT#@larkfield.example";
/// Has no phone.
pub const ZOFIA: &str = "zofia.krol@larkfield.example";

pub struct Place {
    pub cloud: Cloud,
    pub entra: Entra,
}

impl Place {
    pub async fn start() -> Self {
        Self::with(0).await
    }

    pub async fn with(crowd: usize) -> Self {
        let options = CloudOptions { crowd, ..CloudOptions::default() };
        let cloud = Cloud::start(options).await.unwrap();
        let secret = SecretText::new(cloud.connection().secret.expose());
        let entra = of_cloud(&cloud, secret);
        Self { cloud, entra }
    }

    /// Signed in as somebody who may change the methods of people without roles.
    pub fn by_a_helper(&self) -> Entra {
        let there = self.cloud.connection();
        let credential = Credential::LegacyPassword {
            user: "svc.enrolment@larkfield.example".into(),
            password: SecretText::new(there.password.expose()),
            secret: None,
        };
        self.signed_in(credential, limits())
    }

    /// As the application, with other limits.
    pub fn within(&self, limits: Limits) -> Entra {
        let secret = SecretText::new(self.cloud.connection().secret.expose());
        self.signed_in(Credential::Secret(secret), limits)
    }

    fn signed_in(&self, credential: Credential, limits: Limits) -> Entra {
        let there = self.cloud.connection();
        let base = there.base_url;
        let config =
            EntraConfig::new(base.clone(), base, there.domain, there.client_id, credential);
        Entra::new(EntraConfig { limits, ..config }).unwrap()
    }

    pub fn control(&self) -> Control {
        self.cloud.control()
    }

    pub fn order(&self, order: Order) {
        self.control().order(order);
    }

    /// The next so many calls whose address holds this.
    pub fn fail(&self, method: &str, path: &str, times: u32, effect: Effect) {
        let method = Some(method.into());
        self.order(Order::FailNext(Fault { method, path: path.into(), times, effect }));
    }

    pub fn is(&self, person: &str, kind: PhoneKind, number: Option<&PhoneNumber>) -> bool {
        let number = number.map(PhoneNumber::entra);
        self.control().phone_is(person, kind, number.as_deref())
    }

    /// Writes that had an effect, by user principal name.
    pub fn writes(&self) -> BTreeMap<String, u32> {
        let phones = self.control().observed().phones;
        phones.into_iter().map(|one| (one.upn, one.writes)).collect()
    }

    /// The outcomes by their places; each has exactly one.
    pub async fn change(&self, changes: Vec<PhoneChange>) -> Vec<ChangeOutcome> {
        change(&self.entra, changes).await
    }
}

/// Everything that came, and how it ended.
pub async fn changed(
    entra: &Entra,
    changes: Vec<PhoneChange>,
) -> (Vec<PhoneChanged>, Result<(), DirectoryError>) {
    let (to, mut from) = mpsc::channel(4);
    let receive = async {
        let mut came = Vec::new();
        while let Some(changed) = from.recv().await {
            came.push(changed);
        }
        came
    };
    let (ended, came) = tokio::join!(entra.change_phones(changes, to), receive);
    (came, ended)
}

pub async fn change(entra: &Entra, changes: Vec<PhoneChange>) -> Vec<ChangeOutcome> {
    let count = changes.len();
    let (came, ended) = changed(entra, changes).await;
    ended.unwrap();
    let by_place: BTreeMap<_, _> = came.iter().map(|one| (one.place, &one.outcome)).collect();
    assert_eq!((came.len(), by_place.len()), (count, count));
    by_place.into_values().cloned().collect()
}

/// Changes in their places.
pub fn in_places(changes: impl IntoIterator<Item = PhoneChange>) -> Vec<PhoneChange> {
    let placed = |(place, change)| PhoneChange { place, ..change };
    changes.into_iter().enumerate().map(placed).collect()
}

pub fn mobile(
    person: &str,
    before: Option<PhoneNumber>,
    after: Option<PhoneNumber>,
) -> PhoneChange {
    let (place, person) = (0, PersonId(person.into()));
    PhoneChange { place, person, kind: PhoneKind::Mobile, before, after, perhaps: false }
}

pub fn number(text: &str) -> Option<PhoneNumber> {
    Some(PhoneNumber::from_international(&NumberText::new(text)).unwrap())
}

/// One of many numbers nobody has.
pub fn fresh(n: usize) -> Option<PhoneNumber> {
    number(&format!("+46 72{:07}", 1_000_000 + n))
}

/// Nothing waits for long.
pub fn hasty() -> Limits {
    Limits {
        backoff_base: Duration::from_millis(2),
        backoff_cap: Duration::from_millis(4),
        ..limits()
    }
}
