//! What tests of sessions ask of a station, whatever keys are plugged into it.

use crate::clerk::Station;
use hid::virtual_keys::VirtualKey;
use keydesk::bulk::{Readiness, SessionId, SessionOptions, SlotNo};
use keydesk::engine::{
    Board, BulkCommand, BulkEvent, Command, Event, ResultKind, SlotPhase, SlotShown, UndoableKey,
};
use keydesk::enrolment::Stopped;
use keydesk::key::KeyId;
use keydesk::practice::company;
use keydesk::problem::Problem;
use keydesk::settings::{OutputSettings, Settings};

impl<K> Station<K> {
    pub fn wish(&self, wish: BulkCommand) {
        self.say(Command::Bulk(wish));
    }

    /// Allows the refused key in the slot.
    pub fn use_anyway(&mut self, slot: u8, key: &VirtualKey, reset: bool) {
        let key = KeyId(key.id().unwrap().to_string());
        self.wish(BulkCommand::UseAnyway { slot: SlotNo(slot), key, reset });
    }

    /// Reads everybody from a file and waits for the verdicts: the places of those who are ready.
    pub fn read_people(&mut self) -> Vec<usize> {
        let verdicts = self.read_verdicts().into_iter();
        let ready = verdicts.filter(|(_, verdict)| *verdict == Readiness::Ready);
        ready.map(|(place, _)| place).collect()
    }

    /// The same of everybody, in the order of the file.
    pub fn read_verdicts(&mut self) -> Vec<(usize, Readiness)> {
        let rows: String = company::people().iter().map(|one| format!("{}\n", one.upn)).collect();
        self.read_list(&format!("userPrincipalName\n{rows}"))
    }

    /// Reads a list and waits for the verdicts, in its order.
    pub fn read_list(&mut self, text: &str) -> Vec<(usize, Readiness)> {
        let path = self.data().join("people.csv");
        std::fs::write(&path, text).unwrap();
        self.wish(BulkCommand::ReadFile(path));
        let mut all = Vec::new();
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Checked { verdicts, done, of }) => {
                all.extend(verdicts);
                (done == of).then_some(())
            }
            Event::Bulk(BulkEvent::NotRead(problem)) => panic!("not read: {problem}"),
            _ => None,
        });
        all.sort_by_key(|(place, _)| *place);
        all
    }

    /// A session of so many people.
    pub fn begin(&mut self, people: usize, options: SessionOptions) -> SessionId {
        let rows = self.read_people();
        assert!(rows.len() >= people, "only {} are ready", rows.len());
        self.begin_with(rows[..people].to_vec(), options)
    }

    /// A session of as many people as there are rows, which say what the list has of each.
    pub fn begin_listed(&mut self, columns: &str, rows: &[&str], options: SessionOptions) {
        let people = company::people();
        let ready = self.read_people();
        let upns = ready.iter().map(|place| people[*place].upn.as_str());
        let list: String = upns.zip(rows).map(|(upn, row)| format!("{upn},{row}\n")).collect();
        let places = self.read_list(&format!("userPrincipalName,{columns}\n{list}"));
        assert_eq!(places.len(), rows.len());
        self.begin_with(places.into_iter().map(|(place, _)| place).collect(), options);
    }

    /// The same with the people who were read and found ready.
    pub fn begin_with(&mut self, rows: Vec<usize>, options: SessionOptions) -> SessionId {
        self.wish(BulkCommand::Begin { options: Box::new(options), rows });
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Session(Some(session))) => Some(session.id),
            Event::Problem(problem) => panic!("not begun: {problem}"),
            _ => None,
        })
    }

    /// Keys that can be undone, once they are told.
    pub fn undoable(&mut self) -> Vec<UndoableKey> {
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Finished(keys)) => Some(keys).filter(|keys| !keys.is_empty()),
            _ => None,
        })
    }

    pub fn problem(&mut self) -> Problem {
        self.wait(|event| match event {
            Event::Problem(problem) => Some(problem),
            _ => None,
        })
    }

    /// As after a change of the settings: everything is rebuilt from the journal.
    pub fn connect_anew(&mut self) {
        self.change_outputs(|outputs| outputs.organisation.push('x'));
    }

    pub fn change_outputs(&mut self, change: impl FnOnce(&mut OutputSettings)) {
        self.change_settings(|settings| change(&mut settings.outputs));
    }

    /// So that the tenant is connected anew.
    pub fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings =
            Settings::load(&self.data().join("config/config.toml")).unwrap().unwrap();
        change(&mut settings);
        self.say(Command::SaveSettings(Box::new(settings)));
        self.wait(|event| matches!(event, Event::Connected(_)).then_some(()));
    }

    /// How the next key, or the next person's turn, comes out.
    pub fn result(&mut self) -> ResultKind {
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Result(result)) => Some(result.kind),
            _ => None,
        })
    }

    pub fn board(&mut self, mut wanted: impl FnMut(&Board) -> bool) -> Board {
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Board(board)) if wanted(&board) => Some(*board),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        })
    }

    /// The slot, once it is as wanted.
    pub fn slot(&mut self, no: u8, mut wanted: impl FnMut(&SlotShown) -> bool) -> SlotShown {
        let board = self.board(|board| slot_of(board, no).is_some_and(&mut wanted));
        slot_of(&board, no).unwrap().clone()
    }

    pub fn done(&mut self, no: u8) -> SlotShown {
        self.slot(no, |slot| matches!(slot.phase, SlotPhase::Done { .. }))
    }

    pub fn stopped_slot(&mut self, no: u8) -> (SlotShown, Stopped) {
        let slot = self.slot(no, |slot| matches!(slot.phase, SlotPhase::Stopped(_)));
        match slot.phase.clone() {
            SlotPhase::Stopped(stopped) => (slot, stopped),
            _ => unreachable!(),
        }
    }
}

pub fn slot_of(board: &Board, no: u8) -> Option<&SlotShown> {
    board.slots.iter().find(|slot| slot.no == SlotNo(no))
}
