//! How an engine becomes the port: every read takes a reader and asks `reads`, every write goes to the
//! engine's own method.

use std::time::Duration;

/// How often a joining node begins again, when the server undid what it did for another's sake, and after
/// which pause.
pub(super) const JOIN_TRIES: u32 = 10;
pub(super) const JOIN_PAUSE: Duration = Duration::from_millis(200);

/// Implements `Store` for `$store`, which has `reader()` giving a connection to read on, `finder()` giving one to look
/// rows up by their keys, `leaser()` giving one to change leases on, and the methods `head`, `store_batch`, `insert_setting`, and `on_disk`, which returns
/// when everything is on the disk that could be seen before. Leases are told at once: what is written after
/// them is lost with them.
macro_rules! implement_port {
    ($store:ty) => {
        impl $store {
            /// What `work` comes to, once all is on the disk that it may have seen or written.
            async fn settled<T>(
                &self,
                work: impl Future<Output = Result<T, Failure>> + Send,
            ) -> Result<T, StoreError> {
                let done = within(work).await?;
                self.if_settled(true, done).await
            }

            /// What was read. Where nothing was, nothing can be undone by a power cut.
            async fn if_settled<T>(&self, is_something: bool, found: T) -> Result<T, StoreError> {
                if is_something {
                    within(self.on_disk()).await?;
                }
                Ok(found)
            }
        }

        #[async_trait::async_trait]
        impl Store for $store {
            async fn join(&self, node: &NodeInfo, ttl: Duration) -> Result<JournalHead, JoinError> {
                let mut db = self.leaser().await?;
                let joined = within(async {
                    let mut tx = leases::begin(&mut db).await?;
                    let stored = leases::partitions(&mut tx, node.partitions).await?;
                    if stored != node.partitions {
                        return Ok(Err(JoinError::OtherPartitions { stored }));
                    }
                    let head = leases::join(&mut tx, node, ttl).await?;
                    tx.commit().await?;
                    Ok(Ok(head))
                });
                let head = joined.await??;
                let mut tries = 1;
                loop {
                    let filled = async {
                        backfill::fill(&mut db, node.partitions).await?;
                        callbacks::reconcile_lanes(&mut db).await
                    };
                    match filled.await {
                        // Nodes that are at work were in its way.
                        Err(failure) if failure.is_undone() && tries < port::JOIN_TRIES => {
                            tries += 1;
                            tokio::time::sleep(port::JOIN_PAUSE).await;
                        }
                        filled => break filled?,
                    }
                }
                Ok(head)
            }

            async fn renew(
                &self,
                node: NodeId,
                epoch: i64,
                ttl: Duration,
            ) -> Result<Cluster, LeaseError> {
                let renewed = within(async {
                    let mut db = self.leaser().await?;
                    let renewed = leases::renew(&mut db, node, epoch, ttl).await?;
                    Ok(if renewed { Some(leases::cluster(&mut db).await?) } else { None })
                });
                renewed.await?.ok_or(LeaseError::Lost)
            }

            async fn take(
                &self,
                node: NodeId,
                epoch: i64,
                slots: &[Slot],
            ) -> Result<Vec<Lease>, LeaseError> {
                let taken = within(async {
                    let mut db = self.leaser().await?;
                    let mut tx = leases::begin(&mut db).await?;
                    let journal = leases::journal_of_member(&mut tx, node, epoch).await?;
                    let Some(journal) = journal else { return Ok(None) };
                    let taken = leases::take(&mut tx, node, journal, slots).await?;
                    tx.commit().await?;
                    Ok(Some(taken))
                });
                taken.await?.ok_or(LeaseError::Lost)
            }

            async fn give_up(
                &self,
                node: NodeId,
                epoch: i64,
                slots: &[Slot],
            ) -> Result<(), LeaseError> {
                let freed = within(async {
                    let mut db = self.leaser().await?;
                    let mut tx = leases::begin(&mut db).await?;
                    let journal = leases::journal_of_member(&mut tx, node, epoch).await?;
                    let Some(journal) = journal else { return Ok(None) };
                    leases::free(&mut tx, node, journal, |slot| slots.contains(slot)).await?;
                    Ok(Some(tx.commit().await?))
                });
                freed.await?.ok_or(LeaseError::Lost)
            }

            async fn leave(&self, node: NodeId, epoch: i64) -> Result<(), LeaseError> {
                let freed = within(async {
                    let mut db = self.leaser().await?;
                    let mut tx = leases::begin(&mut db).await?;
                    let journal = leases::journal_of_member(&mut tx, node, epoch).await?;
                    let Some(journal) = journal else { return Ok(None) };
                    leases::forget(&mut tx, node, journal).await?;
                    Ok(Some(tx.commit().await?))
                });
                freed.await?.ok_or(LeaseError::Lost)
            }

            async fn cluster(&self) -> Result<Cluster, StoreError> {
                let read = async { leases::cluster(&mut *self.reader().await?).await };
                self.settled(read).await
            }

            async fn journal_head(&self, journal: i32) -> Result<JournalHead, StoreError> {
                self.settled(self.head(journal)).await
            }

            async fn commit(&self, batch: &Batch) -> Result<i64, CommitError> {
                let Appended { losses, durable } = self.store_batch(batch).await?;
                if let Some(durable) = durable {
                    durable.await.map_err(CommitError::Store)?;
                }
                Ok(losses)
            }

            async fn append(&self, batch: &Batch) -> Result<Appended, CommitError> {
                self.store_batch(batch).await
            }

            async fn load(&self, keys: &[EntityKey]) -> Result<Vec<StoredEntity>, StoreError> {
                let read = async { arrays::entities(&mut *self.finder().await?, keys).await };
                let found = within(read).await?;
                let is_something = found.iter().any(|entity| *entity != StoredEntity::default());
                self.if_settled(is_something, found).await
            }

            async fn answers(
                &self,
                keys: &[AnswerKey],
            ) -> Result<Vec<Option<StoredAnswer>>, StoreError> {
                let read = async { arrays::answers(&mut *self.finder().await?, keys).await };
                let found = within(read).await?;
                self.if_settled(found.iter().any(Option::is_some), found).await
            }

            async fn due_entities(
                &self,
                slots: &[Slot],
                until: Timestamp,
                after: Option<&(EntityKey, Timestamp)>,
                limit: u32,
            ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError> {
                let read = async {
                    reads::due_entities(&mut *self.reader().await?, slots, until, after, limit)
                        .await
                };
                self.settled(read).await
            }

            async fn next_wake(
                &self,
                slots: &[Slot],
                after: Timestamp,
            ) -> Result<Option<Timestamp>, StoreError> {
                let read =
                    async { reads::next_wake(&mut *self.reader().await?, slots, after).await };
                self.settled(read).await
            }

            async fn due_lanes(
                &self,
                slots: &[Slot],
                until: Timestamp,
                after: Option<&(Timestamp, EndpointId)>,
                limit: u32,
            ) -> Result<Vec<Lane>, StoreError> {
                let read = async {
                    callbacks::due_lanes(&mut *self.reader().await?, slots, until, after, limit)
                        .await
                };
                self.settled(read).await
            }

            async fn due_of_lanes(
                &self,
                lanes: &[(EndpointId, u32)],
                until: Timestamp,
            ) -> Result<Vec<DueOfLane>, StoreError> {
                let read = async {
                    callbacks::due_of_lanes(&mut *self.reader().await?, lanes, until).await
                };
                self.settled(read).await
            }

            async fn park(&self, waiting: &[Uuid], least: Timestamp) -> Result<(), StoreError> {
                let changed =
                    async { callbacks::park(&mut *self.leaser().await?, waiting, least).await };
                self.settled(changed).await
            }

            async fn settle_lanes(&self, lanes: &[EndpointId]) -> Result<(), StoreError> {
                let changed =
                    async { callbacks::settle_lanes(&mut *self.leaser().await?, lanes).await };
                self.settled(changed).await
            }

            async fn next_delivery(
                &self,
                slots: &[Slot],
                after: Timestamp,
            ) -> Result<Option<Timestamp>, StoreError> {
                let read = async {
                    callbacks::next_delivery(&mut *self.reader().await?, slots, after).await
                };
                self.settled(read).await
            }

            async fn replayable(
                &self,
                query: &ReplayQuery,
            ) -> Result<Vec<DeliveryCursor>, StoreError> {
                let read = async { callbacks::replayable(&mut *self.reader().await?, query).await };
                self.settled(read).await
            }

            async fn prune_deliveries(
                &self,
                before: Timestamp,
                limit: u32,
            ) -> Result<u64, StoreError> {
                let changed =
                    async { callbacks::prune(&mut *self.leaser().await?, before, limit).await };
                self.settled(changed).await
            }

            async fn endpoints(
                &self,
                merchant: Option<&MerchantId>,
                after: Option<&EndpointId>,
                limit: u32,
            ) -> Result<Vec<EndpointRow>, StoreError> {
                let read = async {
                    callbacks::endpoints(&mut *self.reader().await?, merchant, after, limit).await
                };
                self.settled(read).await
            }

            async fn bindings(&self, query: &BindingQuery) -> Result<Vec<BindingRow>, StoreError> {
                let read = async { bindings::list(&mut *self.reader().await?, query).await };
                self.settled(read).await
            }

            async fn deliveries(
                &self,
                query: &DeliveryQuery,
            ) -> Result<Vec<DeliveryRow>, StoreError> {
                let read = async { callbacks::deliveries(&mut *self.reader().await?, query).await };
                self.settled(read).await
            }

            async fn delivery(&self, id: Uuid) -> Result<Option<DeliveryRow>, StoreError> {
                let read = async { callbacks::delivery_of(&mut *self.reader().await?, id).await };
                self.settled(read).await
            }

            async fn attempts(&self, delivery: Uuid) -> Result<Vec<AttemptRow>, StoreError> {
                let read =
                    async { callbacks::attempts(&mut *self.reader().await?, delivery).await };
                self.settled(read).await
            }

            async fn mails(&self, limit: u32) -> Result<Vec<StoredMail>, StoreError> {
                let read = async { mails::newest(&mut *self.reader().await?, limit).await };
                self.settled(read).await
            }

            async fn due_mails(
                &self,
                slots: &[Slot],
                until: Timestamp,
                limit: u32,
            ) -> Result<Vec<StoredMail>, StoreError> {
                let read =
                    async { mails::due(&mut *self.reader().await?, slots, until, limit).await };
                self.settled(read).await
            }

            async fn next_mail(
                &self,
                slots: &[Slot],
                after: Timestamp,
            ) -> Result<Option<Timestamp>, StoreError> {
                let read = async { mails::next(&mut *self.reader().await?, slots, after).await };
                self.settled(read).await
            }

            async fn update_mail(&self, update: &MailUpdate) -> Result<(), StoreError> {
                let write = async { mails::update(&mut *self.leaser().await?, update).await };
                self.settled(write).await
            }

            async fn outbox(
                &self,
                slots: &[Slot],
                after: i64,
                limit: u32,
            ) -> Result<Vec<OutboxRow>, StoreError> {
                let read =
                    async { reads::outbox(&mut *self.reader().await?, slots, after, limit).await };
                self.settled(read).await
            }

            async fn events(
                &self,
                journal: i32,
                after: i64,
                limit: u32,
            ) -> Result<Vec<EventRow>, StoreError> {
                let read = async {
                    reads::events(&mut *self.reader().await?, journal, after, limit).await
                };
                self.settled(read).await
            }

            async fn set_published(&self, journal: i32, event: i64) -> Result<(), StoreError> {
                let write = async {
                    reads::set_published(&mut *self.leaser().await?, journal, event).await
                };
                self.settled(write).await
            }

            async fn posted_sum(
                &self,
                account: &AccountId,
                at: Timestamp,
                by: TimeBasis,
            ) -> Result<i64, StoreError> {
                let read =
                    async { reads::posted_sum(&mut *self.reader().await?, account, at, by).await };
                self.settled(read).await
            }

            async fn postings(
                &self,
                query: &StatementQuery,
            ) -> Result<(i64, Vec<PostingRow>), StoreError> {
                let read = async { reads::postings(&mut *self.reader().await?, query).await };
                self.settled(read).await
            }

            async fn merchant_by_credential(
                &self,
                scheme: &str,
                name: &str,
            ) -> Result<Option<MerchantId>, StoreError> {
                let read = async {
                    reads::merchant_by_credential(&mut *self.reader().await?, scheme, name).await
                };
                self.settled(read).await
            }

            async fn merchants(
                &self,
                after: Option<&MerchantId>,
                limit: u32,
            ) -> Result<Vec<MerchantId>, StoreError> {
                let read =
                    async { reads::merchants(&mut *self.reader().await?, after, limit).await };
                self.settled(read).await
            }

            async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
                let read = async { reads::setting(&mut *self.reader().await?, name).await };
                self.settled(read).await
            }

            async fn init_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
                self.settled(self.insert_setting(name, value)).await
            }
        }
    };
}
