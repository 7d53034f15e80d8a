//! The kinds of keys the rig has.

use hid::virtual_keys::Model;

use crate::engine::Engine;
use crate::finger::{Finger, TouchPolicy, Touched};
use crate::opensk::OpenSk;
use crate::trussed::Trussed;

/// Whose authenticator it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Trussed,
    OpenSk,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
#[error("a new {} can't be made: {reason}", kind.name())]
pub struct FactoryError {
    kind: Kind,
    reason: String,
}

impl Kind {
    /// A key without PIN and credentials, and its finger, which holds still at first.
    ///
    /// # Errors
    /// [`FactoryError`].
    pub fn factory_new(self) -> Result<(Box<dyn Engine>, Box<dyn Touched>), FactoryError> {
        match self {
            Self::Trussed => {
                let finger = Finger::new(TouchPolicy::Hold);
                let engine = Trussed::new(finger.clone()).map_err(|error| self.failed(&error))?;
                Ok((Box::new(engine), Box::new(finger)))
            }
            Self::OpenSk => {
                let engine = OpenSk::new(Model::Forbidden).map_err(|error| self.failed(&error))?;
                let finger = engine.key().clone();
                Ok((Box::new(engine), Box::new(finger)))
            }
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Trussed => "Trussed",
            Self::OpenSk => "OpenSK",
        }
    }

    fn failed(self, error: &dyn std::error::Error) -> FactoryError {
        FactoryError { kind: self, reason: error.to_string() }
    }
}
