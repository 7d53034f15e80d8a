//! From a list to a plan.

use super::event::{PlanRow, PlanShown};
use super::facts::facts_of;
use crate::directory::{Directory, DirectoryError};
use crate::enrolment::Subject;
use crate::journal::{NewPhoneRow, PhoneJobId};
use crate::phones::{
    Counts, LeftOut, NumberText, PhoneFacts, PhoneList, PlanOptions, Planned, plan, plan_corrected,
};
use jiff::Timestamp;
use std::sync::Arc;

/// A plan, and what it takes to carry it out.
pub(in crate::engine) struct Plan {
    pub shown: Arc<PlanShown>,
    facts: Vec<PhoneFacts>,
}

impl Plan {
    /// Asks the directory about everybody, and decides. Writes nothing.
    ///
    /// # Errors
    /// What concerns everybody.
    pub(in crate::engine) async fn make(
        directory: &dyn Directory,
        source: String,
        list: &PhoneList,
        options: PlanOptions,
        told: impl Fn(usize),
    ) -> Result<Self, DirectoryError> {
        let facts = facts_of(directory, list, &options.source, told).await?;
        let planned = plan(&facts, &options);
        let named: Vec<_> =
            list.rows.iter().map(|row| (row.name.clone(), row.upn.clone())).collect();
        Ok(Self::of(source, &named, facts, planned, options, None))
    }

    /// Of what was decided.
    pub(in crate::engine) fn of(
        source: String,
        named: &[(Box<str>, Box<str>)],
        facts: Vec<PhoneFacts>,
        planned: Vec<Planned>,
        options: PlanOptions,
        undo_of: Option<PhoneJobId>,
    ) -> Self {
        let counts = Counts::of(&planned);
        let rows = named.iter().zip(&facts).zip(planned);
        let rows = rows.map(|((named, facts), planned)| row(named, facts, planned)).collect();
        let shown = PlanShown {
            edition: 0,
            source,
            options,
            undo_of,
            read_at: Timestamp::now(),
            rows,
            counts,
        };
        Self { shown: Arc::new(shown), facts }
    }

    /// Each plan of a station has another number.
    pub(in crate::engine) fn number(&mut self, edition: u64) {
        Arc::make_mut(&mut self.shown).edition = edition;
    }

    /// Takes another number for one row; the row as it is now. Nothing for a row that is not
    /// there, or of a plan that takes back.
    pub(in crate::engine) fn correct(&mut self, row: usize, number: NumberText) -> Option<PlanRow> {
        let facts = self.facts.get(row).filter(|_| self.shown.undo_of.is_none())?;
        let planned = plan_corrected(facts, &number, &self.shown.options);
        let shown = Arc::make_mut(&mut self.shown);
        let line = shown.rows.get_mut(row)?;
        // Whoever is in the list twice is changed by the first row alone.
        if line.planned.decision == Err(LeftOut::Twice) {
            return None;
        }
        *line = PlanRow { planned, given: number, ..line.clone() };
        let line = line.clone();
        shown.counts = Counts::of(shown.rows.iter().map(|row| &row.planned));
        Some(line)
    }

    /// The changes among these rows, in the plan's order, each once.
    pub(in crate::engine) fn changes(&self, rows: &[usize]) -> Vec<NewPhoneRow> {
        let mut places = rows.to_vec();
        places.sort_unstable();
        places.dedup();
        let change = |place: usize| {
            let change = self.shown.rows.get(place)?.planned.decision.clone().ok()?;
            let (person, mail) = person(self.facts.get(place)?)?;
            Some(NewPhoneRow { person, mail, change })
        };
        places.into_iter().filter_map(change).collect()
    }

    /// Every row that is a change.
    pub(in crate::engine) fn all(&self) -> Vec<usize> {
        let rows = self.shown.rows.iter().enumerate();
        rows.filter(|(_, row)| row.planned.decision.is_ok()).map(|(place, _)| place).collect()
    }
}

fn row(named: &(Box<str>, Box<str>), facts: &PhoneFacts, planned: Planned) -> PlanRow {
    let (name, upn, given) = match facts {
        PhoneFacts::Known { person, source, .. } => {
            (person.display_name.as_str().into(), person.upn.as_str().into(), source.clone())
        }
        _ => (named.0.clone(), named.1.clone(), NumberText::default()),
    };
    PlanRow { name, upn, planned, given }
}

fn person(facts: &PhoneFacts) -> Option<(Subject, Option<String>)> {
    let PhoneFacts::Known { person, .. } = facts else { return None };
    let subject = Subject {
        id: person.id.0.clone(),
        display_name: person.display_name.clone(),
        upn: person.upn.clone(),
    };
    Some((subject, person.mail.clone()))
}
