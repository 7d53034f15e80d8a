//! One phone of one person: a job of one row.

use super::deed::{Came, phones_of};
use super::jobs::{notices, runner};
use super::live::Ones;
use super::runner::{JobNews, Over, Wanted};
use crate::directory::Person;
use crate::engine::ports::Ports;
use crate::enrolment::Subject;
use crate::journal::{NewPhoneRow, PhoneJobFacts, PhoneJobId, PhoneRowState};
use crate::phones::{Change, Country, NumberText, PhoneKind, PhoneMethod, PhoneNumber, check};
use crate::problem::{Explain, Problem};
use jiff::Timestamp;
use tokio::sync::{mpsc, watch};

/// One row of a job of its own: the old value is kept sealed, and it can be undone like any other.
pub(super) async fn change_phone(
    ports: &Ports,
    person: &Person,
    (kind, number): (PhoneKind, Option<NumberText>),
    ones: &Ones,
) -> Result<Came, Problem> {
    let directory = phones_of(ports)?;
    let now = directory.phones(&person.id).await.map_err(|error| error.problem())?;
    let Some(change) = change(ports, &now, kind, number)? else { return Ok(Came::AlreadySo) };
    let facts = PhoneJobFacts {
        tenant: ports.tenant.name.clone(),
        operator: ports.tenant.operator.clone(),
        source: person.display_name.clone(),
        kind,
        undo_of: None,
    };
    let row = NewPhoneRow { person: subject(person), mail: person.mail.clone(), change };
    let held = ones.clone();
    let job = ports
        .journal
        .call(move |journal| {
            let id = journal.begin_phone_job(&facts, &[row], Timestamp::now())?;
            held.begin(id);
            journal.phone_job(id)
        })
        .await
        .map_err(|error| error.problem())?;
    let id = job.id;
    let (_wanted, wanted) = watch::channel(Wanted::Go);
    let (told, heard) = mpsc::channel(8);
    let ((), outcome) = tokio::join!(runner(ports, job, wanted, told).run(), outcome(heard));
    let came = match outcome {
        Err(problem) => stopped(ports, (id, person, kind), problem).await,
        Ok(came) => came,
    };
    ones.end(id);
    came
}

/// The job stopped before it knew. Where the phone can still be read, that tells, and the job ends:
/// nobody goes on with it later.
async fn stopped(
    ports: &Ports,
    (id, person, kind): (PhoneJobId, &Person, PhoneKind),
    problem: Problem,
) -> Result<Came, Problem> {
    let unsure = Problem {
        next: "Read the person again; under Many the change stands as a job that can go on".into(),
        ..problem.clone()
    };
    let Ok(phones) = phones_of(ports)?.phones(&person.id).await else {
        return Ok(Came::Unsure(unsure));
    };
    let now = phones.iter().find(|phone| phone.kind == kind);
    let now = now.map(|phone| PhoneNumber::from_international(&phone.number)).transpose();
    let (operator, words) = (ports.tenant.operator.clone(), problem.what.clone());
    let told = notices(ports).are_on();
    let known = ports
        .journal
        .call(move |journal| {
            let job = journal.phone_job(id)?;
            let Some(row) = job.rows.first() else { return Ok(None) };
            let (before, after) = (row.change.before(), row.change.after());
            let state = match now {
                Ok(now) if now.as_ref() == before => PhoneRowState::Failed(words),
                Ok(now) if now.as_ref() == after => PhoneRowState::Done,
                _ => return Ok(None),
            };
            let done = state == PhoneRowState::Done;
            let now = Timestamp::now();
            journal.end_phone_rows(id, &operator, &[(0, state)], told, now)?;
            journal.end_phone_job(id, &operator, now)?;
            Ok(Some((done, job)))
        })
        .await;
    match known {
        Ok(Some((true, job))) => {
            let (_wanted, wanted) = watch::channel(Wanted::Go);
            let (news, _heard) = mpsc::channel(1);
            runner(ports, job, wanted, news).tell_people().await?;
            Ok(Came::Done)
        }
        Ok(Some((false, _))) => Err(problem),
        Ok(None) | Err(_) => Ok(Came::Unsure(unsure)),
    }
}

/// What became of the only row; an error where the job stopped.
async fn outcome(mut heard: mpsc::Receiver<JobNews>) -> Result<Result<Came, Problem>, Problem> {
    let mut row = None;
    while let Some(news) = heard.recv().await {
        match news {
            JobNews::Rows(rows) => row = rows.into_iter().next().map(|(_, state)| state),
            JobNews::Over(Over::Stopped(problem)) => return Err(problem),
            JobNews::Over(_) | JobNews::Waiting { .. } | JobNews::Going => {}
        }
    }
    Ok(match row {
        Some(PhoneRowState::Failed(reason)) => {
            let (what, next) = reason.split_once(". ").unwrap_or((&reason, "Try again"));
            Err(Problem { what: what.into(), next: next.into(), details: Vec::new() })
        }
        Some(PhoneRowState::ChangedMeanwhile) => Err(Problem {
            what: "Somebody else changed this phone meanwhile; it was left as it is".into(),
            next: "Look at the number, then change it again".into(),
            details: Vec::new(),
        }),
        Some(PhoneRowState::AlreadySo) => Ok(Came::AlreadySo),
        _ => Ok(Came::Done),
    })
}

/// The change, where there is one, or the rule that is in its way.
fn change(
    ports: &Ports,
    now: &[PhoneMethod],
    kind: PhoneKind,
    number: Option<NumberText>,
) -> Result<Option<Change>, Problem> {
    let new = number.map(|text| read_number(ports, &text)).transpose()?;
    let countries: Vec<&str> =
        ports.rules.phones.only_countries.iter().map(String::as_str).collect();
    if !countries.is_empty() && new.as_ref().is_some_and(|new| !new.is_of(&countries)) {
        return Err(refused(&format!("it is not of {}", countries.join(" or "))));
    }
    check(now, kind, new.as_ref()).map_err(|rule| refused(&rule.to_string()))?;
    let registered = now.iter().find(|phone| phone.kind == kind);
    let old = registered.map(|phone| PhoneNumber::from_international(&phone.number)).transpose();
    let old = old.map_err(|_| refused("the registered number can't be read"))?;
    Ok(Change::between(old, new))
}

fn read_number(ports: &Ports, text: &NumberText) -> Result<PhoneNumber, Problem> {
    let country = ports.rules.phones.default_country.as_deref().and_then(Country::from_code);
    let read = match country {
        Some(country) => PhoneNumber::read(text, country),
        None => PhoneNumber::read_international(text),
    };
    read.map_err(|fault| refused(&fault.to_string()))
}

fn refused(why: &str) -> Problem {
    Problem {
        what: format!("This number can't be registered: {why}"),
        next: "Correct it, then try again".into(),
        details: Vec::new(),
    }
}

fn subject(person: &Person) -> Subject {
    Subject {
        id: person.id.0.clone(),
        display_name: person.display_name.clone(),
        upn: person.upn.clone(),
    }
}
