//! What the operator is reminded of: a tenant that is another company's, and secrets and
//! certificates that end.

use super::super::station::Station;
use super::super::{Event, directories};
use crate::directory::{CheckOutcome, ConnectionCheck, Directory, DirectoryError, Expiry};
use crate::problem::{Explain, Problem};
use crate::settings::TenantSettings;
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// An administrator needs some days for a new one.
const REMIND_BEFORE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A station may run for weeks.
const LOOK_AGAIN: Duration = Duration::from_hours(6);

impl Station {
    /// The tenant in use, unless that is practice's.
    pub(in crate::engine) fn watch_own_tenant(&mut self) {
        let practised = self.ports.as_ref().is_none_or(|ports| ports.tenant.key.practice);
        if let Some(tenant) = self.settings.tenant().filter(|_| !practised) {
            self.watch_tenant(self.settings.resolved(tenant));
        }
    }

    /// Looks now and then, as long as the tenant is in use: whose it is, and when the sign-in ends.
    pub(in crate::engine) fn watch_tenant(&mut self, tenant: TenantSettings) {
        let Some(ports) = self.ports.clone() else { return };
        self.desk.also(tokio::spawn(async move {
            loop {
                let directory = &ports.tenant.directory;
                let ends = ends(&tenant, directory).await;
                let due = ends.map(|ends| of_ends(&ends, Timestamp::now()));
                // An end that is near goes first: it stops everybody.
                let told = match due {
                    Ok(Some(due)) => Ok(Some(due)),
                    due => match stranger(&tenant, directory).await {
                        Some(stranger) => Ok(Some(stranger)),
                        None => due,
                    },
                };
                // What can't be looked at says nothing of an end that is known already.
                match told {
                    Ok(told) => ports.teller.tell(Event::Reminder(told)).await,
                    Err(error) => tracing::info!(%error, "it is not known when the sign-in ends"),
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }));
    }
}

/// The domain that the tenant was asked for by is another company's.
async fn stranger(tenant: &TenantSettings, directory: &Arc<dyn Directory>) -> Option<Problem> {
    let asked = tenant.entra()?.asked();
    match directory.organisation().await {
        Ok(own) => own?.stranger(asked),
        Err(error) => {
            tracing::info!(%error, "it is not known whose tenant it is");
            None
        }
    }
}

/// The line of the connection test; nothing where no secret of the station's signs in.
pub(super) async fn check(
    tenant: &TenantSettings,
    directory: &Arc<dyn Directory>,
) -> Option<ConnectionCheck> {
    tenant.secret_name()?;
    let outcome = match ends(tenant, directory).await {
        Ok(ends) => judge(&ends, Timestamp::now()),
        Err(error) => CheckOutcome::Advice(Problem {
            next: format!(
                "Type the secret's last day in Settings; or let Keydesk read it: {}",
                error.next()
            ),
            ..error.problem()
        }),
    };
    Some(ConnectionCheck { name: "Expiry".into(), outcome })
}

/// What this station knows itself goes before what the directory lists: that may be of other
/// stations.
async fn ends(
    tenant: &TenantSettings,
    directory: &Arc<dyn Directory>,
) -> Result<Vec<Expiry>, DirectoryError> {
    if tenant.secret_name().is_none() {
        return Ok(Vec::new());
    }
    match directories::own_expiry(tenant).await? {
        Some(own) => Ok(vec![own]),
        None => directory.expiries().await,
    }
}

/// With several it is not known which one signs in here, so the last to end decides.
fn last(ends: &[Expiry]) -> Option<&Expiry> {
    ends.iter().max_by_key(|expiry| expiry.at)
}

fn of_ends(ends: &[Expiry], now: Timestamp) -> Option<Problem> {
    let expiry = last(ends)?;
    (expiry.at.duration_since(now) <= REMIND_BEFORE).then(|| told(expiry, now))
}

fn judge(ends: &[Expiry], now: Timestamp) -> CheckOutcome {
    let Some(expiry) = last(ends) else {
        return CheckOutcome::Works("Nothing is known that ends".into());
    };
    let left = expiry.at.duration_since(now);
    if left.is_negative() {
        return CheckOutcome::Failed(told(expiry, now));
    }
    if left <= REMIND_BEFORE {
        return CheckOutcome::Advice(told(expiry, now));
    }
    CheckOutcome::Works(format!("{} ends on {}", expiry.what, day(expiry.at)))
}

fn told(expiry: &Expiry, now: Timestamp) -> Problem {
    let days = expiry.at.duration_since(now).as_hours() / 24;
    let what = &expiry.what;
    let what = match days {
        _ if expiry.at <= now => format!("{what} has ended on {}", day(expiry.at)),
        0 => format!("{what} ends today"),
        1 => format!("{what} ends tomorrow"),
        days => format!("{what} ends in {days} days, on {}", day(expiry.at)),
    };
    Problem {
        what: format!("{what}; nobody can sign in here afterwards"),
        next: "Ask the administrator for a new one and store it under Settings".into(),
        details: Vec::new(),
    }
}

fn day(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::system()).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_days(days: i64) -> Expiry {
        let at = now() + SignedDuration::from_hours(days * 24 + 1);
        Expiry { what: "Client secret".into(), at }
    }

    fn now() -> Timestamp {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_reminder_begins_thirty_days_before_and_stays() {
        assert_eq!(of_ends(&[], now()), None);
        assert_eq!(of_ends(&[in_days(30)], now()), None);
        let words = |days| of_ends(&[in_days(days)], now()).unwrap().what;
        assert!(words(29).contains("ends in 29 days, on 2026-12-"), "{}", words(29));
        assert!(words(1).contains("ends tomorrow"));
        assert!(words(0).contains("ends today"));
        assert!(words(-2).contains("has ended on 2026-11-"), "{}", words(-2));
    }

    #[test]
    fn of_several_secrets_the_last_to_end_decides() {
        assert_eq!(of_ends(&[in_days(3), in_days(200)], now()), None);
        assert!(matches!(judge(&[in_days(200)], now()), CheckOutcome::Works(_)));
        assert!(matches!(judge(&[in_days(20)], now()), CheckOutcome::Advice(_)));
        assert!(matches!(judge(&[in_days(-1)], now()), CheckOutcome::Failed(_)));
    }
}
