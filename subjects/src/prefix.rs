//! What the subjects of one deployment begin with on a broker that it shares with others.

use std::{fmt, str::FromStr};

/// First token of every subject of the grammar.
pub(crate) const PREFIX: &str = "purser";

/// Longest prefix, in bytes. With ids of 64 characters subjects stay below the 256 bytes that
/// nats-server recommends as their limit.
const LONGEST: usize = 48;

/// One or more tokens that stand for `purser` at the beginning of subjects, so that several deployments
/// can share a broker. Everything inside Purser says `purser`; only the adapter of a broker, and programs
/// in other languages, put the prefix in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubjectPrefix(String);

/// The text is no prefix of subjects.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no subject prefix: it has 1 to 48 characters, tokens of A-Z a-z 0-9 _ - with dots between them"
)]
pub struct PrefixError(String);

impl Default for SubjectPrefix {
    /// `purser`.
    fn default() -> Self {
        Self(PREFIX.to_owned())
    }
}

impl SubjectPrefix {
    /// The prefix itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The subject or pattern `inside` as it stands on the broker; `None` when it does not begin with
    /// `purser`.
    pub fn outward(&self, inside: &str) -> Option<String> {
        let rest = inside.strip_prefix(PREFIX).filter(|rest| rest.starts_with('.'))?;
        Some(format!("{}{rest}", self.0))
    }

    /// The subject `outside` of the broker as it stands inside Purser; `None` when it has another
    /// prefix.
    pub fn inward(&self, outside: &str) -> Option<String> {
        let rest = outside.strip_prefix(&self.0).filter(|rest| rest.starts_with('.'))?;
        Some(format!("{PREFIX}{rest}"))
    }
}

impl FromStr for SubjectPrefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let is_token = |token: &str| {
            let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
            !token.is_empty() && token.bytes().all(is_plain)
        };
        if text.len() <= LONGEST && text.split('.').all(is_token) {
            Ok(Self(text.to_owned()))
        } else {
            Err(PrefixError(text.chars().take(80).collect()))
        }
    }
}

impl fmt::Display for SubjectPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Subject, SubjectKind};

    fn prefix(text: &str) -> SubjectPrefix {
        text.parse().unwrap()
    }

    #[test]
    fn subjects_and_patterns_are_mapped_there_and_back() {
        let bank = prefix("acme.bank-1");
        for (inside, outside) in [
            ("purser.evt.account.alice.opened", "acme.bank-1.evt.account.alice.opened"),
            ("purser.ask.account.*.>", "acme.bank-1.ask.account.*.>"),
        ] {
            assert_eq!(bank.outward(inside).unwrap(), outside);
            assert_eq!(bank.inward(outside).unwrap(), inside);
        }
        for strange in ["purser", "purserx.ask.a", "other.ask.a", ">"] {
            assert_eq!(bank.outward(strange), None, "{strange}");
        }
        for strange in ["acme.bank-1", "acme.bank-12.ask.a", "acme.bank.ask.a"] {
            assert_eq!(bank.inward(strange), None, "{strange}");
        }
    }

    #[test]
    fn the_usual_prefix_changes_nothing() {
        let pattern = Subject::pattern(SubjectKind::Event);
        assert_eq!(SubjectPrefix::default().outward(&pattern).unwrap(), pattern);
    }

    #[test]
    fn wildcards_blanks_and_empty_tokens_are_refused() {
        for text in ["", ".", "a.", ".a", "a..b", "a.*", "a.>", "a b", "ä", &"a".repeat(49)] {
            assert!(text.parse::<SubjectPrefix>().is_err(), "{text:?}");
        }
    }
}
