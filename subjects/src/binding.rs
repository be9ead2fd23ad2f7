//! Card bindings: commands, queries, replies and events. One entity is a session in which a customer
//! enters a card, and afterwards the token that stands for the card.

mod answers;
mod commands;
mod events;
mod requests;
mod views;

pub use answers::*;
pub use commands::*;
pub use events::*;
pub use requests::*;
pub use views::*;

verbs! {
    /// Everything a card binding can be asked.
    BindingCommand of Binding {
        /// Begins a session.
        "issue" => IssueSession -> BindingView,
        /// The customer opened the page of the session, or looks at it again.
        "open" => OpenSession -> BindingView,
        /// The customer gives up.
        "cancel" => CancelSession -> BindingView,
        /// The customer entered a card: the issuer is asked to check it and to send a one-time code.
        "enter-card" => EnterCard -> BindingView,
        /// The customer entered the one-time code.
        "verify-otp" => VerifyOtp -> BindingView,
        /// The issuer is asked to send another one-time code.
        "resend-otp" => ResendOtp -> BindingView,
        /// The merchant redeems the session's code for a customer token.
        "exchange" => ExchangeCode -> CustomerToken,
        /// The merchant replaces a customer token.
        "refresh" => RefreshToken -> CustomerToken,
        /// Whether a customer token is valid.
        "check-customer-token" => CheckCustomerToken -> CustomerToken,
        /// The merchant redeems the session's code for the card token.
        "bind" => ClaimBinding -> BindingView,
        /// The binding as it stands.
        "inquire" => InquireBinding -> BindingView,
        /// The sealed card, to charge it.
        "stored-card" => ReadStoredCard -> StoredCard,
        /// Charges the card, at once or after a one-time code.
        "charge" => ChargeCard -> BindingReply,
        /// A charge as it stands.
        "charge-status" => InquireCharge -> ChargeView,
        /// The merchant gives up a charge that waits for a one-time code.
        "cancel-charge" => CancelCharge -> ChargeView,
        /// The payment of a charge was declined: the day's limit gets it back.
        "charge-ended" => ChargeEnded -> BindingView,
        /// Sets how much may be charged, at once or after a one-time code.
        "limit-charges" => LimitCharges -> BindingReply,
        /// Has a one-time code sent to the card holder.
        "request-otp" => RequestOtp -> BindingReply,
        /// The card holder gave the one-time code.
        "verify-challenge" => VerifyChallenge -> BindingReply,
        /// Ends the binding, at once or after a one-time code.
        "unbind" => UnbindCard -> BindingReply,
        /// Stops charges.
        "block" => BlockToken -> BindingView,
        /// Lets charges go on.
        "unblock" => UnblockToken -> BindingView,
    }
}

events! {
    /// Everything that happens to a card binding.
    BindingEvent {
        /// A session was begun.
        "issued" => SessionIssued,
        /// The customer opened its page.
        "session-opened" => SessionOpened,
        /// The customer entered a card.
        "card-entered" => CardEntered,
        /// The issuer refused the card, or never heard of it; another may be entered.
        "card-refused" => CardRefused,
        /// The issuer sent a one-time code.
        "otp-sent" => OtpSent,
        /// The issuer is asked for another one-time code.
        "otp-resend-begun" => OtpResendBegun,
        /// Another one-time code could not be sent.
        "otp-resend-failed" => OtpResendFailed,
        /// The customer entered a one-time code; it counts as a try from now on.
        "otp-tried" => OtpTried,
        /// The one-time code was not right.
        "otp-refused" => OtpRefused,
        /// The issuer did not say what became of an operation; it will be asked.
        "issuer-unknown" => IssuerUnknown,
        /// The card is bound.
        "bound" => CardBound,
        /// The session ended without a bound card.
        "session-ended" => SessionEnded,
        /// The session's code was redeemed for a customer token.
        "code-exchanged" => CodeExchanged,
        /// A customer token was replaced.
        "token-refreshed" => TokenRefreshed,
        /// The session's code was redeemed for the card token.
        "claimed" => BindingClaimed,
        /// The issuer is asked to send the card holder a one-time code.
        "challenge-begun" => ChallengeBegun,
        /// The issuer sent it.
        "challenge-sent" => ChallengeSent,
        /// The card holder gave a one-time code; it counts as a try from now on.
        "challenge-tried" => ChallengeTried,
        /// The one-time code was not right, or nothing is known of it.
        "challenge-refused" => ChallengeRefused,
        /// The challenge ended.
        "challenge-ended" => ChallengeEnded,
        /// A charge was accepted; its payment is asked.
        "charge-accepted" => ChargeAccepted,
        /// The payment of an accepted charge has answered.
        "charge-begun" => ChargeBegun,
        /// It has not answered, and is asked again.
        "charge-asked-again" => ChargeAskedAgain,
        /// A charge that was accepted came to nothing.
        "charge-released" => ChargeReleased,
        /// A charge that waited for a one-time code was given up.
        "charge-cancelled" => ChargeCancelled,
        /// How much may be charged changed.
        "charges-limited" => ChargesLimited,
        /// The binding was ended.
        "unbound" => CardUnbound,
        /// The issuer never got word of it, and is told once more.
        "unbind-repeated" => UnbindRepeated,
        /// The issuer knows that the binding was ended, or cannot be told.
        "unbind-confirmed" => UnbindConfirmed,
        /// Charges were stopped.
        "blocked" => TokenBlocked,
        /// Charges go on.
        "unblocked" => TokenUnblocked,
        /// The token expired by the issuer's rule.
        "lapsed" => TokenLapsed,
        /// A notification was handed to the callback actor.
        "binding-notified" => BindingNotified,
    }
}
