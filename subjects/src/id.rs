//! Names of entities. An id is one subject token, so it can be routed without escaping.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest, Sha256};
use std::{fmt, str::FromStr, sync::Arc};
use uuid::Uuid;

/// What kind of actor an id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EntityKind {
    /// A merchant: its credentials, terms and standing.
    Merchant,
    /// A ledger account.
    Account,
    /// A payment from authorisation to settlement and refund.
    Transaction,
    /// A card-binding session, and the token that came of it.
    Binding,
    /// A notification endpoint of a merchant.
    Callback,
}

impl EntityKind {
    /// Every kind, in the order of their stored numbers.
    pub const ALL: [Self; 5] =
        [Self::Merchant, Self::Account, Self::Transaction, Self::Binding, Self::Callback];

    /// The kind's token in subjects.
    pub const fn token(self) -> &'static str {
        match self {
            Self::Merchant => "merchant",
            Self::Account => "account",
            Self::Transaction => "transaction",
            Self::Binding => "binding",
            Self::Callback => "callback",
        }
    }

    /// The kind's number in stored rows. Numbers are never reused.
    pub const fn number(self) -> i16 {
        match self {
            Self::Merchant => 1,
            Self::Account => 2,
            Self::Transaction => 3,
            Self::Binding => 4,
            Self::Callback => 5,
        }
    }

    /// The kind with a stored number.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// The kind with a subject token.
    pub fn from_token(token: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.token() == token)
    }
}

impl fmt::Display for EntityKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.token())
    }
}

/// The text cannot be an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id has 1 to 64 characters of A-Z a-z 0-9 _ -")]
pub struct InvalidId;

/// The id of some entity: 1 to 64 characters of `A-Z a-z 0-9 _ -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityId(Arc<str>);

impl EntityId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EntityId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if (1..=64).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId)
        }
    }
}

impl fmt::Display for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for EntityId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for EntityId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for EntityId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Kind and id: names one actor of the whole deployment.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EntityKey {
    /// Kind of the entity.
    pub kind: EntityKind,
    /// Its id within the kind.
    pub id: EntityId,
}

impl EntityKey {
    /// The entity `id` of `kind`.
    pub const fn new(kind: EntityKind, id: EntityId) -> Self {
        Self { kind, id }
    }
}

impl fmt::Display for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.kind, self.id)
    }
}

impl fmt::Debug for EntityKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

macro_rules! typed_id {
    ($(#[$doc:meta])* $name:ident, $kind:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(EntityId);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }

            /// The id without its kind.
            pub fn entity_id(&self) -> &EntityId {
                &self.0
            }

            /// Kind and id together.
            pub fn key(&self) -> EntityKey {
                EntityKey::new($kind, self.0.clone())
            }
        }

        impl From<EntityId> for $name {
            fn from(id: EntityId) -> Self {
                Self(id)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.parse().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }
    };
}

typed_id! {
    /// A merchant; in the card gateway its `memberId`.
    MerchantId, EntityKind::Merchant
}
typed_id! {
    /// A ledger account.
    AccountId, EntityKind::Account
}
typed_id! {
    /// A payment.
    TransactionId, EntityKind::Transaction
}
typed_id! {
    /// A notification endpoint.
    EndpointId, EntityKind::Callback
}
typed_id! {
    /// A card binding; to merchants the token that stands for the card.
    BindingId, EntityKind::Binding
}

impl TransactionId {
    /// The id of the payment that `merchant` calls `reference`: the first 16 bytes of
    /// SHA-256(`merchant` `|` `reference`) in lower-case hex.
    ///
    /// Derived and not drawn, so that concurrent twins of one request meet in one actor, and a payment
    /// is found by its reference without an index.
    pub fn derive(merchant: &MerchantId, reference: &str) -> Self {
        Self(hashed_id(&[merchant.as_str(), reference]))
    }

    /// The id in `text`, if a payment can have it. What is no such id stays out of subjects, which logs
    /// and brokers show: it may be a card number that a client put in the wrong place.
    pub fn parse_derived(text: &str) -> Option<Self> {
        hashed_id_in(text).map(Self)
    }
}

impl BindingId {
    /// The id of the session that `merchant` calls `state`. Derived and not drawn, so that a state begins
    /// one session.
    pub fn derive(merchant: &MerchantId, state: &str) -> Self {
        Self(hashed_id(&["binding", merchant.as_str(), state]))
    }

    /// The id in `text`, if a binding can have it; see [`TransactionId::parse_derived`].
    pub fn parse_derived(text: &str) -> Option<Self> {
        hashed_id_in(text).map(Self)
    }
}

impl EndpointId {
    /// The id of the endpoint to which `merchant` wants notifications about `url` sent. Query and
    /// fragment do not count: they often carry an order number, and the receiver behind them is one.
    pub fn derive(merchant: &MerchantId, url: &str) -> Self {
        let receiver = url.split(['?', '#']).next().unwrap_or(url);
        Self(hashed_id(&[merchant.as_str(), receiver]))
    }
}

fn hashed_id(parts: &[&str]) -> EntityId {
    let digest = Sha256::digest(parts.join("|"));
    let [first, ..] = digest.as_chunks::<16>().0 else { unreachable!("a digest has 32 bytes") };
    EntityId(Uuid::from_bytes(*first).simple().to_string().into())
}

fn hashed_id_in(text: &str) -> Option<EntityId> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == 32 && text.bytes().all(is_hex)).then(|| EntityId(text.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_are_single_subject_tokens() {
        assert!("10001-EUR-available".parse::<EntityId>().is_ok());
        for bad in ["", "a.b", "a b", "a*", ">", "é", &"x".repeat(65)] {
            assert_eq!(bad.parse::<EntityId>(), Err(InvalidId), "{bad:?}");
        }
    }

    #[test]
    fn transaction_ids_are_stable_for_ever() {
        let merchant = "10001".parse().unwrap();
        let id = TransactionId::derive(&merchant, "order-1");
        assert_eq!(id.as_str(), "61058214b470d599856ca5d29cf6d54f");
        assert_eq!(TransactionId::parse_derived(id.as_str()), Some(id));
    }

    #[test]
    fn a_card_number_is_no_id_of_a_payment() {
        for text in ["", "4242424242424242", "61058214B470D599856CA5D29CF6D54F", &"g".repeat(32)] {
            assert_eq!(TransactionId::parse_derived(text), None, "{text}");
        }
    }

    #[test]
    fn an_endpoint_ignores_the_query() {
        let merchant = "10001".parse().unwrap();
        let with = EndpointId::derive(&merchant, "https://shop.example/cb?order=1");
        assert_eq!(with, EndpointId::derive(&merchant, "https://shop.example/cb"));
        assert_eq!(with, EndpointId::derive(&merchant, "https://shop.example/cb#part"));
        assert_eq!(with.as_str(), "3b3da534a792e4a3110334c75ef07a11");
    }

    #[test]
    fn a_binding_has_another_id_than_a_payment_of_the_same_name() {
        let merchant = "10001".parse().unwrap();
        let id = BindingId::derive(&merchant, "order-1");
        assert_ne!(id.as_str(), TransactionId::derive(&merchant, "order-1").as_str());
        assert_eq!(BindingId::parse_derived(id.as_str()), Some(id));
        assert_eq!(BindingId::parse_derived("4242424242424242"), None);
    }

    #[test]
    fn kinds_read_back_from_token_and_number() {
        for kind in EntityKind::ALL {
            assert_eq!(EntityKind::from_token(kind.token()), Some(kind));
            assert_eq!(EntityKind::from_number(kind.number()), Some(kind));
        }
        // Stored in rows.
        assert_eq!(EntityKind::ALL.map(EntityKind::number), [1, 2, 3, 4, 5]);
    }

    proptest! {
        #[test]
        fn ids_are_what_the_rule_says(text in r"[A-Za-z0-9_.* >é-]{0,70}") {
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let valid = !text.is_empty() && text.len() <= 64 && text.chars().all(allowed);
            prop_assert_eq!(text.parse::<EntityId>().is_ok(), valid);
            prop_assert_eq!(crate::decode::<EntityId>(&crate::encode(&text)).is_ok(), valid);
        }

        #[test]
        fn payments_of_other_merchants_or_references_have_other_ids(
            merchant in "[a-zA-Z0-9_-]{1,40}",
            reference in r"[a-z|]{1,20}",
            other in r"[a-z|]{1,20}",
        ) {
            let merchant: MerchantId = merchant.parse().unwrap();
            let of = |reference: &str| TransactionId::derive(&merchant, reference);
            prop_assert_eq!(of(&reference) == of(&other), reference == other);
            prop_assert_eq!(of(&reference).as_str().len(), 32);
        }
    }
}
