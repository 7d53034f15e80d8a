//! Rows as files and the command line have them: no number in whole.

use super::event::PlanRow;
use crate::journal::{PhoneRowState, StoredPhoneRow};
use crate::outputs::phones::PhoneLine;
use crate::phones::{LeftOut, NumberText, PhoneKind, PhoneNumber};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

pub(super) fn plan_line(row: &PlanRow, kind: PhoneKind, read_at: Timestamp) -> PhoneLine {
    let (action, new, reason) = match &row.planned.decision {
        Ok(change) => {
            let reason = row.planned.remark.clone().unwrap_or_default();
            (change.word(), change.after().map(PhoneNumber::masked), reason)
        }
        Err(left_out) => (left_out.word(), None, left_out.reason()),
    };
    PhoneLine {
        action,
        name: row.name.to_string(),
        upn: row.upn.to_string(),
        kind,
        now: row.planned.now.as_ref().map(NumberText::masked),
        new,
        result: None,
        reason,
        at: Some(here(read_at)),
    }
}

pub(super) fn result_line(row: &StoredPhoneRow, kind: PhoneKind) -> PhoneLine {
    let (result, reason) = match &row.state {
        PhoneRowState::Waiting => ("Waiting", String::new()),
        PhoneRowState::Begun => ("Begun", "What became of it is not known yet".into()),
        PhoneRowState::Done => ("Done", String::new()),
        PhoneRowState::AlreadySo => ("Already so", String::new()),
        PhoneRowState::ChangedMeanwhile => {
            ("Changed meanwhile", "Somebody else changed it: it was left as it is".into())
        }
        PhoneRowState::Failed(reason) => ("Failed", reason.clone()),
        PhoneRowState::Cancelled => ("Cancelled", "Not begun when the job was cancelled".into()),
    };
    PhoneLine {
        action: row.change.word(),
        name: row.person.display_name.clone(),
        upn: row.person.upn.clone(),
        kind,
        now: row.change.before().map(PhoneNumber::masked),
        new: row.change.after().map(PhoneNumber::masked),
        result: Some(result),
        reason,
        at: row.at.map(here),
    }
}

/// Whether a script is to hear of it: it was wanted, and can't be done.
pub(super) fn is_fault(left_out: &LeftOut) -> bool {
    match left_out {
        LeftOut::Same
        | LeftOut::Blank
        | LeftOut::Disabled
        | LeftOut::Guest
        | LeftOut::HasOther
        | LeftOut::Twice => false,
        LeftOut::Invalid(_)
        | LeftOut::NotFound
        | LeftOut::Ambiguous
        | LeftOut::NotAllowed
        | LeftOut::HiddenNow
        | LeftOut::Rule(_)
        | LeftOut::NotRead(_)
        | LeftOut::WrongRow(_)
        | LeftOut::ChangedSince => true,
    }
}

pub(super) fn here(at: Timestamp) -> Zoned {
    at.to_zoned(TimeZone::system())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phones::{Change, Planned};

    fn number(text: &str) -> PhoneNumber {
        PhoneNumber::from_international(&NumberText::new(text)).unwrap()
    }

    #[test]
    fn no_line_has_a_number_in_whole() {
        let (old, new) = ("+46 701740612", "+46 701740658");
        let planned = |decision| Planned {
            decision,
            now: Some(NumberText::new(old)),
            remark: Some("Read as +46 (SE)".into()),
        };
        let row = |decision| PlanRow {
            name: "Åsa".into(),
            upn: "asa@x.example".into(),
            planned: planned(decision),
            given: NumberText::new("070-174 06"),
        };
        let line = |row| plan_line(&row, PhoneKind::Mobile, Timestamp::UNIX_EPOCH);
        let change = line(row(Ok(Change::Change { old: number(old), new: number(new) })));
        assert_eq!(change.now.as_deref(), Some("+46 ••• ••• 12"));
        assert_eq!(change.new.as_deref(), Some("+46 ••• ••• 58"));
        assert_eq!((change.action, &*change.reason), ("Change", "Read as +46 (SE)"));
        let invalid = line(row(Err(LeftOut::Invalid(crate::phones::NumberFault::Letter))));
        assert_eq!((invalid.new, &*invalid.reason), (None, "Letter in the number"));
    }
}
