//! Keys of connectors from environment variables.

use crate::acquirers::connector::ConnectorKey;
use purser_subjects::connector::ConnectorName;
use std::ffi::OsString;

const PREFIX: &str = "PURSER_CONNECTOR_KEY_";

/// The connectors that have a key among `variables`: `PURSER_CONNECTOR_KEY_MY_BANK` is that of `my-bank`.
/// Empty ones count as not set.
///
/// # Errors
/// A sentence that names the variable, when it names no connector or holds no key.
pub fn connector_keys(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(ConnectorName, ConnectorKey)>, String> {
    let mut keys = Vec::new();
    for (variable, value) in variables {
        let Some(variable) = variable.to_str().filter(|name| name.starts_with(PREFIX)) else {
            continue;
        };
        if value.is_empty() {
            continue;
        }
        let invalid = |why: &dyn std::fmt::Display| format!("{variable}: {why}");
        let name = variable[PREFIX.len()..].replace('_', "-");
        if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(invalid(&"the connector's name stands in capitals"));
        }
        let name = name.to_ascii_lowercase().parse().map_err(|error| invalid(&error))?;
        let key = value.to_str().unwrap_or_default().parse().map_err(|error| invalid(&error))?;
        keys.push((name, key));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let variables = variables.iter().map(|(name, value)| (name.into(), value.into()));
        let keys = connector_keys(variables)?;
        Ok(keys.into_iter().map(|(name, _)| name.to_string()).collect())
    }

    #[test]
    fn a_variable_names_its_connector() {
        let key = "5a".repeat(32);
        let found = read(&[
            ("PATH", "/bin"),
            ("PURSER_CONNECTOR_KEY_BANK", &key),
            ("PURSER_CONNECTOR_KEY_MY_BANK_2", &key),
            ("PURSER_CONNECTOR_KEY_EMPTY", ""),
        ]);
        assert_eq!(found.unwrap(), ["bank", "my-bank-2"]);
    }

    #[test]
    fn nonsense_is_told_without_the_key() {
        let key = "5a".repeat(31);
        for name in ["BANK", "2BANK", "", "bank"] {
            let told = read(&[(&format!("{PREFIX}{name}"), &key)]).unwrap_err();
            assert!(told.starts_with(PREFIX) && !told.contains("5a5a"), "{told}");
        }
    }
}
