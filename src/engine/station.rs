//! The station: one loop that takes commands, key events and the results of its jobs.

use super::access::{DESK, Heard, PageOpener, Presence};
use super::audience::Audience;
use super::bench::BenchPort;
use super::bulk::{Bulk, Colleague, Found, Recognised};
use super::connect::{Connection, Practice, Prospect};
use super::desk::Desk;
use super::phones::{Phones, PhonesNews};
use super::ports::{JournalPort, KeyTable, Ports};
use super::run::{RunHandle, RunNews};
use super::tell::Teller;
use super::verify::{Callers, VerifyNews};
use super::{Command, Event, StartOptions, bulk, connect, pauses};
use crate::directory::openid::SignInAgain;
use crate::enrolment::EnrolmentId;
use crate::key::{Activity, KeyEvent, KeyFacts, Keys};
use crate::problem::{Explain, Problem};
use crate::secrets::Secrets;
use crate::settings::Settings;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// What an inserted key waits for a touch, as the seam's limit says.
const TOUCH: Duration = Duration::from_secs(60);
/// How often the figures of a session's board go on while nothing happens on it.
const BOARD: Duration = Duration::from_secs(1);
/// How often it is looked at who counts as verified still, and what waits for a service.
const LOOKS_AT_CALLERS: Duration = Duration::from_secs(1);

/// Everything the loop owns.
pub(super) struct Station {
    pub(super) options: StartOptions,
    pub(super) settings: Settings,
    pub(super) secrets: Secrets,
    pub(super) teller: Teller,
    pub(super) keys: Keys,
    pub(super) table: KeyTable,
    pub(super) bench: BenchPort,
    pub(super) practice: Option<Practice>,
    /// The tenant on the screen.
    pub(super) audience: Audience,
    /// Each journal that was opened: runs may still write to one that is not in use.
    pub(super) journals: Vec<JournalPort>,
    /// The journal used last; it outlives a connection that is lost, as its runs do.
    pub(super) journal: Option<JournalPort>,
    pub(super) ports: Option<Arc<Ports>>,
    pub(super) desk: Desk,
    pub(super) runs: HashMap<EnrolmentId, RunHandle>,
    /// What writes papers and files of a session: the next one begins when it is through.
    pub(super) outputs: Option<tokio::task::JoinHandle<()>>,
    /// Where a run says that it has come to its end.
    pub(super) over: mpsc::Sender<EnrolmentId>,
    /// Who is there, and what they may do.
    pub(super) presence: Presence,
    /// What opens the login service's pages.
    pub(super) pages: PageOpener,
    /// What a connection will be once somebody has signed in.
    pub(super) prospect: Option<Prospect>,
    /// Where sign-ins and passphrases tell how they came out.
    pub(super) heard: mpsc::Sender<Heard>,
    /// Sessions of many keys.
    pub(super) bulk: Bulk,
    /// Phone methods: who is open, the plan, the job.
    pub(super) phones: Phones,
    /// Where jobs about phones tell what they found and did.
    pub(super) phones_news: mpsc::Sender<PhonesNews>,
    /// Callers and their checks.
    pub(super) callers: Callers,
    /// Where jobs about callers tell what they found and did.
    pub(super) verify_news: mpsc::Sender<VerifyNews>,
    /// Works at the bench in practice.
    pub(super) colleague: Colleague,
    /// Where a session's runs tell what they do.
    pub(super) news: mpsc::UnboundedSender<RunNews>,
    /// Where people are told that were read for a session.
    pub(super) found: mpsc::Sender<Found>,
    /// Where keys tell which of a session's credentials are on them.
    pub(super) recognised: mpsc::Sender<Recognised>,
    /// Where calls of the directory ask for their operator.
    pub(super) again: mpsc::Sender<SignInAgain>,
}

/// The other ends of the station's own channels.
pub(super) struct Inboxes {
    pub commands: mpsc::Receiver<Command>,
    pub key_events: mpsc::Receiver<KeyEvent>,
    pub over: mpsc::Receiver<EnrolmentId>,
    pub heard: mpsc::Receiver<Heard>,
    pub again: mpsc::Receiver<SignInAgain>,
    pub news: mpsc::UnboundedReceiver<RunNews>,
    pub found: mpsc::Receiver<Found>,
    pub recognised: mpsc::Receiver<Recognised>,
    pub phones: mpsc::Receiver<PhonesNews>,
    pub verify: mpsc::Receiver<VerifyNews>,
}

impl Station {
    /// Until the window closes its end.
    pub(super) async fn run(mut self, mut inboxes: Inboxes) {
        let mut looks = tokio::time::interval(self.options.patience.idle_look);
        looks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut colleague = tokio::time::interval(bulk::LOOKS);
        colleague.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut boards = tokio::time::interval(BOARD);
        boards.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut callers = tokio::time::interval(LOOKS_AT_CALLERS);
        callers.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        self.begin().await;
        loop {
            tokio::select! {
                command = inboxes.commands.recv() => match command {
                    Some(command) => self.take(command).await,
                    None => break,
                },
                Some(event) = inboxes.key_events.recv() => self.key_event(event).await,
                Some(id) = inboxes.over.recv() => self.run_is_over(id).await,
                Some(heard) = inboxes.heard.recv() => self.hear(heard).await,
                Some(request) = inboxes.again.recv() => self.sign_in_again(request).await,
                Some(news) = inboxes.news.recv() => self.bulk_news(news).await,
                Some(found) = inboxes.found.recv() => self.bulk_found(found).await,
                Some(told) = inboxes.recognised.recv() => self.key_recognised(told).await,
                Some(news) = inboxes.phones.recv() => self.phones_told(news).await,
                Some(news) = inboxes.verify.recv() => self.verify_told(news).await,
                _ = callers.tick() => self.look_at_callers().await,
                _ = colleague.tick(), if self.colleague.works() => self.colleague_looks().await,
                _ = boards.tick(), if self.bulk.is_open() => {
                    self.tell_changed_board().await;
                }
                _ = looks.tick() => self.look_at_lock(jiff::Timestamp::now()).await,
            }
        }
        self.bench.pull_all_out();
    }

    /// The first things a window shows.
    async fn begin(&mut self) {
        self.tell(Event::Settings(Box::new(self.settings.clone()))).await;
        self.tell(Event::Keyring(connect::keyring_mode(&self.secrets))).await;
        if self.options.practice || self.settings.practice {
            self.connect_practice().await;
        } else if self.settings.tenant().is_some() {
            self.connect_tenant().await;
        } else {
            self.tell(Event::FirstStart).await;
        }
    }

    /// Carries a command out, unless the operator may not or must confirm first.
    pub(super) async fn take(&mut self, command: Command) {
        self.runs.retain(|_, run| !run.is_over());
        if let Some(id) = command.enrolment()
            && let Err(problem) = self.is_of_this_tenant(id).await
        {
            return self.tell(Event::Problem(problem)).await;
        }
        let Some((command, permits)) = self.pass(command).await else { return };
        let permits = &permits;
        match command {
            Command::Who(wish) => self.who(wish, permits).await,
            Command::SwitchTenant(name) => self.switch_tenant(name).await,
            Command::SwitchForCaller(name) => self.switch_for_caller(name).await,
            Command::StayInTenant => self.stay_in_tenant().await,
            Command::Practise => self.practise().await,
            Command::SaveSettings(settings) => self.save_settings(*settings, permits).await,
            Command::StoreSecret { tenant, secret } => {
                self.store_secret(tenant, secret, permits).await
            }
            Command::DropWaitingSecrets { but_of } => self.drop_waiting_secrets(but_of).await,
            Command::RenameWaitingSecrets { from, to } => {
                self.rename_waiting_secrets(&from, &to).await;
            }
            Command::ReopenVault => self.reopen_vault().await,
            Command::GiveUpSealedPins => self.give_up_sealed_pins(permits).await,
            Command::Discover { login_url, domain, draft } => {
                self.discover(login_url, domain, draft.map(|draft| *draft));
            }
            Command::TestConnection { tenant } => self.test_connection(*tenant).await,
            Command::FindGroups { tenant, query } => self.find_groups(*tenant, query).await,
            Command::CheckConsent(tenant) => self.check_consent(*tenant).await,
            Command::OpenPage(address) => self.open_page(address),
            Command::Search { query } => self.search(query),
            Command::ChoosePerson(person) => self.choose_person(*person),
            Command::ClearPerson => self.desk.clear(),
            Command::Register(request) => self.register(*request, permits).await,
            Command::Cancel(id) => self.cancel(id),
            Command::Answer { enrolment, answer, pin, reason } => {
                self.answer(enrolment, (answer, pin), reason, permits).await;
            }
            Command::Abandon { enrolment, reason } => self.abandon(enrolment, reason).await,
            Command::RevealPin(id) => self.reveal_pin(id, permits).await,
            Command::WriteLetter(id) => self.write_letter(id, permits).await,
            Command::WriteLabel(id) => self.write_label(id).await,
            Command::HandedOver(id) => self.handed_over(id),
            Command::Wink(id) => self.wink(&id),
            Command::LoadHistory { filter } => self.load_history(filter),
            Command::VerifyHistory => self.verify_history(),
            Command::Open(path) => self.open(path),
            Command::Pick(pick) => self.pick(pick),
            Command::PickTyped { pick, path } => self.pick_typed(pick, path),
            Command::Bulk(wish) => self.bulk_wish(wish, permits).await,
            Command::Phones(wish) => self.phones_wish(wish, permits).await,
            Command::Verify(wish) => self.verify_wish(wish, permits).await,
            Command::Bench(command) => self.use_bench(command).await,
        }
    }

    async fn key_event(&mut self, event: KeyEvent) {
        if self.is_late(&event) {
            return;
        }
        match &event {
            KeyEvent::Identified(facts) => self.table.put(facts.clone()),
            KeyEvent::Removed { id } => self.table.remove(id),
            KeyEvent::Activity { id, activity } => {
                if let Some((id, run)) = self.runs.iter().find(|(_, run)| run.holds(id)) {
                    run.shown.tell(touch_event(*id, *activity)).await;
                }
            }
            KeyEvent::Inserted { id, .. } | KeyEvent::Unreadable { id, .. } => {
                self.table.note_mute(id, event.clone());
            }
        }
        let plugged = matches!(event, KeyEvent::Inserted { .. } | KeyEvent::Removed { .. });
        self.tell(Event::Key(event.clone())).await;
        self.bulk_key_event(&event).await;
        if plugged {
            self.show_bench().await;
        }
    }

    /// What a key told of itself may come after it was pulled out: it would be in for ever.
    fn is_late(&self, event: &KeyEvent) -> bool {
        match event {
            KeyEvent::Identified(KeyFacts { id, .. }) | KeyEvent::Unreadable { id, .. } => {
                self.keys.get(id).is_none()
            }
            _ => false,
        }
    }

    /// What it left unfinished, or what waits besides it, is shown again.
    async fn run_is_over(&mut self, id: EnrolmentId) {
        tracing::debug!(enrolment = %id.0, "run is over");
        self.runs.retain(|_, run| !run.is_over());
        self.show_unfinished().await;
    }

    /// The connected tenant's ports, or a word to the operator.
    pub(super) async fn connected(&self) -> Option<Arc<Ports>> {
        if self.ports.is_none() {
            self.tell(Event::Problem(not_connected())).await;
        }
        self.ports.clone()
    }

    /// Takes a new connection into use and shows what an earlier run left, and what runs.
    pub(super) async fn adopt(&mut self, connection: Connection) {
        self.desk.forget();
        let ports = Arc::new(connection.ports);
        tokio::spawn(pauses::told(ports.tenant.directory.pauses(), ports.teller.clone()));
        self.ports = Some(Arc::clone(&ports));
        self.tell(Event::Connected(connection.shown)).await;
        self.show_operator().await;
        self.show_vault().await;
        self.show_bench().await;
        self.read_policy(&ports);
        self.take_up_session().await;
        self.take_up_phones().await;
        self.take_up_verify().await;
        self.show_unfinished().await;
        if self.may_see(DESK) {
            self.show_runs().await;
        }
    }

    pub(super) async fn tell_problem(&self, error: &impl Explain) {
        self.tell(Event::Problem(error.problem())).await;
    }

    pub(super) async fn tell(&self, event: Event) {
        self.teller.tell(event).await;
    }
}

pub(super) fn not_connected() -> Problem {
    Problem {
        what: "No tenant is connected".into(),
        next: "Connect one under Settings".into(),
        details: Vec::new(),
    }
}

fn touch_event(id: EnrolmentId, activity: Activity) -> Event {
    match activity {
        Activity::TouchNeeded => Event::TouchNeeded { id, within: TOUCH },
        Activity::Answered | Activity::Processing => Event::TouchDone { id },
    }
}
