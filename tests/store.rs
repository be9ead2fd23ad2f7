//! What every store must do: both engines of the platform, and the one in memory that simulations use.

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

/// The same, and in memory too.
macro_rules! on_every_engine {
    ($($(#[doc = $doc:literal])* async fn $name:ident($fixture:ident) $body:block)+) => {
        on_both_engines! { $($(#[doc = $doc])* async fn $name($fixture) $body)+ }

        mod memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(crate::store::fixture::Fixture::memory().await).await;
            })+
        }
    };
}

mod accounts;
mod answers;
mod audit;
mod backlog;
mod bindings;
mod fence;
mod fixture;
mod lanes;
mod members;
mod nodes;
mod postgres;
mod queues;
mod reading;
mod refusals;
mod slots;
mod sqlite;
mod statements;
mod upgrade;
mod verify;
