//! `purser bench`: every sub-verb for a second or two, gate and all, and what is void.

mod gate;
mod smoke;

use crate::cli::process::Ended;
use serde_json::Value;

/// Options of a load that is as short as it may be and still means something.
const SHORT: [&str; 9] =
    ["--seconds", "2", "--warm-up", "0.1", "--in-flight", "4", "--accounts", "40", "--json"];

/// The verb with these options.
fn line<'a>(verb: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["bench", verb], &SHORT[..], more].concat()
}

/// The results of a run that ended well.
#[track_caller]
fn results(ended: Ended) -> Vec<Value> {
    let text = ended.success();
    let results = text.lines().map(|line| serde_json::from_str(line).expect("JSON"));
    let results: Vec<Value> = results.collect();
    for result in &results {
        assert_eq!(result["valid"], true, "{result}");
        assert_eq!(result["errors"], 0, "{result}");
        for name in ["rate_per_s", "p50_ms", "p99_ms", "p999_ms"] {
            assert!(result[name].as_f64().is_some_and(|value| value > 0.0), "{name}: {result}");
        }
    }
    results
}

/// Names of the workloads of `results`.
fn workloads(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["workload"].as_str().expect("a name")).collect()
}
