//! English.

use super::{Texts, Words};

pub(super) const TEXTS: Texts = Texts {
    skip: "Skip to the content",
    language: "Language",
    purpose: "Link a debit card",
    safe: "Your card data is encrypted. The shop never sees the full number or the CVV.",
    the_shop: "the shop",
    steps: "Steps",
    step_card: "Card",
    step_otp: "OTP code",
    step_done: "Done",
    time_left: "Time left",
    valid_until: "Valid until",
    please_fix: Words {
        head: "Please check the fields that are marked",
        body: "For your safety, card number and CVV have to be entered again.",
    },

    card_title: "Enter your debit card",
    card_lead: "{} asks for permission to debit this card. Your bank will send you a code to confirm it.",
    bank: "Bank",
    phone: "Mobile number",
    customer: "Customer ID",
    number: "Card number",
    brand: "Card brand",
    brands: "Cards that are accepted",
    holder: "Name on the card",
    expiry: "Valid thru",
    expiry_hint: "Month/year",
    code: "CVV",
    code_hint: "3 or 4 digits on the card",
    go_on: "Continue",
    busy: "One moment…",
    cancel: "Cancel",

    otp_title: "Enter the OTP code",
    otp_sent,
    otp: "OTP code",
    otp_hint: "Never give this code to anybody.",
    confirm: "Confirm",
    tries_left: |count| format!("{count} {} left.", if count == 1 { "try" } else { "tries" }),
    wrong_otp: |count| {
        format!("That code is wrong. {count} {} left.", if count == 1 { "try" } else { "tries" })
    },
    resend: "Send a new code",
    resends_left: |count| match count {
        1 => "A new code can be sent 1 more time.".to_owned(),
        _ => format!("A new code can be sent {count} more times."),
    },
    resent: "A new code has been sent.",
    no_resends: "No more codes can be sent.",
    otp_expired: "That code has expired. Ask for a new one.",
    bank_silent: "Your bank cannot be reached right now. Try again in a moment.",

    number_missing: "Enter the card number.",
    number_wrong: "That card number is not right. Please check its digits.",
    holder_missing: "Enter the name as it stands on the card.",
    holder_wrong: "A name has letters, spaces, dots, hyphens and apostrophes only.",
    expiry_missing: "Enter until when the card is valid.",
    expiry_wrong: "Enter month and year, such as 08/29.",
    expiry_past: "This card has expired.",
    code_missing: "Enter the CVV.",
    code_wrong: "A CVV has 3 or 4 digits.",
    otp_missing: "Enter the code that your bank sent you.",
    otp_form: "A code has digits only, 4 to 8 of them.",

    refused_again: Words {
        head: "Your bank declined the card",
        body: "Check what you entered, or use another card.",
    },
    blocked_again: Words {
        head: "Your bank has blocked the card",
        body: "Use another card, or contact your bank.",
    },
    expired_again: Words { head: "The card has expired", body: "Use a card that is still valid." },
    unsupported_again: Words {
        head: "Bank not supported",
        body: "The bank of this card does not offer this service. Use a card of another bank.",
    },
    silent_again: Words {
        head: "Your bank does not answer",
        body: "The card was not linked. Please try again in a moment.",
    },
    bound_again: Words {
        head: "This card is linked already",
        body: "This card is linked to your account at {} already. Use another card, or cancel.",
    },

    working: Words {
        head: "Waiting for your bank",
        body: "Please keep this page open. It refreshes by itself.",
    },
    look_again: "Check now",
    bound: Words { head: "Card linked", body: "This card can now be used to pay at {}." },
    linked_card: "Card",
    failed: Words {
        head: "The card could not be linked",
        body: "Your bank did not agree to this request. No money was taken. You can start again from {}.",
    },
    refused_card: Words {
        head: "Card declined",
        body: "Your bank does not accept this card. No money was taken. Start again from {} with another card.",
    },
    blocked: Words {
        head: "Too many wrong codes",
        body: "For your safety this request was closed. No money was taken. You can start again from {}.",
    },
    unsupported: Words {
        head: "Bank not supported",
        body: "The bank of this card does not offer this service. Start again from {} with another card.",
    },
    silent: Words {
        head: "Your bank does not answer",
        body: "Your bank cannot be reached. No money was taken. You can start again from {}.",
    },
    expired: Words {
        head: "Time is up",
        body: "For your safety this page is valid for a short time only. You can start again from {}.",
    },
    cancelled: Words { head: "Cancelled", body: "The card was not linked and no money was taken." },
    unknown: Words {
        head: "Unknown link",
        body: "This link is incomplete or not valid. Open this page again from the shop's app or site.",
    },
    unavailable: Words {
        head: "Not yet",
        body: "The service is busy. What you entered is not processed twice. Please try again in a moment.",
    },
    too_large: Words {
        head: "That was too long",
        body: "Go back to the page before and try again.",
    },
    strange: Words {
        head: "Request refused",
        body: "This form was not sent from our page. Open the page again from the shop's app or site.",
    },
    try_again: "Try again",
    back: "Back to {}",
    going_back: "You will be taken back to {} automatically.",
    close: "You can close this page.",

    sandbox_title: "Sandbox: test cards and codes",
    sandbox_card: "This is no real money. These cards do what is written beside them; any name, any CVV of 3 digits, any future expiry.",
    sandbox_otp: "This is no real money. No SMS is sent; use one of these codes.",
    sandbox_number: "Number",
    sandbox_code: "Code",
    sandbox_what: "What happens",
    sandbox_fill: "Fill in card",
    sandbox_other: "any other",

    pay_purpose: "Confirm a payment",
    pay_title: "Confirm your payment",
    amount: "Amount",
    wrong_code: "That code is wrong. After three wrong codes the card is blocked.",
    paid: Words { head: "Paid", body: "Thank you. {} has received your payment." },
    not_paid: Words { head: "Not paid", body: "No money was taken. You can start again from {}." },
    paying: Words {
        head: "Your payment is being made",
        body: "Please keep this page open. It refreshes by itself.",
    },
};

fn otp_sent(bank: Option<&str>, phone: Option<&str>) -> String {
    let bank = bank.unwrap_or("Your bank");
    match phone {
        Some(phone) => format!("{bank} sent a code to {phone}."),
        None => format!("{bank} sent a code to your registered mobile."),
    }
}
