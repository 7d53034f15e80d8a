//! Makes a tenant's services out of its settings and the keyring's secrets.

use super::ServiceError;
use super::check_log::{CheckLog, PostgresLog, SqlServerLog};
use super::messaging::{
    Authy, CodeService, Duo, PushService, TwilioMessages, TwilioPush, TwilioVerify, twilio_limits,
};
use super::stations::SharedFolder;
use super::tickets::{HaloPsa, TicketSystem};
use crate::directory::http::Limits;
use crate::secrets::SecretText;
use crate::settings::{LogServer, LogSettings, SmsWay, StationsShare, VerifySettings};
use crate::verify::PushKind;
use std::time::Duration;

/// Secrets of services, as far as they are kept.
#[derive(Default)]
pub struct ServiceSecrets {
    pub twilio: Option<SecretText>,
    pub authy: Option<SecretText>,
    pub duo: Option<SecretText>,
    pub halo: Option<SecretText>,
    pub log: Option<SecretText>,
}

/// What sends codes; nothing where that is not set.
///
/// # Errors
/// Settings that can't be right, or [`ServiceError::NoSecret`].
pub fn codes(
    settings: &VerifySettings,
    secrets: &ServiceSecrets,
) -> Result<Option<Box<dyn CodeService>>, ServiceError> {
    let twilio = &settings.twilio;
    Ok(match settings.sms {
        None => None,
        Some(SmsWay::Verify) => {
            let secret = kept(TwilioVerify::NAME, secrets.twilio.as_ref())?;
            Some(Box::new(TwilioVerify::new(twilio, secret, twilio_limits())?))
        }
        Some(SmsWay::Messages) => {
            let secret = kept(TwilioMessages::NAME, secrets.twilio.as_ref())?;
            Some(Box::new(TwilioMessages::new(twilio, secret, twilio_limits())?))
        }
    })
}

/// What asks by push; nothing where that is not set.
///
/// # Errors
/// As [`codes`].
pub fn push(
    settings: &VerifySettings,
    secrets: &ServiceSecrets,
) -> Result<Option<Box<dyn PushService>>, ServiceError> {
    Ok(match settings.push {
        None => None,
        Some(PushKind::Authy) => {
            let key = kept(Authy::NAME, secrets.authy.as_ref())?;
            Some(Box::new(Authy::new(&settings.authy, &key, push_limits())?))
        }
        Some(PushKind::Duo) => {
            let secret = kept(Duo::NAME, secrets.duo.as_ref())?;
            Some(Box::new(Duo::new(&settings.duo, secret, push_limits())?))
        }
        Some(PushKind::Verify) => {
            let secret = kept(TwilioPush::NAME, secrets.twilio.as_ref())?;
            Some(Box::new(TwilioPush::new(&settings.twilio, secret, twilio_limits())?))
        }
    })
}

/// Questions are asked and looked at again and again: no call waits long by itself.
fn push_limits() -> Limits {
    Limits { patience: Duration::from_secs(5), tries: 2, ..Limits::default() }
}

/// The ticket system; nothing where that is not set.
///
/// # Errors
/// As [`codes`].
pub fn tickets(
    settings: &VerifySettings,
    secrets: &ServiceSecrets,
) -> Result<Option<Box<dyn TicketSystem>>, ServiceError> {
    let Some(halo) = &settings.halo else { return Ok(None) };
    let secret = kept(HaloPsa::NAME, secrets.halo.as_ref())?;
    let system = HaloPsa::new(halo, secret, HaloPsa::usual_limits())?;
    Ok(Some(Box::new(system)))
}

/// The log of checks; nothing where that is not set.
///
/// # Errors
/// As [`codes`].
pub fn check_log(
    settings: Option<&LogSettings>,
    secrets: &ServiceSecrets,
) -> Result<Option<Box<dyn CheckLog>>, ServiceError> {
    let Some(settings) = settings else { return Ok(None) };
    let password = |name| secrets.log.as_ref().ok_or(ServiceError::NoSecret { service: name });
    Ok(Some(match settings.server {
        LogServer::Postgresql => {
            Box::new(PostgresLog::new(settings, password(PostgresLog::NAME)?)?)
        }
        LogServer::SqlServer => {
            Box::new(SqlServerLog::new(settings, password(SqlServerLog::NAME)?))
        }
    }))
}

/// The folder that stations share; nothing where they share another thing, or nothing. `agent` is
/// who the others are told of.
pub fn shared_folder(settings: &VerifySettings, agent: &str) -> Option<SharedFolder> {
    let folder = settings.stations_folder.as_ref();
    let folder = folder.filter(|_| settings.stations == StationsShare::Folder)?;
    Some(SharedFolder::new(folder, agent))
}

fn kept(service: &'static str, secret: Option<&SecretText>) -> Result<SecretText, ServiceError> {
    secret.map(SecretText::duplicate).ok_or(ServiceError::NoSecret { service })
}
