//! `purser bench binding`: card bindings from end to end. A merchant's server asks for an auth code, a
//! customer's browser goes through the page and its forms, and the merchant takes the token; all of it from
//! client processes, with every signature.

use super::{
    figure::Subject,
    gate::Gate,
    harness::{Load, Meter, Sample, Totals},
    http::{BINDING_REQUESTS, Binding, Clients, Job, SnapShop, Task},
    limit::Limit,
    place::Place,
    run::{Bench, Run},
    shops,
    tally::{self, Mark},
};
use crate::{admin::MerchantAccess, ingress::MAX_REQUESTS, store::StoreTarget, terminal::Failure};
use async_trait::async_trait;
use purser_subjects::EntityKind;
use serde_json::{Map, Value};

/// Sessions of one merchant.
struct Bindings<'p> {
    place: &'p Place,
    target: StoreTarget,
    clients: Clients,
    shop: SnapShop,
    mark: Mark,
}

/// Runs it at one server.
pub(super) async fn run(run: &mut Run) -> Result<(), Failure> {
    let (place, access) = Place::find(run).await?;
    let measured = measure(run, &place, &access).await;
    place.end(measured).await
}

async fn measure(run: &mut Run, place: &Place, access: &MerchantAccess) -> Result<(), Failure> {
    let target = place.target(&run.config)?;
    let mut bindings = Bindings {
        place,
        clients: Clients::start(run.settings.clients)?,
        shop: shops::snap(access)?,
        mark: tally::mark(&target).await?,
        target,
    };
    run.examine(&mut bindings).await
}

#[async_trait]
impl Bench for Bindings<'_> {
    fn subject(&self) -> Subject {
        let (store, bus) = self.place.engines(&self.target);
        let (bench, workload) = ("binding".to_owned(), "session".to_owned());
        Subject { bench, workload, store, bus }
    }

    fn limits(&self) -> Vec<Limit> {
        vec![Limit::AxumEcho]
    }

    fn limit_calls(&self) -> u32 {
        BINDING_REQUESTS
    }

    fn queue_bound(&self) -> u64 {
        MAX_REQUESTS as u64
    }

    async fn load(&mut self, load: &Load, meter: &Meter) -> Result<Sample, Failure> {
        let binding = Binding { shop: self.shop.clone(), expiry_year: shops::expiry_year() };
        let job = Job {
            target: self.place.address(),
            load: load.clone(),
            name: "bench".to_owned(),
            task: Task::Bind(binding),
        };
        self.clients.run(&job, meter).await
    }

    async fn agree(
        &mut self,
        totals: Totals,
        gate: &mut Gate,
        _: &Meter,
    ) -> Result<Map<String, Value>, Failure> {
        let tally = tally::since(&self.target, &mut self.mark).await?;
        let of = |name| tally.of(EntityKind::Binding, name);
        let (issued, bound) = (of("issued"), of("bound"));
        gate.calls("sessions stored", totals, issued);
        gate.calls("cards bound", totals, bound);
        gate.calls("tokens taken", totals, of("claimed"));
        self.place.published(&self.mark, gate).await?;
        let mut particular = Map::from_iter([
            ("stored".to_owned(), issued.into()),
            ("bound".to_owned(), bound.into()),
            ("requests_per_call".to_owned(), BINDING_REQUESTS.into()),
            ("events_stored".to_owned(), tally.events.into()),
            ("batches_committed".to_owned(), tally.batches.into()),
        ]);
        particular.extend(self.place.memory());
        Ok(particular)
    }

    async fn balance(&mut self, gate: &mut Gate, meter: &Meter) {
        gate.books(&self.target, meter).await;
    }

    async fn metrics(&mut self) -> Option<String> {
        self.place.metrics().await
    }
}
