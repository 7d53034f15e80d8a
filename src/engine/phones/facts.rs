//! What the directory says of everybody in a list, before a plan is made of it.

use crate::directory::{
    Directory, DirectoryError, PersonId, PersonPhones, PhonesLookedUp, Sought, SoughtBy,
};
use crate::phones::{Attribute, NumberSource, NumberText, PhoneFacts, PhoneList};
use crate::problem::{Explain, Problem};
use tokio::sync::mpsc;

/// Results that may wait for us.
const CHUNK: usize = 500;

/// Asks about everybody in the list, in its order. `told` hears how many are known so far.
///
/// # Errors
/// What concerns everybody: nothing is planned then.
pub(in crate::engine) async fn facts_of(
    directory: &dyn Directory,
    list: &PhoneList,
    source: &NumberSource,
    told: impl Fn(usize),
) -> Result<Vec<PhoneFacts>, DirectoryError> {
    let (attribute, column) = match source {
        NumberSource::Attribute(attribute) => (Some(*attribute), None),
        NumberSource::Column(name) => (None, Some(column(list, name)?)),
    };
    let sought = |(place, by): (usize, &SoughtBy)| Sought { place, by: by.clone() };
    let people = list
        .rows
        .iter()
        .enumerate()
        .filter_map(|(place, row)| Some(sought((place, row.sought.as_ref().ok()?))))
        .collect();
    let facts: Vec<PhoneFacts> = list
        .rows
        .iter()
        .map(|row| match &row.sought {
            Ok(_) => PhoneFacts::NotRead(no_answer()),
            Err(reason) => PhoneFacts::WrongRow(reason.clone()),
        })
        .collect();
    let given = |place: usize| list.rows.get(place)?.cells.get(column?);
    fill(directory, people, attribute, facts, given, told).await
}

/// The same of people whose names are known, without a source of new numbers.
///
/// # Errors
/// As [`facts_of`].
pub(in crate::engine) async fn facts_now(
    directory: &dyn Directory,
    people: Vec<PersonId>,
    told: impl Fn(usize),
) -> Result<Vec<PhoneFacts>, DirectoryError> {
    let facts = vec![PhoneFacts::NotRead(no_answer()); people.len()];
    let sought = |(place, id)| Sought { place, by: SoughtBy::Id(id) };
    let people = people.into_iter().enumerate().map(sought).collect();
    fill(directory, people, None, facts, |_| None, told).await
}

async fn fill<'a>(
    directory: &dyn Directory,
    people: Vec<Sought>,
    attribute: Option<Attribute>,
    mut facts: Vec<PhoneFacts>,
    given: impl Fn(usize) -> Option<&'a NumberText>,
    told: impl Fn(usize),
) -> Result<Vec<PhoneFacts>, DirectoryError> {
    let phones = directory.phones().ok_or_else(not_offered)?;
    let (to, mut answers) = mpsc::channel(CHUNK);
    let mut forbidden = None;
    let gathered = async {
        let (mut some, mut done) = (Vec::new(), 0);
        while answers.recv_many(&mut some, CHUNK).await > 0 {
            done += some.len();
            for PhonesLookedUp { place, found } in some.drain(..) {
                if let Err(error @ DirectoryError::Forbidden(_)) = &found {
                    forbidden.get_or_insert_with(|| error.clone());
                }
                if let Some(row) = facts.get_mut(place) {
                    *row = known(found, given(place));
                }
            }
            told(done);
        }
    };
    let (asked, ()) = tokio::join!(phones.look_up_phones(people, attribute, to), gathered);
    asked?;
    match forbidden {
        // It is not the people: the application, or this operator, may not read anybody's.
        Some(error) if nobody_is_known(&facts) => Err(error),
        _ => Ok(facts),
    }
}

/// Whether each row that could be asked about was refused.
fn nobody_is_known(facts: &[PhoneFacts]) -> bool {
    let refused = facts.iter().filter(|row| **row == PhoneFacts::NotAllowed).count();
    let wrong = facts.iter().filter(|row| matches!(row, PhoneFacts::WrongRow(_))).count();
    refused > 1 && refused + wrong == facts.len()
}

fn known(found: Result<PersonPhones, DirectoryError>, given: Option<&NumberText>) -> PhoneFacts {
    match found {
        Ok(found) => PhoneFacts::Known {
            person: Box::new(found.person),
            source: given.cloned().unwrap_or(found.attribute),
            phones: found.phones,
        },
        Err(DirectoryError::NotFound(_)) => PhoneFacts::NotFound,
        Err(DirectoryError::Ambiguous { .. }) => PhoneFacts::Ambiguous,
        Err(DirectoryError::Forbidden(_)) => PhoneFacts::NotAllowed,
        Err(error) => PhoneFacts::NotRead(error.problem()),
    }
}

fn column(list: &PhoneList, name: &str) -> Result<usize, DirectoryError> {
    list.column(name).ok_or_else(|| DirectoryError::Settings(format!("no column {name:?}")))
}

/// What an error of a change means: the directory's own words are about keys.
pub(in crate::engine) fn problem_of(error: &DirectoryError) -> Problem {
    let problem = error.problem();
    match error {
        DirectoryError::AnswerLost(_) => Problem {
            what: "No answer came: it may have been done".into(),
            next: "Read the person again before you repeat it".into(),
            ..problem
        },
        _ => problem,
    }
}

pub(in crate::engine) fn not_offered() -> DirectoryError {
    DirectoryError::NotOffered {
        what: "This directory keeps no phone methods",
        instead: "Change phones where the directory gets them from",
    }
}

fn no_answer() -> Problem {
    Problem {
        what: "The directory did not tell".into(),
        next: "Make the plan again".into(),
        details: Vec::new(),
    }
}
