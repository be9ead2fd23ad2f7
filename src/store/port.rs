//! How an engine becomes the port: every read takes a reader and asks `reads`, every write goes to the
//! engine's own method.

/// Implements `Store` for `$store`, which has `reader()` and `writer()` giving a connection, and the
/// methods `claim`, `head`, `store_batch`, `load_entities` and `load_answers`.
macro_rules! implement_port {
    ($store:ty) => {
        #[async_trait::async_trait]
        impl Store for $store {
            async fn claim_journal(&self) -> Result<JournalHead, StoreError> {
                Ok(self.claim().await?)
            }

            async fn journal_head(&self) -> Result<JournalHead, StoreError> {
                Ok(self.head().await?)
            }

            async fn commit(&self, batch: &Batch) -> Result<(), CommitError> {
                self.store_batch(batch).await
            }

            async fn load(&self, keys: &[EntityKey]) -> Result<Vec<StoredEntity>, StoreError> {
                Ok(arrays::entities(&mut *self.reader().await?, keys).await?)
            }

            async fn answers(
                &self,
                keys: &[AnswerKey],
            ) -> Result<Vec<Option<StoredAnswer>>, StoreError> {
                Ok(arrays::answers(&mut *self.reader().await?, keys).await?)
            }

            async fn due_entities(
                &self,
                until: Timestamp,
                after: Option<&(EntityKey, Timestamp)>,
                limit: u32,
            ) -> Result<Vec<(EntityKey, Timestamp)>, StoreError> {
                Ok(reads::due_entities(&mut *self.reader().await?, until, after, limit).await?)
            }

            async fn next_wake(&self, after: Timestamp) -> Result<Option<Timestamp>, StoreError> {
                Ok(reads::next_wake(&mut *self.reader().await?, after).await?)
            }

            async fn due_deliveries(
                &self,
                until: Timestamp,
                except: &[purser_subjects::EndpointId],
                limit: u32,
            ) -> Result<Vec<Delivery>, StoreError> {
                Ok(reads::due_deliveries(&mut *self.reader().await?, until, except, limit).await?)
            }

            async fn next_delivery(
                &self,
                after: Timestamp,
            ) -> Result<Option<Timestamp>, StoreError> {
                Ok(reads::next_delivery(&mut *self.reader().await?, after).await?)
            }

            async fn outbox(&self, after: i64, limit: u32) -> Result<Vec<OutboxRow>, StoreError> {
                Ok(reads::outbox(&mut *self.reader().await?, after, limit).await?)
            }

            async fn events(&self, after: i64, limit: u32) -> Result<Vec<EventRow>, StoreError> {
                Ok(reads::events(&mut *self.reader().await?, after, limit).await?)
            }

            async fn posted_sum(
                &self,
                account: &AccountId,
                at: Timestamp,
                by: TimeBasis,
            ) -> Result<i64, StoreError> {
                Ok(reads::posted_sum(&mut *self.reader().await?, account, at, by).await?)
            }

            async fn postings(
                &self,
                query: &StatementQuery,
            ) -> Result<(i64, Vec<PostingRow>), StoreError> {
                Ok(reads::postings(&mut *self.reader().await?, query).await?)
            }

            async fn merchant_by_credential(
                &self,
                scheme: &str,
                name: &str,
            ) -> Result<Option<MerchantId>, StoreError> {
                let mut reader = self.reader().await?;
                Ok(reads::merchant_by_credential(&mut reader, scheme, name).await?)
            }

            async fn merchants(
                &self,
                after: Option<&MerchantId>,
                limit: u32,
            ) -> Result<Vec<MerchantId>, StoreError> {
                Ok(reads::merchants(&mut *self.reader().await?, after, limit).await?)
            }

            async fn setting(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
                Ok(reads::setting(&mut *self.reader().await?, name).await?)
            }

            async fn init_setting(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, StoreError> {
                Ok(self.insert_setting(name, value).await?)
            }
        }
    };
}
