//! A variable to hand over.

use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Kind, Result};
use crate::variables::Name;

/// A variable and its new value; none if it must be removed.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub name: Name,
    /// Most are not secret; the type keeps the secret ones out of sight.
    pub value: Option<SecretString>,
}

impl Variable {
    pub(crate) fn set(name: Name, value: &str) -> Self {
        Self { name, value: Some(value.into()) }
    }

    pub(crate) fn removed(name: Name) -> Self {
        Self { name, value: None }
    }

    /// A variable with this value.
    ///
    /// # Errors
    /// For a value with a NUL, which no environment can hold.
    #[expect(clippy::disallowed_methods, reason = "looks for what no environment can hold")]
    pub(super) fn checked(name: Name, value: Option<SecretString>) -> Result<Self> {
        match &value {
            Some(text) if text.expose_secret().contains('\0') => {
                Err(Error::new(Kind::Other, format!("the value of {name} holds a NUL character"))
                    .hint("the source of these credentials is broken"))
            }
            _ => Ok(Self { name, value }),
        }
    }
}
