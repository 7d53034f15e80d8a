//! Plans decided.

use super::*;
use crate::directory::PersonId;
use crate::phones::{Attribute, NumberSource};

const NEW: &str = "+46 701740612";
const OTHER: &str = "+46 701740699";

fn person(id: &str) -> Person {
    Person {
        id: PersonId(id.into()),
        display_name: id.into(),
        upn: format!("{id}@x.example"),
        mail: None,
        employee_id: None,
        department: None,
        job_title: None,
        account: AccountState::Enabled,
        kind: PersonKind::Member,
    }
}

fn phone(kind: PhoneKind, number: &str) -> PhoneMethod {
    PhoneMethod { kind, number: NumberText::new(number), sms: SmsSignIn::NotEnabled }
}

fn known(id: &str, source: &str, phones: &[PhoneMethod]) -> PhoneFacts {
    PhoneFacts::Known {
        person: Box::new(person(id)),
        source: NumberText::new(source),
        phones: phones.to_vec(),
    }
}

fn options() -> PlanOptions {
    PlanOptions {
        kind: PhoneKind::Mobile,
        source: NumberSource::Attribute(Attribute::Extension(15)),
        others: Others::Change,
        blank: Blank::LeaveAlone,
        default_country: "SE".into(),
        only_countries: Vec::new(),
        unassigned_too: false,
        disabled_too: false,
        guests_too: false,
    }
}

fn number(text: &str) -> PhoneNumber {
    PhoneNumber::from_international(&NumberText::new(text)).unwrap()
}

fn decide_one(facts: PhoneFacts, options: &PlanOptions) -> Result<Change, LeftOut> {
    plan(&[facts], options).remove(0).decision
}

fn decided(source: &str, phones: &[PhoneMethod]) -> Result<Change, LeftOut> {
    decide_one(known("a", source, phones), &options())
}

#[test]
fn who_has_none_gets_one_and_who_has_another_gets_it_changed() {
    assert_eq!(decided("070-174 06 12", &[]), Ok(Change::Add { new: number(NEW) }));
    let other = [phone(PhoneKind::Mobile, OTHER)];
    let change = Change::Change { old: number(OTHER), new: number(NEW) };
    assert_eq!(decided("070-174 06 12", &other), Ok(change));
    let options = PlanOptions { others: Others::LeaveAlone, ..options() };
    assert_eq!(decide_one(known("a", NEW, &other), &options), Err(LeftOut::HasOther));
}

#[test]
fn numbers_are_compared_in_whole() {
    let same = [phone(PhoneKind::Mobile, "+46 701740612")];
    assert_eq!(decided("070-174 06 12", &same), Err(LeftOut::Same));
    // The older runbook took these for the same: their last two digits are.
    let looks_so = [phone(PhoneKind::Mobile, "+46 709999912")];
    assert!(matches!(decided("070-174 06 12", &looks_so), Ok(Change::Change { .. })));
}

#[test]
fn a_hidden_number_is_never_compared() {
    for hidden in ["XXXXXXXXX12", "+XX XXXXXXXX12", ""] {
        let hidden = [phone(PhoneKind::Mobile, hidden)];
        assert_eq!(decided(NEW, &hidden), Err(LeftOut::HiddenNow));
    }
}

#[test]
fn blank_removes_only_where_that_is_wished() {
    let registered = [phone(PhoneKind::Mobile, OTHER)];
    assert_eq!(decided("  ", &registered), Err(LeftOut::Blank));
    let remove = PlanOptions { blank: Blank::Remove, ..options() };
    let removed = decide_one(known("a", "", &registered), &remove);
    assert_eq!(removed, Ok(Change::Remove { old: number(OTHER) }));
    assert_eq!(decide_one(known("a", "", &[]), &remove), Err(LeftOut::Blank));
    // What is no number is not taken for blank.
    assert!(matches!(
        decide_one(known("a", "none", &registered), &remove),
        Err(LeftOut::Invalid(NumberFault::Letter))
    ));
}

#[test]
fn guests_and_disabled_accounts_are_left_out_unless_wished() {
    let with = |account, kind| PhoneFacts::Known {
        person: Box::new(Person { account, kind, ..person("a") }),
        source: NumberText::new(NEW),
        phones: Vec::new(),
    };
    let disabled = || with(AccountState::Disabled, PersonKind::Member);
    let guest = || with(AccountState::Enabled, PersonKind::Guest);
    assert_eq!(decide_one(disabled(), &options()), Err(LeftOut::Disabled));
    assert_eq!(decide_one(guest(), &options()), Err(LeftOut::Guest));
    let too = PlanOptions { disabled_too: true, guests_too: true, ..options() };
    assert!(decide_one(disabled(), &too).is_ok() && decide_one(guest(), &too).is_ok());
}

#[test]
fn rules_of_the_service_are_known_before_it_is_asked() {
    let alternate = PlanOptions { kind: PhoneKind::AlternateMobile, ..options() };
    let broken = |facts, options: &PlanOptions| match decide_one(facts, options) {
        Err(LeftOut::Rule(rule)) => rule,
        other => panic!("{other:?}"),
    };
    assert_eq!(broken(known("a", NEW, &[]), &alternate), RuleBroken::AlternateNeedsMobile);
    let mobile = [phone(PhoneKind::Mobile, NEW)];
    assert_eq!(
        broken(known("a", NEW, &mobile), &alternate),
        RuleBroken::RegisteredAs { as_kind: PhoneKind::Mobile }
    );
    let both = [phone(PhoneKind::Mobile, NEW), phone(PhoneKind::AlternateMobile, OTHER)];
    let remove = PlanOptions { blank: Blank::Remove, ..options() };
    assert_eq!(broken(known("a", "", &both), &remove), RuleBroken::MobileHasAlternate);
    assert_eq!(
        broken(known("a", "+1 2065550100x12", &[]), &options()),
        RuleBroken::ExtensionOnMobile
    );
    let office = PlanOptions { kind: PhoneKind::Office, ..options() };
    assert!(decide_one(known("a", "+1 2065550100x12", &[]), &office).is_ok());
}

#[test]
fn a_number_of_a_country_that_is_not_wanted_is_invalid() {
    let only = PlanOptions { only_countries: vec!["SE".into(), "NO".into()], ..options() };
    assert!(decide_one(known("a", "+47 40000102", &[]), &only).is_ok());
    let decision = decide_one(known("a", "+45 20123456", &[]), &only);
    let refused = matches!(decision, Err(LeftOut::Invalid(NumberFault::OtherCountry { .. })));
    assert!(refused, "{decision:?}");
    let none = PlanOptions { default_country: String::new(), ..options() };
    let decision = decide_one(known("a", "0701740612", &[]), &none);
    assert_eq!(decision, Err(LeftOut::Invalid(NumberFault::CodeMissing)));
}

#[test]
fn a_number_outside_its_countrys_plan_is_taken_only_where_wished() {
    let unassigned = known("a", "+45 20000104", &[]);
    let decision = decide_one(unassigned.clone(), &options());
    let not_in_use = NumberFault::NotInUse { country: "DK".into() };
    assert_eq!(decision, Err(LeftOut::Invalid(not_in_use)));
    let too = PlanOptions { unassigned_too: true, ..options() };
    assert!(decide_one(unassigned, &too).is_ok());
    assert!(decide_one(known("b", "+45 2000010", &[]), &too).is_err(), "a digit is missing");
    // What is registered is what it is.
    let registered = [phone(PhoneKind::Mobile, "+45 20000104")];
    assert!(matches!(decided(NEW, &registered), Ok(Change::Change { .. })));
}

#[test]
fn a_person_in_two_rows_is_changed_once() {
    let rows = [known("a", NEW, &[]), known("a", OTHER, &[]), PhoneFacts::NotFound];
    let planned = plan(&rows, &options());
    assert!(planned[0].decision.is_ok());
    assert_eq!(planned[1].decision, Err(LeftOut::Twice));
    assert_eq!(planned[2].decision, Err(LeftOut::NotFound));
    let counts = Counts::of(&planned);
    assert_eq!((counts.all, counts.add, counts.not_found, counts.other), (3, 1, 1, 1));
    assert_eq!(counts.writes(), 1);
}

#[test]
fn a_corrected_row_is_decided_by_the_number_that_was_typed() {
    let facts = known("a", "070-174 06", &[phone(PhoneKind::Mobile, OTHER)]);
    assert!(matches!(decide_one(facts.clone(), &options()), Err(LeftOut::Invalid(_))));
    let corrected = plan_corrected(&facts, &NumberText::new("070-174 06 12"), &options());
    assert_eq!(corrected.decision, Ok(Change::Change { old: number(OTHER), new: number(NEW) }));
    let nobody = plan_corrected(&PhoneFacts::NotFound, &NumberText::new(NEW), &options());
    assert_eq!(nobody.decision, Err(LeftOut::NotFound));
}

#[test]
fn the_way_back_is_closed_where_the_number_was_changed_since() {
    let done = Change::Change { old: number(OTHER), new: number(NEW) };
    let undo = |phones: &[PhoneMethod], done: &Change| {
        plan_undo(&known("a", "", phones), PhoneKind::Mobile, done).decision
    };
    let back = Change::Change { old: number(NEW), new: number(OTHER) };
    assert_eq!(undo(&[phone(PhoneKind::Mobile, NEW)], &done), Ok(back));
    assert_eq!(undo(&[phone(PhoneKind::Mobile, OTHER)], &done), Err(LeftOut::Same));
    let third = [phone(PhoneKind::Mobile, "+46 701111111")];
    assert_eq!(undo(&third, &done), Err(LeftOut::ChangedSince));
    assert_eq!(undo(&[], &done), Err(LeftOut::ChangedSince));
    let added = Change::Add { new: number(NEW) };
    let removed = Change::Remove { old: number(NEW) };
    assert_eq!(undo(&[phone(PhoneKind::Mobile, NEW)], &added), Ok(removed.clone()));
    assert_eq!(undo(&[], &removed), Ok(added));
}

#[test]
fn remarks_say_what_is_worth_a_look() {
    let remark = |facts| plan(&[facts], &options()).remove(0).remark;
    assert!(remark(known("a", "070-174 06 12", &[])).unwrap().contains("+46 (SE)"));
    assert_eq!(remark(known("a", NEW, &[])), None);
    let signs_in = PhoneMethod { sms: SmsSignIn::Ready, ..phone(PhoneKind::Mobile, OTHER) };
    assert!(remark(known("a", NEW, &[signs_in])).unwrap().contains("stays on"));
    assert!(remark(known("a", "018-460 12 00", &[])).unwrap().contains("landline"));
}
