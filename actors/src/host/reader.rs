//! Reads that arrive together go to the store together.

use crate::ports::{AnswerKey, Store, StoreError, StoredAnswer, StoredEntity};
use async_trait::async_trait;
use purser_subjects::EntityKey;
use std::sync::Arc;
use tokio::sync::{mpsc, oneshot};

/// Keys read in one query.
const PAGE: usize = 512;

/// Keys that wait; more than all permits together.
const QUEUE: usize = 65_536;

/// Reads entities and answers, many at a time.
#[derive(Debug)]
pub(crate) struct Reader {
    entities: Coalescer<EntityKey, StoredEntity>,
    answers: Coalescer<AnswerKey, Option<StoredAnswer>>,
}

/// The store could not be read; the reason is in the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadFailed;

impl Reader {
    /// Starts the tasks that read from `store`.
    pub(crate) fn start(store: &Arc<dyn Store>) -> Self {
        Self {
            entities: Coalescer::start(Arc::new(Entities(store.clone()))),
            answers: Coalescer::start(Arc::new(Answers(store.clone()))),
        }
    }

    pub(crate) async fn entity(&self, key: EntityKey) -> Result<StoredEntity, ReadFailed> {
        self.entities.read(key).await
    }

    pub(crate) async fn answer(&self, key: AnswerKey) -> Result<Option<StoredAnswer>, ReadFailed> {
        self.answers.read(key).await
    }
}

#[async_trait]
trait Source<K, V>: Send + Sync + 'static {
    async fn read(&self, keys: &[K]) -> Result<Vec<V>, StoreError>;
}

struct Entities(Arc<dyn Store>);

#[async_trait]
impl Source<EntityKey, StoredEntity> for Entities {
    async fn read(&self, keys: &[EntityKey]) -> Result<Vec<StoredEntity>, StoreError> {
        self.0.load(keys).await
    }
}

struct Answers(Arc<dyn Store>);

#[async_trait]
impl Source<AnswerKey, Option<StoredAnswer>> for Answers {
    async fn read(&self, keys: &[AnswerKey]) -> Result<Vec<Option<StoredAnswer>>, StoreError> {
        self.0.answers(keys).await
    }
}

type Asked<K, V> = (K, oneshot::Sender<Result<V, ReadFailed>>);

#[derive(Debug)]
struct Coalescer<K, V> {
    asked: mpsc::Sender<Asked<K, V>>,
}

impl<K, V> Coalescer<K, V>
where
    K: Send + Sync + 'static,
    V: Send + 'static,
{
    fn start(source: Arc<dyn Source<K, V>>) -> Self {
        let (asked, mut queue) = mpsc::channel::<Asked<K, V>>(QUEUE);
        // One query at a time: while it is under way, the next one collects. Two at a time would be twice as many
        // for the same keys, which costs the database more than waiting for one costs the askers.
        tokio::spawn(async move {
            let mut page = Vec::new();
            while queue.recv_many(&mut page, PAGE).await > 0 {
                let (source, page) = (source.clone(), std::mem::take(&mut page));
                // A task of its own: a panic costs no more than its page.
                let _ = tokio::spawn(async move { read_page(&*source, page).await }).await;
            }
        });
        Self { asked }
    }

    async fn read(&self, key: K) -> Result<V, ReadFailed> {
        let (answer, answered) = oneshot::channel();
        self.asked.send((key, answer)).await.map_err(|_| ReadFailed)?;
        answered.await.unwrap_or(Err(ReadFailed))
    }
}

async fn read_page<K: 'static, V: 'static>(source: &dyn Source<K, V>, page: Vec<Asked<K, V>>) {
    let (keys, askers): (Vec<_>, Vec<_>) = page.into_iter().unzip();
    match source.read(&keys).await {
        Ok(values) => {
            for (asker, value) in askers.into_iter().zip(values) {
                let _ = asker.send(Ok(value));
            }
        }
        Err(error) => {
            tracing::error!(%error, "a read failed");
            for asker in askers {
                let _ = asker.send(Err(ReadFailed));
            }
        }
    }
}
