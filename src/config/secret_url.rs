//! A URL that may hold a password.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// An address that is never shown whole, because it may hold a password.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretUrl(String);

impl SecretUrl {
    /// The address with its password.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is the empty string, which counts as not set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromStr for SecretUrl {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Ok(mut url) = url::Url::parse(&self.0) else {
            return f.write_str("(not a URL)");
        };
        // PostgreSQL also takes the password as a parameter.
        url.set_query(None);
        if url.password().is_some() && url.set_password(Some("***")).is_err() {
            return f.write_str("(hidden)");
        }
        fmt::Display::fmt(&url, f)
    }
}

impl fmt::Debug for SecretUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        for url in [
            "postgres://purser:hunter2@db/purser",
            "postgres://db/purser?user=purser&password=hunter2",
            "hunter2",
        ] {
            let url: SecretUrl = url.parse().unwrap();
            assert!(!format!("{url} {url:?}").contains("hunter2"), "{url}");
        }
        let url: SecretUrl = "postgres://purser:hunter2@db/purser".parse().unwrap();
        assert_eq!(url.to_string(), "postgres://purser:***@db/purser");
    }
}
