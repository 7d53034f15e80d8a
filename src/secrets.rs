//! Secrets in the operating system's keyring, or in memory for this session where there is none.

use zeroize::Zeroizing;

/// A secret's text: wiped after use, impossible to print.
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}
