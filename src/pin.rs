//! PINs: the secret itself, the policy it must meet, how strong it is, and a random one.

use zeroize::Zeroizing;

/// A PIN as CTAP takes it: NFC, 4 to 63 bytes of UTF-8 (CTAP 2.1, 6.5.1).
///
/// It can't be printed or serialised, and its memory is wiped.
pub struct Pin(Zeroizing<String>);

impl Pin {
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
