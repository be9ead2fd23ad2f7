//! What tests of several parts need.

/// Makes each test below run on a platform on SQLite and the memory bus, and on one on PostgreSQL and NATS.
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

/// Makes each test below run with nodes that reach each other within the process, and over NATS.
macro_rules! on_both_wires {
    ($(async fn $name:ident($wire:ident) $body:block)+) => {
        $(async fn $name($wire: crate::support::cluster::Wire) $body)+

        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::cluster::Wire::Memory).await;
            })+
        }

        mod nats {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(crate::support::cluster::Wire::Nats).await;
            })+
        }
    };
}

pub(crate) mod acquirer;
pub(crate) mod browser;
pub(crate) mod clock;
pub(crate) mod cluster;
pub(crate) mod connector;
pub(crate) mod issuer;
pub(crate) mod link;
pub(crate) mod memory_store;
pub(crate) mod merchant;
pub(crate) mod nats;
pub(crate) mod platform;
pub(crate) mod postgres;
pub(crate) mod python;
pub(crate) mod receiver;
pub(crate) mod shared;
pub(crate) mod shop;
pub(crate) mod smtp;
pub(crate) mod wallet;
pub(crate) mod webdriver;
