//! Endpoints, one and many.

use super::{
    Callbacks, unavailable,
    views::{Endpoint, EndpointPage},
};
use futures_util::{StreamExt, TryStreamExt, stream};
use purser_actors::AskOptions;
use purser_subjects::{
    EndpointId, ErrorCode, MerchantId, Rejection,
    callback::{EndpointStatus, EndpointView, InquireEndpoint},
};

/// Endpoints of a page asked at a time.
const READS_AT_ONCE: usize = 8;

impl Callbacks {
    /// An endpoint; of `merchant` if one is named. One that is removed is not found.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn endpoint(
        &self,
        id: &EndpointId,
        merchant: Option<&MerchantId>,
        options: AskOptions,
    ) -> Result<EndpointView, Rejection> {
        let view = self.ask(id, InquireEndpoint { merchant: merchant.cloned() }, options).await?;
        let is_there = view.merchant.is_some() && view.status != EndpointStatus::Removed;
        let is_theirs = merchant.is_none() || view.merchant.as_ref() == merchant;
        if is_there && is_theirs { Ok(view) } else { Err(no_endpoint()) }
    }

    /// A page of endpoints in the order of ids, after `after`; those of one merchant, or all. Removed ones
    /// are left out.
    ///
    /// # Errors
    /// `unavailable`.
    pub async fn endpoints(
        &self,
        merchant: Option<&MerchantId>,
        after: Option<&EndpointId>,
        limit: u32,
        options: AskOptions,
    ) -> Result<EndpointPage, Rejection> {
        let rows = self.store.endpoints(merchant, after, limit).await.map_err(unavailable)?;
        let full = u32::try_from(rows.len()).is_ok_and(|length| length == limit);
        let next = rows.last().filter(|_| full).map(|row| row.endpoint.clone());
        let views = stream::iter(rows)
            .filter(|row| std::future::ready(row.status != EndpointStatus::Removed))
            .map(|row| {
                let options = options.clone();
                async move {
                    let inquire = InquireEndpoint { merchant: Some(row.merchant) };
                    self.ask(&row.endpoint, inquire, options).await.map(Endpoint::from)
                }
            })
            .buffered(READS_AT_ONCE);
        let data = views.try_collect().await?;
        Ok(EndpointPage { data, next_cursor: next.map(|id| id.to_string()) })
    }
}

pub(super) fn no_endpoint() -> Rejection {
    Rejection::new(ErrorCode::NotFound, "there is no such endpoint")
}
