//! The inside of a client process: jobs arrive on standard input, one JSON object a line, and what they
//! came to leaves on standard output. It ends with its input.

use super::job::Job;
use crate::{
    bench::{
        child::{say, told},
        harness::{Meter, Sample},
    },
    serve::handles,
    terminal::Failure,
};
use serde::{Deserialize, Serialize};

/// What a client process says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    /// So many calls of the job have succeeded.
    Done(u64),
    /// The job is over.
    Over(Box<Sample>),
}

/// Does what it is told until its input ends.
///
/// # Errors
/// When a job cannot be read, or nobody takes what it came to.
pub(crate) async fn work() -> Result<(), Failure> {
    // More than any load asks for; what the system gives is told when it does not do.
    handles::for_connections(8_192);
    while let Some(job) = told::<Job>().await? {
        let meter = Meter::told(|done| {
            // That it cannot be told is found out with the result.
            let _ = say(&Word::Done(done));
        });
        let sample = job.make(&meter).await;
        say(&Word::Over(Box::new(sample)))?;
    }
    Ok(())
}
