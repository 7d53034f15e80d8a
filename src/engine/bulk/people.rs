//! People that were read and not begun yet.

use super::event::{PeopleRead, PersonRow};
use crate::bulk::{Brought, Entry, Readiness};
use crate::directory::{PersonCard, PersonId, Sought, SoughtBy};
use crate::enrolment::Subject;
use crate::problem::Problem;
use crate::roster::{self, PersonKey, Row, Verdict};
use crate::webauthn::CredentialId;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The table of people, and what the directory said of them.
#[derive(Default)]
pub(in crate::engine) struct Prepared {
    pub shown: Option<Arc<PeopleRead>>,
    pub rows: Vec<Known>,
    /// What reads or looks people up now.
    job: Option<JoinHandle<()>>,
    /// Something was found while nobody was connected who is told.
    pub is_untold: bool,
    /// Of that, why a list could not be read.
    pub not_read: Option<Problem>,
    /// What writes their challenges into a file now.
    writing: Option<JoinHandle<()>>,
    /// Tells the answers of an earlier table from those of this one.
    pub edition: u64,
    /// In which place each person was found, by the directory's id.
    found: HashMap<String, usize>,
}

/// One row: what the list said, and who it is.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Known {
    pub sought: Option<SoughtBy>,
    /// The user name beside the id by which the directory is asked.
    pub listed_upn: Option<String>,
    pub serial: Option<String>,
    pub badge: Option<String>,
    pub employee_id: Option<String>,
    /// A challenge that the list brought.
    pub brought: Option<Box<roster::Prepared>>,
    pub person: Option<Subject>,
    pub old_keys: Vec<String>,
    /// Credentials of the keys the person has.
    pub exclude: Vec<CredentialId>,
    pub readiness: Readiness,
}

impl Prepared {
    /// Ends what is being read; what comes of it is not taken any more.
    pub fn stop(&mut self) {
        self.edition += 1;
        if let Some(job) = self.job.take() {
            job.abort();
        }
    }

    /// Ends the writing too.
    pub fn stop_all(&mut self) {
        self.stop();
        if let Some(writing) = self.writing.take() {
            writing.abort();
        }
    }

    pub fn is_at_work(&self) -> bool {
        self.job.is_some()
    }

    /// Its last word was heard.
    pub fn has_ended(&mut self) {
        self.job = None;
    }

    pub fn is_writing(&self) -> bool {
        self.writing.as_ref().is_some_and(|writing| !writing.is_finished())
    }

    pub fn writes_in(&mut self, job: JoinHandle<()>) {
        self.writing = Some(job);
    }

    pub fn works_on(&mut self, job: JoinHandle<()>) {
        self.job = Some(job);
    }

    pub fn replace(&mut self, shown: PeopleRead, rows: Vec<Known>) -> Arc<PeopleRead> {
        self.found.clear();
        let shown = Arc::new(shown);
        self.shown = Some(Arc::clone(&shown));
        self.rows = rows;
        shown
    }

    /// Everybody is to be asked about again; whose verdict counts no more.
    pub fn forget_answers(&mut self) -> Vec<(usize, Readiness)> {
        self.found.clear();
        let mut forgotten = Vec::new();
        let sought = self.rows.iter_mut().enumerate().filter(|(_, row)| row.sought.is_some());
        for (place, row) in sought {
            row.person = None;
            if std::mem::replace(&mut row.readiness, Readiness::Unchecked) != Readiness::Unchecked {
                forgotten.push((place, Readiness::Unchecked));
            }
        }
        forgotten
    }

    /// Everybody the directory can be asked about.
    pub fn sought(&self) -> Vec<Sought> {
        let wanted = |(place, row): (usize, &Known)| {
            let by = row.sought.clone()?;
            Some(Sought { place, by })
        };
        self.rows.iter().enumerate().filter_map(wanted).collect()
    }

    /// User names that stand beside the ids that are asked for, by place.
    pub fn names_beside_ids(&self) -> HashMap<usize, String> {
        let rows = self.rows.iter().enumerate();
        rows.filter_map(|(place, row)| Some((place, row.listed_upn.clone()?))).collect()
    }

    /// What the directory said of one row, and the verdicts it leads to: of several rows of one
    /// person (their mail address here, their user name there) the first in the file counts.
    pub fn take_card(
        &mut self,
        place: usize,
        card: &PersonCard,
        readiness: Readiness,
    ) -> Vec<(usize, Readiness)> {
        self.know(place, card, readiness.clone());
        let first = self.found.entry(card.person.id.0.clone()).or_insert(place);
        let (other, known) = (place.max(*first), place.min(*first));
        *first = known;
        let mut verdicts = vec![(place, readiness)];
        if other != known {
            self.give_challenge(other, known);
            let again = self.same_person(known);
            self.take_verdict(other, again.clone());
            verdicts.retain(|(of, _)| *of != other);
            verdicts.push((other, again));
        }
        verdicts
    }

    /// A challenge that only the row brings which is left out is the person's all the same.
    fn give_challenge(&mut self, from: usize, to: usize) {
        let brought = self.rows.get_mut(from).and_then(|row| row.brought.take());
        if let (Some(brought), Some(row)) = (brought, self.rows.get_mut(to)) {
            row.brought.get_or_insert(brought);
        }
    }

    fn same_person(&self, place: usize) -> Readiness {
        let line = self.line(place);
        let reason = match line {
            Some(of) => Verdict::Duplicate { of }.reason().unwrap_or_default(),
            None => "The same person is in another line".into(),
        };
        Readiness::WrongRow(reason)
    }

    fn know(&mut self, place: usize, card: &PersonCard, readiness: Readiness) {
        let Some(row) = self.rows.get_mut(place) else { return };
        row.person = Some(Subject {
            id: card.person.id.0.clone(),
            display_name: card.person.display_name.clone(),
            upn: card.person.upn.clone(),
        });
        // The list's may be the number of another system.
        row.employee_id = card.person.employee_id.clone().or_else(|| row.employee_id.take());
        row.old_keys = card.passkeys.iter().map(|passkey| passkey.method_id.clone()).collect();
        row.exclude =
            card.passkeys.iter().flat_map(|passkey| passkey.credential_ids.clone()).collect();
        row.readiness = readiness;
    }

    pub fn take_verdict(&mut self, place: usize, readiness: Readiness) {
        if let Some(row) = self.rows.get_mut(place) {
            row.person = None;
            row.readiness = readiness;
        }
    }

    /// How many are being looked up: nobody knows yet whether they can get a key.
    pub fn being_checked(&self) -> usize {
        let is_open = |row: &&Known| row.sought.is_some() && row.readiness == Readiness::Unchecked;
        self.rows.iter().filter(is_open).count()
    }

    /// All verdicts so far, by place.
    pub fn verdicts(&self) -> Vec<(usize, Readiness)> {
        let all = self.rows.iter().map(|row| row.readiness.clone()).enumerate();
        all.filter(|(_, readiness)| *readiness != Readiness::Unchecked).collect()
    }

    /// Those of the places who can get a key, each person once.
    pub fn entries(&self, places: &[usize]) -> Vec<Entry> {
        let mut seen = std::collections::HashSet::new();
        places
            .iter()
            .filter_map(|place| self.rows.get(*place))
            .filter(|row| may_get_a_key(&row.readiness))
            .filter_map(|row| Some((row, row.person.clone()?)))
            .filter(|(_, person)| seen.insert(person.id.clone()))
            .map(|(row, person)| Entry {
                person,
                serial: row.serial.clone(),
                badge: row.badge.clone(),
                employee_id: row.employee_id.clone(),
                old_keys: row.old_keys.clone(),
                brought: row.brought(),
            })
            .collect()
    }

    /// The table is empty then.
    pub fn clear(&mut self) {
        self.stop_all();
        *self = Self { edition: self.edition, ..Self::default() };
    }

    fn line(&self, place: usize) -> Option<usize> {
        self.shown.as_ref()?.rows.get(place)?.line
    }
}

/// At least where the operator chose the person.
fn may_get_a_key(readiness: &Readiness) -> bool {
    use Readiness::{HasKey, KeyOnItsWay, Ready};
    matches!(readiness, Ready | HasKey { .. } | KeyOnItsWay(_))
}

impl Known {
    fn brought(&self) -> Option<Box<Brought>> {
        Brought::of(self.brought.as_deref()?, self.exclude.clone()).map(Box::new)
    }
}

/// A row of a file as the table has it.
pub(super) fn of_row(row: &Row) -> (PersonRow, Known) {
    let readiness = match row.verdict {
        Verdict::Usable => Readiness::Unchecked,
        verdict if verdict.needs_challenge() => Readiness::Unchecked,
        verdict => Readiness::WrongRow(verdict.reason().unwrap_or_default()),
    };
    let usable = readiness == Readiness::Unchecked;
    let upn = row.who.upn.as_deref().or(row.who.mail.as_deref());
    let id = row.who.object_id.as_deref().or(row.who.employee_id.as_deref());
    let shown = PersonRow {
        line: Some(row.line),
        name: row.shown().into(),
        upn: upn.or(id).unwrap_or_default().into(),
        serial: row.serial.clone(),
        badge: row.badge.clone(),
        readiness: readiness.clone(),
    };
    let owned = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    let sought = row.who.key().filter(|_| usable).map(sought_by);
    let by_id = matches!(sought, Some(SoughtBy::Id(_)));
    let known = Known {
        sought,
        listed_upn: owned(&row.who.upn).filter(|_| by_id),
        serial: owned(&row.serial),
        badge: owned(&row.badge),
        employee_id: owned(&row.who.employee_id),
        brought: row.prepared.clone().filter(|_| row.verdict == Verdict::Usable),
        readiness,
        ..Known::default()
    };
    (shown, known)
}

fn sought_by(key: PersonKey<'_>) -> SoughtBy {
    match key {
        PersonKey::ObjectId(id) => SoughtBy::Id(PersonId(id.to_owned())),
        PersonKey::Upn(upn) => SoughtBy::Upn(upn.to_owned()),
        PersonKey::Mail(mail) => SoughtBy::Mail(mail.to_owned()),
        PersonKey::EmployeeId(id) => SoughtBy::EmployeeId(id.to_owned()),
    }
}
