//! What nodes tell each other about slots, so that they need not wait for their next look. Nothing
//! depends on it.

use crate::{host::Services, ports::NodeId};
use bytes::{BufMut, Bytes, BytesMut};
use purser_subjects::Subject;
use uuid::Uuid;

/// Where it is told.
pub(in crate::node) fn changed() -> Subject {
    Subject::Node { topic: "changed".to_owned() }
}

/// What is told, with the node that tells it: its number, and the 16 bytes of the node's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// There are free slots.
    Changed,
    /// The node has joined.
    Joined,
    /// The node hands all its slots over and takes none.
    Parting,
}

impl News {
    /// Tells it to all nodes.
    pub(super) async fn tell(self, services: &Services, node: NodeId) {
        if let Err(error) = services.bus.tell(&changed(), self.write(node)).await {
            tracing::debug!(%error, "other nodes find out by themselves");
        }
    }

    fn write(self, node: NodeId) -> Bytes {
        let mut bytes = BytesMut::with_capacity(17);
        bytes.put_u8(match self {
            Self::Changed => 0,
            Self::Parting => 1,
            Self::Joined => 2,
        });
        bytes.put_slice(node.0.as_bytes());
        bytes.freeze()
    }

    /// What was told; `None` for what this version does not know.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, NodeId)> {
        let (number, id) = bytes.split_first()?;
        let news = match number {
            0 => Self::Changed,
            1 => Self::Parting,
            2 => Self::Joined,
            _ => return None,
        };
        Some((news, NodeId(Uuid::from_slice(id).ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_told_and_understood() {
        let node = NodeId(Uuid::from_u128(7));
        for news in [News::Changed, News::Parting, News::Joined] {
            let told = news.write(node);
            assert_eq!(News::read(&told), Some((news, node)));
            assert_eq!(News::read(&told[..16]), None);
        }
        assert_eq!(News::read(&[9; 17]), None);
        assert_eq!(News::read(&[]), None);
    }
}
