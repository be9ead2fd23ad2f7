//! What a node does in a deployment of several.

use purser_actors::ports::Share;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// What a node does: every combination but none at all. The default is everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roles {
    /// Takes calls of merchants over HTTP.
    pub ingress: bool,
    /// Runs merchants, accounts and payments.
    pub actors: bool,
    /// Delivers notifications.
    pub callbacks: bool,
}

/// A list of roles that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no list of roles; there are ingress, actors and callbacks, with commas between them"
)]
pub struct RolesError(String);

impl Roles {
    /// Everything.
    pub const ALL: Self = Self { ingress: true, actors: true, callbacks: true };

    /// What such a node takes a share in.
    pub fn shares(self) -> Vec<Share> {
        let mut shares = Vec::new();
        if self.actors {
            shares.push(Share::Actors);
        }
        if self.callbacks {
            shares.push(Share::Callbacks);
        }
        shares
    }
}

impl Default for Roles {
    fn default() -> Self {
        Self::ALL
    }
}

impl FromStr for Roles {
    type Err = RolesError;

    fn from_str(text: &str) -> Result<Self, RolesError> {
        let mut roles = Self { ingress: false, actors: false, callbacks: false };
        for name in text.split(',') {
            match name.trim() {
                "ingress" => roles.ingress = true,
                "actors" => roles.actors = true,
                "callbacks" => roles.callbacks = true,
                _ => return Err(RolesError(text.to_owned())),
            }
        }
        Ok(roles)
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all =
            [(self.ingress, "ingress"), (self.actors, "actors"), (self.callbacks, "callbacks")];
        let names: Vec<_> = all.iter().filter(|(has, _)| *has).map(|(_, name)| *name).collect();
        f.write_str(&names.join(","))
    }
}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named_in_any_order_and_shown_in_one() {
        assert_eq!("ingress,actors,callbacks".parse(), Ok(Roles::ALL));
        let some: Roles = "callbacks, ingress".parse().unwrap();
        assert_eq!(some, Roles { ingress: true, actors: false, callbacks: true });
        assert_eq!(some.to_string(), "ingress,callbacks");
        assert_eq!(some.shares(), [Share::Callbacks]);
    }

    #[test]
    fn no_role_and_unknown_ones_are_refused() {
        for text in ["", "actor", "actors,", "actors;ingress"] {
            assert!(text.parse::<Roles>().is_err(), "{text:?}");
        }
    }
}
