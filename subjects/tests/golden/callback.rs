//! Stored messages of notification endpoints.

use super::{
    case::{Case, Cases},
    samples::{entity, merchant, sealed, text, time, uuid},
};
use purser_subjects::{
    EntityKey, EntityKind,
    callback::{
        AttemptFailed, AttemptReport, BreakerClosed, BreakerOpened, CallbackCommand, CallbackEvent,
        ChangeEndpoint, Delivered, DeliveryResent, DisableEndpoint, DisableReason, DisabledView,
        EnableEndpoint, EndpointChanged, EndpointDisabled, EndpointEnabled, EndpointKind,
        EndpointRegistered, EndpointRemoved, EndpointSecret, EndpointSeen, EndpointSettings,
        EndpointStatus, EndpointView, GivenUp, InquireEndpoint, QueuedDelivery, RegisterEndpoint,
        RemoveEndpoint, ReplayAdvanced, ReplayBegun, ReplayDeliveries, ReplayEnded, ReplayScope,
        ReplayView, ResendDelivery, RotateSecret, SecretRotated, SecretView, SigningKey,
        TestEndpoint, TestQueued,
    },
};

const ENDPOINT: &str = "5d41402abc4b2a76b9719d911017c592";

/// As it was before endpoints could be registered.
fn first_view() -> EndpointView {
    EndpointView {
        endpoint: entity(ENDPOINT).into(),
        delivered: 70_000,
        given_up: 1,
        failures_in_a_row: 3,
        last_success_at: Some(time(0)),
        merchant: None,
        kind: EndpointKind::PerPayment,
        status: EndpointStatus::Enabled,
        disabled: None,
        url: String::new(),
        events: Vec::new(),
        description: String::new(),
        settings: EndpointSettings::default(),
        secrets: Vec::new(),
        paused_until: None,
        failing_since: None,
        replay: None,
        created_at: None,
    }
}

fn view() -> EndpointView {
    EndpointView {
        merchant: Some(merchant()),
        kind: EndpointKind::Registered,
        status: EndpointStatus::Disabled,
        disabled: Some(DisabledView { reason: DisableReason::Failing, at: time(9) }),
        url: text(URL),
        events: events(),
        description: text("Orders"),
        settings: settings(),
        secrets: vec![
            SecretView { created_at: time(5), until: None, public_key: Some(text("whpk_AAAA")) },
            SecretView { created_at: time(0), until: Some(time(1_445)), public_key: None },
        ],
        paused_until: Some(time(10)),
        failing_since: Some(time(3)),
        replay: Some(ReplayView {
            from: time(0),
            to: time(2),
            scope: ReplayScope::All,
            queued: 500,
        }),
        created_at: Some(time(0)),
        ..first_view()
    }
}

const URL: &str = "https://shop.example/webhooks";

fn events() -> Vec<String> {
    vec![text("payment.*"), text("endpoint.disabled")]
}

fn settings() -> EndpointSettings {
    EndpointSettings {
        schedule: vec![0, 5, 300],
        concurrency: 2,
        rate_per_minute: 600,
        contact: text("ops@shop.example"),
    }
}

fn secret() -> EndpointSecret {
    EndpointSecret {
        hmac: sealed(0xa5),
        ed25519: Some(SigningKey { seed: sealed(0x5a), public: text("whpk_AAAA") }),
    }
}

fn report(http_status: Option<u16>, error: Option<&str>) -> AttemptReport {
    AttemptReport {
        delivery: uuid(5),
        merchant: merchant(),
        object: EntityKey::new(EntityKind::Transaction, entity("61058214b470d599856ca5d29cf6d54f")),
        sequence: 2,
        attempt: 300,
        http_status,
        error: error.map(text),
        at: time(3),
        recent: 0,
    }
}

pub(super) fn cases() -> Vec<Case> {
    let merchant_set = || Some(merchant());
    let queued = || QueuedDelivery { delivery: uuid(5) };
    let register = RegisterEndpoint {
        merchant: merchant(),
        url: text(URL),
        events: events(),
        description: text("Orders"),
        secret: secret(),
        settings: settings(),
    };
    let plain_secret = || EndpointSecret { ed25519: None, ..secret() };
    let change = ChangeEndpoint {
        merchant: merchant_set(),
        url: Some(text(URL)),
        events: Some(events()),
        description: Some(String::new()),
        schedule: Some(vec![0, 5]),
        concurrency: Some(4),
        rate_per_minute: Some(0),
        contact: Some(text("ops@shop.example")),
    };
    let replay = ReplayDeliveries {
        merchant: merchant_set(),
        from: time(0),
        to: time(2),
        scope: ReplayScope::Failed,
    };
    let cases = Cases::<CallbackCommand, CallbackEvent>::new()
        .verb(InquireEndpoint::default(), first_view())
        .command("own", InquireEndpoint { merchant: merchant_set() })
        .reply::<InquireEndpoint>(
            "never-reached",
            EndpointView { last_success_at: None, ..first_view() },
        )
        .reply::<InquireEndpoint>("registered", view())
        .verb(register.clone(), view())
        .command(
            "plain",
            RegisterEndpoint {
                events: Vec::new(),
                description: String::new(),
                secret: plain_secret(),
                settings: EndpointSettings::default(),
                ..register
            },
        )
        .verb(change, view())
        .command("nothing", ChangeEndpoint::default())
        .verb(
            RotateSecret { merchant: merchant_set(), secret: secret(), overlap_s: Some(3_600) },
            view(),
        )
        .command("plain", RotateSecret { merchant: None, secret: plain_secret(), overlap_s: None })
        .verb(EnableEndpoint { merchant: merchant_set() }, view())
        .verb(DisableEndpoint { merchant: merchant_set() }, view())
        .verb(RemoveEndpoint { merchant: merchant_set() }, view())
        .verb(TestEndpoint { merchant: merchant_set() }, queued())
        .verb(replay, view())
        .verb(ResendDelivery { merchant: merchant_set(), delivery: uuid(5) }, queued());
    with_events(cases).into_list()
}

fn with_events(
    cases: Cases<CallbackCommand, CallbackEvent>,
) -> Cases<CallbackCommand, CallbackEvent> {
    let (at, replay, delivery) = (time(3), uuid(6), uuid(5));
    let registered = EndpointRegistered {
        merchant: merchant(),
        url: text(URL),
        events: events(),
        description: text("Orders"),
        secret: secret(),
        settings: settings(),
        at,
    };
    let changed = EndpointChanged {
        url: text(URL),
        events: events(),
        description: text("Orders"),
        settings: settings(),
        at,
    };
    cases
        .event("", Delivered { report: report(Some(200), None) })
        .event(
            "",
            AttemptFailed {
                report: report(Some(503), Some("answered 503")),
                retry_at: time(8),
                failing_since: None,
            },
        )
        .event(
            "counted",
            AttemptFailed {
                report: AttemptReport { recent: 0b101, ..report(Some(503), Some("answered 503")) },
                retry_at: time(8),
                failing_since: Some(time(3)),
            },
        )
        .event(
            "",
            GivenUp { report: report(None, Some("connection refused")), failing_since: None },
        )
        .event(
            "counted",
            GivenUp {
                report: AttemptReport { recent: 0b101, ..report(None, Some("refused")) },
                failing_since: Some(time(3)),
            },
        )
        .event("", registered)
        .event("", EndpointSeen { merchant: merchant(), url: text(URL), at })
        .event("", changed)
        .event("", SecretRotated { secret: secret(), until: time(1_443), at })
        .event("", EndpointEnabled { at })
        .event("", EndpointDisabled { reason: DisableReason::Gone, notice: Some(4), at })
        .event("asked", EndpointDisabled { reason: DisableReason::Requested, notice: None, at })
        .event("", EndpointRemoved { at })
        .event("", BreakerOpened { until: time(4), at })
        .event("", BreakerClosed { at })
        .event("", TestQueued { delivery, sequence: 5, at })
        .event("", DeliveryResent { delivery, at })
        .event("", ReplayBegun { replay, from: time(0), to: time(2), scope: ReplayScope::All, at })
        .event("", ReplayAdvanced { replay, queued: 500, created_at: time(1), delivery, at })
        .event("", ReplayEnded { replay, at })
}
