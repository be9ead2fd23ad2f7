//! The raw append: the rows of transfers or payments into the product's own tables, by the fastest
//! statements that the engine has, many units in one commit. No rule is looked at and nothing is read.

mod postgres;
mod rows;
mod sqlite;

use super::{Engine, Shape};
use crate::{
    bench::{
        database::OwnDatabase,
        embedded,
        harness::{Fault, Load, Meter, Outcome, Sample, Work, drive},
        settings::Settings,
    },
    config::Config,
    store::{self, StoreTarget},
    terminal::{Failure, chain},
};
use async_trait::async_trait;
use rows::Group;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc, oneshot};

/// Units of one commit; that of the product's journal.
const BATCH: usize = 1_000;
/// Units that wait; more than any load has in flight.
const QUEUE: usize = 32_768;

/// Writes groups of rows, each durable when this returns.
#[async_trait]
trait Append: Send {
    async fn append(&mut self, group: &Group) -> Result<(), sqlx::Error>;
}

/// An empty store of the product, for one measurement.
pub(super) struct Place {
    target: StoreTarget,
    database: Option<OwnDatabase>,
    _folder: TempDir,
}

impl Place {
    pub(super) async fn make(
        settings: &Settings,
        config: &Config,
        engine: Engine,
    ) -> Result<Self, Failure> {
        let folder = embedded::folder(settings.folder.as_deref())?;
        let (target, database) = match (engine, &config.database_url) {
            (Engine::Postgres, Some(url)) => {
                let database = OwnDatabase::create(url).await?;
                (StoreTarget::Postgres(database.url().expose().into()), Some(database))
            }
            _ => (StoreTarget::Sqlite(folder.path().join("append.db")), None),
        };
        store::migrate(&target).await.map_err(|error| failed(&error))?;
        Ok(Self { target, database, _folder: folder })
    }

    /// Begins to commit rows of this shape there.
    pub(super) async fn commits(&self, shape: Shape) -> Result<GroupCommit, Failure> {
        Ok(GroupCommit::start(self.appender().await?, shape))
    }

    async fn appender(&self) -> Result<Box<dyn Append>, Failure> {
        Ok(match &self.target {
            StoreTarget::Sqlite(path) => {
                Box::new(sqlite::Appender::open(path).await.map_err(|error| failed(&error))?)
            }
            StoreTarget::Postgres(url) => {
                Box::new(postgres::Appender::open(url).await.map_err(|error| failed(&error))?)
            }
        })
    }

    pub(super) async fn remove(self) -> Result<(), Failure> {
        match self.database {
            Some(database) => database.remove().await,
            None => Ok(()),
        }
    }
}

/// Collects units while a commit is under way, and commits them together.
#[derive(Clone)]
pub(super) struct GroupCommit {
    units: mpsc::Sender<(u64, oneshot::Sender<bool>)>,
    next: Arc<AtomicU64>,
    writer: Arc<Mutex<Option<tokio::task::JoinHandle<()>>>>,
}

impl GroupCommit {
    fn start(appender: Box<dyn Append>, shape: Shape) -> Self {
        let (units, queue) = mpsc::channel(QUEUE);
        let writer = tokio::spawn(write(appender, shape, queue));
        Self { units, next: Arc::default(), writer: Arc::new(Mutex::new(Some(writer))) }
    }

    /// Stores one unit; false when it could not be stored.
    pub(super) async fn store(&self) -> bool {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (stored, is_stored) = oneshot::channel();
        self.units.send((number, stored)).await.is_ok() && is_stored.await.unwrap_or(false)
    }

    /// Lets go of the store.
    pub(super) async fn end(&self) {
        if let Some(writer) = self.writer.lock().await.take() {
            writer.abort();
            // It was told to end.
            let _ = writer.await;
        }
    }
}

async fn write(
    mut appender: Box<dyn Append>,
    shape: Shape,
    mut queue: mpsc::Receiver<(u64, oneshot::Sender<bool>)>,
) {
    let mut units = Vec::with_capacity(BATCH);
    let mut batch = 0;
    while queue.recv_many(&mut units, BATCH).await > 0 {
        batch += 1;
        let numbers: Vec<u64> = units.iter().map(|(number, _)| *number).collect();
        let outcome = appender.append(&Group::of(shape, batch, &numbers)).await;
        if let Err(error) = &outcome {
            tracing::error!(error = chain(error), "rows of the raw append cannot be written");
        }
        for (_, stored) in units.drain(..) {
            let _ = stored.send(outcome.is_ok());
        }
    }
}

struct Storing(GroupCommit);

impl Work for Storing {
    async fn call(&self, _: u64) -> Outcome {
        if self.0.store().await { Ok(()) } else { Err(Fault::unknown("not stored")) }
    }
}

pub(super) async fn measure(
    load: &Load,
    meter: &Meter,
    settings: &Settings,
    config: &Config,
    engine: Engine,
    shape: Shape,
) -> Result<Sample, Failure> {
    let place = Place::make(settings, config, engine).await?;
    let commits = place.commits(shape).await?;
    let sample = drive(Arc::new(Storing(commits.clone())), load, meter).await;
    commits.end().await;
    place.remove().await?;
    Ok(sample)
}

fn failed(error: &dyn std::error::Error) -> Failure {
    Failure::failed(format!("the raw append: {}", chain(error)))
}
