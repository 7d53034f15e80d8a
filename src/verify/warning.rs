//! What an agent should know before a check.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Something about the person or the ticket that makes a check worth less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Warning {
    /// The mobile was registered or changed lately. `by` where this station's history knows.
    MobileChanged {
        at: Timestamp,
        by: Option<String>,
    },
    /// Another sign-in method is new. `what` such as `Authenticator app`.
    MethodAdded {
        at: Timestamp,
        what: String,
    },
    /// Another sign-in method was changed or removed here. `what` such as `Security key removed`.
    MethodChanged {
        at: Timestamp,
        what: String,
        by: String,
    },
    Guest,
    Disabled,
    /// The ticket belongs to another company than the person's tenant.
    OtherCompany {
        ticket: String,
        tenant: String,
    },
    /// The ticket's requester has another mail address than the person.
    OtherMail {
        ticket: String,
        person: String,
    },
    /// No mobile is registered that texts can be sent to.
    NoMobile,
    /// The registered number hides digits, or is no number.
    UnusableNumber,
    /// This caller is locked after wrong codes.
    Locked {
        until: Timestamp,
    },
    /// Another station has a check of this caller open, for so long at most.
    OpenElsewhere {
        until: Timestamp,
        /// Whose it is and where, as far as that station told.
        #[serde(default)]
        by: Option<String>,
    },
    /// What all stations share could not be read: another one may have a check open.
    StationsUnseen,
}

impl Warning {
    /// One line, for the ticket and the history.
    pub fn words(&self) -> String {
        let day = |at: &Timestamp| at.strftime("%Y-%m-%d").to_string();
        match self {
            Self::MobileChanged { at, by: None } => format!("Mobile changed {}", day(at)),
            Self::MobileChanged { at, by: Some(by) } => {
                format!("Mobile changed {} by {by}", day(at))
            }
            Self::MethodAdded { at, what } => format!("{what} added {}", day(at)),
            Self::MethodChanged { at, what, by } => format!("{what} {} by {by}", day(at)),
            Self::Guest => "Guest of another organisation".into(),
            Self::Disabled => "Account is disabled".into(),
            Self::OtherCompany { ticket, tenant } => {
                format!("Ticket is of {ticket}, not of {tenant}")
            }
            Self::OtherMail { ticket, .. } => format!("Ticket was opened by {ticket}"),
            Self::NoMobile => "No mobile registered".into(),
            Self::UnusableNumber => "Registered mobile can't be used".into(),
            Self::Locked { .. } => "Locked after wrong codes".into(),
            Self::OpenElsewhere { .. } => "Another check is open, at another station".into(),
            Self::StationsUnseen => "Checks at other stations could not be seen".into(),
        }
    }

    /// The most serious first.
    fn rank(&self) -> u8 {
        match self {
            Self::Locked { .. } => 0,
            Self::OpenElsewhere { .. } => 1,
            Self::Disabled => 2,
            Self::OtherCompany { .. } => 3,
            Self::OtherMail { .. } => 4,
            Self::MobileChanged { .. } => 5,
            Self::NoMobile | Self::UnusableNumber => 6,
            Self::Guest => 7,
            Self::StationsUnseen => 8,
            Self::MethodAdded { .. } | Self::MethodChanged { .. } => 9,
        }
    }

    /// Whether an agent must look before anything is sent by itself.
    pub fn stops_a_link(&self) -> bool {
        // The click asks other stations again, and goes on where they can't be seen.
        !matches!(self, Self::StationsUnseen)
    }
}

/// What is known of person and ticket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WarningFacts {
    pub guest: bool,
    pub disabled: bool,
    pub mobile: Mobile,
    /// When the directory says that the mobile was registered.
    pub mobile_created: Option<Timestamp>,
    /// Changes of the mobile that were made here: when, and by whom.
    pub mobile_changes: Vec<(Timestamp, String)>,
    /// Other methods: what, and since when.
    pub methods: Vec<(String, Timestamp)>,
    /// What was changed of other methods here.
    pub method_changes: Vec<MethodChange>,
    /// The ticket's company, where there is one.
    pub ticket_company: Option<String>,
    /// Names that the tenant is known by, its own first.
    pub tenant_names: Vec<String>,
    pub ticket_mail: Option<String>,
    /// Mail addresses and user names of the person.
    pub person_mails: Vec<String>,
    pub locked_until: Option<Timestamp>,
    /// Until when another station has a check of this person open, and whose it is.
    pub open_elsewhere: Option<(Timestamp, Option<String>)>,
    /// There is something that stations share, and it could not be read.
    pub stations_unseen: bool,
}

/// A change of a sign-in method that was made here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodChange {
    pub at: Timestamp,
    /// Such as `Office phone changed`.
    pub what: String,
    pub by: String,
}

/// Whether a text can reach the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mobile {
    #[default]
    None,
    /// There is one; its number can't be read, is hidden, or is no mobile's.
    Unusable,
    Usable,
}

/// All warnings, the most serious first. What is as old as `lately` is not lately.
pub fn warnings(facts: &WarningFacts, lately: SignedDuration, now: Timestamp) -> Vec<Warning> {
    let is_late = |at: Timestamp| now.duration_since(at) < lately;
    let mut found = Vec::new();
    if let Some(until) = facts.locked_until.filter(|until| *until > now) {
        found.push(Warning::Locked { until });
    }
    if let Some((until, by)) = facts.open_elsewhere.clone().filter(|(until, _)| *until > now) {
        found.push(Warning::OpenElsewhere { until, by });
    }
    if facts.stations_unseen {
        found.push(Warning::StationsUnseen);
    }
    if facts.disabled {
        found.push(Warning::Disabled);
    }
    if facts.guest {
        found.push(Warning::Guest);
    }
    match facts.mobile {
        Mobile::None => found.push(Warning::NoMobile),
        Mobile::Unusable => found.push(Warning::UnusableNumber),
        Mobile::Usable => {}
    }
    found.extend(
        mobile_changed(facts)
            .filter(|(at, _)| is_late(*at))
            .map(|(at, by)| Warning::MobileChanged { at, by }),
    );
    let new = facts.methods.iter().filter(|(_, at)| is_late(*at));
    found.extend(new.map(|(what, at)| Warning::MethodAdded { at: *at, what: what.clone() }));
    let changes = facts.method_changes.iter().filter(|change| is_late(change.at));
    found.extend(changes.cloned().map(|MethodChange { at, what, by }| Warning::MethodChanged {
        at,
        what,
        by,
    }));
    if let (Some(ticket), Some(tenant)) = (&facts.ticket_company, facts.tenant_names.first())
        && same_company(ticket, &facts.tenant_names) == Some(false)
    {
        found.push(Warning::OtherCompany { ticket: ticket.clone(), tenant: tenant.clone() });
    }
    if let (Some(ticket), Some(person)) = (&facts.ticket_mail, facts.person_mails.first())
        && !facts.person_mails.iter().any(|mail| same_mail(mail, ticket))
    {
        found.push(Warning::OtherMail { ticket: ticket.clone(), person: person.clone() });
    }
    found.sort_by_key(Warning::rank);
    found
}

/// The newest change of the mobile, as the directory or our own history tells it.
fn mobile_changed(facts: &WarningFacts) -> impl Iterator<Item = (Timestamp, Option<String>)> {
    let ours = facts.mobile_changes.iter().max_by_key(|(at, _)| *at);
    let ours = ours.map(|(at, by)| (*at, Some(by.clone())));
    let theirs = facts.mobile_created.map(|at| (at, None));
    // Within a few minutes it is the same change.
    let same =
        |a: Timestamp, b: Timestamp| a.duration_since(b).abs() < SignedDuration::from_mins(5);
    let newest = match (ours, theirs) {
        (Some((at, _)), Some((created, _))) if created > at && !same(created, at) => {
            Some((created, None))
        }
        (Some(ours), _) => Some(ours),
        (None, theirs) => theirs,
    };
    newest.into_iter()
}

/// Whether a company is one of these names; `None` where there is nothing to compare.
pub fn same_company(company: &str, names: &[String]) -> Option<bool> {
    let company = bare_name(company);
    let names: Vec<String> = names.iter().map(|name| bare_name(name)).collect();
    let names: Vec<&String> = names.iter().filter(|name| !name.is_empty()).collect();
    (!company.is_empty() && !names.is_empty()).then(|| names.contains(&&company))
}

/// Letters and digits in lower case, without the legal form.
fn bare_name(name: &str) -> String {
    const FORMS: [&str; 14] = [
        "ab", "ag", "as", "aps", "bv", "co", "corp", "gmbh", "inc", "limited", "llc", "ltd", "oy",
        "plc",
    ];
    let plain = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let lower: String = name.to_lowercase().chars().map(plain).collect();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let named = words.iter().filter(|word| !FORMS.contains(word)).copied().collect::<Vec<_>>();
    if named.is_empty() { words.concat() } else { named.concat() }
}

fn same_mail(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u8) -> Timestamp {
        format!("2026-11-{day:02}T08:14:00Z").parse().unwrap()
    }

    fn of(facts: WarningFacts) -> Vec<Warning> {
        warnings(&facts, SignedDuration::from_hours(14 * 24), day(22))
    }

    fn fine() -> WarningFacts {
        WarningFacts { mobile: Mobile::Usable, ..WarningFacts::default() }
    }

    #[test]
    fn nothing_odd_is_no_warning_and_a_phone_nobody_can_text_is_one() {
        assert_eq!(of(fine()), []);
        assert_eq!(of(WarningFacts { mobile: Mobile::None, ..fine() }), [Warning::NoMobile]);
        let hidden = WarningFacts { mobile: Mobile::Unusable, ..fine() };
        assert_eq!(of(hidden), [Warning::UnusableNumber]);
    }

    #[test]
    fn a_mobile_that_changed_lately_is_told_with_who_did_it_where_that_is_known() {
        let by = |name: &str| Some(name.to_owned());
        let facts = WarningFacts { mobile_created: Some(day(19)), ..fine() };
        assert_eq!(of(facts), [Warning::MobileChanged { at: day(19), by: None }]);
        let ours = vec![(day(12), "Old".to_owned()), (day(20), "Mira".to_owned())];
        let facts = WarningFacts { mobile_changes: ours.clone(), ..fine() };
        assert_eq!(of(facts), [Warning::MobileChanged { at: day(20), by: by("Mira") }]);
        let same = day(20) + SignedDuration::from_secs(30);
        let facts =
            WarningFacts { mobile_changes: ours.clone(), mobile_created: Some(same), ..fine() };
        assert_eq!(of(facts), [Warning::MobileChanged { at: day(20), by: by("Mira") }]);
        let later = WarningFacts { mobile_changes: ours, mobile_created: Some(day(21)), ..fine() };
        assert_eq!(of(later), [Warning::MobileChanged { at: day(21), by: None }]);
        let old = WarningFacts { mobile_created: Some(day(1)), ..fine() };
        assert_eq!(of(old), []);
    }

    #[test]
    fn what_was_changed_of_other_methods_is_no_change_of_the_mobile() {
        let change = |at, what: &str| MethodChange { at, what: what.into(), by: "Mira".into() };
        let method_changes =
            vec![change(day(1), "Security key removed"), change(day(20), "Office phone changed")];
        let found = of(WarningFacts { method_changes, ..fine() });
        let what = "Office phone changed".into();
        let expected = Warning::MethodChanged { at: day(20), what, by: "Mira".into() };
        assert_eq!(found, [expected]);
        assert_eq!(found[0].words(), "Office phone changed 2026-11-20 by Mira");
    }

    #[test]
    fn every_warning_about_person_or_ticket_stops_a_link() {
        let added = Warning::MethodAdded { at: day(21), what: "Authenticator app".into() };
        assert!(added.stops_a_link() && Warning::Guest.stops_a_link());
        assert!(!Warning::StationsUnseen.stops_a_link());
    }

    #[test]
    fn a_ticket_of_somebody_else_is_told() {
        let names = vec!["Nordvik Energi".to_owned()];
        let ticket = |company: &str| WarningFacts {
            ticket_company: Some(company.into()),
            tenant_names: names.clone(),
            ..fine()
        };
        for same in ["nordvik energi AB", "Nordvik-Energi", "NORDVIK  ENERGI"] {
            assert_eq!(of(ticket(same)), [], "{same}");
        }
        assert!(matches!(of(ticket("Nordvik"))[..], [Warning::OtherCompany { .. }]));
        assert_eq!(same_company("", &names), None);
        assert_eq!(same_company("X", &[]), None);
        let mails = WarningFacts {
            ticket_mail: Some("Eve@evil.example".into()),
            person_mails: vec!["daniel@n.example".into(), "dk@n.example".into()],
            ..fine()
        };
        assert!(matches!(of(mails.clone())[..], [Warning::OtherMail { .. }]));
        let own = WarningFacts { ticket_mail: Some("DK@n.example".into()), ..mails };
        assert_eq!(of(own), []);
    }

    #[test]
    fn the_most_serious_comes_first_and_a_lock_ends() {
        let facts = WarningFacts {
            guest: true,
            disabled: true,
            methods: vec![("Authenticator app".into(), day(21))],
            locked_until: Some(day(23)),
            mobile_created: Some(day(21)),
            ..fine()
        };
        let found = of(facts.clone());
        assert!(matches!(
            found[..],
            [
                Warning::Locked { .. },
                Warning::Disabled,
                Warning::MobileChanged { .. },
                Warning::Guest,
                Warning::MethodAdded { .. }
            ]
        ));
        let over = WarningFacts { locked_until: Some(day(22)), ..facts };
        assert!(!of(over).iter().any(|warning| matches!(warning, Warning::Locked { .. })));
    }
}
