//! What every bus must do, on both of them.

/// Makes each test below run on the memory bus and on NATS.
macro_rules! on_both_buses {
    ($($(#[doc = $doc:literal])* async fn $name:ident($bus:ident) $body:block)+) => {
        $($(#[doc = $doc])* async fn $name($bus: &crate::bus::fixture::TestBus) $body)+

        mod memory {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name(&crate::bus::fixture::TestBus::memory()).await;
            })+
        }

        mod nats {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                let bus = crate::bus::fixture::TestBus::nats().await;
                super::$name(&bus).await;
                bus.remove().await;
            })+
        }
    };
}

mod asking;
mod commands;
mod credentials;
mod fixture;
mod outages;
mod permissions;
mod publishing;
mod settings;
