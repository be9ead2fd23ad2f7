//! What tests of several parts need.

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

pub(crate) mod acquirer;
pub(crate) mod clock;
pub(crate) mod merchant;
pub(crate) mod platform;
pub(crate) mod postgres;
pub(crate) mod receiver;
pub(crate) mod shop;
