//! Shops that sell without pause, and the reckoning in the end: every answer is compared with what the
//! platform says, keeps and tells later. Whatever is done to the servers meanwhile is the test's matter.

pub(crate) mod books;
pub(crate) mod cards;
pub(crate) mod check;
pub(crate) mod client;
pub(crate) mod history;
pub(crate) mod load;
pub(crate) mod merchants;
pub(crate) mod outbox;
pub(crate) mod plan;
pub(crate) mod receiver;
