//! Reads a caller: phones, methods, language, push id, warnings, and whether another check is open.

use super::event::{CallerShown, PhoneShown, TextShown};
use super::life::{self, Life};
use super::live::{CallerRead, Running, Services};
use super::stations;
use crate::directory::{
    AccountState, MethodKind, Person, PersonKind, PersonPhones, PhoneDirectory, RegisteredMethod,
    Sought, SoughtBy,
};
use crate::engine::ports::Ports;
use crate::journal::Action;
use crate::phones::{Attribute, Line, NumberText, PhoneKind, PhoneMethod, PhoneNumber};
use crate::problem::{Explain, Problem};
use crate::services::ServiceError;
use crate::services::messaging::{CodeService, PushTarget, Wording};
use crate::services::stations::Held;
use crate::services::tickets::Ticket;
use crate::verify::{
    MethodChange, Mobile, PushKind, TextFacts, WarningFacts, segments, text as text_of, warnings,
};
use jiff::Timestamp;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Everything that is shown before a check, in one round of calls.
pub(super) async fn read(
    ports: &Ports,
    (services, running): (&Services, &Running),
    person: Person,
    (asked_ticket, ticket): (Option<u64>, Option<&Ticket>),
    ours: Option<Uuid>,
) -> Result<CallerRead, Problem> {
    let directory = phones_of(ports)?;
    let began = life::now();
    let (found, methods, language, held) = tokio::join!(
        look_up(ports, directory, &person),
        directory.methods(&person.id),
        directory.language(&person.id),
        stations::held(ports, (services, running), &person.id.0, ours),
    );
    // As the directory has them now, not as a search had them before.
    let PersonPhones { person, attribute, phones } = found?;
    let is_whole = methods.is_ok() && asked_ticket.is_some() == ticket.is_some();
    let methods = methods.unwrap_or_default();
    let target = push_target(ports, services, &person, &attribute);
    let number = mobile_of(&phones);
    let language = language.ok().flatten();
    let language = language.unwrap_or_else(|| number.as_ref().map_or("en", spoken).to_owned());
    let mut facts = facts(ports, services, (&person, ticket), (&phones, &methods), &number).await?;
    let now = Timestamp::now();
    // What stations share is the better witness: a text says nothing of whether its check is over.
    let is_shared = matches!(held, Some(Ok(_)));
    let unseen = add_held(&mut facts, held, now);
    let warnings = warnings(&facts, ports.rules.verify.limits.lately(), now);
    let codes = services.codes.as_deref();
    let (no_sms, alone) = no_sms(ports, codes, &number, (is_shared, began)).await;
    let number = number.ok();
    let (target, no_push) = match target {
        Ok(target) => (target, None),
        Err(problem) => (None, Some(problem)),
    };
    let codes = codes.filter(|_| number.is_some());
    let text =
        codes.map(|codes| preview(ports, codes, ticket.map(|ticket| ticket.number), &language));
    let shown = CallerShown {
        phones: shown_phones(&phones),
        keys: Some(methods.iter().filter(|method| method.kind == MethodKind::Passkey).count())
            .filter(|_| !methods.is_empty()),
        warnings: warnings.clone(),
        no_sms,
        no_push,
        unseen,
        read_at: now,
        text,
        person,
    };
    let ticket = asked_ticket;
    Ok(CallerRead { shown, number, alone, target, language, warnings, is_whole, ticket })
}

/// A language of the number's country, where the directory knows none of the person.
fn spoken(number: &PhoneNumber) -> &'static str {
    const SPOKEN: [(&str, &str); 10] = [
        ("SE", "sv"),
        ("DK", "da"),
        ("NO", "nb"),
        ("FI", "fi"),
        ("DE", "de"),
        ("AT", "de"),
        ("FR", "fr"),
        ("ES", "es"),
        ("IT", "it"),
        ("NL", "nl"),
    ];
    let here = SPOKEN.iter().find(|(country, _)| number.is_of(&[country]));
    here.map_or("en", |(_, language)| language)
}

/// The text without its code.
pub(super) fn message(ports: &Ports, ticket: Option<u64>, language: &str) -> String {
    let settings = &ports.rules.verify;
    let facts = TextFacts {
        company: company(ports),
        agent: ports.tenant.who.name.clone(),
        ticket: ticket.map(|ticket| ticket.to_string()),
        language: language.to_owned(),
    };
    text_of(&facts, settings.text.as_deref())
}

/// What will stand on the phone, as far as that is ours to say.
fn preview(
    ports: &Ports,
    codes: &dyn CodeService,
    ticket: Option<u64>,
    language: &str,
) -> TextShown {
    match codes.wording(&company(ports)) {
        Wording::Ours => {
            let text = message(ports, ticket, language);
            let messages = segments(&text).messages;
            TextShown::Ours { text, messages }
        }
        Wording::Service { name } => TextShown::Service { service: codes.name(), name },
    }
}

pub(super) fn company(ports: &Ports) -> String {
    ports.rules.verify.company.clone().unwrap_or_else(|| ports.tenant.name.clone())
}

pub(super) fn phones_of(ports: &Ports) -> Result<&dyn PhoneDirectory, Problem> {
    ports.tenant.directory.phones().ok_or_else(|| Problem {
        what: format!("{} keeps no phones", ports.tenant.directory.name()),
        next: "Check callers in another way".into(),
        details: Vec::new(),
    })
}

/// Why a registered mobile can't get a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoNumber {
    /// None is registered.
    None,
    /// It hides digits, or is no mobile's.
    Unusable,
}

/// The registered mobile: no other kind of phone gets texts.
pub(super) fn mobile_of(phones: &[PhoneMethod]) -> Result<PhoneNumber, NoNumber> {
    let mobile = phones.iter().find(|phone| phone.kind == PhoneKind::Mobile);
    let number = PhoneNumber::from_international(&mobile.ok_or(NoNumber::None)?.number);
    match number {
        Ok(number) if !number.has_extension() && number.line() != Line::Landline => Ok(number),
        _ => Err(NoNumber::Unusable),
    }
}

async fn facts(
    ports: &Ports,
    services: &Services,
    (person, ticket): (&Person, Option<&Ticket>),
    (phones, methods): (&[PhoneMethod], &[RegisteredMethod]),
    number: &Result<PhoneNumber, NoNumber>,
) -> Result<WarningFacts, Problem> {
    let limits = &ports.rules.verify.limits;
    let (lately, lock) = (limits.lately(), limits.lock());
    let (tenant, agent) = (ports.tenant.name.clone(), ports.tenant.operator.clone());
    let (upn, id) = (person.upn.clone(), person.id.0.clone());
    let now = Timestamp::now();
    let (changes, sends) = ports
        .journal
        .call(move |journal| {
            let changes = journal.method_changes_of(&tenant, &upn, now - lately)?;
            Ok((changes, journal.sends((&tenant, &id, &agent), lock, now)?))
        })
        .await
        .map_err(|error| error.problem())?;
    let mobile_created = methods
        .iter()
        .find(|method| method.kind == MethodKind::Phone(PhoneKind::Mobile))
        .and_then(|method| method.created);
    let is_mobile =
        |method: &&RegisteredMethod| method.kind == MethodKind::Phone(PhoneKind::Mobile);
    let other = methods.iter().filter(|method| !is_mobile(method));
    let (mut mobile_changes, mut method_changes) = (Vec::new(), Vec::new());
    for (action, row) in changes {
        match changed(action, &row.detail) {
            Some(what) => method_changes.push(MethodChange { at: row.at, what, by: row.operator }),
            None => mobile_changes.push((row.at, row.operator)),
        }
    }
    let has_mobile = phones.iter().any(|phone| phone.kind == PhoneKind::Mobile);
    Ok(WarningFacts {
        guest: person.kind == PersonKind::Guest,
        disabled: person.account == AccountState::Disabled,
        mobile: match (number, has_mobile) {
            (Ok(_), _) => Mobile::Usable,
            (Err(_), true) => Mobile::Unusable,
            (Err(_), false) => Mobile::None,
        },
        mobile_created,
        mobile_changes,
        method_changes,
        methods: other
            .filter_map(|method| Some((kind_words(&method.kind).to_owned(), method.created?)))
            .collect(),
        ticket_company: ticket.map(|ticket| ticket.company.clone()),
        tenant_names: services.names(),
        ticket_mail: ticket.and_then(|ticket| ticket.requester_mail.clone()),
        person_mails: person.mail.iter().chain([&person.upn]).cloned().collect(),
        locked_until: sends.locked_until,
        open_elsewhere: None,
        stations_unseen: false,
    })
}

/// What a row of the history changed beside the mobile; nothing where it was that.
fn changed(action: Action, detail: &str) -> Option<String> {
    match action {
        Action::PhoneChanged => {
            let kind = detail.split(':').next().unwrap_or_default();
            (kind != PhoneKind::Mobile.name()).then(|| format!("{kind} phone changed"))
        }
        Action::SmsSignInChanged => Some(format!("Sign-in by text turned {detail}")),
        _ => Some("Security key removed".into()),
    }
}

/// What other stations have of the person; why that can't be seen, where it can't.
fn add_held(
    facts: &mut WarningFacts,
    held: Option<Result<Held, ServiceError>>,
    now: Timestamp,
) -> Option<Problem> {
    match held? {
        Ok(held) => {
            let locked = held.locked_for.map(|left| stations::until(left, now));
            facts.locked_until = facts.locked_until.max(locked);
            let open = held.open_for.map(|left| (stations::until(left, now), held.open_by));
            facts.open_elsewhere = open;
            None
        }
        Err(error) => {
            tracing::info!(service = error.service(), "what stations share could not be read");
            facts.stations_unseen = true;
            Some(error.problem())
        }
    }
}

fn kind_words(kind: &MethodKind) -> &str {
    match kind {
        MethodKind::Password => "Password",
        MethodKind::Phone(PhoneKind::Office) => "Office phone",
        MethodKind::Phone(kind) => kind.name(),
        MethodKind::Passkey => "Security key",
        MethodKind::Authenticator => "Authenticator app",
        MethodKind::SoftwareOath => "Code app",
        MethodKind::HardwareOath => "Code token",
        MethodKind::Email => "E-mail",
        MethodKind::TemporaryAccessPass => "Temporary Access Pass",
        MethodKind::WindowsHello => "Windows Hello",
        MethodKind::PlatformCredential => "Platform credential",
        MethodKind::External => "External method",
        MethodKind::Other(name) => name,
    }
}

/// Why no code can be sent, where that is known before the click; and how long it counts that the
/// service knew of no other station's.
async fn no_sms(
    ports: &Ports,
    codes: Option<&dyn CodeService>,
    number: &Result<PhoneNumber, NoNumber>,
    (is_shared, began): (bool, life::Moment),
) -> (Option<Problem>, Option<Life>) {
    let Some(codes) = codes else { return (None, None) };
    match number {
        Err(why) => (Some(no_number(*why)), None),
        Ok(_) if is_shared => (None, None),
        // What can't be told now is told by the click itself.
        Ok(number) => match codes.is_busy(number, &ours(ports).await).await {
            Ok(true) => (Some(busy()), None),
            Ok(false) => (None, Some(Life::from(began, ports.patience.seen))),
            Err(_) => (None, None),
        },
    }
}

/// Service ids of checks that were begun here lately: a code lives ten minutes.
pub(super) async fn ours(ports: &Ports) -> Vec<String> {
    let tenant = ports.tenant.name.clone();
    let since = Timestamp::now() - jiff::SignedDuration::from_mins(20);
    let ids = ports.journal.call(move |journal| journal.service_ids(&tenant, since)).await;
    ids.unwrap_or_default()
}

pub(super) fn no_number(why: NoNumber) -> Problem {
    Problem {
        what: match why {
            NoNumber::None => "No mobile is registered for this person".into(),
            NoNumber::Unusable => "The registered mobile can't get texts".into(),
        },
        next: "Use push approval, or make sure of the person in another way and register a \
               number under Phones"
            .into(),
        details: Vec::new(),
    }
}

pub(super) fn busy() -> Problem {
    Problem {
        what: "Another check of this caller is open, at another station".into(),
        next: "Let it end there, or wait ten minutes".into(),
        details: Vec::new(),
    }
}

fn shown_phones(phones: &[PhoneMethod]) -> Vec<PhoneShown> {
    let mut shown: Vec<PhoneShown> = phones
        .iter()
        .map(|phone| PhoneShown { kind: phone.kind, masked: masked(&phone.number) })
        .collect();
    shown.sort_by_key(|phone| phone.kind);
    shown
}

fn masked(number: &NumberText) -> String {
    number.masked()
}

/// Whom the push service asks; `None` where there is no such service.
fn push_target(
    ports: &Ports,
    services: &Services,
    person: &Person,
    held: &NumberText,
) -> Result<Option<PushTarget>, Problem> {
    let Some(push) = &services.push else { return Ok(None) };
    let attribute = ports.rules.verify.push_attribute.map(Attribute::Extension);
    match (push.kind(), attribute) {
        (PushKind::Verify, _) => Ok(Some(PushTarget(person.id.0.clone()))),
        (PushKind::Duo, None) => Ok(Some(PushTarget(person.upn.clone()))),
        (PushKind::Authy, None) => Err(Problem {
            what: "No attribute is chosen that holds people's Authy ids".into(),
            next: "Choose it under Settings, Verify".into(),
            details: Vec::new(),
        }),
        (kind, Some(attribute)) => {
            let held = held.expose().trim();
            let target = (!held.is_empty()).then(|| Some(PushTarget(held.to_owned())));
            target.ok_or_else(|| Problem {
                what: format!("{} holds nothing for this person", attribute.name()),
                next: format!("Register the phone with {}, then write its id there", kind.name()),
                details: Vec::new(),
            })
        }
    }
}

/// The person, their phones, and what the push service's attribute holds, in one call.
async fn look_up(
    ports: &Ports,
    directory: &dyn PhoneDirectory,
    person: &Person,
) -> Result<PersonPhones, Problem> {
    let attribute = ports.rules.verify.push_attribute.map(Attribute::Extension);
    let sought = vec![Sought { place: 0, by: SoughtBy::Id(person.id.clone()) }];
    let (to, mut found) = mpsc::channel(1);
    let (asked, found) =
        tokio::join!(directory.look_up_phones(sought, attribute, to), found.recv());
    asked.map_err(|error| error.problem())?;
    let gone = || Problem {
        what: "The directory told nothing of this person".into(),
        next: "Read the person again".into(),
        details: Vec::new(),
    };
    found.ok_or_else(gone)?.found.map_err(|error| error.problem())
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
