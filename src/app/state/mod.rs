//! What the window shows: plain data, changed only by [`State::apply`] and [`State::sent`].

mod bulk;
mod checklist;
mod chips;
mod choices;
mod desk;
mod keys;
mod phones;
mod verify;
mod who;
mod words;

pub use crate::enrolment::text::sentence_case;
pub use bulk::{
    Audit, Bulk, Entries, EntryKind, Groups, Include, Offer, People, Progress, ReadyKind,
    Selection, SlotMark, Work, Written, ordinal, phase_word,
};
pub use checklist::{CheckLine, Mark, Stage};
pub use chips::{
    Chip, Verdict, key_chips, methods_hidden, methods_in_words, person_chips, pin_in_words,
};
pub use choices::{Choices, Obstacle, PinMode};
pub use desk::{AskedPin, Challenge, Chosen, Desk, Phase, Run, StepState, Touch};
pub use keys::{KeySeen, KeyState, Keys};
pub use phones::{
    ChosenRows, JobTable, OnePerson, PASS_SHOWN, PhoneResult, PhoneResults, Phones, PhonesWritten,
    PlanKind, PlanKinds, PlanTable, Planning, Share,
};
pub use verify::{
    AskedOfCheck, OtherTenant, Services, Verify, WarningWords, act_name, ago, caller_warnings,
    delivery_words, not_for_words, outcome_next, phone_kind_line, ticket_number,
};
pub use who::{PassphraseChange, Who};
pub use words::{
    asks_to_wait, clean, clock_time, count_in_words, day_time, failure_names, initials, local_time,
    minutes, seconds, short_minute, span_in_words, thousands,
};

use crate::access::Role;
use crate::directory::{ConnectionCheck, Group, PasskeyPolicy, Person};
use crate::engine::{
    BenchKey, Command, Connected, DiscoveredTenant, Event, HistoryRow, KeyringMode, OperatorShown,
    PathRefused, Pick, SecretFor, Unfinished, VaultMode, WaitingElsewhere, WhoCommand, WhoEvent,
};
use crate::enrolment::EnrolmentId;
use crate::enrolment::preflight::{self, Remark};
use crate::problem::Problem;
use crate::settings::{DirectoryKind, Settings, TenantSettings};
use std::time::{Duration, Instant};

/// Everything on the screen that the engine told.
#[derive(Default)]
pub struct State {
    pub start: Start,
    pub settings: Settings,
    pub keyring: Option<KeyringMode>,
    pub vault: Option<VaultMode>,
    pub connected: Option<Connected>,
    pub connection_problem: Option<Problem>,
    pub policy: Option<Result<PasskeyPolicy, Problem>>,
    /// Until when the directory asked to wait, the last time it asked.
    pub directory_pause: Option<Instant>,
    pub search: Search,
    pub desk: Desk,
    pub bulk: Bulk,
    pub phones: Phones,
    pub verify: Verify,
    pub keys: Keys,
    pub unfinished: Vec<Unfinished>,
    pub waiting_elsewhere: Vec<WaitingElsewhere>,
    pub history: History,
    pub bench: Vec<BenchKey>,
    pub who: Who,
    pub setup: Setup,
    pub notices: Vec<Notice>,
    /// What the station signs in with ends soon.
    pub reminder: Option<Problem>,
    /// The path of a file is to be typed; why the last one was not taken.
    pub path_wanted: Option<(Pick, Option<PathRefused>)>,
    /// Stopped enrolments of this session, so that an answer brings them back to the desk.
    aside: Vec<Run>,
    next_notice: u64,
}

/// How far the program has come since it was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    #[default]
    Loading,
    /// Nothing is configured.
    FirstStart,
    Ready,
}

/// What the search box found last.
#[derive(Default)]
pub struct Search {
    /// Of the results shown.
    pub query: String,
    pub people: Vec<Person>,
    pub problem: Option<Problem>,
    /// Sent and not answered yet.
    pub awaited: Option<String>,
}

#[derive(Default)]
pub struct History {
    pub filter: String,
    pub rows: Vec<HistoryRow>,
    pub problem: Option<Problem>,
    pub loaded: bool,
    /// Rows whose chain holds, or what is wrong.
    pub verified: Option<Result<u64, Problem>>,
    pub verifying: bool,
}

/// What the settings screen was told.
#[derive(Default)]
pub struct Setup {
    pub discovered: Option<Result<DiscoveredTenant, Problem>>,
    pub discovering: bool,
    pub checks: Vec<ConnectionCheck>,
    /// What `checks` were made of.
    tested: Option<Tried>,
    pub testing: bool,
    consent: Option<Result<String, Problem>>,
    /// What `consent` was asked of.
    consent_tried: Option<Tried>,
    pub checking_consent: bool,
    /// What was asked for, and what was found.
    pub groups: Option<(String, Result<Vec<Group>, Problem>)>,
    pub finding_groups: bool,
    pub secret: Option<Result<SecretAt, Problem>>,
    /// What `secret` is for: the tenant's name and its use.
    pub secret_of: Option<(String, SecretFor)>,
}

/// Where a secret is that was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecretAt {
    Keyring,
    /// In memory, until its tenant is saved.
    Waiting,
}

/// A tenant that something was asked of: another one's answer is not shown for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tried {
    name: String,
    directory: DirectoryKind,
}

impl Tried {
    fn of(tenant: &TenantSettings) -> Self {
        Self { name: tenant.name.clone(), directory: tenant.directory.kind() }
    }
}

impl Setup {
    /// Whether `checks` are of this tenant.
    pub fn tested_is(&self, tenant: &TenantSettings) -> bool {
        self.tested == Some(Tried::of(tenant))
    }

    fn waiting_is_stored(&mut self, tenant: &str) {
        if self.is_secret_of(tenant) && self.secret == Some(Ok(SecretAt::Waiting)) {
            self.secret = Some(Ok(SecretAt::Keyring));
        }
    }

    fn tenant_is_renamed(&mut self, from: &str, to: &str) {
        if let Some((tenant, _)) = self.secret_of.as_mut().filter(|(tenant, _)| tenant == from) {
            to.clone_into(tenant);
        }
    }

    fn waiting_is_dropped(&mut self, but_of: &[String]) {
        let stays = but_of.iter().any(|tenant| self.is_secret_of(tenant));
        if !stays && self.secret == Some(Ok(SecretAt::Waiting)) {
            self.secret = None;
        }
    }

    fn is_secret_of(&self, tenant: &str) -> bool {
        self.secret_of.as_ref().is_some_and(|(of, _)| of == tenant)
    }

    /// Whether this tenant has let the application in, where that was asked: its name, or why not.
    pub fn consent_of(&self, tenant: &TenantSettings) -> Option<&Result<String, Problem>> {
        self.consent.as_ref().filter(|_| self.consent_tried == Some(Tried::of(tenant)))
    }
}

/// A message that stays until it is dismissed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub number: u64,
    pub kind: NoticeKind,
    pub problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    Told,
    Failure,
}

impl State {
    /// Takes in one event; `now` starts the countdowns.
    pub fn apply(&mut self, event: Event, now: Instant) {
        match event {
            Event::Settings(settings) => self.settings = *settings,
            Event::Keyring(mode) => self.keyring = Some(mode),
            Event::Vault(mode) => self.vault = Some(mode),
            Event::SealedPinsGivenUp { lost } => {
                self.notice(NoticeKind::Told, words::given_up(lost));
            }
            Event::FirstStart => self.start = Start::FirstStart,
            Event::Connected(connected) => self.connect(connected),
            Event::TenantLeft => self.leave_tenant(),
            Event::NotConnected(problem) => {
                self.start = Start::Ready;
                self.connection_problem = Some(problem);
            }
            Event::SecretStored => self.setup.secret = Some(Ok(SecretAt::Keyring)),
            Event::SecretWaits => self.setup.secret = Some(Ok(SecretAt::Waiting)),
            Event::WaitingSecretStored { tenant } => self.setup.waiting_is_stored(&tenant),
            Event::SecretNotStored(problem) => self.setup.secret = Some(Err(problem)),
            Event::Discovered(answer) => {
                self.setup.discovering = false;
                self.setup.discovered = Some(answer.map(|found| *found));
            }
            Event::ConnectionTested(checks) => {
                self.setup.testing = false;
                self.setup.checks = checks;
            }
            Event::ConsentChecked(answer) => {
                self.setup.checking_consent = false;
                self.setup.consent = Some(answer);
            }
            Event::GroupsFound { query, groups } => {
                self.setup.finding_groups = false;
                self.setup.groups = Some((query, groups));
            }
            Event::PathWanted { pick, refused } => self.want_path(pick, refused),
            Event::Reminder(reminder) => self.reminder = reminder,
            Event::Policy(policy) => self.policy = Some(policy),
            Event::DirectoryPause { until } => self.directory_pause = Some(until),
            Event::Found { query, people } => self.search.found(query, people),
            Event::Key(event) => self.keys.apply(event),
            Event::Unfinished(list) => self.left_unfinished(list),
            Event::UnfinishedElsewhere(list) => self.waiting_elsewhere = list,
            Event::History { filter, rows } => self.history.loaded(filter, rows),
            Event::HistoryVerified(answer) => {
                self.history.verifying = false;
                self.history.verified = Some(answer);
            }
            Event::Bench(keys) => self.bench = keys,
            Event::Bulk(event) => self.bulk.apply(event, now),
            Event::Phones(event) => {
                self.phones.apply(event, now);
                if self.who.locked.is_some() {
                    self.phones.drop_secrets();
                }
            }
            Event::Verify(event) => {
                self.verify.apply(event);
                if self.who.locked.is_some() {
                    self.verify.drop_secrets();
                }
            }
            Event::Who(event) => self.heard_of_operator(event),
            Event::Problem(problem) => {
                self.desk.registering = false;
                self.bulk.failed();
                self.phones.failed();
                self.verify.failed();
                self.notice(NoticeKind::Failure, problem);
            }
            Event::Ended { id, summary } => {
                self.unfinished.retain(|unfinished| unfinished.id != id);
                self.aside.retain(|run| run.id != id);
                self.desk.ended(id);
                let next = "Choose the next person, or insert another key".to_owned();
                self.notice(NoticeKind::Told, Problem { what: summary, next, details: Vec::new() });
            }
            Event::HandedOver { id, keys_today } => {
                self.unfinished.retain(|unfinished| unfinished.id != id);
                self.desk.handed_over(id);
                if let Some(connected) = &mut self.connected {
                    connected.keys_today = keys_today;
                }
            }
            Event::EnrolmentBegun { id, intent, key, steps } => {
                self.unfinished.retain(|unfinished| unfinished.id != id);
                if self.desk.run.as_ref().is_some_and(|run| run.id != id) {
                    self.put_aside(jiff::Timestamp::now());
                }
                self.desk.begun(Run::new(id, *intent, key, steps));
            }
            other => {
                if let Event::FileWritten { id, path } = &other {
                    self.bulk.file_written(*id, path);
                }
                self.desk.apply(other, now);
            }
        }
    }

    /// Notes what was handed to the engine, so that the screen answers at once.
    pub fn sent(&mut self, command: &Command) {
        match command {
            Command::Search { query } => self.search.sent(query),
            Command::ChoosePerson(person) => self.desk.choose(person),
            Command::ClearPerson => self.desk = Desk::default(),
            Command::Register(_) => self.desk.registering = true,
            Command::Answer { enrolment, answer, .. } => {
                self.take_up(*enrolment);
                self.desk.answered(*enrolment, *answer);
            }
            Command::Cancel(id) => self.desk.cancelled(*id),
            Command::LoadHistory { .. } => self.history.loaded = true,
            Command::VerifyHistory => {
                self.history.verifying = true;
                self.history.verified = None;
            }
            Command::Discover { .. } => {
                self.setup.discovering = true;
                self.setup.discovered = None;
            }
            Command::TestConnection { tenant } => {
                self.setup.testing = true;
                self.setup.tested = Some(Tried::of(tenant));
                self.setup.checks.clear();
            }
            Command::CheckConsent(tenant) => {
                self.setup.checking_consent = true;
                self.setup.consent = None;
                self.setup.consent_tried = Some(Tried::of(tenant));
            }
            Command::FindGroups { .. } => {
                self.setup.finding_groups = true;
                self.setup.groups = None;
            }
            Command::StoreSecret { tenant, secret } => {
                self.setup.secret = None;
                self.setup.secret_of = Some((tenant.clone(), secret.belongs()));
            }
            Command::RenameWaitingSecrets { from, to } => self.setup.tenant_is_renamed(from, to),
            Command::DropWaitingSecrets { but_of } => self.setup.waiting_is_dropped(but_of),
            Command::SaveSettings(_) => self.connection_problem = None,
            Command::Bulk(command) => self.bulk.sent(command),
            Command::Phones(command) => self.phones.sent(command),
            Command::Verify(command) => self.verify.sent(command),
            Command::Who(command) => {
                if matches!(command, WhoCommand::LeaveAct) {
                    self.phones.failed();
                    self.verify.failed();
                }
                self.who.sent(command);
            }
            _ => {}
        }
    }

    /// Another operator begins with an empty desk; work that runs goes on.
    fn heard_of_operator(&mut self, event: WhoEvent) {
        let before = self.who.identity().map(str::to_owned);
        self.who.apply(event);
        if self.who.locked.is_some() {
            self.phones.drop_secrets();
            self.verify.drop_secrets();
        }
        if before.is_none() || before.as_deref() == self.who.identity() {
            return;
        }
        self.search = Search::default();
        self.phones.other_operator();
        self.verify.other_operator();
        self.history = History::default();
        if self.desk.run.is_none() && !self.desk.registering {
            self.desk = Desk::default();
        }
    }

    /// Why these settings can't be saved by whoever is here; `None` where they can. What is looked
    /// at and how large it is drawn is everybody's own matter.
    pub fn save_refusal(&self, new: &Settings) -> Option<String> {
        let looks_only =
            Settings { appearance: new.appearance.clone(), ..self.settings.clone() } == *new;
        if looks_only || self.is_being_set_up() {
            return None;
        }
        self.who.refusal(&[Role::Administrator])
    }

    /// Nobody is signed in, and neither rules nor a passphrase say who may set the station up.
    fn is_being_set_up(&self) -> bool {
        let no_rules = self.settings.tenants.iter().all(|tenant| tenant.roles.is_empty());
        self.who.operator == OperatorShown::Nobody && no_rules && !self.who.has_passphrase
    }

    /// Secrets end with the program.
    pub fn lacks_keyring(&self) -> bool {
        matches!(&self.keyring, Some(mode) if *mode != KeyringMode::Keyring)
    }

    /// Keys that are being registered now, whoever looks at the screen.
    pub fn running(&self) -> usize {
        let run = self.desk.run.as_ref();
        let runs = run.is_some_and(|run| matches!(run.phase, Phase::Running | Phase::Ending));
        usize::from(runs) + self.bulk.working()
    }

    /// The tenant as the operator calls it, connected or not.
    pub fn tenant_name(&self) -> Option<&str> {
        let connected = self.connected.as_ref().map(|connected| connected.name.as_str());
        connected.or_else(|| self.settings.tenant_in_use().map(|tenant| tenant.name.as_str()))
    }

    /// Adds a message that stays until it is dismissed; the same one is not shown twice.
    pub fn notice(&mut self, kind: NoticeKind, problem: Problem) {
        self.notices.retain(|notice| notice.problem != problem);
        self.next_notice += 1;
        self.notices.push(Notice { number: self.next_notice, kind, problem });
    }

    pub fn dismiss(&mut self, number: u64) {
        self.notices.retain(|notice| notice.number != number);
    }

    /// Moves the stopped enrolment from the desk to the unfinished ones.
    pub fn put_aside(&mut self, now: jiff::Timestamp) {
        let Some(run) = self.desk.run.take() else { return };
        if let Phase::Stopped(stopped) = &run.phase {
            self.unfinished.retain(|other| other.id != run.id);
            self.unfinished.push(Unfinished {
                id: run.id,
                intent: run.intent.clone(),
                begun_at: now,
                last_sure: run.last_sure(),
                stopped: stopped.clone(),
                needs_pin: run.asked_pin() == Some(AskedPin::Current),
                to_activate: false,
            });
        }
        self.aside.push(run);
        self.desk = Desk::default();
    }

    /// The engine lists what has no run; what was put aside waits in its run and stays listed.
    /// A run that the engine lists has ended there, so it is not on the desk any more.
    fn left_unfinished(&mut self, list: Vec<Unfinished>) {
        let listed = |id: &EnrolmentId| list.iter().any(|unfinished| &unfinished.id == id);
        self.aside.retain(|run| !listed(&run.id));
        if let Some(run) = self.desk.run.as_ref().filter(|run| listed(&run.id)) {
            self.desk.ended(run.id);
        }
        let waits = |id: &EnrolmentId| self.aside.iter().any(|run| &run.id == id);
        self.unfinished.retain(|unfinished| waits(&unfinished.id));
        self.unfinished.extend(list);
        self.unfinished.sort_by_key(|unfinished| unfinished.begun_at);
    }

    /// Its run still waits in the engine, which therefore does not announce it again.
    fn take_up(&mut self, id: EnrolmentId) {
        if self.desk.run.is_some() {
            return;
        }
        if let Some(at) = self.aside.iter().position(|run| run.id == id) {
            self.unfinished.retain(|unfinished| unfinished.id != id);
            self.desk.begun(self.aside.remove(at));
        }
    }

    /// The key the desk works with: the chosen one while it is in, else the newest usable one.
    pub fn desk_key(&self) -> Option<&KeySeen> {
        let of_run = self.desk.run.as_ref().and_then(|run| run.key.as_ref());
        of_run
            .and_then(|id| self.keys.get(id))
            .or_else(|| self.desk.chosen_key.as_ref().and_then(|id| self.keys.get(id)))
            .or_else(|| self.keys.newest_usable(|key| !self.bulk.holds(&key.id)))
    }

    /// What the key is doing, as it is shown everywhere.
    pub fn key_state(&self, key: &KeySeen) -> KeyState {
        if let Some(slot) = self.bulk.slot_of(&key.id) {
            return SlotMark::of(&slot.phase).into();
        }
        match &self.desk.run {
            Some(run) if run.key.as_ref() == Some(&key.id) => run.key_state(),
            _ if self.model_is_forbidden(key) => KeyState::NotAllowed,
            _ => key.state(),
        }
    }

    /// The verdict on the chosen person, and on the key once one is in.
    pub fn remarks(&self, choices: &Choices) -> Vec<Remark> {
        let card = self.desk.person.as_ref().and_then(Chosen::read);
        let (Some(card), Some(Ok(policy))) = (card, &self.policy) else { return Vec::new() };
        match self.desk_key().and_then(|key| key.facts.as_ref()) {
            Some(facts) => preflight::verdict(card, policy, facts, &choices.plan(facts, card)),
            None => preflight::policy_verdict(card, policy),
        }
    }

    fn model_is_forbidden(&self, key: &KeySeen) -> bool {
        let card = self.desk.person.as_ref().and_then(Chosen::read);
        let (Some(card), Some(Ok(policy)), Some(facts)) = (card, &self.policy, &key.facts) else {
            return false;
        };
        preflight::stops(&preflight::model_verdict(card, policy, facts))
    }

    /// What is left of a pause that the directory asked for.
    pub fn pause_left(&self, now: Instant) -> Option<Duration> {
        let left = self.directory_pause?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// The slot the operator reads on the key's card.
    pub fn slot(&self, key: &KeySeen) -> u8 {
        if let Some(slot) = self.bulk.slot_of(&key.id) {
            return slot.no.0;
        }
        self.bench
            .iter()
            .find(|bench| bench.inserted.as_ref() == Some(&key.id))
            .map_or(key.slot, |bench| bench.slot)
    }

    /// What stays belongs to the station: its settings, its keyring, the keys that are in.
    pub fn wants_path(&self, pick: Pick) -> bool {
        self.path_wanted.is_some_and(|(asked, _)| asked == pick)
    }

    /// The answer to what was typed comes too late where that was cancelled.
    fn want_path(&mut self, pick: Pick, refused: Option<PathRefused>) {
        if refused.is_none() || self.wants_path(pick) {
            self.path_wanted = Some((pick, refused));
        }
    }

    fn leave_tenant(&mut self) {
        let left = std::mem::take(self);
        *self = Self {
            start: left.start,
            settings: left.settings,
            keyring: left.keyring,
            keys: left.keys,
            next_notice: left.next_notice,
            ..Self::default()
        };
    }

    fn connect(&mut self, connected: Connected) {
        self.start = Start::Ready;
        self.connection_problem = None;
        self.directory_pause = None;
        self.connected = Some(connected);
    }
}

impl Search {
    fn sent(&mut self, query: &str) {
        self.problem = None;
        if query.is_empty() {
            *self = Self::default();
        } else {
            self.awaited = Some(query.to_owned());
        }
    }

    /// An answer to anything but the newest question is late and not shown.
    fn found(&mut self, query: String, people: Result<Vec<Person>, Problem>) {
        if self.awaited.as_ref() != Some(&query) {
            return;
        }
        self.awaited = None;
        self.query = query;
        match people {
            Ok(people) => (self.people, self.problem) = (people, None),
            Err(problem) => (self.people, self.problem) = (Vec::new(), Some(problem)),
        }
    }
}

impl History {
    fn loaded(&mut self, filter: String, rows: Result<Vec<HistoryRow>, Problem>) {
        self.loaded = true;
        self.filter = filter;
        match rows {
            Ok(rows) => (self.rows, self.problem) = (rows, None),
            Err(problem) => self.problem = Some(problem),
        }
    }
}

#[cfg(test)]
mod tests;
