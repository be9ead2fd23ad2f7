//! Names of connectors.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr, sync::Arc};

/// Longest name.
const MAX_LENGTH: usize = 32;

/// The name of a connector: 1 to 32 characters of `a-z 0-9 -`, a letter first. Names are so plain that
/// each has exactly one spelling as an environment variable.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectorName(Arc<str>);

/// The text cannot name a connector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a connector's name has 1 to 32 characters of a-z 0-9 -, a letter first")]
pub struct InvalidConnectorName;

impl ConnectorName {
    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConnectorName {
    type Err = InvalidConnectorName;

    fn from_str(text: &str) -> Result<Self, InvalidConnectorName> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let begins = text.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
        if begins && text.len() <= MAX_LENGTH && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidConnectorName)
        }
    }
}

impl fmt::Display for ConnectorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ConnectorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ConnectorName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ConnectorName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for good in ["a", "bank-1", &"x".repeat(32)] {
            assert_eq!(good.parse::<ConnectorName>().unwrap().as_str(), good);
        }
        for bad in ["", "1bank", "-a", "Bank", "a_b", "a.b", "é", &"x".repeat(33)] {
            assert_eq!(bad.parse::<ConnectorName>(), Err(InvalidConnectorName), "{bad:?}");
        }
    }
}
