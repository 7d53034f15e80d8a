//! The registered phones of everybody, and the rules by which they change.

use super::number::{HeldNumber, is_well_formed};
use crate::phones::PhoneKind;
use crate::practice::company::Employee;
use jiff::Timestamp;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Those of this department have signed in with text messages from the start.
const SIGN_IN_BY_TEXT: &str = "Field service";

pub(in crate::practice::cloud) struct Book {
    people: HashMap<Uuid, Phones>,
    /// Who signs in with a number; a number is one person's only.
    signs_in: HashMap<HeldNumber, Uuid>,
}

/// One person's.
#[derive(Clone, Default)]
pub(super) struct Phones {
    slots: BTreeMap<PhoneKind, Slot>,
    /// Calls of the service that changed something.
    pub writes: u32,
    /// Whether anything changed since the start.
    pub changed: bool,
}

/// What is registered of one kind.
#[derive(Clone, Default)]
struct Slot {
    now: Option<Phone>,
    /// What lists still show, and until when.
    earlier: Option<(Option<Phone>, Timestamp)>,
}

#[derive(Clone)]
pub(super) struct Phone {
    pub number: HeldNumber,
    pub sms: Sms,
}

/// How far sign-in by text message is, where the policy allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sms {
    NotConfigured,
    Off,
    NotUnique,
    Ready,
}

/// Whether the policy lets people sign in with a text message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::practice::cloud) enum SmsPolicy {
    Allowed,
    NotAllowed,
}

/// Why a change is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Broken {
    Form,
    Extension,
    /// There is one of this kind.
    Exists,
    NeedsMobile,
    HasAlternate,
    /// The same number is registered as another kind.
    Registered,
    NotThere,
    NotMobile,
    SmsNotAllowed,
    NotUnique,
}

impl Book {
    pub fn new<'a>(people: impl Iterator<Item = &'a Employee>) -> Self {
        let mut book = Self { people: HashMap::new(), signs_in: HashMap::new() };
        for person in people {
            let phones = Phones::from_earlier(person);
            for (number, sms) in phones.numbers() {
                if sms == Sms::Ready {
                    book.signs_in.insert(number, person.id);
                }
            }
            if !phones.slots.is_empty() {
                book.people.insert(person.id, phones);
            }
        }
        book
    }

    /// What lists show.
    pub(super) fn listed(&self, person: Uuid, now: Timestamp) -> Vec<(PhoneKind, Phone)> {
        let Some(phones) = self.people.get(&person) else { return Vec::new() };
        let slots = phones.slots.iter();
        slots.filter_map(|(kind, slot)| Some((*kind, slot.listed(now)?.clone()))).collect()
    }

    /// What is registered indeed.
    pub(super) fn registered(&self, person: Uuid, kind: PhoneKind) -> Option<&Phone> {
        self.people.get(&person)?.slots.get(&kind)?.now.as_ref()
    }

    /// The number that is registered indeed.
    pub(in crate::practice::cloud) fn number(
        &self,
        person: Uuid,
        kind: PhoneKind,
    ) -> Option<&HeldNumber> {
        self.registered(person, kind).map(|phone| &phone.number)
    }

    /// Every mobile that is registered indeed.
    pub(super) fn mobiles(&self) -> impl Iterator<Item = (Uuid, &HeldNumber)> {
        self.people.iter().filter_map(|(id, phones)| {
            Some((*id, &phones.slots.get(&PhoneKind::Mobile)?.now.as_ref()?.number))
        })
    }

    /// Those whose phones changed since the start.
    pub(super) fn changed(&self) -> impl Iterator<Item = (Uuid, &Phones)> {
        self.people.iter().filter(|(_, phones)| phones.changed).map(|(id, phones)| (*id, phones))
    }

    /// Registers a number where there is none of this kind.
    pub(super) fn add(
        &mut self,
        person: Uuid,
        kind: PhoneKind,
        number: HeldNumber,
        lists: Lists,
    ) -> Result<Phone, Broken> {
        self.check_number(person, kind, &number)?;
        if self.registered(person, kind).is_some() {
            return Err(Broken::Exists);
        }
        let mobile = self.registered(person, PhoneKind::Mobile);
        if kind == PhoneKind::AlternateMobile && mobile.is_none() {
            return Err(Broken::NeedsMobile);
        }
        Ok(self.put(person, kind, number, lists))
    }

    /// Another number in place of the one there is.
    pub(super) fn change(
        &mut self,
        person: Uuid,
        kind: PhoneKind,
        number: HeldNumber,
        lists: Lists,
    ) -> Result<Phone, Broken> {
        self.registered(person, kind).ok_or(Broken::NotThere)?;
        self.check_number(person, kind, &number)?;
        Ok(self.put(person, kind, number, lists))
    }

    pub(super) fn remove(
        &mut self,
        person: Uuid,
        kind: PhoneKind,
        lists: Lists,
    ) -> Result<(), Broken> {
        self.registered(person, kind).ok_or(Broken::NotThere)?;
        let alternate = self.registered(person, PhoneKind::AlternateMobile);
        if kind == PhoneKind::Mobile && alternate.is_some() {
            return Err(Broken::HasAlternate);
        }
        self.release(person, kind);
        self.keep(person, kind, None, lists).writes += 1;
        Ok(())
    }

    /// Sign-in by text message with the person's mobile.
    pub(super) fn set_sms(
        &mut self,
        person: Uuid,
        kind: PhoneKind,
        on: bool,
        lists: Lists,
    ) -> Result<(), Broken> {
        let phone = self.registered(person, kind).ok_or(Broken::NotThere)?.clone();
        if kind != PhoneKind::Mobile {
            return Err(Broken::NotMobile);
        }
        if on && lists.sms == SmsPolicy::NotAllowed {
            return Err(Broken::SmsNotAllowed);
        }
        self.release(person, kind);
        let sms = if on { self.claim(person, &phone.number) } else { Sms::Off };
        self.keep(person, kind, Some(Phone { sms, ..phone }), lists).writes += 1;
        if sms == Sms::NotUnique { Err(Broken::NotUnique) } else { Ok(()) }
    }

    /// Another program's doing: no rule, and not counted.
    pub(super) fn set(
        &mut self,
        person: Uuid,
        kind: PhoneKind,
        number: Option<HeldNumber>,
        lists: Lists,
    ) {
        self.release(person, kind);
        let phone = number.map(|number| Phone { number, sms: Sms::NotConfigured });
        self.keep(person, kind, phone, lists);
    }

    fn check_number(
        &self,
        person: Uuid,
        kind: PhoneKind,
        number: &HeldNumber,
    ) -> Result<(), Broken> {
        if !is_well_formed(number.expose()) {
            return Err(Broken::Form);
        }
        if number.has_extension() && kind != PhoneKind::Office {
            return Err(Broken::Extension);
        }
        let others = PhoneKind::ALL.into_iter().filter(|other| *other != kind);
        let mut others = others.filter_map(|other| self.registered(person, other));
        match others.any(|phone| phone.number == *number) {
            true => Err(Broken::Registered),
            false => Ok(()),
        }
    }

    fn put(&mut self, person: Uuid, kind: PhoneKind, number: HeldNumber, lists: Lists) -> Phone {
        self.release(person, kind);
        let sms = match (kind, lists.sms) {
            (PhoneKind::Mobile, SmsPolicy::Allowed) => self.claim(person, &number),
            _ => Sms::NotConfigured,
        };
        let phone = Phone { number, sms };
        self.keep(person, kind, Some(phone.clone()), lists).writes += 1;
        phone
    }

    fn keep(
        &mut self,
        person: Uuid,
        kind: PhoneKind,
        phone: Option<Phone>,
        lists: Lists,
    ) -> &mut Phones {
        let phones = self.people.entry(person).or_default();
        let slot = phones.slots.entry(kind).or_default();
        slot.earlier = Some((slot.now.take(), lists.follow_at));
        slot.now = phone;
        phones.changed = true;
        phones
    }

    fn claim(&mut self, person: Uuid, number: &HeldNumber) -> Sms {
        match *self.signs_in.entry(number.clone()).or_insert(person) == person {
            true => Sms::Ready,
            false => Sms::NotUnique,
        }
    }

    fn release(&mut self, person: Uuid, kind: PhoneKind) {
        let Some(number) = self.registered(person, kind).map(|phone| phone.number.clone()) else {
            return;
        };
        if kind == PhoneKind::Mobile && self.signs_in.get(&number) == Some(&person) {
            self.signs_in.remove(&number);
        }
    }
}

/// What else a change depends on.
#[derive(Clone, Copy)]
pub(super) struct Lists {
    /// Until when lists show what was before.
    pub follow_at: Timestamp,
    pub sms: SmsPolicy,
}

impl Phones {
    fn from_earlier(person: &Employee) -> Self {
        let sms = match person.department == SIGN_IN_BY_TEXT {
            true => Sms::Ready,
            false => Sms::Off,
        };
        let numbers = [
            (PhoneKind::Mobile, &person.mobile, sms),
            (PhoneKind::AlternateMobile, &person.alternate, Sms::NotConfigured),
            (PhoneKind::Office, &person.office, Sms::NotConfigured),
        ];
        let slot = |(kind, number, sms): (PhoneKind, &Option<String>, Sms)| {
            let phone = Phone { number: HeldNumber::new(number.as_ref()?), sms };
            Some((kind, Slot { now: Some(phone), earlier: None }))
        };
        Self { slots: numbers.into_iter().filter_map(slot).collect(), ..Self::default() }
    }

    fn numbers(&self) -> impl Iterator<Item = (HeldNumber, Sms)> {
        let phones = self.slots.values().filter_map(|slot| slot.now.as_ref());
        phones.map(|phone| (phone.number.clone(), phone.sms))
    }

    /// What is registered indeed.
    pub fn registered(&self) -> impl Iterator<Item = (PhoneKind, &Phone)> {
        self.slots.iter().filter_map(|(kind, slot)| Some((*kind, slot.now.as_ref()?)))
    }
}

impl Slot {
    fn listed(&self, now: Timestamp) -> Option<&Phone> {
        match &self.earlier {
            Some((earlier, until)) if now < *until => earlier.as_ref(),
            _ => self.now.as_ref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const LISTS: Lists = Lists { follow_at: Timestamp::UNIX_EPOCH, sms: SmsPolicy::Allowed };
    use PhoneKind::{AlternateMobile, Mobile, Office};

    fn number(last: u32) -> HeldNumber {
        HeldNumber::new(format!("+46 7017406{last:02}"))
    }

    fn book() -> Book {
        Book::new([].into_iter())
    }

    #[test]
    fn one_of_each_kind_an_alternate_only_beside_a_mobile_and_none_twice() {
        let mut book = book();
        let add =
            |book: &mut Book, kind, last| book.add(ONE, kind, number(last), LISTS).map(drop).err();
        assert_eq!(add(&mut book, AlternateMobile, 1), Some(Broken::NeedsMobile));
        assert_eq!(add(&mut book, Mobile, 1), None);
        assert_eq!(add(&mut book, Mobile, 2), Some(Broken::Exists));
        assert_eq!(add(&mut book, AlternateMobile, 1), Some(Broken::Registered));
        assert_eq!(add(&mut book, AlternateMobile, 2), None);
        assert_eq!(book.remove(ONE, Mobile, LISTS), Err(Broken::HasAlternate));
        assert_eq!(book.remove(ONE, AlternateMobile, LISTS), Ok(()));
        assert_eq!(book.remove(ONE, Mobile, LISTS), Ok(()));
        assert_eq!(book.remove(ONE, Mobile, LISTS), Err(Broken::NotThere));
        assert_eq!(book.changed().map(|(_, phones)| phones.writes).sum::<u32>(), 4);
    }

    #[test]
    fn an_extension_is_the_offices_alone() {
        let mut book = book();
        let with = || HeldNumber::new("+1 2065550100x12");
        assert_eq!(book.add(ONE, Mobile, with(), LISTS).err(), Some(Broken::Extension));
        assert_eq!(book.add(ONE, Office, with(), LISTS).err(), None);
        let none = HeldNumber::new("+12065550100");
        assert_eq!(book.change(ONE, Office, none, LISTS).err(), Some(Broken::Form));
    }

    #[test]
    fn a_number_signs_one_person_in_and_is_free_again_when_it_is_given_up() {
        let mut book = book();
        assert_eq!(book.add(ONE, Mobile, number(1), LISTS).ok().map(|p| p.sms), Some(Sms::Ready));
        let second = book.add(OTHER, Mobile, number(1), LISTS).ok();
        assert_eq!(second.map(|phone| phone.sms), Some(Sms::NotUnique));
        assert_eq!(book.set_sms(OTHER, Mobile, true, LISTS), Err(Broken::NotUnique));
        assert_eq!(book.set_sms(ONE, Mobile, false, LISTS), Ok(()));
        assert_eq!(book.set_sms(OTHER, Mobile, true, LISTS), Ok(()));
        assert_eq!(book.change(OTHER, Mobile, number(2), LISTS).err(), None);
        assert_eq!(book.set_sms(ONE, Mobile, true, LISTS), Ok(()));
        let off = Lists { sms: SmsPolicy::NotAllowed, ..LISTS };
        assert_eq!(book.set_sms(ONE, Mobile, true, off), Err(Broken::SmsNotAllowed));
    }

    #[test]
    fn lists_follow_late_when_so_ordered() {
        let mut book = book();
        let late = Lists { follow_at: Timestamp::from_second(10).unwrap(), ..LISTS };
        let listed =
            |book: &Book, second| book.listed(ONE, Timestamp::from_second(second).unwrap()).len();
        assert!(book.add(ONE, Mobile, number(1), late).is_ok());
        assert_eq!((listed(&book, 9), listed(&book, 10)), (0, 1));
        assert!(book.registered(ONE, Mobile).is_some());
    }
}
