//! An operator without rest at a board of eight slots: puts keys in, pulls them out whether they
//! are done or not, answers in a hurry, ends a session and begins the next one.

use crate::common::{PATIENCE, SplitMix, Turn};
use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::bulk::{
    Challenges, EntryNo, EntryState, OldKeys, Readiness, SessionOptions, UsedKeys,
};
use keydesk::engine::{
    Board, BulkCommand, BulkEvent, Command, Event, Handle, Pages, Patience, ResultKind,
    SessionShown, SlotPhase, SlotShown, StartOptions, start,
};
use keydesk::enrolment::{Answer, EnrolmentId, FirstUse, Stopped};
use keydesk::key::KeyId;
use keydesk::practice::company;
use keydesk::settings::Paths;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const PORTS: usize = 8;
/// People of one session.
pub const PEOPLE: usize = 24;
/// Sessions are of so many kinds, by their number; one of them removes old passkeys.
const KINDS: usize = 3;
const REMOVING: usize = 1;
const FIRST_SERIAL: u32 = 40_000_000;
/// Between two looks at the board.
const LOOK: Duration = Duration::from_millis(15);
/// An operator who is asked more often about one key can't get on.
const MOST_QUESTIONS: u32 = 25;
/// From here on the operator takes any way out.
const PATIENT_QUESTIONS: u32 = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Pulls out, waits, gives up: until the kill.
    Restless,
    /// Everybody gets their key, then the session is ended.
    Calm,
}

/// The memory of the key with this serial.
pub fn spec(folder: &Path, serial: u32) -> hid::virtual_keys::Spec {
    let mut spec = Model::Yubikey5Nfc.spec();
    spec.serial = Some(serial);
    spec.store = Some(folder.join(format!("keys/{serial}.bin")));
    spec
}

/// Works on the session that stands, or begins the one of this number.
pub fn work(folder: &Path, mood: Mood, turn: Turn) {
    let paths = Paths { config: folder.join("config"), data: folder.join("data") };
    // The practice cloud's lists never lag: a short look is enough, and more states are met.
    let patience = Patience { lost_answer: Duration::from_millis(200), ..Patience::default() };
    let options = StartOptions {
        paths,
        practice: false,
        virtual_keys: false,
        patience,
        pages: Pages::OnlyTold,
    };
    let mut operator = Operator {
        folder: folder.to_owned(),
        mood,
        random: SplitMix(turn.seed),
        handle: start(options, Arc::new(|| {})),
        table: Table::NotKnown,
        next_session: usize::try_from(turn.number).unwrap(),
        next_serial: next_serial(folder),
        ports: std::array::from_fn(|_| None),
        board: Board::default(),
        entries: BTreeMap::new(),
        serials: BTreeMap::new(),
        finished: Vec::new(),
        asked: BTreeMap::new(),
        last_change: Instant::now(),
        last_word: Instant::now(),
    };
    while !operator.is_through() {
        operator.listen();
        operator.act();
    }
}

/// What is on the operator's table.
enum Table {
    NotKnown,
    /// No session: the next one is to be begun.
    Empty,
    /// People are being read, or the session is being begun; who is ready so far.
    Preparing(Vec<usize>),
    Session(Box<SessionShown>),
}

/// A key in a port.
struct Plugged {
    key: VirtualKey,
    id: KeyId,
    serial: u32,
}

struct Operator {
    folder: PathBuf,
    mood: Mood,
    random: SplitMix,
    handle: Handle,
    table: Table,
    next_session: usize,
    next_serial: u32,
    ports: [Option<Plugged>; PORTS],
    board: Board,
    entries: BTreeMap<EntryNo, EntryState>,
    /// Which key an enrolment is about, as far as it was seen.
    serials: BTreeMap<EnrolmentId, u32>,
    /// Of this session, with their results.
    finished: Vec<EnrolmentId>,
    /// How often, and about which stop last.
    asked: BTreeMap<EnrolmentId, (u32, Instant)>,
    last_change: Instant,
    last_word: Instant,
}

impl Operator {
    fn is_through(&self) -> bool {
        self.mood == Mood::Calm && matches!(self.table, Table::Empty)
    }

    fn say(&self, command: Command) {
        assert!(self.handle.commands.blocking_send(command).is_ok(), "the engine has ended");
    }

    fn wish(&self, wish: BulkCommand) {
        self.say(Command::Bulk(wish));
    }

    fn listen(&mut self) {
        let until = Instant::now() + LOOK;
        while let Ok(event) =
            self.handle.events.recv_timeout(until.saturating_duration_since(Instant::now()))
        {
            self.take(event);
        }
        if self.mood == Mood::Calm && self.last_change.elapsed() > PATIENCE {
            panic!("nothing goes on any more: {:#?}", self.board);
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::NotConnected(problem) => panic!("not connected: {problem}"),
            Event::Problem(problem) => {
                trace(|| format!("problem: {problem}"));
                if matches!(self.table, Table::Preparing(_)) {
                    self.table = Table::Empty;
                }
            }
            Event::Connected(_) => trace(|| "connected".into()),
            Event::Bulk(event) => self.take_bulk(event),
            _ => {}
        }
    }

    fn take_bulk(&mut self, event: BulkEvent) {
        match event {
            BulkEvent::Session(Some(shown)) => {
                if matches!(self.table, Table::Preparing(_)) {
                    self.next_session += 1;
                }
                trace(|| format!("session {:?}", shown.id));
                self.table = Table::Session(shown);
            }
            BulkEvent::Session(None) => {
                trace(|| "no session".into());
                self.table = Table::Empty;
                self.board = Board::default();
                self.finished.clear();
            }
            BulkEvent::Board(board) => {
                if self.board != *board {
                    self.last_change = Instant::now();
                }
                self.board = *board;
                self.note_serials();
            }
            BulkEvent::Entries(entries) => {
                let states = entries.iter().map(|entry| (entry.no, entry.state.clone()));
                self.entries = states.collect();
            }
            BulkEvent::Entry { no, state } => {
                self.entries.insert(no, state);
            }
            BulkEvent::Results(results) => {
                self.finished.extend(results.into_iter().filter_map(|result| result.enrolment));
            }
            BulkEvent::Result(result) => {
                trace(|| format!("{:?} {} {}", result.kind, result.name, result.detail));
                if result.kind == ResultKind::Done {
                    self.finished.extend(result.enrolment);
                }
            }
            BulkEvent::Checked { verdicts, done, of } => self.checked(&verdicts, done == of),
            BulkEvent::NotRead(problem) => panic!("people not read: {problem}"),
            _ => {}
        }
    }

    fn note_serials(&mut self) {
        for slot in &self.board.slots {
            let serial = slot.key.as_ref().and_then(|key| key.serial.as_ref()?.parse().ok());
            if let (Some(enrolment), Some(serial)) = (slot.enrolment, serial) {
                self.serials.insert(enrolment, serial);
            }
        }
        for away in &self.board.away {
            if let Some(serial) = away.serial.as_ref().and_then(|serial| serial.parse().ok()) {
                self.serials.insert(away.enrolment, serial);
            }
        }
    }

    // ---- people and sessions -----------------------------------------------------------------

    fn read_people(&mut self) {
        let first = self.next_session * PEOPLE;
        let rows: String =
            (first..first + PEOPLE).map(|number| format!("{}\n", name_of(number))).collect();
        let path = self.folder.join("people.csv");
        std::fs::write(&path, format!("userPrincipalName\n{rows}")).unwrap();
        self.table = Table::Preparing(Vec::new());
        self.wish(BulkCommand::ReadFile(path));
    }

    /// Who could not be asked about now is left out.
    fn checked(&mut self, verdicts: &[(usize, Readiness)], all: bool) {
        let ready = |(place, verdict): &(usize, Readiness)| {
            matches!(verdict, Readiness::Ready | Readiness::HasKey { .. }).then_some(*place)
        };
        let Table::Preparing(rows) = &mut self.table else { return };
        rows.extend(verdicts.iter().filter_map(ready));
        if !all {
            return;
        }
        let rows = std::mem::take(rows);
        trace(|| format!("{} people are ready", rows.len()));
        self.wish(BulkCommand::Begin { options: Box::new(options(self.next_session)), rows });
    }

    fn act(&mut self) {
        match &self.table {
            Table::NotKnown | Table::Preparing(_) => {}
            Table::Empty if self.mood == Mood::Calm => {}
            Table::Empty => self.read_people(),
            Table::Session(shown) => {
                if shown.paused && (self.mood == Mood::Calm || self.random.often(100)) {
                    let acts = shown.to_confirm.clone();
                    self.now_and_then(BulkCommand::GoOn { acts });
                }
                self.at_the_board();
            }
        }
    }

    fn at_the_board(&mut self) {
        for port in 0..PORTS {
            match &self.ports[port] {
                Some(plugged) => {
                    let slot = self.slot_of(&plugged.id).cloned();
                    self.at_key(port, slot);
                }
                None => self.at_free_port(port),
            }
        }
        if self.mood == Mood::Restless {
            self.be_restless();
        }
        self.at_the_end();
    }

    /// Whoever was left out or failed gets a key after all; nobody is left: the end.
    fn at_the_end(&mut self) {
        let left_out = self.entries.iter().find(|(_, state)| {
            matches!(state, EntryState::Skipped { .. } | EntryState::Failed { .. })
        });
        match left_out.map(|(no, _)| *no) {
            Some(no) if self.mood == Mood::Calm => {
                self.now_and_then(BulkCommand::PutBack(no));
            }
            _ => {
                // A board that was not told yet has no slots, and nobody left.
                let is_told = !self.board.slots.is_empty();
                let nobody = self.board.figures.left == 0 && self.board.away.is_empty();
                let is_free = |slot: &SlotShown| slot.enrolment.is_none();
                if is_told
                    && nobody
                    && !self.entries.is_empty()
                    && self.board.slots.iter().all(is_free)
                {
                    self.now_and_then(BulkCommand::End);
                }
            }
        }
    }

    /// Not again before the last one had its effect.
    fn now_and_then(&mut self, wish: BulkCommand) {
        if self.last_word.elapsed() > Duration::from_millis(300) {
            trace(|| format!("{wish:?}"));
            self.last_word = Instant::now();
            self.wish(wish);
        }
    }

    fn be_restless(&mut self) {
        if self.random.often(3) {
            // The hub's cable.
            (0..PORTS).for_each(|port| self.pull_out(port));
        }
        if self.random.often(3) {
            self.wish(BulkCommand::Pause);
        }
        if self.random.often(10) {
            self.wish(BulkCommand::RetryFailed);
        }
        let waits =
            |(no, state): (&EntryNo, &EntryState)| (*state == EntryState::Waiting).then_some(*no);
        if self.random.often(2)
            && let Some(entry) = self.entries.iter().find_map(waits)
        {
            self.wish(BulkCommand::Skip { entry, reason: "not here today".into() });
        }
        if self.random.often(6) && !self.finished.is_empty() {
            let at = self.random.below(self.finished.len());
            // Also one that was undone before: the engine must say no.
            let enrolment = self.finished[at];
            trace(|| format!("undo {enrolment:?}"));
            self.wish(BulkCommand::Undo { enrolment, reason: "wrong key".into() });
        }
    }

    // ---- keys --------------------------------------------------------------------------------

    fn at_key(&mut self, port: usize, slot: Option<SlotShown>) {
        let calm = self.mood == Mood::Calm;
        // Its slot has not told anything yet, or there is none.
        let Some(slot) = slot else { return };
        let prompt = calm || self.random.often(300);
        match &slot.phase {
            SlotPhase::Done { .. } | SlotPhase::Refused(_) | SlotPhase::Barred(_) if prompt => {
                self.pull_out(port)
            }
            SlotPhase::Stopped(stopped) if prompt => {
                if let Some(enrolment) = slot.enrolment {
                    self.answer(enrolment, stopped, slot.since);
                }
            }
            SlotPhase::Replug => {
                let serial = self.ports[port].as_ref().unwrap().serial;
                self.pull_out(port);
                self.insert(port, serial);
            }
            SlotPhase::PinNeeded(needed) => panic!("{}", needed.stopped.problem),
            SlotPhase::TouchNow { .. } if self.random.often(50) => {
                self.ports[port].as_ref().unwrap().key.touch();
            }
            _ if !calm && self.random.often(8) => self.pull_out(port),
            _ => {}
        }
    }

    fn answer(&mut self, enrolment: EnrolmentId, stopped: &Stopped, since: Instant) {
        let (times, last) = self.asked.get(&enrolment).copied().unwrap_or((0, since));
        if times > 0 && last == since {
            return;
        }
        self.asked.insert(enrolment, (times + 1, since));
        assert!(times < MOST_QUESTIONS, "asked again and again: {stopped:?}");
        let answer = self.choose(stopped, times);
        trace(|| format!("{:?} {} -> {answer:?}", stopped.step, stopped.problem));
        self.say(Command::Answer { enrolment, answer, pin: None, reason: String::new() });
    }

    fn choose(&mut self, stopped: &Stopped, times: u32) -> Answer {
        let offered = |answer: &Answer| stopped.answers.contains(answer);
        if times >= PATIENT_QUESTIONS {
            // Such as a credential on a key whose PIN must be changed first: it can't be removed.
            let ways_out = [Answer::ResetKey, Answer::NewKey, Answer::LeaveIt];
            return ways_out.into_iter().find(offered).unwrap_or(stopped.answers[0]);
        }
        let wanted = match (self.mood, self.random.below(20)) {
            (Mood::Calm, _) => Answer::Retry,
            (_, 0 | 1) => Answer::NewKey,
            (_, 2) => Answer::ResetKey,
            (_, 3) => Answer::Skip,
            (_, 4) => Answer::RollBack,
            _ => Answer::Retry,
        };
        [wanted, Answer::NewKey].into_iter().find(offered).unwrap_or(stopped.answers[0])
    }

    /// First the keys that the session waits for, then a new one for the next person.
    fn at_free_port(&mut self, port: usize) {
        if self.mood == Mood::Restless && !self.random.often(250) {
            return;
        }
        let awaited: Vec<u32> = self.awaited().into_iter().collect();
        if !awaited.is_empty() && (self.mood == Mood::Calm || self.random.often(700)) {
            let at = self.random.below(awaited.len());
            return self.insert(port, awaited[at]);
        }
        if self.mood == Mood::Restless && self.random.often(30) {
            return self.insert_known(port);
        }
        if self.board.next.is_some() {
            self.next_serial += 1;
            self.insert(port, self.next_serial - 1);
        }
    }

    /// Keys of open enrolments that are in nobody's port.
    fn awaited(&self) -> BTreeSet<u32> {
        let out = |slot: &&SlotShown| slot.key.is_none();
        let in_slots = self.board.slots.iter().filter(out).filter_map(|slot| slot.enrolment);
        let away = self.board.away.iter().filter(|away| !away.to_activate);
        in_slots
            .chain(away.map(|away| away.enrolment))
            .filter_map(|enrolment| self.serials.get(&enrolment).copied())
            .filter(|serial| !self.is_in(*serial))
            .collect()
    }

    /// Some key of before, as from the wrong pile.
    fn insert_known(&mut self, port: usize) {
        let made = self.next_serial - FIRST_SERIAL;
        if made == 0 {
            return;
        }
        let of = self.random.below(made.min(40) as usize);
        let serial = self.next_serial - 1 - u32::try_from(of).unwrap();
        if !self.is_in(serial) && spec(&self.folder, serial).store.unwrap().exists() {
            self.insert(port, serial);
        }
    }

    fn is_in(&self, serial: u32) -> bool {
        self.ports.iter().flatten().any(|plugged| plugged.serial == serial)
    }

    fn insert(&mut self, port: usize, serial: u32) {
        let key = VirtualKey::new(spec(&self.folder, serial)).unwrap();
        let touch = match (self.mood, self.random.below(10)) {
            (Mood::Calm, _) | (_, 0..=5) => TouchPolicy::Automatic(Duration::ZERO),
            (_, 6 | 7) => TouchPolicy::Automatic(Duration::from_millis(400)),
            _ => TouchPolicy::Hold,
        };
        key.set_touch(touch);
        let id = KeyId(key.insert_into(&format!("hub-{port}")).to_string());
        trace(|| format!("{serial} into {port}"));
        self.ports[port] = Some(Plugged { key, id, serial });
    }

    fn pull_out(&mut self, port: usize) {
        if let Some(plugged) = self.ports[port].take() {
            trace(|| format!("{} out of {port}", plugged.serial));
            plugged.key.pull_out();
        }
    }

    fn slot_of(&self, id: &KeyId) -> Option<&SlotShown> {
        self.board.slots.iter().find(|slot| slot.key.as_ref().is_some_and(|key| key.id == *id))
    }
}

/// User principal name of the person of this number.
pub fn name_of(number: usize) -> String {
    let known = company::people().swap_remove(0).upn;
    let (_, domain) = known.split_once('@').unwrap();
    format!("crowd{number:06}@{domain}")
}

/// Whether the session of this number removes old passkeys.
pub fn removes(number: usize) -> bool {
    number % KINDS == REMOVING
}

/// Sessions of several kinds, by their number.
fn options(number: usize) -> SessionOptions {
    let plain = SessionOptions { labels: false, ..SessionOptions::default() };
    match number % KINDS {
        0 => plain,
        REMOVING => SessionOptions {
            keys_each: 2,
            first_use: FirstUse::MustChangePin,
            old_keys: OldKeys::Remove,
            ..plain
        },
        _ => SessionOptions {
            used_keys: UsedKeys::Reset,
            challenges: Challenges::Prefetched { minutes: 5 },
            ..plain
        },
    }
}

/// No key of before has it.
fn next_serial(folder: &Path) -> u32 {
    let keys = folder.join("keys");
    std::fs::create_dir_all(&keys).unwrap();
    let serial = |name: &str| name.strip_suffix(".bin")?.parse::<u32>().ok();
    let files = std::fs::read_dir(keys).unwrap();
    let last = files.filter_map(|file| serial(file.unwrap().file_name().to_str()?)).max();
    last.map_or(FIRST_SERIAL, |last| last + 1)
}

/// `KILL_TRACE=1` shows what the operator sees and does.
fn trace(text: impl FnOnce() -> String) {
    if std::env::var_os("KILL_TRACE").is_some() {
        eprintln!("{} {}", jiff::Timestamp::now(), text());
    }
}
