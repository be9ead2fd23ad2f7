//! Reads that arrive together go to the store together.

use crate::ports::{AnswerKey, Store, StoreError, StoredAnswer, StoredEntity};
use async_trait::async_trait;
use purser_subjects::EntityKey;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::timeout,
};

/// Keys read in one query.
const PAGE: usize = 512;

/// Keys that wait; more than all permits together.
const QUEUE: usize = 65_536;

/// Queries under way at once, per kind of read.
const AT_ONCE: usize = 2;

/// How long the next query waits for the one before, and collects meanwhile. Two at a time would be twice as many for
/// the same keys, which costs the database more than waiting costs the askers; but none that hangs stands in the way
/// of all.
const PATIENCE: Duration = Duration::from_millis(25);

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
        tokio::spawn(async move {
            let (mut page, mut under_way) = (Vec::new(), JoinSet::new());
            while queue.recv_many(&mut page, PAGE).await > 0 {
                while under_way.try_join_next().is_some() {}
                if under_way.len() == AT_ONCE {
                    under_way.join_next().await;
                }
                let (source, page) = (source.clone(), std::mem::take(&mut page));
                under_way.spawn(async move { read_page(&*source, page).await });
                let _ = timeout(PATIENCE, under_way.join_next()).await;
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::future::join_all;
    use std::sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    };

    /// Answers with the number that is asked for; the first query takes `first`. 13 is too much for it.
    struct Slow {
        first: Duration,
        pages: Mutex<Vec<usize>>,
        under_way: AtomicUsize,
    }

    impl Slow {
        fn start(first: Duration) -> (Arc<Self>, Coalescer<u32, u32>) {
            let pages = Mutex::default();
            let slow = Arc::new(Self { first, pages, under_way: AtomicUsize::new(0) });
            (slow.clone(), Coalescer::start(slow))
        }

        fn pages(&self) -> Vec<usize> {
            self.pages.lock().unwrap().clone()
        }
    }

    #[async_trait]
    impl Source<u32, u32> for Slow {
        async fn read(&self, keys: &[u32]) -> Result<Vec<u32>, StoreError> {
            assert!(self.under_way.fetch_add(1, Ordering::SeqCst) < AT_ONCE);
            let number = {
                let mut pages = self.pages.lock().unwrap();
                pages.push(keys.len());
                pages.len()
            };
            if number == 1 {
                tokio::time::sleep(self.first).await;
            }
            self.under_way.fetch_sub(1, Ordering::SeqCst);
            assert!(!keys.contains(&13), "a bug in the store");
            Ok(keys.to_vec())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_asked_during_a_query_goes_together() {
        let (slow, reads) = Slow::start(PATIENCE / 2);
        let first = reads.read(1);
        let others = async {
            tokio::time::sleep(PATIENCE / 4).await;
            join_all((2..9).map(|key| reads.read(key))).await
        };
        let (first, others) = tokio::join!(first, others);
        assert_eq!(first.unwrap(), 1);
        assert!(others.into_iter().map(Result::unwrap).eq(2..9));
        assert_eq!(slow.pages(), [1, 7]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_query_that_hangs_stands_in_nobodys_way() {
        let (slow, reads) = Slow::start(Duration::from_secs(3_600));
        let hanging = reads.read(0);
        let others = async {
            tokio::time::sleep(PATIENCE / 4).await;
            for key in 20..40 {
                let read = timeout(PATIENCE * 2, reads.read(key)).await;
                assert_eq!(read.unwrap().unwrap(), key);
            }
        };
        tokio::select! {
            _ = hanging => panic!("it hangs"),
            () = others => {}
        }
        assert_eq!(slow.pages().len(), 21);
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_costs_its_page_alone() {
        let (_slow, reads) = Slow::start(Duration::ZERO);
        assert!(reads.read(13).await.is_err());
        assert_eq!(reads.read(14).await.unwrap(), 14);
    }
}
