//! A plan: for each person what is to be done, or why nothing is.

use super::{
    Blank, Country, NumberFault, NumberText, Others, PhoneKind, PhoneMethod, PhoneNumber,
    PlanOptions, RuleBroken, SmsSignIn, check,
};
use crate::directory::{AccountState, Person, PersonKind};
use crate::problem::Problem;
use std::collections::HashSet;

/// What is known of one row before it is decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PhoneFacts {
    Known {
        person: Box<Person>,
        /// What the source holds; blank where it holds nothing.
        source: NumberText,
        phones: Vec<PhoneMethod>,
    },
    NotFound,
    /// Several people are called so.
    Ambiguous,
    /// This operator may not change this person's methods.
    NotAllowed,
    /// The directory did not tell.
    NotRead(Problem),
    /// The list's own row can't be used.
    WrongRow(String),
}

/// One change of one person's phone. Texts of numbers are masked in Debug.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    Add { new: PhoneNumber },
    Change { old: PhoneNumber, new: PhoneNumber },
    Remove { old: PhoneNumber },
}

/// Why nothing is done for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeftOut {
    /// The registered number is the new one already.
    Same,
    Invalid(NumberFault),
    Blank,
    NotFound,
    Ambiguous,
    Disabled,
    Guest,
    NotAllowed,
    /// There is another number, which is to be left alone.
    HasOther,
    /// The directory hides the registered number, or it can't be read as one.
    HiddenNow,
    /// A rule of the service is in the way.
    Rule(RuleBroken),
    /// The person is in the list more than once; the first row counts.
    Twice,
    NotRead(Problem),
    WrongRow(String),
    /// Undo only: the number was changed since.
    ChangedSince,
}

/// One row of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    pub decision: Result<Change, LeftOut>,
    /// The number that is registered now, where the directory tells one.
    pub now: Option<NumberText>,
    /// Worth knowing; such as `SMS sign-in on: stays on`.
    pub remark: Option<String>,
}

/// Rows by what is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub all: usize,
    pub add: usize,
    pub change: usize,
    pub remove: usize,
    pub same: usize,
    pub invalid: usize,
    pub blank: usize,
    pub not_found: usize,
    /// Everything else that is left out.
    pub other: usize,
}

impl Change {
    pub fn before(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Add { .. } => None,
            Self::Change { old, .. } | Self::Remove { old } => Some(old),
        }
    }

    pub fn after(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Remove { .. } => None,
            Self::Add { new } | Self::Change { new, .. } => Some(new),
        }
    }

    /// From one number to another, nothing standing for no phone.
    pub fn between(old: Option<PhoneNumber>, new: Option<PhoneNumber>) -> Option<Self> {
        match (old, new) {
            (None, None) => None,
            (None, Some(new)) => Some(Self::Add { new }),
            (Some(old), None) => Some(Self::Remove { old }),
            (Some(old), Some(new)) if old == new => None,
            (Some(old), Some(new)) => Some(Self::Change { old, new }),
        }
    }

    /// As a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Add { .. } => "Add",
            Self::Change { .. } => "Change",
            Self::Remove { .. } => "Remove",
        }
    }
}

impl LeftOut {
    /// As a word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Same => "Same",
            Self::Invalid(_) => "Invalid",
            Self::Blank => "Blank",
            Self::NotFound | Self::Ambiguous => "Not found",
            Self::Disabled => "Disabled",
            Self::Guest => "Guest",
            Self::NotAllowed => "Not allowed",
            Self::HasOther => "Has another",
            Self::HiddenNow => "Hidden",
            Self::Rule(_) => "Rule",
            Self::Twice => "Twice",
            Self::NotRead(_) => "Not read",
            Self::WrongRow(_) => "Wrong row",
            Self::ChangedSince => "Changed since",
        }
    }

    /// Why, as a line.
    pub fn reason(&self) -> String {
        match self {
            Self::Same => "Is registered already".into(),
            Self::Invalid(fault) => first_upper(&fault.to_string()),
            Self::Blank => "The source holds no number".into(),
            Self::NotFound => "No account with this name".into(),
            Self::Ambiguous => "Several accounts are called so".into(),
            Self::Disabled => "The account is disabled".into(),
            Self::Guest => "A guest".into(),
            Self::NotAllowed => "You may not change this person's methods".into(),
            Self::HasOther => "Another number is registered; it is left alone".into(),
            Self::HiddenNow => "The registered number can't be read".into(),
            Self::Rule(rule) => first_upper(&rule.to_string()),
            Self::Twice => "In the list more than once; the first row counts".into(),
            Self::NotRead(problem) => problem.what.clone(),
            Self::WrongRow(reason) => first_upper(reason),
            Self::ChangedSince => "The number was changed since".into(),
        }
    }
}

/// Decides each row, in their order. A person in two rows is decided in the first.
pub fn plan(facts: &[PhoneFacts], options: &PlanOptions) -> Vec<Planned> {
    let mut seen = HashSet::new();
    facts
        .iter()
        .map(|facts| match facts {
            PhoneFacts::Known { person, .. } if !seen.insert(person.id.clone()) => {
                Planned::left_out(LeftOut::Twice)
            }
            PhoneFacts::Known { person, source, phones } => decide(person, source, phones, options),
            PhoneFacts::NotFound => Planned::left_out(LeftOut::NotFound),
            PhoneFacts::Ambiguous => Planned::left_out(LeftOut::Ambiguous),
            PhoneFacts::NotAllowed => Planned::left_out(LeftOut::NotAllowed),
            PhoneFacts::NotRead(problem) => Planned::left_out(LeftOut::NotRead(problem.clone())),
            PhoneFacts::WrongRow(reason) => Planned::left_out(LeftOut::WrongRow(reason.clone())),
        })
        .collect()
}

/// Decides one row with another number than its source holds.
pub fn plan_corrected(facts: &PhoneFacts, number: &NumberText, options: &PlanOptions) -> Planned {
    match facts {
        PhoneFacts::Known { person, phones, .. } => decide(person, number, phones, options),
        other => plan(std::slice::from_ref(other), options).remove(0),
    }
}

/// The way back: from what a change left to what was there before it, for those who still have
/// what it left.
pub fn plan_undo(facts: &PhoneFacts, kind: PhoneKind, done: &Change) -> Planned {
    let PhoneFacts::Known { phones, .. } = facts else {
        return match facts {
            PhoneFacts::NotAllowed => Planned::left_out(LeftOut::NotAllowed),
            PhoneFacts::NotRead(problem) => Planned::left_out(LeftOut::NotRead(problem.clone())),
            _ => Planned::left_out(LeftOut::NotFound),
        };
    };
    let now = registered(phones, kind);
    let shown = now.map(|phone| phone.number.clone());
    let number = match read_now(now) {
        Ok(number) => number,
        Err(left_out) => return Planned { now: shown, ..Planned::left_out(left_out) },
    };
    let decision = if number.as_ref() == done.before() {
        Err(LeftOut::Same)
    } else if number.as_ref() != done.after() {
        Err(LeftOut::ChangedSince)
    } else {
        change_to(phones, kind, number, done.before().cloned())
    };
    Planned { decision, now: shown, remark: None }
}

impl Planned {
    fn left_out(why: LeftOut) -> Self {
        Self { decision: Err(why), now: None, remark: None }
    }
}

fn decide(
    person: &Person,
    source: &NumberText,
    phones: &[PhoneMethod],
    options: &PlanOptions,
) -> Planned {
    let now = registered(phones, options.kind);
    let decision = match refused(person, options) {
        Some(left_out) => Err(left_out),
        None => decide_number(source, phones, now, options),
    };
    let remark = decision.as_ref().ok().and_then(|change| remark(change, now, source));
    Planned { decision, now: now.map(|phone| phone.number.clone()), remark }
}

fn refused(person: &Person, options: &PlanOptions) -> Option<LeftOut> {
    if person.kind == PersonKind::Guest && !options.guests_too {
        return Some(LeftOut::Guest);
    }
    (person.account == AccountState::Disabled && !options.disabled_too).then_some(LeftOut::Disabled)
}

fn decide_number(
    source: &NumberText,
    phones: &[PhoneMethod],
    now: Option<&PhoneMethod>,
    options: &PlanOptions,
) -> Result<Change, LeftOut> {
    let wanted = wanted(source, options)?;
    if wanted.is_none() && now.is_none() {
        return Err(LeftOut::Blank);
    }
    let number = read_now(now)?;
    if number == wanted {
        return Err(LeftOut::Same);
    }
    if number.is_some() && wanted.is_some() && options.others == Others::LeaveAlone {
        return Err(LeftOut::HasOther);
    }
    change_to(phones, options.kind, number, wanted)
}

/// What the person is to have: a number, or none.
fn wanted(source: &NumberText, options: &PlanOptions) -> Result<Option<PhoneNumber>, LeftOut> {
    if source.is_blank() {
        return match options.blank {
            Blank::Remove => Ok(None),
            Blank::LeaveAlone => Err(LeftOut::Blank),
        };
    }
    let number = read_new(source, options).map_err(LeftOut::Invalid)?;
    let countries: Vec<&str> = options.only_countries.iter().map(String::as_str).collect();
    if !countries.is_empty() && !number.is_of(&countries) {
        let allowed = countries.join(" or ");
        return Err(LeftOut::Invalid(NumberFault::OtherCountry { allowed }));
    }
    Ok(Some(number))
}

fn read_new(source: &NumberText, options: &PlanOptions) -> Result<PhoneNumber, NumberFault> {
    match (Country::from_code(&options.default_country), options.unassigned_too) {
        (Some(country), false) => PhoneNumber::read(source, country),
        (Some(country), true) => PhoneNumber::read_unassigned(source, country),
        (None, false) => PhoneNumber::read_international(source),
        (None, true) => PhoneNumber::from_international(source),
    }
}

fn change_to(
    phones: &[PhoneMethod],
    kind: PhoneKind,
    now: Option<PhoneNumber>,
    wanted: Option<PhoneNumber>,
) -> Result<Change, LeftOut> {
    check(phones, kind, wanted.as_ref()).map_err(LeftOut::Rule)?;
    Change::between(now, wanted).ok_or(LeftOut::Same)
}

fn registered(phones: &[PhoneMethod], kind: PhoneKind) -> Option<&PhoneMethod> {
    phones.iter().find(|phone| phone.kind == kind)
}

/// The registered number, in whole.
fn read_now(now: Option<&PhoneMethod>) -> Result<Option<PhoneNumber>, LeftOut> {
    let Some(now) = now else { return Ok(None) };
    PhoneNumber::from_international(&now.number).map(Some).map_err(|_| LeftOut::HiddenNow)
}

fn remark(change: &Change, now: Option<&PhoneMethod>, source: &NumberText) -> Option<String> {
    if now.is_some_and(|phone| phone.sms == SmsSignIn::Ready) {
        return Some(match change {
            Change::Remove { .. } => "SMS sign-in ends with it".into(),
            _ => "SMS sign-in on: stays on".into(),
        });
    }
    let new = change.after()?;
    if new.line() == super::Line::Landline {
        return Some("A landline: it is called, it gets no texts".into());
    }
    let given = source.expose().trim();
    (!given.is_empty() && !given.starts_with('+'))
        .then(|| format!("Read as {}", new.country_words()))
}

fn first_upper(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

impl Counts {
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Planned>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            counts.all += 1;
            *match &row.decision {
                Ok(Change::Add { .. }) => &mut counts.add,
                Ok(Change::Change { .. }) => &mut counts.change,
                Ok(Change::Remove { .. }) => &mut counts.remove,
                Err(LeftOut::Same) => &mut counts.same,
                Err(LeftOut::Invalid(_)) => &mut counts.invalid,
                Err(LeftOut::Blank) => &mut counts.blank,
                Err(LeftOut::NotFound | LeftOut::Ambiguous) => &mut counts.not_found,
                Err(_) => &mut counts.other,
            } += 1;
        }
        counts
    }

    /// Rows that would be written.
    pub fn writes(&self) -> usize {
        self.add + self.change + self.remove
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
