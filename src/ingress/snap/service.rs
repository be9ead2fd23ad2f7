//! The services there are, where they stand, and the numbers that responses name them by.

use axum::http::Method;

/// A set of paths with habits of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `/api/v1.0`: the product's first version, with its own numbers and stricter headers.
    First,
    /// `/v1.0`: the standard as it is written.
    Standard,
    /// `/dd/api/v3.0` and `/api/v3.0`: the product's present version, with the standard's numbers.
    Third,
}

/// Where the paths of each form begin.
pub(crate) const PREFIXES: [(&str, Form); 4] = [
    ("/api/v1.0", Form::First),
    ("/v1.0", Form::Standard),
    ("/dd/api/v3.0", Form::Third),
    ("/api/v3.0", Form::Third),
];

macro_rules! services {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal $(/ $first:literal)?,
        $($method:ident)|+ $path:literal;)+) => {
        /// A service of the standard.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Service {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Service {
            /// Every service.
            pub(crate) const ALL: &[Self] = &[$(Self::$name),+];

            /// The two digits of the service in response codes.
            pub(crate) const fn code(self, form: Form) -> &'static str {
                match (self, form) {
                    $($((Self::$name, Form::First) => $first,)? (Self::$name, _) => $code,)+
                }
            }

            /// Its path behind the prefix.
            pub(crate) const fn path(self) -> &'static str {
                match self { $(Self::$name => $path,)+ }
            }

            /// Whether it is called with `method`.
            pub(crate) fn allows(self, method: &Method) -> bool {
                self.methods().contains(&method.as_str())
            }

            /// The methods that it is called with.
            pub(crate) const fn methods(self) -> &'static [&'static str] {
                match self { $(Self::$name => &[$(stringify!($method)),+],)+ }
            }
        }
    };
}

services! {
    /// Registration card bind: binds a card whose data the merchant sends, encrypted.
    CardBind = "01", POST "/registration-card-bind";
    /// Sets the limit of a card token.
    CardLimit = "02", POST "/registration/card-bind-limit";
    /// The cards that a customer has bound.
    CardInquiry = "03", GET "/registration-card-inquiry/custIdMerchant/{value}";
    /// A one-time code that a customer was sent.
    OtpVerification = "04", POST "/otp-verification";
    /// Ends a card token.
    CardUnbind = "05", POST "/registration-card-unbind";
    /// Begins a binding with a body instead of a query.
    AccountCreation = "06", POST "/registration-account-creation";
    /// Takes what a customer has bound.
    AccountBinding = "07" / "31", POST "/registration-account-binding";
    /// A binding as it stands.
    AccountInquiry = "08", POST "/registration-account-inquiry";
    /// Ends a binding.
    AccountUnbinding = "09", POST "/registration-account-unbinding";
    /// Get OAuth Code: begins a binding in the customer's browser.
    AuthCode = "10" / "30", GET "/get-auth-code";
    /// Pays with a bound card.
    Payment = "54" / "33", POST "/debit/payment-host-to-host";
    /// A payment as it stands.
    Status = "55", POST | GET "/debit/status";
    /// Takes a payment back on its day.
    Cancel = "57", POST "/debit/cancel";
    /// Gives money back.
    Refund = "58", POST "/debit/refund";
    /// A token of the merchant's server.
    B2b = "73", POST "/access-token/b2b";
    /// A token of one customer.
    B2b2c = "74", POST "/access-token/b2b2c";
    /// Sends a one-time code.
    RequestOtp = "81", POST "/otp";
}

/// What stands for the service where there is none.
pub(crate) const NO_SERVICE: &str = "00";

/// The form that a path belongs to, and its service if it has one.
pub(crate) fn of_path(path: &str) -> Option<(Form, Option<Service>)> {
    PREFIXES.iter().find_map(|(prefix, form)| {
        let rest =
            path.strip_prefix(prefix).filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        let is_at = |service: &&Service| match service.path().split_once("{value}") {
            Some((start, _)) => {
                let value = rest.strip_prefix(start);
                value.is_some_and(|value| !value.is_empty() && !value.contains('/'))
            }
            None => rest == service.path(),
        };
        Some((*form, Service::ALL.iter().find(is_at).copied()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_brief_numbers_differ_where_they_are_known() {
        assert_eq!(Service::AuthCode.code(Form::First), "30");
        assert_eq!(Service::AuthCode.code(Form::Standard), "10");
        assert_eq!(Service::AccountBinding.code(Form::First), "31");
        assert_eq!(Service::AccountBinding.code(Form::Third), "07");
        assert_eq!(Service::Payment.code(Form::First), "33");
        assert_eq!(Service::Payment.code(Form::Standard), "54");
        assert_eq!(Service::Refund.code(Form::First), "58");
    }

    #[test]
    fn a_path_names_form_and_service() {
        assert_eq!(
            of_path("/api/v1.0/get-auth-code"),
            Some((Form::First, Some(Service::AuthCode)))
        );
        assert_eq!(of_path("/v1.0/debit/refund"), Some((Form::Standard, Some(Service::Refund))));
        assert_eq!(
            of_path("/v1.0/registration-card-inquiry/custIdMerchant/7"),
            Some((Form::Standard, Some(Service::CardInquiry)))
        );
        assert_eq!(of_path("/dd/api/v3.0/nothing"), Some((Form::Third, None)));
        assert_eq!(of_path("/api/v1.0"), Some((Form::First, None)));
        for other in ["/v1/callback-endpoints", "/api/v1.00/otp", "/docs"] {
            assert_eq!(of_path(other), None);
        }
    }
}
