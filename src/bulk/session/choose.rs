//! Who gets a key: the person it is meant for, the one who was scanned, or the next who waits.

use super::{Deed, Given, KeyIn, Open, Session, SlotState, Told, Why};
use crate::bulk::{Entry, EntryNo, SlotNo, UsedKeys};
use crate::enrolment::{EnrolmentId, KeyMatch};
use crate::key::{KeyFacts, PinState};

impl Session {
    /// A key told who it is: for the first time, or again after its state changed.
    pub(super) fn key_in(&mut self, key: KeyIn, deeds: &mut Vec<Deed>) {
        let Some(slot) = self.slot_of_key(&key.facts.id) else { return };
        let KeyIn { facts, holder, told } = key;
        // Whose it is in this session can change.
        let is_of_session = told.made_in.is_some_and(|made_in| self.entry_of(made_in).is_some());
        let is_meant = facts.serial.as_deref().is_some_and(|own| self.meant_for(own).is_some());
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        seat.is_unreadable = false;
        let before = seat.facts.replace(facts.clone());
        let was_known = before.is_some();
        let holder = holder.filter(|_| !is_of_session);
        if !was_known {
            seat.told = told.clone();
            seat.holder = holder;
        } else if let SlotState::Refused(_) = seat.state {
            // It may have been given to somebody at the Desk while it waited here.
            let turns_out_meant = is_meant && before.as_ref().is_some_and(|of| of.serial.is_none());
            let is_as_before = before.is_some_and(|before| {
                facts.may_be(&before) && facts.credentials == before.credentials
            });
            // What it told of its credentials was of the key as it was before.
            seat.told.is_silent |= told.is_silent || !is_as_before && is_used(&facts);
            seat.is_told_again(is_as_before && !turns_out_meant, holder);
        }
        match seat.state.clone() {
            SlotState::Reading => {}
            SlotState::Refused(_) if !was_known => {}
            SlotState::Running { enrolment, .. } if !was_known => {
                if self.may_be_key_of(enrolment, slot, &facts, &told) {
                    let key = facts.id.clone();
                    return deeds.push(Deed::Back { slot, key, enrolment });
                }
                // Another key: the one that belongs here is waited for in any slot.
                self.give_up_slot(slot);
            }
            _ => return,
        }
        if let Some(enrolment) = self.open_of(&facts, slot) {
            self.back(slot, enrolment, &facts, deeds);
            return;
        }
        let outcome = self.decide(slot, &facts);
        self.carry_out(slot, &facts, outcome, deeds);
    }

    /// Keys that wait for somebody are offered again: somebody may wait now.
    pub(super) fn offer_again(&mut self, deeds: &mut Vec<Deed>) {
        let waiting: Vec<_> = self
            .seats
            .iter()
            .filter(|(_, seat)| match &seat.state {
                SlotState::Refused(Why::Problem) => seat.anyway,
                SlotState::Refused(_) => true,
                _ => false,
            })
            .filter_map(|(slot, seat)| Some((*slot, seat.facts.clone()?)))
            .collect();
        for (slot, facts) in waiting {
            if let Some(enrolment) = self.open_of(&facts, slot) {
                self.back(slot, enrolment, &facts, deeds);
                continue;
            }
            let outcome = self.decide(slot, &facts);
            self.carry_out(slot, &facts, outcome, deeds);
        }
    }

    fn carry_out(
        &mut self,
        slot: SlotNo,
        facts: &KeyFacts,
        outcome: Result<EntryNo, Why>,
        deeds: &mut Vec<Deed>,
    ) {
        let Some(seat) = self.seats.get_mut(&slot) else { return };
        match outcome {
            Err(why) => seat.state = SlotState::Refused(why),
            Ok(entry) => {
                let by_itself = self.options.used_keys == UsedKeys::Reset
                    && !seat.told.is_silent
                    && !(facts.serial.is_none()
                        && self.nameless.contains(&facts.aaguid.to_string()));
                let reset = is_used(facts) && (seat.may_reset || by_itself);
                seat.state = SlotState::Beginning(entry);
                let Some(progress) = self.progress_mut(entry) else { return };
                progress.open += 1;
                let n = progress.open + progress.done;
                self.front.retain(|other| *other != entry || n < self.options.keys_each);
                self.assigned.remove(&slot);
                self.scanned = self.scanned.filter(|scanned| *scanned != entry);
                let key = facts.id.clone();
                deeds.push(Deed::Begin(Given { slot, key, entry, n, reset }));
            }
        }
    }

    /// The enrolment whose key this is and whose key is in no slot. Without a serial or a
    /// credential only the port tells; its PIN proves it later.
    fn open_of(&self, facts: &KeyFacts, slot: SlotNo) -> Option<EnrolmentId> {
        let told = self.seats.get(&slot).map(|seat| seat.told.clone()).unwrap_or_default();
        let is = |id: EnrolmentId, open: &Open| match self.match_of((id, open), slot, facts, &told)
        {
            KeyMatch::Same => true,
            KeyMatch::Perhaps => open.slot == Some(slot) && !self.unattended,
            KeyMatch::Other => false,
        };
        self.open.iter().find(|(id, open)| is(**id, open) && self.is_out(**id)).map(|(id, _)| *id)
    }

    /// The key of an open enrolment came to another slot, or after a restart.
    fn back(
        &mut self,
        slot: SlotNo,
        enrolment: EnrolmentId,
        facts: &KeyFacts,
        deeds: &mut Vec<Deed>,
    ) {
        if self.held.contains(&enrolment) {
            if let Some(seat) = self.seats.get_mut(&slot) {
                seat.state = SlotState::Refused(Why::Paused);
            }
            return;
        }
        if let Some(before) = self.slot_of(enrolment)
            && let Some(seat) = self.seats.get_mut(&before)
        {
            seat.state = SlotState::Free;
        }
        let Some(open) = self.open.get_mut(&enrolment) else { return };
        open.slot = Some(slot);
        let entry = open.entry;
        if let Some(seat) = self.seats.get_mut(&slot) {
            seat.state = SlotState::Running { entry, enrolment };
        }
        deeds.push(Deed::Back { slot, key: facts.id.clone(), enrolment });
    }

    /// Enrolments whose key is in no slot, and may be this one: it does not tell.
    pub fn perhaps_of(&self, facts: &KeyFacts) -> Vec<EnrolmentId> {
        let slot = self.slot_of_key(&facts.id);
        let perhaps = |(id, open): &(&EnrolmentId, &Open)| {
            open.key.matches(facts) == KeyMatch::Perhaps
                && (self.is_out(**id) || slot.is_some() && open.slot == slot)
        };
        self.open.iter().filter(perhaps).map(|(id, _)| *id).collect()
    }

    fn may_be_key_of(
        &self,
        enrolment: EnrolmentId,
        slot: SlotNo,
        facts: &KeyFacts,
        told: &Told,
    ) -> bool {
        let Some(open) = self.open.get(&enrolment) else { return true };
        match self.match_of((enrolment, open), slot, facts, told) {
            KeyMatch::Same => true,
            // Whoever put it in may be anybody.
            KeyMatch::Perhaps => !self.unattended,
            KeyMatch::Other => false,
        }
    }

    /// A credential that is on the key says more than its model and its serial.
    fn match_of(
        &self,
        (id, open): (EnrolmentId, &Open),
        slot: SlotNo,
        facts: &KeyFacts,
        told: &Told,
    ) -> KeyMatch {
        match told.made_in {
            Some(made_in) if made_in == id || open.was_made_in == Some(made_in) => KeyMatch::Same,
            Some(_) => KeyMatch::Other,
            None if told.not_of.contains(&id) => KeyMatch::Other,
            None => match open.key.matches(facts) {
                KeyMatch::Perhaps if self.is_anothers(id, slot, facts) => KeyMatch::Other,
                matched => matched,
            },
        }
    }

    /// An enrolment whose own key told no serial is not that of a key whose serial is known to be
    /// somebody else's.
    fn is_anothers(&self, id: EnrolmentId, slot: SlotNo, facts: &KeyFacts) -> bool {
        let Some(serial) = facts.serial.as_deref() else { return false };
        let has_it = |(other, open): (&EnrolmentId, &Open)| {
            *other != id && open.key.serial.as_deref() == Some(serial)
        };
        let is_held = self.seats.get(&slot).is_some_and(|seat| seat.holder.is_some());
        is_held || self.given.contains_key(serial) || self.open.iter().any(has_it)
    }

    /// The slot's enrolment goes on without a slot until its key is somewhere.
    fn give_up_slot(&mut self, slot: SlotNo) {
        if let Some(seat) = self.seats.get_mut(&slot) {
            seat.state = SlotState::Reading;
        }
    }

    fn decide(&self, slot: SlotNo, facts: &KeyFacts) -> Result<EntryNo, Why> {
        let seat = self.seats.get(&slot);
        let anyway = seat.is_some_and(|seat| seat.anyway);
        let made_in = seat.and_then(|seat| seat.told.made_in);
        let serial = facts.serial.as_deref();
        if let Some(entry) = self.whose(serial, made_in) {
            return Err(Why::GivenTo(self.name(entry)));
        }
        // Before anything that passes by itself: it is not taken then either.
        if let Some(name) = seat.and_then(|seat| seat.holder.clone()).filter(|_| !anyway) {
            return Err(Why::HeldBy(name));
        }
        let next = self.comes_next(slot).ok_or(Why::NobodyLeft)?;
        if !anyway {
            self.may_be_given(serial)?;
        }
        if self.paused || self.unattended {
            return Err(Why::Paused);
        }
        match serial.and_then(|serial| self.meant_for(serial)) {
            Some(meant) if self.waits(meant) => return Ok(meant),
            Some(meant) if !anyway => return Err(Why::MeantFor(self.name(meant))),
            _ => {}
        }
        match self.own_serial(next) {
            Some(own) if !anyway => {
                Err(Why::OtherSerial { name: self.name(next), serial: own.to_owned() })
            }
            _ => Ok(next),
        }
    }

    /// The person of this session whose key it is.
    pub(super) fn whose(
        &self,
        serial: Option<&str>,
        made_in: Option<EnrolmentId>,
    ) -> Option<EntryNo> {
        let is_here = |open: &&Open| serial.is_some() && open.key.serial.as_deref() == serial;
        let by_serial = serial.and_then(|serial| self.given.get(serial).copied());
        by_serial
            .or_else(|| self.entry_of(made_in?))
            .or_else(|| self.open.values().find(is_here).map(|open| open.entry))
    }

    /// Whether the key is one to give out by the stock list.
    fn may_be_given(&self, serial: Option<&str>) -> Result<(), Why> {
        let in_stock = |serial: &str| self.options.stock.iter().any(|of| same_serial(of, serial));
        if !self.options.stock.is_empty() && !serial.is_some_and(in_stock) {
            return Err(Why::NotInStock);
        }
        Ok(())
    }

    /// Whose key the enrolment made here, or makes.
    fn entry_of(&self, enrolment: EnrolmentId) -> Option<EntryNo> {
        let open = || self.open.get(&enrolment).map(|open| open.entry);
        self.handed_over.get(&enrolment).copied().or_else(open)
    }

    /// Who was chosen for the slot, was scanned, or waits first; people who wait for a key of
    /// their own come last.
    fn comes_next(&self, slot: SlotNo) -> Option<EntryNo> {
        let still_waits = |entry: &EntryNo| self.waits(*entry);
        let assigned = self.assigned.get(&slot).copied().filter(still_waits);
        assigned
            .or(self.scanned.filter(still_waits))
            .or_else(|| self.next_waiting())
            .or_else(|| self.next_for_own().map(|(entry, _)| entry))
    }

    /// Who waits first for a key of their own, and its serial.
    pub fn next_for_own(&self) -> Option<(EntryNo, &str)> {
        let entry = self.first(|entry| self.waits(*entry) && self.own_serial(*entry).is_some())?;
        Some((entry, self.own_serial(entry)?))
    }

    /// Who comes next without anything being scanned; people who wait for a key of their own are
    /// left out.
    pub fn next_waiting(&self) -> Option<EntryNo> {
        self.first(|entry| self.waits(*entry) && self.own_serial(*entry).is_none())
    }

    fn first(&self, is: impl Fn(&EntryNo) -> bool) -> Option<EntryNo> {
        self.front.iter().copied().find(&is).or_else(|| {
            let from = u32::try_from(self.cursor).unwrap_or(u32::MAX);
            let all = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
            (from..all).map(|place| EntryNo(place + 1)).find(&is)
        })
    }

    /// Of the key that is meant for the person, as long as it was not worked on here.
    fn own_serial(&self, entry: EntryNo) -> Option<&str> {
        let own = self.entry(entry)?.serial.as_deref()?;
        (!self.had_own.contains(&entry)).then_some(own)
    }

    /// Whether a key may be begun for the person now.
    pub(super) fn waits(&self, entry: EntryNo) -> bool {
        self.progress_of(entry).is_some_and(|progress| {
            progress.over.is_none() && progress.open + progress.done < self.options.keys_each
        })
    }

    fn meant_for(&self, serial: &str) -> Option<EntryNo> {
        self.entries()
            .find(|(_, entry)| entry.serial.as_deref().is_some_and(|own| same_serial(own, serial)))
            .map(|(no, _)| no)
    }

    pub(super) fn scan(&mut self, text: &str, deeds: &mut Vec<Deed>) {
        let text = text.trim();
        let is =
            |own: &Option<String>| own.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(text));
        // A badge's number may be another person's employee id.
        let kinds: [&dyn Fn(&Entry) -> bool; 4] = [
            &|entry| is(&entry.badge),
            &|entry| is(&entry.employee_id),
            &|entry| entry.person.upn.eq_ignore_ascii_case(text),
            &|entry| entry.serial.as_deref().is_some_and(|own| same_serial(own, text)),
        ];
        let all_of = |is_meant: &dyn Fn(&Entry) -> bool| -> Vec<EntryNo> {
            self.entries().filter(|(_, entry)| is_meant(entry)).map(|(no, _)| no).collect()
        };
        let found = kinds.into_iter().map(all_of).find(|found| !found.is_empty());
        let found = found.unwrap_or_default();
        let waiting: Vec<EntryNo> = found.iter().copied().filter(|no| self.waits(*no)).collect();
        match waiting[..] {
            [entry] => self.scanned = Some(entry),
            [] => {
                let whose = found.first().copied();
                deeds.push(Deed::ScanInVain { text: text.to_owned(), whose });
            }
            [..] => {
                // Nor whoever was scanned before: the operator stands before somebody else.
                self.scanned = None;
                deeds.push(Deed::ScanIsShared { text: text.to_owned() });
            }
        }
    }

    fn name(&self, entry: EntryNo) -> String {
        self.entry(entry).map(|of| of.person.display_name.clone()).unwrap_or_default()
    }

    /// Nobody before this place waits any more: the search for the next person begins there.
    pub(super) fn move_cursor(&mut self) {
        while let Some(progress) = self.progress.get(self.cursor) {
            let settled =
                progress.over.is_some() || progress.open + progress.done >= self.options.keys_each;
            if !settled {
                break;
            }
            self.cursor += 1;
        }
    }
}

/// Labels pad serials with zeros; keys don't.
pub(super) fn same_serial(one: &str, other: &str) -> bool {
    one.trim().trim_start_matches('0') == other.trim().trim_start_matches('0')
}

/// Whether somebody has used the key: it has a PIN, or credentials are on it.
pub fn is_used(facts: &KeyFacts) -> bool {
    facts.pin != PinState::NotSet || facts.credentials.is_some_and(|count| count > 0)
}
