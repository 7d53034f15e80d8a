//! People who have two old passkeys each, in sessions that remove these: nobody loses one before
//! the new one is confirmed, and none is left that was to go.

use crate::common::outcome;
use crate::operator::{PEOPLE, name_of, removes};
use keydesk::enrolment::{Left, Outcome, Record, Step};
use keydesk::journal::StoredEnrolment;
use keydesk::practice::cloud::{Cloud, Order};

/// Every second person of those sessions.
pub fn give(cloud: &Cloud, crowd: usize) {
    let has = |person: &usize| removes(person / PEOPLE) && person.is_multiple_of(2);
    for person in (0..crowd).filter(has).map(name_of) {
        for name in ["Blue key", "Spare"] {
            cloud
                .control()
                .order(Order::HasOldPasskey { person: person.clone(), name: name.into() });
        }
    }
}

/// What is gone was to go, after the new one was confirmed; what the journal says is gone is.
pub fn check(cloud: &Cloud, all: &[StoredEnrolment], round: u32) {
    for one in removing(all) {
        let there = cloud.control().passkeys_of(&one.intent.person.id);
        let journaled = removed(one);
        for old in &one.intent.plan.remove_old {
            let is_there = there.contains(old);
            assert!(!(is_there && journaled.contains(&old)), "round {round}: it is not gone");
            let may_be_gone = removing(all)
                .any(|by| by.intent.plan.remove_old.contains(old) && has_begun_to_remove(by));
            assert!(
                is_there || may_be_gone,
                "round {round}: {} lost a passkey before the new one was confirmed",
                one.intent.person.upn
            );
        }
    }
}

/// Whoever was handed the last key has no old one, but for what that key's hand-over says is left.
pub fn gone_at_the_end(cloud: &Cloud, all: &[StoredEnrolment]) -> usize {
    let mut gone = 0;
    for one in removing(all) {
        let Some(Outcome::HandedOver { left, .. }) = outcome(one) else { continue };
        let there = cloud.control().passkeys_of(&one.intent.person.id);
        for old in &one.intent.plan.remove_old {
            let is_left = left.iter().any(
                |left| matches!(left, Left::OldPasskeys { method_ids } if method_ids.contains(old)),
            );
            assert!(is_left || !there.contains(old), "an old passkey that was to go is there");
            gone += usize::from(!there.contains(old));
        }
    }
    gone
}

fn removing(all: &[StoredEnrolment]) -> impl Iterator<Item = &StoredEnrolment> {
    all.iter().filter(|one| !one.intent.plan.remove_old.is_empty())
}

/// Not before the new one is confirmed, by one who may have been stopped since.
fn has_begun_to_remove(one: &StoredEnrolment) -> bool {
    let place = |wanted: fn(&Record) -> bool| one.records.iter().position(wanted);
    let confirmed = place(|record| matches!(record, Record::Done { step: Step::Confirm, .. }));
    let begun = place(|record| matches!(record, Record::Intended { step: Step::RemoveOld }));
    confirmed.is_some() && confirmed < begun
}

fn removed(one: &StoredEnrolment) -> Vec<&String> {
    let gone = one.records.iter().filter_map(|record| match record {
        Record::OldRemoved { method_id } => Some(method_id),
        _ => None,
    });
    gone.collect()
}
