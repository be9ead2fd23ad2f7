//! Names of acquirers.

use crate::connector::{ConnectorName, InvalidConnectorName};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// Who moves a live merchant's card money. As text `nats:<connector>`; other forms may follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AcquirerName {
    /// The connector of this name.
    Nats(ConnectorName),
}

/// The text names no acquirer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidAcquirerName {
    /// It does not begin with a known kind.
    #[error("an acquirer is named nats:<connector>")]
    Kind,
    /// The connector's name is none.
    #[error(transparent)]
    Connector(#[from] InvalidConnectorName),
}

const NATS: &str = "nats:";

impl FromStr for AcquirerName {
    type Err = InvalidAcquirerName;

    fn from_str(text: &str) -> Result<Self, InvalidAcquirerName> {
        let name = text.strip_prefix(NATS).ok_or(InvalidAcquirerName::Kind)?;
        Ok(Self::Nats(name.parse()?))
    }
}

impl fmt::Display for AcquirerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nats(connector) => write!(f, "{NATS}{connector}"),
        }
    }
}

impl Serialize for AcquirerName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AcquirerName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_acquirer_reads_back_as_it_is_written() {
        let bank: AcquirerName = "nats:bank-1".parse().unwrap();
        assert_eq!(bank.to_string(), "nats:bank-1");
        assert_eq!(crate::decode::<AcquirerName>(&crate::encode(&bank)).unwrap(), bank);
        for bad in ["", "bank", "nats:", "nats:Bank", "NATS:bank", "smtp:bank"] {
            assert!(bad.parse::<AcquirerName>().is_err(), "{bad:?}");
        }
    }
}
