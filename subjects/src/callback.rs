//! Notification endpoints: commands, queries, replies and events.

mod commands;
mod events;
mod notices;
mod views;

pub use commands::*;
pub use events::*;
pub use notices::*;
pub use views::*;

verbs! {
    /// Everything an endpoint can be asked.
    CallbackCommand of Callback {
        /// Registers the endpoint.
        "register" => RegisterEndpoint -> EndpointView,
        /// Changes address, filter, description or delivery settings.
        "change" => ChangeEndpoint -> EndpointView,
        /// Brings a new secret into force; the old one signs along for a while.
        "rotate-secret" => RotateSecret -> EndpointView,
        /// Lets deliveries go on.
        "enable" => EnableEndpoint -> EndpointView,
        /// Holds deliveries back; they are kept.
        "disable" => DisableEndpoint -> EndpointView,
        /// Sends a test notification.
        "test" => TestEndpoint -> QueuedDelivery,
        /// Delivers anew what was given up or falls into a window of time.
        "replay" => ReplayDeliveries -> EndpointView,
        /// Delivers one notification anew, or a pending one at once.
        "resend" => ResendDelivery -> QueuedDelivery,
        /// Takes the endpoint out of use for good.
        "remove" => RemoveEndpoint -> EndpointView,
        /// How deliveries to the endpoint go.
        "inquire" => InquireEndpoint -> EndpointView,
    }
}

events! {
    /// Everything that happens to an endpoint.
    CallbackEvent {
        /// The merchant registered the endpoint.
        "registered" => EndpointRegistered,
        /// The first delivery to a URL that came with a payment was attempted.
        "seen" => EndpointSeen,
        /// Address, filter, description or delivery settings changed.
        "changed" => EndpointChanged,
        /// A new secret is in force.
        "secret-rotated" => SecretRotated,
        /// Deliveries go on.
        "enabled" => EndpointEnabled,
        /// Deliveries are held back.
        "disabled" => EndpointDisabled,
        /// The endpoint is out of use for good.
        "removed" => EndpointRemoved,
        /// The receiver accepted a delivery.
        "delivered" => Delivered,
        /// An attempt failed and will be repeated.
        "attempt-failed" => AttemptFailed,
        /// The last attempt failed; the delivery is given up.
        "given-up" => GivenUp,
        /// So many attempts failed that deliveries pause.
        "breaker-opened" => BreakerOpened,
        /// The receiver works again.
        "breaker-closed" => BreakerClosed,
        /// A test notification was queued.
        "test-queued" => TestQueued,
        /// A notification is delivered anew.
        "resent" => DeliveryResent,
        /// A replay was begun.
        "replay-begun" => ReplayBegun,
        /// A part of a replay was queued.
        "replay-advanced" => ReplayAdvanced,
        /// All of a replay is queued.
        "replay-ended" => ReplayEnded,
    }
}
