//! One stored message: its name, the value behind it, and how it is read.

use super::tree;
use purser_subjects::{Answer, Ask, Command, Envelope, Event, decode, decode_command, encode};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::type_name,
    fmt::{self, Debug},
    marker::PhantomData,
};

/// What a stored message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The payload of a command or query.
    Command,
    /// An answer with the reply of a verb.
    Reply,
    /// The payload of an event.
    Event,
    /// What all entities share.
    Part,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Command => "command",
            Self::Reply => "reply",
            Self::Event => "event",
            Self::Part => "part",
        })
    }
}

/// Why bytes are not what they should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// They do not decode; the error as senders see it.
    Undecodable(String),
    /// They decode to this other value.
    Different(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Undecodable(error) => write!(f, "does not decode: {error}"),
            Self::Different(value) => write!(f, "decodes to another value: {value}"),
        }
    }
}

type Read = Box<dyn Fn(&[u8]) -> Result<Vec<u8>, Fault>>;

/// One stored message.
pub(crate) struct Case {
    pub(crate) entity: &'static str,
    pub(crate) kind: Kind,
    /// Verb, event or part.
    pub(crate) name: &'static str,
    /// Tells several messages of one name apart.
    label: &'static str,
    /// The Rust type behind it, without its path.
    pub(crate) type_name: &'static str,
    encoded: Vec<u8>,
    read: Read,
}

impl Case {
    /// Name of its file.
    pub(crate) fn file(&self) -> String {
        let dot = if self.label.is_empty() { "" } else { "." };
        format!("{}.{}.{}{dot}{}.hex", self.entity, self.kind, self.name, self.label)
    }

    /// Whether it is the first of its name.
    pub(crate) fn is_first(&self) -> bool {
        self.label.is_empty()
    }

    /// Names of the fields in today's encoding; `None` for what is no map. Of an answer, those of the
    /// reply.
    pub(crate) fn field_names(&self) -> Option<Vec<String>> {
        let mut tree = tree::decode(&self.encoded);
        if self.kind == Kind::Reply {
            tree = tree.as_map()?.first()?.1.clone();
        }
        let names = tree.as_map()?.iter().map(|(name, _)| name.as_str().map(str::to_owned));
        names.collect()
    }

    /// Today's encoding.
    pub(crate) fn encoded(&self) -> &[u8] {
        &self.encoded
    }

    /// Reads `bytes` and gives today's encoding of what they say.
    pub(crate) fn read(&self, bytes: &[u8]) -> Result<Vec<u8>, Fault> {
        (self.read)(bytes)
    }

    /// Whether it is a message, and not a single value such as a currency.
    pub(crate) fn is_map(&self) -> bool {
        matches!(self.encoded[0], 0x80..=0x8f | 0xde | 0xdf)
    }
}

fn short<T>() -> &'static str {
    let full = type_name::<T>();
    full.rsplit("::").next().unwrap_or(full)
}

fn compare<T: Serialize + PartialEq + Debug>(read: T, expected: &T) -> Result<Vec<u8>, Fault> {
    if read == *expected { Ok(encode(&read)) } else { Err(Fault::Different(format!("{read:?}"))) }
}

/// A message or a part of one that belongs to no entity.
pub(super) fn part<T>(name: &'static str, label: &'static str, value: T) -> Case
where
    T: Serialize + DeserializeOwned + PartialEq + Debug + 'static,
{
    Case {
        entity: "message",
        kind: Kind::Part,
        name,
        label,
        type_name: short::<T>(),
        encoded: encode(&value),
        read: Box::new(move |bytes| {
            let read = decode::<T>(bytes).map_err(|error| Fault::Undecodable(error.to_string()))?;
            compare(read, &value)
        }),
    }
}

/// The stored messages of one entity, with commands `C` and events `E`.
pub(super) struct Cases<C, E> {
    list: Vec<Case>,
    of: PhantomData<(C, E)>,
}

impl<C, E> Cases<C, E>
where
    C: Command + PartialEq + Debug + 'static,
    E: Event + PartialEq + Debug + 'static,
{
    pub(super) fn new() -> Self {
        Self { list: Vec::new(), of: PhantomData }
    }

    pub(super) fn into_list(self) -> Vec<Case> {
        self.list
    }

    fn push<T>(
        mut self,
        kind: Kind,
        name: &'static str,
        label: &'static str,
        encoded: Vec<u8>,
        read: Read,
    ) -> Self {
        let (entity, type_name) = (C::ENTITY.token(), short::<T>());
        self.list.push(Case { entity, kind, name, label, type_name, encoded, read });
        self
    }

    /// A command of verb `A` and its reply.
    pub(super) fn verb<A: Ask + Into<C>>(self, command: A, reply: A::Reply) -> Self
    where
        A::Reply: PartialEq + Debug + 'static,
    {
        self.command("", command).reply::<A>("", reply)
    }

    /// A further command.
    pub(super) fn command<A: Ask + Into<C>>(self, label: &'static str, command: A) -> Self {
        let command: C = command.into();
        let encoded = encode(&command);
        let read: Read = Box::new(move |payload| {
            let message = Envelope::new("golden", ()).encode_around(payload);
            let read = decode_command::<C>(A::VERB, &message);
            let read = read.map_err(|rejection| Fault::Undecodable(rejection.to_string()))?;
            compare(read.payload, &command)
        });
        self.push::<A>(Kind::Command, A::VERB, label, encoded, read)
    }

    /// A further reply to verb `A`.
    pub(super) fn reply<A: Ask>(self, label: &'static str, reply: A::Reply) -> Self
    where
        A::Reply: PartialEq + Debug + 'static,
    {
        let answer = Answer::Ok(reply);
        let encoded = answer.to_bytes();
        let read: Read = Box::new(move |bytes| {
            let read = Answer::from_bytes(bytes);
            compare(read.map_err(|error| Fault::Undecodable(error.to_string()))?, &answer)
        });
        self.push::<A::Reply>(Kind::Reply, A::VERB, label, encoded, read)
    }

    /// An event.
    pub(super) fn event<P: Into<E>>(self, label: &'static str, event: P) -> Self {
        let event: E = event.into();
        let (name, encoded) = (event.name(), encode(&event));
        let read: Read = Box::new(move |bytes| {
            let read = E::decode(name, bytes).expect("the name is the event's own");
            compare(read.map_err(|error| Fault::Undecodable(error.to_string()))?, &event)
        });
        self.push::<P>(Kind::Event, name, label, encoded, read)
    }
}
