//! Challenges that a list brings: used, and not asked for again.

use crate::clerk::Station;
use crate::session::Hub;
use keydesk::bulk::{Challenges, Readiness, SessionOptions};
use keydesk::directory::Group;
use keydesk::engine::{BulkCommand, BulkEvent, Event, Output, PeopleRead};
use keydesk::practice::cloud::Order;
use keydesk::practice::company;
use std::path::PathBuf;
use std::sync::Arc;

/// What stands behind the columns of the scripts' first list in their second.
const RELYING_PARTY: &str = "login.microsoft.com";

impl Station<Hub> {
    /// Our own `registrationUsers.csv`, with a challenge for everybody who is chosen.
    fn first_list(&mut self) -> String {
        let rows = self.read_people();
        self.wish(BulkCommand::WriteChallenges { minutes: 60, rows });
        let path = self.wait(|event| match event {
            Event::Bulk(BulkEvent::Written { what: Output::Challenges, path, .. }) => Some(path),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        });
        assert_eq!(path.file_name().unwrap(), "registrationUsers.csv");
        std::fs::read_to_string(path).unwrap()
    }

    fn list(&self, name: &str, text: &str) -> PathBuf {
        let path = self.data().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// What was read, and the verdicts of its rows.
    fn read(&mut self, path: PathBuf) -> (Arc<PeopleRead>, Vec<Readiness>) {
        self.wish(BulkCommand::ReadFile(path));
        let people = self.wait(|event| match event {
            Event::Bulk(BulkEvent::People(people)) => people,
            Event::Bulk(BulkEvent::NotRead(problem)) => panic!("not read: {problem}"),
            _ => None,
        });
        let mut rows: Vec<Readiness> =
            people.rows.iter().map(|row| row.readiness.clone()).collect();
        self.wait(|event| match event {
            Event::Bulk(BulkEvent::Checked { verdicts, done, of }) => {
                verdicts.into_iter().for_each(|(place, verdict)| rows[place] = verdict);
                (done == of).then_some(())
            }
            _ => None,
        });
        (people, rows)
    }

    /// How often anybody's creation options were asked for.
    pub fn asked(&self) -> u64 {
        let seen = self.cloud.control().observed();
        let of = |path: &str| path.contains("creationOptions");
        seen.counts.iter().filter(|(path, _)| of(path)).map(|(_, count)| count).sum()
    }

    /// Three keys: one that is in already, one that comes, one after a restart. Then nobody was
    /// asked for again.
    fn uses_what_is_brought(&mut self, list: PathBuf, challenges: Challenges) {
        let asked = self.asked();
        let (read, rows) = self.read(list);
        assert!(read.remarks[0].what.contains("can be used"), "{:?}", read.remarks);
        let ready = |place: &usize| rows[*place] == Readiness::Ready;
        let three = (0..rows.len()).filter(ready).take(3).collect();
        let early = self.key.insert(1);
        self.begin_with(three, SessionOptions { challenges, ..SessionOptions::default() });
        self.done(1);
        self.take_out(&early);
        let next = self.key.insert(2);
        self.done(2);
        self.take_out(&next);
        self.connect_anew();
        self.board(|board| board.figures.left == 1);
        let last = self.key.insert(3);
        self.done(3);
        self.take_out(&last);
        assert_eq!((self.registered(), self.posts()), (3, 3));
        assert_eq!(self.asked(), asked, "somebody was asked for though the list brought theirs");
    }
}

#[test]
fn the_first_scripts_list_gives_its_keys_their_challenges() {
    let mut station = Station::with_hub();
    let text = station.first_list();
    let list = station.list("registrationUsers.csv", &text);
    station.uses_what_is_brought(list, Challenges::JustInTime);
}

#[test]
fn the_second_scripts_list_gives_its_keys_their_challenges() {
    let mut station = Station::with_hub();
    let text = station.first_list();
    let mut lines = text.lines();
    let head = format!("{},RP.ID\r\n", lines.next().unwrap());
    let rows: String = lines.map(|line| format!("{line},{RELYING_PARTY}\r\n")).collect();
    let list = station.list("usersToRegister.csv", &(head + &rows));
    station.uses_what_is_brought(list, Challenges::JustInTime);
}

#[test]
fn a_session_that_fetches_ahead_asks_only_for_those_who_brought_none() {
    let mut station = Station::with_hub();
    let text = station.first_list();
    let list = station.list("registrationUsers.csv", &text);
    station.uses_what_is_brought(list, Challenges::Prefetched { minutes: 60 });
}

#[test]
fn two_rows_that_turn_out_to_be_one_person_are_one_key_and_a_reason() {
    let mut station = Station::with_hub();
    let people = company::people();
    let elin = people.iter().find(|one| one.upn.starts_with("elin")).unwrap();
    let mail = elin.mail.as_deref().unwrap();
    let text = format!("userPrincipalName,mail\n{},\n,{mail}\n", elin.upn);
    let list = station.list("people.csv", &text);
    let (_, rows) = station.read(list);
    assert_eq!(rows[0], Readiness::Ready);
    assert_eq!(rows[1], Readiness::WrongRow("The same person is in line 2".into()));
}

#[test]
fn a_challenge_in_the_row_that_is_left_out_is_its_persons_all_the_same() {
    let mut station = Station::with_hub();
    let text = station.first_list();
    let people = company::people();
    let elin = people.iter().find(|one| one.upn.starts_with("elin")).unwrap();
    let row = text.lines().find(|line| line.starts_with(&elin.upn)).unwrap();
    let [_, _, handle, challenge, expiry] = row.split(',').collect::<Vec<_>>()[..] else {
        panic!("other columns: {}", row.len())
    };
    let head = "userPrincipalName,mail,User.ID,Challenge,ChallengeExpiryTime,RP.ID";
    let mail = elin.mail.as_deref().unwrap();
    let brings = format!(",{mail},{handle},{challenge},{expiry},{RELYING_PARTY}");
    let list = station.list("people.csv", &format!("{head}\n{},,,,,\n{brings}\n", elin.upn));
    let asked = station.asked();
    station.read(list);
    station.begin_with(vec![0, 1], SessionOptions::default());
    let key = station.key.insert(1);
    station.done(1);
    station.take_out(&key);
    station.board(|board| board.figures.left == 0);
    assert_eq!((station.registered(), station.asked()), (1, asked));
}

#[test]
fn people_who_cannot_be_read_are_a_missing_permission_and_no_empty_group() {
    let mut station = Station::with_hub();
    let group = Box::new(station.group("Field service"));
    let permission = "User.Read.All".to_owned();
    station.cloud.control().order(Order::RemovePermission { permission });
    station.wish(BulkCommand::ReadGroup { group, nested: true });
    let problem = station.wait(|event| match event {
        Event::Bulk(BulkEvent::NotRead(problem)) => Some(problem),
        Event::Bulk(BulkEvent::People(Some(_))) => panic!("people without a name"),
        _ => None,
    });
    assert!(problem.to_string().contains("User.Read.All"), "{problem}");
}

impl Station<Hub> {
    fn group(&mut self, query: &str) -> Group {
        self.wish(BulkCommand::FindGroups { query: query.into() });
        let groups = self.wait(|event| match event {
            Event::Bulk(BulkEvent::Groups { groups, .. }) => Some(groups.unwrap()),
            _ => None,
        });
        groups[0].clone()
    }
}

#[test]
fn a_group_that_is_read_tells_how_many_there_are() {
    let mut station = Station::with_hub();
    let group = Box::new(station.group("staff"));
    station.wish(BulkCommand::ReadGroup { group, nested: true });
    let (mut told, mut read) = (Vec::new(), 0);
    station.wait(|event| match event {
        Event::Bulk(BulkEvent::Reading { done, of }) => {
            told.push((done, of));
            None
        }
        Event::Bulk(BulkEvent::People(Some(people))) => {
            read = people.rows.len();
            Some(())
        }
        Event::Bulk(BulkEvent::NotRead(problem)) => panic!("not read: {problem}"),
        _ => None,
    });
    let (done, of) = *told.last().unwrap();
    assert_eq!(done, read);
    assert!(of.is_some_and(|of| of >= read), "no share and no time left: {told:?}");
}
