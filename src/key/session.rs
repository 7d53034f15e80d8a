//! One inserted key on its worker thread: the client's handle, what was learnt, the commands.

use std::fmt::Display;
use std::sync::Arc;
use std::time::{Duration, Instant};

use ctap_hid_fido2::fidokey::FidoKeyHid;
use ctap_hid_fido2::fidokey::pin::Permission;
use ctap_hid_fido2::{FidoKeyHidFactory, HidParam, LibCfg};
use hid::Description;
use zeroize::Zeroizing;

use super::classify::{classify, from_reason, from_seam};
use super::error::KeyError;
use super::info::Info;
use super::models::model_name;
use super::retries::pin_retries;
use super::rules::{
    acceptable, firmware_text, is_the_keys_word, subcommand_for, usable, with_length,
};
use super::serial::{DeviceConfig, YUBICO, read_config};
use super::tickets::{Ticket, Tickets};
use super::{
    Configure, KeyFacts, KeyId, NoSerial, StoredCredential, config, credentials, exclude, make,
    silent,
};
use crate::pin::Pin;
use crate::webauthn::{CreationOptions, CredentialId, MadeCredential};

/// CTAP 2.1, 6.6: a reset is refused later than this after power-up.
pub const RESET_WINDOW: Duration = Duration::from_secs(10);

/// The status of a PIN token that the key no longer knows (CTAP 2.1, 8.2).
const PIN_AUTH_INVALID: u8 = 0x33;
/// How often a command is run whose PIN token is lost each time.
const TOKEN_TRIES: u32 = 5;

const GET_INFO: u8 = 0x04;
const RESET: u8 = 0x07;
const WINK: u8 = 0x08;

/// What a key's worker thread knows and does. Never leaves its thread.
pub struct Session {
    device: Description,
    inserted: Instant,
    client: Option<FidoKeyHid>,
    config: Option<DeviceConfig>,
    /// What the key's smart card side answered, once it was asked for the serial.
    smart_card: Option<Result<u32, NoSerial>>,
    /// Credentials on the key, once a listing or a reset made it sure.
    credentials: Option<u32>,
    asked_for_pin: AskedForPin,
    asked_what_it_holds: bool,
    tickets: Arc<Tickets>,
    ticket: Ticket,
}

/// Whether a clientPIN command was sent since insertion. On some keys the first one ends the time
/// in which a reset is allowed, so the retries must not be asked for before that.
#[derive(Clone, Copy, PartialEq, Eq)]
enum AskedForPin {
    Never,
    Already,
}

impl Session {
    pub fn new(device: Description, tickets: Arc<Tickets>) -> Self {
        Self {
            device,
            inserted: Instant::now(),
            client: None,
            config: None,
            smart_card: None,
            credentials: None,
            asked_for_pin: AskedForPin::Never,
            asked_what_it_holds: false,
            ticket: Ticket::default(),
            tickets,
        }
    }

    pub fn device(&self) -> &Description {
        &self.device
    }

    /// When the PIN's retries may be asked for without harm.
    pub fn retries_askable_at(&self) -> Instant {
        match self.asked_for_pin {
            AskedForPin::Never => self.inserted + RESET_WINDOW,
            AskedForPin::Already => self.inserted,
        }
    }

    /// From here on, [`Self::not_cancelled`] speaks of this job.
    ///
    /// # Errors
    /// [`KeyError::Cancelled`] when it was cancelled while it waited.
    pub fn begin(&mut self, ticket: Ticket) -> Result<(), KeyError> {
        self.ticket = ticket;
        self.tickets.begin(ticket);
        self.not_cancelled()
    }

    /// # Errors
    /// [`KeyError::Cancelled`] when this job was: the key hears a cancel only while it works.
    fn not_cancelled(&self) -> Result<(), KeyError> {
        if self.tickets.is_cancelled(self.ticket) { Err(KeyError::Cancelled) } else { Ok(()) }
    }

    /// Throws the client's handle away; the next command opens a new one.
    pub fn forget_client(&mut self) {
        self.client = None;
    }

    /// Takes what the key's smart card side told of the serial.
    pub fn set_smart_card(&mut self, answer: Result<u32, NoSerial>) {
        self.smart_card = Some(answer);
    }

    pub fn facts(&mut self) -> Result<KeyFacts, KeyError> {
        let info = self.info()?;
        let config = self.device_config()?;
        let askable = Instant::now() >= self.retries_askable_at();
        let retries_left = if info.has_pin() && askable {
            Some(pin_retries(&self.device.id, info.pin_protocol())?)
        } else {
            None
        };
        let smart_card = self.smart_card.filter(|_| config.serial.is_none());
        let serial = config.serial.or(smart_card.and_then(Result::ok));
        Ok(KeyFacts {
            id: KeyId::of(&self.device.id),
            port: self.device.port.clone(),
            model: self.model(&info),
            aaguid: info.aaguid(),
            known_model: model_name(info.aaguid()).is_some(),
            firmware: self.firmware(config, &info),
            serial: serial.map(|serial| serial.to_string()),
            no_serial: smart_card.and_then(Result::err),
            pin: info.pin_state(retries_left),
            min_pin_length: info.min_pin_length(),
            always_uv: info.option("alwaysUv"),
            free_slots: info.free_slots,
            credentials: self.credentials,
            supports: info.supports(),
        })
    }

    pub fn retries(&mut self) -> Result<u8, KeyError> {
        let info = self.info()?;
        if !info.has_pin() {
            return Err(KeyError::PinNotSet);
        }
        self.asked_for_pin = AskedForPin::Already;
        pin_retries(&self.device.id, info.pin_protocol())
    }

    pub fn set_pin(&mut self, pin: &Pin) -> Result<(), KeyError> {
        let info = self.info()?;
        if info.has_pin() {
            return Err(KeyError::PinRequired);
        }
        acceptable(pin, &info)?;
        self.call_with_pin(&info, |client| client.set_new_pin(pin.expose()))
    }

    pub fn change_pin(&mut self, old: &Pin, new: &Pin) -> Result<(), KeyError> {
        let info = self.info()?;
        if !info.has_pin() {
            return Err(KeyError::PinNotSet);
        }
        acceptable(new, &info)?;
        if old.expose().len() > crate::pin::MAX_BYTES {
            return Err(KeyError::PinPolicy { min_length: None });
        }
        self.call_with_pin(&info, |client| client.change_pin(old.expose(), new.expose()))
    }

    pub fn check_pin(&mut self, pin: &Pin) -> Result<(), KeyError> {
        let info = self.info()?;
        self.pin_token(&info, pin).map(drop)
    }

    pub fn make_credential(
        &mut self,
        options: &CreationOptions,
        client_data_json: Vec<u8>,
        pin: &Pin,
    ) -> Result<MadeCredential, KeyError> {
        let info = self.info()?;
        usable(pin, &info)?;
        let plan = make::Plan::new(options, client_data_json, &info)?;
        let mut excluded = exclude::worth_sending(&options.exclude, &info);
        if !exclude::fits(&excluded, plan.message_bytes(), &info) {
            self.ask_excluded(&info, &options.relying_party.id, &excluded, pin)?;
            excluded.clear();
        }
        let arguments = plan.arguments(pin.expose(), &excluded);
        let attestation =
            self.call_with_pin(&info, |client| client.make_credential_with_args(&arguments))?;
        self.credentials = self.credentials.map(|count| count.saturating_add(1));
        make::made(attestation)
    }

    /// Which of these credentials is on the key, asked without PIN and touch.
    pub fn holds(
        &mut self,
        rp_id: &str,
        ids: &[CredentialId],
    ) -> Result<Option<CredentialId>, KeyError> {
        let info = self.info()?;
        let ids = exclude::worth_sending(ids, &info);
        for batch in silent::batches(&ids, rp_id, None, &info) {
            self.not_cancelled()?;
            self.asked_what_it_holds = true;
            if let Some(found) = silent::ask(&self.device.id, rp_id, &batch, None)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Every discoverable credential, of every relying party.
    pub fn credentials(&mut self, pin: &Pin) -> Result<Vec<StoredCredential>, KeyError> {
        let info = self.info_for_credentials(pin)?;
        let parties = self.call_with_pin(&info, |client| {
            client.credential_management_enumerate_rps(Some(pin.expose()))
        });
        let parties = match parties {
            Err(KeyError::Status(credentials::NO_CREDENTIALS)) => Vec::new(),
            other => other?,
        };
        let mut found = Vec::new();
        for party in parties {
            self.not_cancelled()?;
            let held = self.call_with_pin(&info, |client| {
                client.credential_management_enumerate_credentials(
                    Some(pin.expose()),
                    &party.rpid_hash,
                )
            })?;
            found.extend(held.into_iter().map(|held| credentials::stored(&party, held)));
        }
        self.credentials = u32::try_from(found.len()).ok();
        Ok(found)
    }

    pub fn delete_credential(&mut self, pin: &Pin, id: &CredentialId) -> Result<(), KeyError> {
        let info = self.info_for_credentials(pin)?;
        let descriptor = credentials::descriptor(id);
        self.call_with_pin(&info, |client| {
            client.credential_management_delete_credential(Some(pin.expose()), descriptor.clone())
        })
        .map_err(credentials::not_there)?;
        self.credentials = self.credentials.map(|count| count.saturating_sub(1));
        Ok(())
    }

    pub fn configure(&mut self, pin: &Pin, change: Configure) -> Result<(), KeyError> {
        let info = self.info()?;
        let Some(subcommand) = subcommand_for(&info, change)? else {
            return Ok(());
        };
        usable(pin, &info)?;
        let protocol = info.pin_protocol();
        let token = self.call_with_pin(&info, |client| {
            client.get_pinuv_auth_token_with_permission(
                pin.expose(),
                Permission::AuthenticatorConfiguration,
            )
        })?;
        let token = Zeroizing::new(token.key);
        let request = config::request(subcommand, &token, protocol)?;
        self.not_cancelled()?;
        hid::ctap2(&self.device.id, config::COMMAND, &request)
            .map(drop)
            .map_err(|error| with_length(from_seam(error), &info))
    }

    /// Erases everything; the key asks for a touch.
    pub fn reset(&mut self) -> Result<(), KeyError> {
        let in_time = self.inserted.elapsed() < RESET_WINDOW;
        let reset = hid::ctap2(&self.device.id, RESET, &[]).map_err(from_seam);
        reset.map_err(|error| match error {
            KeyError::NotAllowed if self.asked_what_it_holds && in_time => KeyError::ResetNotFirst,
            other => other,
        })?;
        self.credentials = Some(0);
        self.forget_client();
        Ok(())
    }

    /// Makes the key blink, without any effect.
    pub fn wink(&mut self) -> Result<(), KeyError> {
        hid::transact(&self.device.id, WINK, &[]).map(drop).map_err(from_reason)
    }

    fn info(&self) -> Result<Info, KeyError> {
        let answer = hid::ctap2(&self.device.id, GET_INFO, &[]).map_err(|error| {
            match from_seam(error) {
                // A key of the older generation, which knows U2F only.
                KeyError::Unsupported(_) => KeyError::Unsupported("FIDO2"),
                other => other,
            }
        })?;
        Info::parse(&answer)
    }

    fn device_config(&mut self) -> Result<DeviceConfig, KeyError> {
        if let Some(config) = self.config {
            return Ok(config);
        }
        let config = match self.device.vendor_id {
            YUBICO => self.ask_config()?,
            _ => DeviceConfig::default(),
        };
        self.config = Some(config);
        Ok(config)
    }

    /// A key that is silent only to this question does not know it.
    fn ask_config(&self) -> Result<DeviceConfig, KeyError> {
        match read_config(&self.device.id) {
            Err(KeyError::Silent) => self.info().map(|_| DeviceConfig::default()),
            told => told,
        }
    }

    fn model(&self, info: &Info) -> String {
        match model_name(info.aaguid()) {
            Some(name) => name.to_owned(),
            None if self.device.product.is_empty() => "Security key".to_owned(),
            None => self.device.product.clone(),
        }
    }

    fn firmware(&self, config: DeviceConfig, info: &Info) -> Option<String> {
        if let Some([major, minor, patch]) = config.version {
            return Some(format!("{major}.{minor}.{patch}"));
        }
        info.firmware.map(|number| firmware_text(self.device.vendor_id, number))
    }

    fn info_for_credentials(&mut self, pin: &Pin) -> Result<Info, KeyError> {
        let info = self.info()?;
        if !info.supports().credential_management {
            return Err(KeyError::Unsupported("credential management"));
        }
        usable(pin, &info)?;
        Ok(info)
    }

    fn ask_excluded(
        &mut self,
        info: &Info,
        rp_id: &str,
        excluded: &[&[u8]],
        pin: &Pin,
    ) -> Result<(), KeyError> {
        let bytes = self.pin_token(info, pin)?;
        let token = silent::Token { bytes: &bytes, protocol: info.pin_protocol() };
        for batch in silent::batches(excluded, rp_id, Some(&token), info) {
            self.not_cancelled()?;
            exclude::ask(&self.device.id, rp_id, &batch, &token)?;
        }
        Ok(())
    }

    /// A right PIN costs no retry.
    fn pin_token(&mut self, info: &Info, pin: &Pin) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        usable(pin, info)?;
        let token = self.call_with_pin(info, |client| client.get_pin_token(pin.expose()))?;
        Ok(Zeroizing::new(token.key))
    }

    /// Runs a command of the client that sends the PIN; its PIN errors get their numbers.
    ///
    /// A key keeps one PIN token at a time (CTAP 2.1, 6.5.2.1): another program that used the PIN
    /// between our token and its use has made ours worthless. Then the command, which gets a token
    /// of its own, is run again; a right PIN costs no retry.
    fn call_with_pin<T, E: Display>(
        &mut self,
        info: &Info,
        command: impl Fn(&FidoKeyHid) -> Result<T, E>,
    ) -> Result<T, KeyError> {
        let mut result = self.call_with_pin_once(info, &command);
        for _ in 1..TOKEN_TRIES {
            if !matches!(result, Err(KeyError::Status(PIN_AUTH_INVALID))) {
                break;
            }
            result = self.call_with_pin_once(info, &command);
        }
        result
    }

    fn call_with_pin_once<T, E: Display>(
        &mut self,
        info: &Info,
        command: impl Fn(&FidoKeyHid) -> Result<T, E>,
    ) -> Result<T, KeyError> {
        self.not_cancelled()?;
        self.asked_for_pin = AskedForPin::Already;
        let id = self.device.id.clone();
        let client = self.client(info)?;
        let error = match command(client) {
            Ok(value) => return Ok(value),
            Err(error) => classify(&error.to_string(), hid::last_reason(&id)),
        };
        if !is_the_keys_word(&error) {
            self.forget_client();
        }
        Err(with_length(self.with_retries(error, info), info))
    }

    fn client(&mut self, info: &Info) -> Result<&mut FidoKeyHid, KeyError> {
        let client = match self.client.take() {
            Some(client) => client,
            None => self.open()?,
        };
        let client = self.client.insert(client);
        client.pin_protocol_version = info.pin_protocol();
        client.use_pre_credential_management = !info.manages_credentials();
        Ok(client)
    }

    fn open(&self) -> Result<FidoKeyHid, KeyError> {
        let mut quiet = LibCfg::init().with_enable_log(false);
        quiet.enable_keep_alive_msg = false;
        let path = HidParam::Path(self.device.id.as_str().to_owned());
        FidoKeyHidFactory::create_by_params(&[path], &quiet)
            .map_err(|error| classify(&error.to_string(), hid::last_reason(&self.device.id)))
    }

    fn with_retries(&self, error: KeyError, info: &Info) -> KeyError {
        let ask = || match pin_retries(&self.device.id, info.pin_protocol()) {
            Ok(retries) => Some(retries),
            Err(error) => {
                tracing::debug!(%error, "the PIN's retries can't be read");
                None
            }
        };
        match error {
            KeyError::PinInvalid { .. } => match ask() {
                Some(0) => KeyError::PinBlocked,
                retries_left => KeyError::PinInvalid { retries_left },
            },
            KeyError::PinAuthBlocked { .. } => match ask() {
                Some(0) => KeyError::PinBlocked,
                retries_left => KeyError::PinAuthBlocked { retries_left },
            },
            other => other,
        }
    }
}
