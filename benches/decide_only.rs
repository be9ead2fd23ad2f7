//! What do the rules alone cost: decide, apply, and encode what would be stored and answered? No I/O, no
//! actor, no lock.

#[path = "support/allocator.rs"]
mod allocator;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use purser_actors::{
    account::{Account, AccountState},
    entity::{CallResult, Context, Decision, Effects, Entity, Facts, Signal},
    ports::AcquirerOutcome,
    transaction::{Transaction, TransactionState},
};
use purser_subjects::{
    MerchantId, Money, Sealed, Timestamp, TransactionId,
    account::{AccountTerms, PlaceHold, Side, Transfer, VoidHold},
    encode,
    merchant::{Environment, FeeSchedule, MerchantStanding, MerchantStatus, MerchantTerms},
    transaction::{Authorise, CardSummary, NotifyTarget, Refund},
};
use std::{hint::black_box, time::Duration};
use uuid::Uuid;

/// What a shell does with a decision before it hands it to the journal.
fn carry_out<E: Entity>(state: &mut E::State, effects: &Effects<E::Event>) -> usize {
    let mut bytes = 0;
    for event in &effects.events {
        E::apply(state, event);
        bytes += encode(event).len();
    }
    bytes + E::encode(state).len()
}

fn command<E: Entity>(state: &mut E::State, command: E::Command, context: &Context) -> usize {
    match E::decide(state, command, context) {
        Ok(Decision::Do(effects)) => carry_out::<E>(state, &effects),
        Ok(_) => panic!("the command has effects"),
        Err(rejection) => panic!("the command is granted: {rejection:?}"),
    }
}

fn context(id: &str) -> Context {
    let message = Uuid::now_v7();
    Context {
        id: id.parse().expect("a valid id"),
        now: Timestamp::from_millis(1_700_000_000_000),
        message,
        operation: message,
        facts: Facts::default(),
        balance_is_fresh: false,
    }
}

fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().expect("a currency"))
}

fn funded() -> AccountState {
    let currency = eur(0).currency;
    let terms = AccountTerms { currency, side: Side::Credit, floor: Some(0), ceiling: None };
    AccountState { terms: Some(terms), posted: 1 << 60, ..AccountState::default() }
}

fn transfer(criterion: &mut Criterion) {
    let context = context("alice");
    let to = "bob".parse().expect("a valid id");
    let transfer = Transfer { to, amount: eur(1), effective: None, memo: None };
    let mut state = funded();
    let mut group = criterion.benchmark_group("decide_only");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(4));
    group.bench_function("account_transfer", |bencher| {
        bencher.iter(|| command::<Account>(&mut state, transfer.clone().into(), &context));
    });
    group.finish();
}

fn hold_and_void(criterion: &mut Criterion) {
    let context = context("alice");
    let hold: purser_subjects::EntityId = "hold-1".parse().expect("a valid id");
    let mut state = funded();
    let mut group = criterion.benchmark_group("decide_only");
    group.throughput(Throughput::Elements(2)).measurement_time(Duration::from_secs(4));
    group.bench_function("account_hold_and_void", |bencher| {
        bencher.iter(|| {
            let place = PlaceHold { hold: hold.clone(), amount: eur(1) };
            let void = VoidHold { hold: hold.clone() };
            command::<Account>(&mut state, place.into(), &context)
                + command::<Account>(&mut state, void.into(), &context)
        });
    });
    group.finish();
}

fn merchant() -> MerchantId {
    "10001".parse().expect("a valid id")
}

fn purchase() -> (Context, Authorise) {
    let reference = "order-1";
    let id = TransactionId::derive(&merchant(), reference);
    let fees = FeeSchedule { percent_bps: 250, fixed: vec![eur(25)], ..FeeSchedule::default() };
    let standing = MerchantStanding {
        environment: Environment::Sandbox,
        status: MerchantStatus::Active,
        terms: MerchantTerms { fees, ..MerchantTerms::default() },
    };
    let facts = Facts { standing: Some(Ok(standing)), ..Facts::default() };
    let authorise = Authorise {
        merchant: merchant(),
        reference: reference.to_owned(),
        amount: eur(9_250),
        capture: true,
        card: CardSummary {
            brand: "VISA".to_owned(),
            bin: "424242".to_owned(),
            last4: "4242".to_owned(),
            expiry_month: 12,
            expiry_year: 2_030,
            holder: "Jane Jones".to_owned(),
        },
        sealed_card: Sealed::from_ciphertext(vec![0; 96]),
        details: [("email".to_owned(), "jane@example.com".to_owned())].into(),
        binding: None,
        notify: Some(NotifyTarget {
            url: "https://shop.example/notify".to_owned(),
            format: "gateway".to_owned(),
        }),
    };
    (Context { facts, ..context(id.as_str()) }, authorise)
}

/// The acquirer has approved whatever the context names.
fn approved(state: &mut TransactionState, context: &Context) -> usize {
    let reference = "acquirer-reference-1".to_owned();
    let result = CallResult::Acquirer(AcquirerOutcome::Approved { reference });
    let signal = Signal::CallDone { id: context.operation, result };
    let effects = Transaction::on_signal(state, signal, context);
    carry_out::<Transaction>(state, &effects)
}

fn payments(criterion: &mut Criterion) {
    let (context, authorise) = purchase();
    let mut group = criterion.benchmark_group("decide_only");
    group.throughput(Throughput::Elements(1)).measurement_time(Duration::from_secs(4));
    group.bench_function("payment_purchase", |bencher| {
        bencher.iter(|| {
            let mut state = TransactionState::default();
            let begun = command::<Transaction>(&mut state, authorise.clone().into(), &context);
            begun + approved(black_box(&mut state), &context)
        });
    });
    let mut paid = TransactionState::default();
    command::<Transaction>(&mut paid, authorise.into(), &context);
    approved(&mut paid, &context);
    let again = Context { operation: Uuid::now_v7(), ..context };
    let refund = Refund { merchant: merchant(), amount: None };
    group.bench_function("payment_refund", |bencher| {
        bencher.iter_batched_ref(
            || paid.clone(),
            |state| {
                command::<Transaction>(state, refund.clone().into(), &again)
                    + approved(state, &again)
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, transfer, hold_and_void, payments);
criterion_main!(benches);
