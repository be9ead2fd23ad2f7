//! The subject grammar: one table that builds, parses and documents every subject.

use crate::{
    id::{EntityId, EntityKey, EntityKind},
    prefix::PREFIX,
};
use std::{fmt, str::FromStr};

/// How messages on a subject travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectKind {
    /// Request/reply; the reply is sent after commit.
    Ask,
    /// Durable command; acknowledged after commit, its outcome is an event.
    Command,
    /// What happened.
    Event,
    /// A request to an external acquirer or bank.
    Connector,
    /// A command refused for good, with the reason in headers.
    Dead,
    /// What nodes tell each other.
    Node,
}

/// One row of the grammar.
#[derive(Clone, Copy, Debug)]
pub struct SubjectRule {
    /// Kind of the subjects of this shape.
    pub kind: SubjectKind,
    /// Second token, after the prefix.
    pub token: &'static str,
    /// Names of the tokens that follow.
    pub fields: &'static [Field],
    /// What a message on such a subject means.
    pub meaning: &'static str,
}

/// A variable token of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Kind of the addressed entity.
    Entity,
    /// Its partition, a decimal number.
    Partition,
    /// Its id.
    Id,
    /// What is asked of it.
    Verb,
    /// What happened to it.
    Event,
    /// Name of a connector.
    Name,
    /// What is asked of the connector.
    Operation,
    /// What nodes tell each other about.
    Topic,
}

impl Field {
    /// How the token is called where a subject's shape is shown.
    pub const fn placeholder(self) -> &'static str {
        match self {
            Self::Entity => "<entity>",
            Self::Partition => "<partition>",
            Self::Id => "<id>",
            Self::Verb => "<verb>",
            Self::Event => "<event>",
            Self::Name => "<name>",
            Self::Operation => "<operation>",
            Self::Topic => "<topic>",
        }
    }
}

impl SubjectRule {
    /// The shape of its subjects, such as `purser.evt.<entity>.<id>.<event>`.
    pub fn shape(&self) -> String {
        let fields = self.fields.iter().map(|field| field.placeholder());
        [PREFIX, self.token].into_iter().chain(fields).collect::<Vec<_>>().join(".")
    }
}

const ADDRESSED: &[Field] = &[Field::Entity, Field::Partition, Field::Id, Field::Verb];

/// Every subject shape there is.
pub const GRAMMAR: [SubjectRule; 6] = [
    SubjectRule {
        kind: SubjectKind::Ask,
        token: "ask",
        fields: ADDRESSED,
        meaning: "command or query that wants its answer now; the reply is sent after commit",
    },
    SubjectRule {
        kind: SubjectKind::Command,
        token: "cmd",
        fields: ADDRESSED,
        meaning: "command that must happen; acknowledged after commit, its outcome is an event",
    },
    SubjectRule {
        kind: SubjectKind::Event,
        token: "evt",
        fields: &[Field::Entity, Field::Id, Field::Event],
        meaning: "what happened, published from the outbox in order per entity",
    },
    SubjectRule {
        kind: SubjectKind::Connector,
        token: "connector",
        fields: &[Field::Name, Field::Operation],
        meaning: "request to an external acquirer or bank",
    },
    SubjectRule {
        kind: SubjectKind::Dead,
        token: "dead",
        fields: ADDRESSED,
        meaning: "command refused for good, with the reason in headers",
    },
    SubjectRule {
        kind: SubjectKind::Node,
        token: "node",
        fields: &[Field::Topic],
        meaning: "what nodes tell each other; of no use to others",
    },
];

/// A parsed or built subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// `purser.ask.<entity>.<partition>.<id>.<verb>`
    Ask(Address),
    /// `purser.cmd.<entity>.<partition>.<id>.<verb>`
    Command(Address),
    /// `purser.evt.<entity>.<id>.<event>`
    Event {
        /// What it happened to.
        entity: EntityKey,
        /// Name of the event.
        event: String,
    },
    /// `purser.connector.<name>.<operation>`
    Connector {
        /// Name of the connector.
        name: String,
        /// What is asked of it.
        operation: String,
    },
    /// `purser.dead.<entity>.<partition>.<id>.<verb>`
    Dead(Address),
    /// `purser.node.<topic>`
    Node {
        /// What it is about.
        topic: String,
    },
}

/// Where a command goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The addressed entity.
    pub entity: EntityKey,
    /// The entity's partition.
    pub partition: u32,
    /// What is asked of it.
    pub verb: String,
}

impl Address {
    /// The address of `verb` at `entity` in a deployment with `partitions` partitions.
    pub fn new(entity: EntityKey, verb: &str, partitions: u32) -> Self {
        let partition = partition_of(&entity.id, partitions);
        Self { entity, partition, verb: verb.to_owned() }
    }
}

/// The text is no subject of the grammar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{subject:?} is no subject of Purser: {reason}")]
pub struct SubjectError {
    subject: String,
    reason: &'static str,
}

/// Partition of `id` among `partitions`: FNV-1a-32 of its bytes modulo `partitions`, equal to the
/// `partition` subject mapping of nats-server.
///
/// # Panics
/// When `partitions` is zero.
pub fn partition_of(id: &EntityId, partitions: u32) -> u32 {
    let hash = id
        .as_str()
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash % partitions
}

impl Subject {
    /// The tokens with which the subjects of events begin.
    pub const EVENTS: [&str; 2] = ["purser", "evt"];

    /// Which row of [`GRAMMAR`] this subject has the shape of.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Ask(_) => SubjectKind::Ask,
            Self::Command(_) => SubjectKind::Command,
            Self::Event { .. } => SubjectKind::Event,
            Self::Connector { .. } => SubjectKind::Connector,
            Self::Dead(_) => SubjectKind::Dead,
            Self::Node { .. } => SubjectKind::Node,
        }
    }

    /// Which row of [`GRAMMAR`] a subject has that begins as `text` does, whether or not the rest is well formed.
    pub fn kind_of(text: &str) -> Option<SubjectKind> {
        let mut tokens = text.split('.');
        tokens.next().filter(|token| *token == PREFIX)?;
        let token = tokens.next()?;
        GRAMMAR.iter().find(|rule| rule.token == token).map(|rule| rule.kind)
    }

    fn rule(kind: SubjectKind) -> &'static SubjectRule {
        GRAMMAR.iter().find(|rule| rule.kind == kind).expect("every kind has a row")
    }

    /// The pattern that matches every subject of `kind`, for a subscription.
    pub fn pattern(kind: SubjectKind) -> String {
        format!("{PREFIX}.{}.>", Self::rule(kind).token)
    }

    /// The pattern that matches every ask of entities of `kind` in `partition`, and no other.
    pub fn asks_in(kind: EntityKind, partition: u32) -> String {
        let ask = Self::rule(SubjectKind::Ask).token;
        format!("{PREFIX}.{ask}.{}.{partition}.>", kind.token())
    }

    fn field(&self, field: Field) -> String {
        match (self, field) {
            (Self::Ask(to) | Self::Command(to) | Self::Dead(to), Field::Entity) => {
                to.entity.kind.token().to_owned()
            }
            (Self::Ask(to) | Self::Command(to) | Self::Dead(to), Field::Partition) => {
                to.partition.to_string()
            }
            (Self::Ask(to) | Self::Command(to) | Self::Dead(to), Field::Id) => {
                to.entity.id.to_string()
            }
            (Self::Ask(to) | Self::Command(to) | Self::Dead(to), _) => to.verb.clone(),
            (Self::Event { entity, .. }, Field::Entity) => entity.kind.token().to_owned(),
            (Self::Event { entity, .. }, Field::Id) => entity.id.to_string(),
            (Self::Event { event, .. }, _) => event.clone(),
            (Self::Connector { name, .. }, Field::Name) => name.clone(),
            (Self::Connector { operation, .. }, _) => operation.clone(),
            (Self::Node { topic }, _) => topic.clone(),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = Self::rule(self.kind());
        write!(f, "{PREFIX}.{}", rule.token)?;
        rule.fields.iter().try_for_each(|field| write!(f, ".{}", self.field(*field)))
    }
}

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        let error = |reason| SubjectError { subject: text.chars().take(160).collect(), reason };
        let tokens: Vec<&str> = text.split('.').collect();
        let [prefix, token, values @ ..] = tokens.as_slice() else {
            return Err(error("too few tokens"));
        };
        if *prefix != PREFIX {
            return Err(error("does not begin with purser"));
        }
        let rule = GRAMMAR.iter().find(|rule| rule.token == *token);
        let rule = rule.ok_or_else(|| error("unknown second token"))?;
        if rule.fields.len() != values.len() {
            return Err(error("wrong number of tokens"));
        }
        let value = |field: Field| {
            let position = rule.fields.iter().position(|f| *f == field);
            position.map_or("", |position| values[position])
        };
        let word = |field: Field| {
            value(field)
                .parse::<EntityId>()
                .map_err(|_| error("a token is empty or has odd characters"))
        };
        let entity = || {
            let kind = EntityKind::from_token(value(Field::Entity));
            Ok(EntityKey::new(kind.ok_or_else(|| error("unknown entity"))?, word(Field::Id)?))
        };
        let address = || {
            let text = value(Field::Partition);
            let is_plain = text == "0" || !text.starts_with(['0', '+']);
            let partition = text.parse().ok().filter(|_| is_plain);
            let partition = partition.ok_or_else(|| error("the partition is no plain number"))?;
            Ok(Address { entity: entity()?, partition, verb: word(Field::Verb)?.to_string() })
        };
        match rule.kind {
            SubjectKind::Ask => address().map(Self::Ask),
            SubjectKind::Command => address().map(Self::Command),
            SubjectKind::Dead => address().map(Self::Dead),
            SubjectKind::Event => {
                Ok(Self::Event { entity: entity()?, event: word(Field::Event)?.to_string() })
            }
            SubjectKind::Connector => Ok(Self::Connector {
                name: word(Field::Name)?.to_string(),
                operation: word(Field::Operation)?.to_string(),
            }),
            SubjectKind::Node => Ok(Self::Node { topic: word(Field::Topic)?.to_string() }),
        }
    }
}

#[cfg(test)]
mod tests;
