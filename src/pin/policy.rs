//! What a PIN must meet beyond CTAP's bounds, and how strong one is.

use super::{MAX_BYTES, MIN_LENGTH, Pin, PinRefused, common, weak};
use crate::settings::{Alphabet, PinSettings, Settings};

/// The rules for the PIN of one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PinPolicy {
    /// Code points: the least of a typed PIN, and what a drawn one has.
    length: u8,
    alphabet: Alphabet,
}

impl PinPolicy {
    /// The operator's settings, raised to the key's minimum (code points): its own, or the one
    /// it is given afterwards, whichever is more.
    pub fn new(settings: &PinSettings, key_minimum: u8) -> Self {
        let longest = u8::try_from(MAX_BYTES).unwrap_or(u8::MAX);
        let length = settings.length.max(key_minimum).clamp(MIN_LENGTH, longest);
        Self { length, alphabet: settings.alphabet }
    }

    /// That of the tenant in use, with the minimum that its keys are given.
    pub fn in_use(settings: &Settings, key_minimum: u8) -> Self {
        let tenant = settings.tenant_in_use();
        let given = settings.enrolment_in(tenant).min_pin_length.unwrap_or(0);
        Self::new(settings.pin_in(tenant), key_minimum.max(given))
    }

    pub fn length(&self) -> u8 {
        self.length
    }

    /// The characters a drawn PIN is made of.
    pub fn characters(&self) -> &'static str {
        match self.alphabet {
            Alphabet::Digits => "0123456789",
            Alphabet::Letters => "abcdefghjkmnpqrstuvwxyz23456789",
        }
    }

    /// Bits of a drawn PIN, rounded down: what the refused ones take away is less than one.
    pub fn drawn_bits(&self) -> u32 {
        let bits = f64::from(self.length) * (self.characters().len() as f64).log2();
        (bits - 0.3) as u32
    }

    /// # Errors
    /// Why the PIN is refused: too short, or too easy to guess.
    pub fn check(&self, pin: &Pin) -> Result<(), PinRefused> {
        let text = pin.expose();
        if text.chars().count() < usize::from(self.length) {
            return Err(PinRefused::TooShort { min: self.length });
        }
        if common::is_common(text) {
            return Err(PinRefused::Common);
        }
        weak::refuse(text)
    }
}

/// How many bits a typed PIN has at most: its kinds of characters, repeated and running ones
/// counted for one bit.
pub fn strength_bits(pin: &Pin) -> u32 {
    let text = pin.expose();
    let mut pool = 0_u32;
    for (has, size) in [
        (text.contains(|c: char| c.is_ascii_digit()), 10),
        (text.contains(|c: char| c.is_ascii_lowercase()), 26),
        (text.contains(|c: char| c.is_ascii_uppercase()), 26),
        (text.contains(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()), 33),
        (!text.is_ascii(), 64),
    ] {
        pool += if has { size } else { 0 };
    }
    let full = f64::from(pool.max(2)).log2();
    let mut before = None;
    let bits: f64 = text
        .chars()
        .map(|c| {
            let near = before.is_some_and(|b: char| u32::from(b).abs_diff(u32::from(c)) <= 1);
            before = Some(c);
            if near { 1.0 } else { full }
        })
        .sum();
    bits as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> PinPolicy {
        PinPolicy::new(&PinSettings::default(), 4)
    }

    fn check(text: &str) -> Result<(), PinRefused> {
        policy().check(&Pin::new(text).unwrap())
    }

    #[test]
    fn the_longer_of_setting_and_key_minimum_rules() {
        assert_eq!(policy().length(), 6);
        let strict = PinPolicy::new(&PinSettings::default(), 8);
        assert_eq!(strict.length(), 8);
        assert_eq!(
            strict.check(&Pin::new("7391048").unwrap()),
            Err(PinRefused::TooShort { min: 8 })
        );
        assert_eq!(PinPolicy::new(&PinSettings::default(), 255).length(), 63);
    }

    #[test]
    fn length_counts_characters_and_not_bytes() {
        assert_eq!(check("éüßñå"), Err(PinRefused::TooShort { min: 6 }));
        assert_eq!(check("éüßñåø"), Ok(()));
    }

    #[test]
    fn easy_pins_are_refused_by_cause() {
        for (text, refused) in [
            ("888888", PinRefused::AllSame),
            ("345678", PinRefused::Run),
            ("543210", PinRefused::Run),
            ("121212", PinRefused::Repeats),
            ("240789", PinRefused::Date),
            ("159753", PinRefused::Common),
            ("Qwerty", PinRefused::Common),
        ] {
            assert_eq!(check(text), Err(refused), "{text}");
        }
        assert_eq!(check("739104"), Ok(()));
    }

    #[test]
    fn strength_grows_with_length_and_kinds_of_characters() {
        let bits = |text: &str| strength_bits(&Pin::new(text).unwrap());
        assert_eq!(bits("739164"), 19);
        assert!(bits("73916482") > bits("739164"));
        assert!(bits("7g9q6X") > bits("7g9q6x"));
        assert!(bits("111111") < 10);
    }

    #[test]
    fn the_strength_of_a_drawn_pin_is_not_overstated() {
        assert_eq!(policy().drawn_bits(), 19);
        let letters = PinSettings { length: 8, alphabet: Alphabet::Letters };
        assert_eq!(PinPolicy::new(&letters, 4).drawn_bits(), 39);
    }
}
