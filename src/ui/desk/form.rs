//! The PIN form: what is chosen for the key, and the PINs being typed.

use crate::app::State;
use crate::app::state::{Choices, Chosen, PinMode};
use crate::directory::PersonId;
use crate::engine::{NewPin, PinChoice, RegisterRequest};
use crate::enrolment::{AlwaysUv, FirstUse, Reset, TypedSerial};
use crate::key::{KeyFacts, KeyId};
use crate::pin::{Pin, PinPolicy};
use crate::problem::{Explain, Problem};
use crate::settings::Settings;
use crate::ui::secret_text::SecretBuffer;

pub struct PinForm {
    pub choices: Choices,
    pub new: SecretBuffer,
    pub repeat: SecretBuffer,
    pub current: SecretBuffer,
    /// Read from the print of a key that tells no serial.
    pub serial: String,
    pub complaint: Option<Problem>,
    of: Option<(Option<PersonId>, Option<KeyId>)>,
    kept: Option<Settings>,
}

impl Default for PinForm {
    fn default() -> Self {
        Self {
            choices: Choices {
                reset: Reset::Keep,
                pin: PinMode::Random,
                keep_pin: false,
                first_use: FirstUse::KeepPin,
                remove_old: false,
                min_pin_length: None,
                always_uv: AlwaysUv::Leave,
            },
            new: SecretBuffer::default(),
            repeat: SecretBuffer::default(),
            current: SecretBuffer::default(),
            serial: String::new(),
            complaint: None,
            of: None,
            kept: None,
        }
    }
}

impl PinForm {
    /// Another person or another key is another form; nothing typed is carried over.
    pub fn follow(&mut self, state: &State) {
        let person = state.desk.person.as_ref().map(|chosen| chosen.person.id.clone());
        let key = state.desk_key().map(|key| key.id.clone());
        let now = Some((person, key));
        if self.of != now || self.kept.as_ref() != Some(&state.settings) {
            self.wipe();
            self.serial.clear();
            self.of = now;
            self.kept = Some(state.settings.clone());
            self.choices = Choices::from_settings(&state.settings);
        }
    }

    pub fn wipe(&mut self) {
        self.new.wipe();
        self.repeat.wipe();
        self.current.wipe();
        self.complaint = None;
    }

    /// Everything for "Register key", or a complaint about what was typed.
    pub fn request(&mut self, state: &State) -> Option<RegisterRequest> {
        let chosen = state.desk.person.as_ref()?;
        let card = chosen.read()?;
        let key = state.desk_key()?;
        let facts = key.facts.as_ref()?;
        match self
            .serial()
            .and_then(|serial| Ok((serial, self.pin_choice(facts, &state.settings)?)))
        {
            Ok((serial, pin)) => {
                let request = RegisterRequest {
                    person: chosen.person.id.clone(),
                    key: key.id.clone(),
                    serial,
                    reset: self.choices.reset,
                    pin,
                    first_use: self.choices.first_use,
                    remove_old: self.choices.old_keys(card),
                };
                self.wipe();
                Some(request)
            }
            Err(complaint) => {
                self.complaint = Some(complaint);
                None
            }
        }
    }

    fn serial(&self) -> Result<Option<TypedSerial>, Problem> {
        TypedSerial::parse(&self.serial).map_err(|refused| refused.problem())
    }

    fn pin_choice(&self, facts: &KeyFacts, settings: &Settings) -> Result<PinChoice, Problem> {
        if !self.choices.needs_current_pin(facts) {
            return Ok(PinChoice::New(self.new_pin(facts, settings)?));
        }
        if self.current.is_empty() {
            return Err(plain("The key has a PIN", "Type the key's current PIN, or reset the key"));
        }
        let current = Pin::new(self.current.expose()).map_err(|refused| refused.problem())?;
        if self.choices.sets_pin(facts) {
            Ok(PinChoice::Change { current, new: self.new_pin(facts, settings)? })
        } else {
            Ok(PinChoice::Existing(current))
        }
    }

    fn new_pin(&self, facts: &KeyFacts, settings: &Settings) -> Result<NewPin, Problem> {
        match self.choices.pin {
            PinMode::Random => Ok(NewPin::Random),
            PinMode::Typed => self.typed(&policy_for(facts, settings)).map(NewPin::Typed),
        }
    }

    /// The PIN typed twice, checked against the policy.
    pub fn typed(&self, policy: &PinPolicy) -> Result<Pin, Problem> {
        if self.new.is_empty() {
            return Err(plain("No PIN typed yet", "Let the person type a new PIN, twice"));
        }
        if self.new.expose() != self.repeat.expose() {
            return Err(plain("The two PINs differ", "Type the same PIN in both fields"));
        }
        let pin = Pin::new(self.new.expose()).map_err(|refused| refused.problem())?;
        policy.check(&pin).map_err(|refused| refused.problem())?;
        Ok(pin)
    }
}

/// The policy of the settings and of the key together.
pub fn policy_for(facts: &KeyFacts, settings: &Settings) -> PinPolicy {
    PinPolicy::in_use(settings, facts.min_pin_length)
}

/// The old keys' names, for the option that removes them.
pub fn old_key_names(chosen: &Chosen) -> Vec<String> {
    let Some(card) = chosen.read() else { return Vec::new() };
    card.passkeys.iter().map(|passkey| crate::app::state::clean(&passkey.display_name)).collect()
}

fn plain(what: &str, next: &str) -> Problem {
    Problem { what: what.into(), next: next.into(), details: Vec::new() }
}
