//! What every store must do, on both engines.

/// Makes each test below run on SQLite and on PostgreSQL.
macro_rules! on_both_engines {
    ($($(#[doc = $doc:literal])* async fn $name:ident($fixture:ident) $body:block)+) => {
        $($(#[doc = $doc])* async fn $name($fixture: crate::store::fixture::Fixture) $body)+

        mod sqlite {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::store::fixture::Fixture::sqlite().await).await;
            })+
        }

        mod postgres {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::store::fixture::Fixture::postgres().await).await;
            })+
        }
    };
}

mod accounts;
mod answers;
mod audit;
mod fence;
mod fixture;
mod postgres;
mod queues;
mod reading;
mod refusals;
mod sqlite;
mod statements;
