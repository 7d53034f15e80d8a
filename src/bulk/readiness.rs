//! Whether a person can get a key, before a key is in: one word for the table's filters.

use crate::directory::{AccountState, PasskeyPolicy, PersonCard, PersonKind};
use crate::enrolment::preflight::{self, Severity};
use crate::problem::Problem;
use jiff::Timestamp;

/// The verdict on one row of the preflight table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Readiness {
    /// Not looked up yet.
    #[default]
    Unchecked,
    Ready,
    /// Gets another one only when the operator says so.
    HasKey {
        count: usize,
    },
    /// A key was made for them here and is not registered yet. Gets another one only when the
    /// operator chooses the person.
    KeyOnItsWay(OnItsWay),
    Disabled,
    Guest,
    /// The passkey policy stops it; why, in one sentence.
    NotInPolicy(String),
    NotFound,
    /// The row itself can't be used; why, in one sentence.
    WrongRow(String),
    /// The directory could not be asked about this person.
    NotChecked(Problem),
}

/// A key that was made for a person and waits to be activated, or to be gone on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OnItsWay {
    pub since: Timestamp,
    /// When the session began that it was made in; nothing of one from the desk.
    pub session: Option<Timestamp>,
}

/// How many rows there are of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadinessCounts {
    pub ready: usize,
    pub has_key: usize,
    pub key_on_its_way: usize,
    pub disabled: usize,
    pub guest: usize,
    pub not_in_policy: usize,
    pub not_found: usize,
    pub wrong_row: usize,
    /// [`Readiness::NotChecked`] and [`Readiness::Unchecked`].
    pub not_checked: usize,
}

impl ReadinessCounts {
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a Readiness>) -> Self {
        let mut counts = Self::default();
        for row in rows {
            *match row {
                Readiness::Ready => &mut counts.ready,
                Readiness::HasKey { .. } => &mut counts.has_key,
                Readiness::KeyOnItsWay(_) => &mut counts.key_on_its_way,
                Readiness::Disabled => &mut counts.disabled,
                Readiness::Guest => &mut counts.guest,
                Readiness::NotInPolicy(_) => &mut counts.not_in_policy,
                Readiness::NotFound => &mut counts.not_found,
                Readiness::WrongRow(_) => &mut counts.wrong_row,
                Readiness::NotChecked(_) | Readiness::Unchecked => &mut counts.not_checked,
            } += 1;
        }
        counts
    }
}

/// What the directory says of the person, and this station of a key it does not know yet, as one
/// word.
pub fn readiness(
    card: &PersonCard,
    policy: &PasskeyPolicy,
    on_its_way: Option<OnItsWay>,
) -> Readiness {
    if card.person.account == AccountState::Disabled {
        return Readiness::Disabled;
    }
    if card.person.kind == PersonKind::Guest {
        return Readiness::Guest;
    }
    let remarks = preflight::policy_verdict(card, policy);
    if let Some(stop) = remarks.into_iter().find(|remark| remark.severity == Severity::Stop) {
        return Readiness::NotInPolicy(stop.text);
    }
    if let Some(key) = on_its_way {
        return Readiness::KeyOnItsWay(key);
    }
    match card.passkeys.len() {
        0 => Readiness::Ready,
        count => Readiness::HasKey { count },
    }
}
