//! The actors and the ledger, asked over the bus, on both engines.

/// Makes each test below run on a platform on SQLite and on one on PostgreSQL.
macro_rules! on_both_platforms {
    ($($(#[doc = $doc:literal])* async fn $name:ident($platform:ident) $body:block)+) => {
        $($(#[doc = $doc])* async fn $name(
            $platform: crate::support::platform::PlatformBuilder
        ) $body)+

        mod sqlite {
            use crate::support::platform::{Engine, TestPlatform};
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(TestPlatform::on(Engine::Sqlite)).await;
            })+
        }

        mod postgres {
            use crate::support::platform::{Engine, TestPlatform};
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(TestPlatform::on(Engine::Postgres)).await;
            })+
        }
    };
}

mod accounts;
mod callbacks;
mod fees;
mod holds;
mod payments;
mod refunds;
mod restarts;
mod settlement;
mod supervision;
mod unknown;
