//! Everything the practice cloud knows: people, passkeys, tokens, challenges, and what was
//! ordered. One value behind one lock.

use super::authy::Authy;
use super::call::{Call, Refusal};
use super::caller::{AccessToken, Holder};
use super::challenge::Challenge;
use super::control::{Observed, ReceivedCall, ReceivedMail};
use super::duo::Duo;
use super::halo::Halo;
use super::login::Login;
use super::odata::Page;
use super::orders::{Effect, Fault, IdEncoding, Order};
use super::passes::{self, Pass};
use super::passkey::{self, StoredPasskey};
use super::phones::{self, Book, HeldNumber};
use super::place::Place;
use super::pushes::Pushes;
use super::quota::Quota;
use super::share::Share;
use super::twilio::{self, Twilio};
use crate::practice::company::{self, Consent, Employee, Group};
use crate::secrets::SecretText;
use crate::verify::PushKind;
use jiff::{SignedDuration, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// The newest calls that are remembered one by one.
const REMEMBERED_CALLS: usize = 10_000;

/// Permissions of the enrolment station's application. The first four are what registering needs;
/// the others are for the list of all sign-in methods, for when the application's secret ends, and
/// for phones, passes, sessions and mails.
const PERMISSIONS: &[&str] = &[
    "UserAuthMethod-Passkey.ReadWrite.All",
    "User.Read.All",
    "GroupMember.Read.All",
    "Policy.Read.All",
    "UserAuthenticationMethod.Read.All",
    "Application.Read.All",
    "UserAuthMethod-Phone.ReadWrite.All",
    "UserAuthMethod-TAP.ReadWrite.All",
    "User.RevokeSessions.All",
    "Mail.Send",
];

/// Number of the company's own tenant.
pub(super) const OWN: usize = 0;

/// How a world begins.
pub(super) struct Start {
    pub secret: Arc<SecretText>,
    pub password: Arc<SecretText>,
    pub certificate: Option<Vec<u8>>,
    pub latency: Duration,
    pub token_lifetime: Duration,
    pub listing_delay: Duration,
    pub crowd: usize,
}

pub(super) struct World {
    pub secret: Arc<SecretText>,
    /// DER.
    pub certificate: Option<Vec<u8>>,
    /// Every tenant; the company's own is the first.
    pub places: Vec<Place>,
    /// Number of the tenant that the current call is about.
    pub at: usize,
    /// Who makes the current call.
    pub caller: Holder,
    pub login: Login,
    pub passkeys: Vec<StoredPasskey>,
    /// By the challenge's text.
    pub challenges: HashMap<String, Challenge>,
    pub tokens: HashMap<String, AccessToken>,
    pub tokens_issued: u64,
    /// `jti` of client assertions that were used.
    pub used_assertions: HashSet<String>,
    /// Rest of a list, by the opaque token of its next link.
    pub pages: HashMap<String, Page>,
    /// The last page of a list names itself as the next one.
    pub endless_lists: bool,
    pub id_encoding: IdEncoding,
    pub token_lifetime: Duration,
    pub listing_delay: SignedDuration,
    pub phones: Book,
    /// By person.
    pub passes: HashMap<Uuid, Pass>,
    pub mails: Vec<ReceivedMail>,
    pub sessions_revoked: Vec<String>,
    pub pushes: Pushes,
    pub halo: Halo,
    pub twilio: Twilio,
    pub authy: Authy,
    pub duo: Duo,
    /// Attributes that were ordered, by person and number.
    pub attributes: HashMap<(Uuid, u8), Option<HeldNumber>>,
    permissions: BTreeSet<String>,
    quota: Option<Quota>,
    latency: Duration,
    calm: Calm,
    clock_ahead: SignedDuration,
    /// How far the clock is wrong, either way.
    clock_skew: SignedDuration,
    faults: Vec<Fault>,
    shares: Vec<Share>,
    /// Of those calls that are carried out and not answered.
    lost_shares: Vec<Share>,
    received: VecDeque<ReceivedCall>,
    counts: BTreeMap<String, u64>,
    statuses: BTreeMap<u16, u64>,
}

/// What [`Order::EndFaults`] goes back to.
struct Calm {
    latency: Duration,
    token_lifetime: Duration,
    listing_delay: SignedDuration,
}

impl World {
    pub fn new(start: Start) -> Self {
        let places: Vec<_> = company::tenants(start.crowd).into_iter().map(Place::new).collect();
        let listing_delay =
            SignedDuration::try_from(start.listing_delay).unwrap_or(SignedDuration::MAX);
        Self {
            secret: start.secret,
            certificate: start.certificate,
            passkeys: places
                .iter()
                .flat_map(|place| passkey::from_earlier(&place.people))
                .collect(),
            phones: Book::new(
                places.iter().flat_map(|place| &place.people).map(|person| &**person),
            ),
            passes: HashMap::new(),
            mails: Vec::new(),
            sessions_revoked: Vec::new(),
            pushes: Pushes::default(),
            halo: Halo::new(Timestamp::now()),
            twilio: Twilio::default(),
            authy: Authy::default(),
            duo: Duo::default(),
            attributes: HashMap::new(),
            quota: None,
            places,
            at: OWN,
            caller: Holder::Application,
            login: Login::new(start.password),
            challenges: HashMap::new(),
            tokens: HashMap::new(),
            tokens_issued: 0,
            used_assertions: HashSet::new(),
            pages: HashMap::new(),
            endless_lists: false,
            id_encoding: IdEncoding::default(),
            token_lifetime: start.token_lifetime,
            listing_delay,
            permissions: PERMISSIONS.iter().map(|p| (*p).to_owned()).collect(),
            latency: start.latency,
            calm: Calm {
                latency: start.latency,
                token_lifetime: start.token_lifetime,
                listing_delay,
            },
            clock_ahead: SignedDuration::ZERO,
            clock_skew: SignedDuration::ZERO,
            faults: Vec::new(),
            shares: Vec::new(),
            lost_shares: Vec::new(),
            received: VecDeque::new(),
            counts: BTreeMap::new(),
            statuses: BTreeMap::new(),
        }
    }

    /// The cloud's time: this computer's, or another when so ordered.
    pub fn now(&self) -> Timestamp {
        self.later(self.clock_ahead.saturating_add(self.clock_skew), Timestamp::now())
    }

    /// Whether the cloud's clock was put wrong.
    pub fn is_clock_wrong(&self) -> bool {
        !self.clock_skew.is_zero()
    }

    /// The tenant that the current call is about.
    pub fn place(&self) -> &Place {
        &self.places[self.at]
    }

    /// The same, about the company's own tenant: for services that know no other.
    pub fn at_home(&mut self) -> &mut Self {
        self.at = OWN;
        self
    }

    /// `from` and `wait`, or the end of time.
    pub fn later(&self, wait: SignedDuration, from: Timestamp) -> Timestamp {
        from.checked_add(wait).unwrap_or(Timestamp::MAX)
    }

    /// Whether the application has one of the permissions.
    pub fn may(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|permission| self.permissions.contains(*permission))
    }

    /// What the application has been granted.
    pub fn granted(&self) -> impl Iterator<Item = &str> {
        self.permissions.iter().map(String::as_str)
    }

    /// What can be granted: that, and what was granted at the beginning.
    pub fn grantable(&self) -> BTreeSet<&str> {
        self.granted().chain(PERMISSIONS.iter().copied()).collect()
    }

    /// The person with this object id or user principal name.
    pub fn person(&self, name: &str) -> Result<Arc<Employee>, Refusal> {
        self.place().person(name)
    }

    /// Groups the person is in: the direct ones first, then those that hold them.
    pub fn groups_of(&self, person: &Employee) -> Vec<&Group> {
        self.place().groups_of(person)
    }

    /// What is to happen to a call: how long it takes and the fault it meets, if any.
    pub fn expect(&mut self, call: &Call) -> (Duration, Option<Effect>) {
        let met = self.faults.iter_mut().find(|fault| {
            fault.times > 0
                && fault
                    .method
                    .as_deref()
                    .is_none_or(|method| method.eq_ignore_ascii_case(call.method.as_str()))
                && call.path.contains(&fault.path)
        });
        let effect = met.map(|fault| {
            fault.times -= 1;
            fault.effect
        });
        self.faults.retain(|fault| fault.times > 0);
        (self.latency, effect.or_else(|| self.expect_share(call)))
    }

    /// What the ordered shares do to the call; each time it is made it is another one.
    fn expect_share(&self, call: &Call) -> Option<Effect> {
        let meant = |share: &&Share| call.path.contains(&share.path);
        let earlier = self.counts.get(&counted(call)).copied().unwrap_or_default();
        let effect = |share: &Share| share.effect(&counted(call), earlier);
        let refused = self.shares.iter().filter(meant).find_map(effect);
        refused.or_else(|| {
            let lost = self.lost_shares.iter().filter(meant).find_map(effect);
            lost.map(|_| Effect::CutAfter)
        })
    }

    /// One of the writes that the service takes.
    pub fn take_write(&mut self) -> Result<(), Refusal> {
        let now = self.now();
        let Some(quota) = &mut self.quota else { return Ok(()) };
        quota.take(now).map_err(Refusal::throttled)
    }

    pub fn record(&mut self, call: &Call, status: u16) {
        *self.counts.entry(counted(call)).or_default() += 1;
        *self.statuses.entry(status).or_default() += 1;
        if self.received.len() == REMEMBERED_CALLS {
            self.received.pop_front();
        }
        self.received.push_back(ReceivedCall {
            method: call.method.to_string(),
            path: told_path(call),
            query: call.query.iter().map(without_number).collect(),
            status,
            client_request_id: call.header("client-request-id").map(str::to_owned),
        });
    }

    pub fn obey(&mut self, order: Order) {
        match order {
            Order::FailNext(fault) => self.faults.push(fault),
            Order::FailShare(share) => self.shares.push(share),
            Order::LoseShare(share) => self.lost_shares.push(share),
            Order::WriteQuota { writes, per_s } => {
                self.quota = Quota::new(writes, per_s, self.now());
            }
            Order::SetPhone { person, kind, number } => phones::order(self, &person, kind, number),
            Order::HasOldPasskey { person, name } => {
                if let Ok(person) = self.places[OWN].person(&person) {
                    self.passkeys.push(passkey::a_year_old(&person, &name, self.now()));
                }
            }
            Order::SetAttribute { person, number, value } => {
                if let Ok(person) = self.places[OWN].person(&person) {
                    self.attributes.insert((person.id, number), value);
                }
            }
            Order::AnswerPush { id, answer } => {
                let now = self.now();
                match self.pushes.find(&id).map(|push| (push.kind, push.person)) {
                    Some((PushKind::Verify, person)) => {
                        twilio::answer_on_phone(self, person, &id, answer);
                    }
                    _ => self.pushes.answer(&id, answer, now),
                }
            }
            Order::Latency { ms } => self.latency = Duration::from_millis(ms),
            Order::ListingDelay { ms } => {
                self.listing_delay =
                    SignedDuration::from_millis(i64::try_from(ms).unwrap_or(i64::MAX));
            }
            Order::EndlessLists { on } => self.endless_lists = on,
            Order::TokenLifetime { seconds } => self.token_lifetime = Duration::from_secs(seconds),
            Order::ExpireTokens => {
                let now = self.now();
                self.tokens.values_mut().for_each(|token| token.ends = now);
            }
            Order::ExpireChallenges => {
                let now = self.now();
                self.challenges.values_mut().for_each(|challenge| challenge.expires_at = now);
            }
            Order::RemovePermission { permission } => {
                self.permissions.remove(&permission);
            }
            Order::GrantPermission { permission } => {
                self.permissions.insert(permission);
            }
            Order::IdEncoding { encoding } => self.id_encoding = encoding,
            Order::Policy(change) => {
                let own = &mut self.places[OWN];
                own.method_policies.change(&change);
                own.policy.change(change);
            }
            Order::AdvanceClock { seconds } => {
                let ahead = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
                self.clock_ahead = self.clock_ahead.saturating_add(ahead);
            }
            Order::ClockSkew { seconds } => self.clock_skew = SignedDuration::from_secs(seconds),
            Order::Consent { domain, given } => self.consent(&domain, given),
            Order::EndFaults => self.calm_down(),
            Order::SignIn(order) => self.login.obey(order),
            Order::Twilio(order) => twilio::obey(self.at_home(), order),
            Order::Duo(order) => self.duo.obey(order),
            Order::Halo(order) => {
                let now = self.now();
                self.halo.obey(order, now);
            }
        }
    }

    pub fn observed(&self) -> Observed {
        Observed {
            received: self.received.iter().cloned().collect(),
            counts: self.counts.clone(),
            statuses: self.statuses.clone(),
            tokens_issued: self.tokens_issued,
            permissions: self.permissions.iter().cloned().collect(),
            registered: self.passkeys.iter().filter_map(StoredPasskey::told).collect(),
            phones: phones::changed(self),
            passes: passes::told(self),
            mails: self.mails.clone(),
            sessions_revoked: self.sessions_revoked.clone(),
            notes: self.halo.notes().to_vec(),
        }
    }

    fn consent(&mut self, domain: &str, given: bool) {
        let consent = if given { Consent::Given } else { Consent::Missing };
        for place in self.places.iter_mut().filter(|place| place.is_called(domain)) {
            place.consent = consent;
        }
    }

    fn calm_down(&mut self) {
        self.faults.clear();
        self.shares.clear();
        self.lost_shares.clear();
        self.quota = None;
        self.clock_skew = SignedDuration::ZERO;
        self.login.calm_down();
        self.halo.calm_down();
        self.twilio.calm_down();
        self.latency = self.calm.latency;
        self.token_lifetime = self.calm.token_lifetime;
        self.listing_delay = self.calm.listing_delay;
        self.id_encoding = IdEncoding::default();
    }
}

/// What calls are counted by.
fn counted(call: &Call) -> String {
    format!("{} {}", call.method, told_path(call))
}

/// The path without numbers of people: Verify knows a verification by its number too.
fn told_path(call: &Call) -> String {
    match call.segments.iter().any(|segment| segment.starts_with('+')) {
        true => call.segments.iter().fold(String::new(), |path, segment| {
            path + "/" + if segment.starts_with('+') { "{number}" } else { segment }
        }),
        false => call.path.clone(),
    }
}

fn without_number((name, value): &(String, String)) -> (String, String) {
    let value = if name == "To" { "{number}" } else { value };
    (name.clone(), value.to_owned())
}

/// Random bytes, or the refusal of a service that has none.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Refusal::internal(error.to_string()))?;
    Ok(bytes)
}

/// Base64url without padding.
pub(super) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Strictly base64url without padding.
pub(super) fn from_base64url(text: &str) -> Option<Vec<u8>> {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).ok()
}

/// A time as the directory writes it, to the second.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
