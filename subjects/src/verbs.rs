//! The table form in which each entity lists its verbs.

use crate::{codec::DecodeError, envelope::Envelope, id::EntityKind};
use serde::{Serialize, de::DeserializeOwned};

/// A command or query payload: which verb of which entity it is, and what answers it.
pub trait Ask: Serialize + Clone {
    /// Kind of the entity it is for.
    const ENTITY: EntityKind;
    /// Its verb, the last token of the subject.
    const VERB: &'static str;
    /// What a success answers.
    type Reply: DeserializeOwned + Serialize;
}

/// All commands and queries of one entity.
pub trait Command: Sized + Serialize {
    /// Kind of the entity.
    const ENTITY: EntityKind;
    /// Every verb.
    const VERBS: &'static [&'static str];

    /// The verb of this command.
    fn verb(&self) -> &'static str;

    /// Decodes the command `verb` in its envelope; `None` when there is no such verb.
    fn decode(verb: &str, bytes: &[u8]) -> Option<Result<Envelope<Self>, DecodeError>>;
}

/// Declares the commands of an entity: `"verb" => Payload -> Reply`.
macro_rules! verbs {
    ($(#[$doc:meta])* $commands:ident of $kind:ident {
        $($(#[$variant_doc:meta])* $verb:literal => $payload:ident -> $reply:ty,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[allow(clippy::large_enum_variant, reason = "one lives briefly; boxing costs more")]
        #[serde(untagged)]
        pub enum $commands {
            $($(#[$variant_doc])* $payload($payload),)+
        }

        $(
            impl crate::verbs::Ask for $payload {
                const ENTITY: crate::EntityKind = crate::EntityKind::$kind;
                const VERB: &'static str = $verb;
                type Reply = $reply;
            }

            impl From<$payload> for $commands {
                fn from(payload: $payload) -> Self {
                    Self::$payload(payload)
                }
            }
        )+

        impl crate::verbs::Command for $commands {
            const ENTITY: crate::EntityKind = crate::EntityKind::$kind;
            const VERBS: &'static [&'static str] = &[$($verb),+];

            fn verb(&self) -> &'static str {
                match self { $(Self::$payload(_) => $verb,)+ }
            }

            fn decode(
                verb: &str,
                bytes: &[u8],
            ) -> Option<Result<crate::Envelope<Self>, crate::DecodeError>> {
                match verb {
                    $($verb => Some(
                        crate::decode::<crate::Envelope<$payload>>(bytes)
                            .map(|envelope| envelope.map(Self::$payload)),
                    ),)+
                    _ => None,
                }
            }
        }
    };
}

/// Declares the events of an entity: `"name" => Payload`.
macro_rules! events {
    ($(#[$doc:meta])* $events:ident {
        $($(#[$variant_doc:meta])* $name:literal => $payload:ident,)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
        #[allow(clippy::large_enum_variant, reason = "one lives briefly; boxing costs more")]
        #[serde(untagged)]
        #[allow(clippy::large_enum_variant, reason = "one exists per message, and is taken apart at once")]
        pub enum $events {
            $($(#[$variant_doc])* $payload($payload),)+
        }

        $(
            impl From<$payload> for $events {
                fn from(payload: $payload) -> Self {
                    Self::$payload(payload)
                }
            }
        )+

        impl crate::verbs::Event for $events {
            const NAMES: &'static [&'static str] = &[$($name),+];

            fn name(&self) -> &'static str {
                match self { $(Self::$payload(_) => $name,)+ }
            }

            fn decode(name: &str, bytes: &[u8]) -> Option<Result<Self, crate::DecodeError>> {
                match name {
                    $($name => Some(crate::decode::<$payload>(bytes).map(Self::$payload)),)+
                    _ => None,
                }
            }
        }
    };
}

/// All events of one entity.
pub trait Event: Sized + Serialize {
    /// Every event name.
    const NAMES: &'static [&'static str];

    /// The name of this event, the last token of its subject.
    fn name(&self) -> &'static str;

    /// Decodes the payload of event `name`; `None` when there is no such event.
    fn decode(name: &str, bytes: &[u8]) -> Option<Result<Self, DecodeError>>;
}
