//! PINs: the secret itself, the policy it must meet, how strong it is, and a random one.

mod common;
mod draw;
mod policy;
mod weak;

pub use draw::{DrawError, draw};
pub use policy::{PinPolicy, strength_bits};

use crate::problem::Explain;
use icu_normalizer::ComposingNormalizerBorrowed;
use zeroize::Zeroizing;

/// The fewest code points of a PIN (CTAP 2.1, 6.5.1).
pub const MIN_LENGTH: u8 = 4;
/// The most bytes of a PIN in UTF-8 (CTAP 2.1, 6.5.1).
pub const MAX_BYTES: usize = 63;

/// A PIN as CTAP takes it: NFC, 4 to 63 bytes of UTF-8 (CTAP 2.1, 6.5.1).
///
/// It can't be printed or serialised, and its memory is wiped.
pub struct Pin(Zeroizing<String>);

impl Pin {
    /// Brings the text to NFC and checks what every key asks; [`PinPolicy::check`] checks more.
    ///
    /// # Errors
    /// Too short, too long, or with a control character.
    pub fn new(text: &str) -> Result<Self, PinRefused> {
        let mut normal = Zeroizing::new(String::with_capacity(4 * text.len().max(MAX_BYTES)));
        for c in ComposingNormalizerBorrowed::new_nfc().normalize_iter(text.chars()) {
            normal.push(c);
        }
        if normal.chars().any(char::is_control) {
            return Err(PinRefused::ControlCharacter);
        }
        if normal.chars().count() < usize::from(MIN_LENGTH) {
            return Err(PinRefused::TooShort { min: MIN_LENGTH });
        }
        if normal.len() > MAX_BYTES {
            return Err(PinRefused::TooLong { bytes: normal.len() });
        }
        Ok(Self(normal))
    }

    /// The text, for the key, the vault and the letter only.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// A PIN that was one when it was sealed, back from the vault.
    pub fn restored(text: Zeroizing<String>) -> Self {
        Self(text)
    }

    /// A second copy, on purpose and by name.
    pub fn duplicate(&self) -> Self {
        Self(Zeroizing::new(self.0.to_string()))
    }
}

/// Why a PIN is not taken. Says nothing about the PIN itself that helps to guess it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PinRefused {
    #[error("fewer than {min} characters")]
    TooShort { min: u8 },
    #[error("more than 63 bytes")]
    TooLong { bytes: usize },
    #[error("control character")]
    ControlCharacter,
    #[error("all characters the same")]
    AllSame,
    #[error("a run of characters")]
    Run,
    #[error("a pattern repeated")]
    Repeats,
    #[error("a date")]
    Date,
    #[error("one of the commonest")]
    Common,
}

impl Explain for PinRefused {
    fn what(&self) -> String {
        match self {
            Self::TooShort { min } => format!("The PIN has fewer than {min} characters"),
            Self::TooLong { bytes } => {
                format!("The PIN takes {bytes} bytes, and a key holds {MAX_BYTES} at most")
            }
            Self::ControlCharacter => "The PIN has a character that can't be typed".into(),
            Self::AllSame => "All characters of the PIN are the same".into(),
            Self::Run => "The PIN is a run such as 1234 or abcd".into(),
            Self::Repeats => "The PIN repeats a pattern such as 1212".into(),
            Self::Date => "The PIN looks like a date or a year".into(),
            Self::Common => "The PIN is one of those that are tried first".into(),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::TooShort { min } => format!("Choose {min} characters or more"),
            Self::TooLong { .. } => "Choose a shorter one".into(),
            Self::ControlCharacter => "Use letters, digits and signs".into(),
            _ => "Choose one that nobody can guess, or let it be drawn".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_four_characters_and_sixty_three_bytes() {
        let bytes = |text: &str| Pin::new(text).map(|pin| pin.expose().len());
        assert_eq!(bytes("739"), Err(PinRefused::TooShort { min: 4 }));
        assert_eq!(bytes("7391"), Ok(4));
        assert_eq!(bytes(&"x".repeat(63)), Ok(63));
        assert_eq!(bytes(&"x".repeat(64)), Err(PinRefused::TooLong { bytes: 64 }));
        assert_eq!(bytes(&"é".repeat(31)), Ok(62));
        assert_eq!(bytes(&"é".repeat(32)), Err(PinRefused::TooLong { bytes: 64 }));
        assert_eq!(bytes("né🔑"), Err(PinRefused::TooShort { min: 4 }));
    }

    #[test]
    fn a_pin_is_the_same_however_its_accents_were_typed() {
        let composed = Pin::new("caf\u{e9}s").unwrap();
        let typed_apart = Pin::new("cafe\u{301}s").unwrap();
        assert_eq!(typed_apart.expose(), "caf\u{e9}s");
        assert_eq!(composed.expose(), typed_apart.expose());
        // Four code points before, three after.
        assert!(Pin::new("abe\u{301}").is_err());
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["12\u{0}45", "1234\n", "\t1234", "12\u{85}34"] {
            assert_eq!(Pin::new(text).err(), Some(PinRefused::ControlCharacter), "{text:?}");
        }
    }

    #[test]
    fn a_copy_is_the_same_pin() {
        let pin = Pin::new("739104").unwrap();
        assert_eq!(pin.duplicate().expose(), "739104");
    }

    /// Does not compile when `Pin` gets one of these: the call below becomes ambiguous.
    #[test]
    fn a_pin_cannot_be_printed_cloned_or_serialised() {
        trait Exposed<Marker> {
            fn not_exposed() {}
        }
        struct Printed;
        struct Shown;
        struct Cloned;
        struct Serialised;
        impl<T> Exposed<()> for T {}
        impl<T: std::fmt::Debug> Exposed<Printed> for T {}
        impl<T: std::fmt::Display> Exposed<Shown> for T {}
        impl<T: Clone> Exposed<Cloned> for T {}
        impl<T: serde::Serialize> Exposed<Serialised> for T {}
        <Pin as Exposed<_>>::not_exposed();
    }
}
