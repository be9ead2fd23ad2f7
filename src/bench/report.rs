//! A report as one HTML file that needs nothing else: what came out, how far from the limit it is, and
//! plots of how it went.

mod axis;
mod chart;
mod plots;

use super::{
    figure::Figure,
    output::{HEADS, cells, grouped, remarks},
    processor::Shares,
};
use crate::terminal::Failure;
use std::{fmt::Write, fs, path::Path};

const STYLE: &str = include_str!("report/style.css");

/// Writes the report of a run.
///
/// # Errors
/// When the file cannot be written.
pub(super) fn write(file: &Path, figures: &[Figure]) -> Result<(), Failure> {
    fs::write(file, page(figures))
        .map_err(|error| Failure::failed(format!("the report {}: {error}", file.display())))
}

fn page(figures: &[Figure]) -> String {
    let is_valid = figures.iter().all(|figure| figure.valid);
    let (class, verdict) = if is_valid {
        ("verdict", "Valid: all counts agree, the books balance")
    } else {
        ("verdict void", "Void: counts differ, or the books do not balance")
    };
    let mut html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Purser bench</title>\
         <style>{STYLE}</style></head><body><main><h1>Purser bench</h1>\
         <p class=\"machine\">{}</p><p class=\"{class}\">{verdict}</p>",
        escaped(&machine())
    );
    html += &cards(figures);
    for bench in benches(figures) {
        let of: Vec<&Figure> = figures.iter().filter(|one| one.subject.bench == bench).collect();
        for (name, some) in together(bench, &of) {
            let plots = plots::of(&some);
            if !plots.is_empty() {
                let _ =
                    write!(html, "<h2>{}</h2><div class=\"plots\">{plots}</div>", escaped(&name));
            }
        }
    }
    html += &processors(figures);
    html += "<h2>All results</h2>";
    html += &table(figures);
    html + "</main></body></html>\n"
}

/// The benches in the order in which they ran; limits have no plots of their own.
fn benches(figures: &[Figure]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.subject.bench != "limit") {
        if !names.contains(&&figure.subject.bench[..]) {
            names.push(&figure.subject.bench);
        }
    }
    names
}

/// What is drawn into the same plots: the whole bench, or each workload of one that has too many results
/// to be told apart.
fn together<'f>(bench: &str, figures: &[&'f Figure]) -> Vec<(String, Vec<&'f Figure>)> {
    if figures.len() <= chart::COLOURS {
        return vec![(bench.to_owned(), figures.to_vec())];
    }
    let mut groups: Vec<(String, Vec<&'f Figure>)> = Vec::new();
    for figure in figures.iter().copied() {
        let name = format!("{bench}, {}", figure.subject.workload);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, some)) => some.push(figure),
            None => groups.push((name, vec![figure])),
        }
    }
    groups
}

/// The best closed loop of each workload.
fn cards(figures: &[Figure]) -> String {
    let mut best: Vec<&Figure> = Vec::new();
    for figure in figures.iter().filter(|one| one.pace == "closed" && one.subject.bench != "limit")
    {
        let same = |other: &&mut &Figure| {
            (&other.subject.bench, &other.subject.workload)
                == (&figure.subject.bench, &figure.subject.workload)
        };
        match best.iter_mut().find(same) {
            Some(known) if known.rate_per_s < figure.rate_per_s => *known = figure,
            Some(_) => {}
            None => best.push(figure),
        }
    }
    let mut html = "<div class=\"cards\">".to_owned();
    for figure in best {
        let subject = &figure.subject;
        let _ = write!(
            html,
            "<div class=\"card\"><span>{} {}</span><b>{}/s</b><span>p50 {:.2} ms, p99 {:.2} ms, {} in flight</span>",
            escaped(&subject.bench),
            escaped(&subject.workload),
            grouped(figure.rate_per_s),
            figure.p50_ms,
            figure.p99_ms,
            figure.in_flight.unwrap_or_default(),
        );
        if let (Some(limit), Some(ratio)) = (figure.limit, figure.limit_ratio) {
            let percent = ratio * 100.0;
            let _ = write!(
                html,
                "<div class=\"bar\"><i style=\"width:{:.0}%\"></i></div><span>{percent:.0} % of {limit}</span>",
                percent.min(100.0)
            );
        }
        html += "</div>";
    }
    html + "</div>"
}

/// Who had the processors' time during each load.
fn processors(figures: &[Figure]) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let mut bars = String::new();
    for figure in figures {
        let Some(Shares(shares)) = &figure.processor else { continue };
        let [bench, workload, on, load, ..] = cells(figure);
        let name = escaped(&format!("{bench} {workload}, {on}, {load}"));
        let _ = write!(bars, "<p class=\"load\"><span>{name}</span><span class=\"parts\">");
        for (what, share) in shares {
            let place = parts.iter().position(|part| part == what).unwrap_or_else(|| {
                parts.push(what);
                parts.len() - 1
            });
            let percent = share * 100.0;
            let _ = write!(
                bars,
                "<i class=\"c{place}\" style=\"width:{percent:.1}%\" title=\"{what} {percent:.0} %\"></i>"
            );
        }
        bars += "</span></p>";
    }
    if bars.is_empty() {
        return bars;
    }
    let mut html =
        "<h2>Where the processors' time went</h2><figure><ul class=\"legend\">".to_owned();
    for (place, part) in parts.iter().enumerate() {
        let _ = write!(html, "<li><i class=\"c{place}\"></i>{part}</li>");
    }
    html + "</ul>" + &bars + "</figure>"
}

fn table(figures: &[Figure]) -> String {
    let mut html = "<div class=\"scroll\"><table><thead><tr>".to_owned();
    for head in HEADS {
        let _ = write!(html, "<th>{head}</th>");
    }
    html += "</tr></thead><tbody>";
    for figure in figures {
        html += "<tr>";
        for (column, cell) in cells(figure).iter().enumerate() {
            let class =
                if column + 1 == HEADS.len() && !figure.valid { " class=\"void\"" } else { "" };
            let _ = write!(html, "<td{class}>{}</td>", escaped(cell));
        }
        html += "</tr>";
    }
    html += "</tbody></table></div>";
    let remarks: String = figures.iter().map(remarks).collect();
    for line in remarks.lines().filter(|line| !line.is_empty()) {
        let _ = write!(html, "<p class=\"remarks\">{}</p>", escaped(line));
    }
    html
}

/// What it ran on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model = model.map_or("", |line| line.trim_start_matches([' ', '\t', ':']));
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = memory.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kib = kib.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
    let gib = kib.map_or(0, |kib| kib.div_ceil(1 << 20));
    format!(
        "Purser {}, {cores} cores of {model}, {gib} GiB; callers, node, database and broker share them",
        env!("CARGO_PKG_VERSION")
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{
        figure::Subject,
        harness::{Sample, Slice},
    };

    fn figure(in_flight: usize, rate: f64) -> Figure {
        let subject = Subject {
            bench: "ledger".into(),
            workload: "uniform".into(),
            store: "sqlite",
            bus: "memory",
        };
        let mut sample = Sample { seconds: 1.0, done: rate as u64, ..Sample::default() };
        (1..=100).for_each(|ms| sample.latency.note(std::time::Duration::from_millis(ms)));
        sample.slices = vec![Slice { done: 100, ..Slice::default() }; 10];
        let mut figure = Figure::new(subject, "closed", sample);
        figure.in_flight = Some(in_flight);
        figure.bounded_by("append-transfers", 20_000.0);
        figure.processor = Some(Shares(vec![("SQLite", 0.62), ("actors", 0.3), ("idle", 0.08)]));
        figure
    }

    #[test]
    fn the_page_needs_nothing_else_and_shows_the_best_of_a_sweep() {
        let mut figures = vec![figure(1, 900.0), figure(256, 9_000.0)];
        let html = page(&figures);
        assert!(!html.contains("http") && !html.contains("<script"), "{html}");
        assert!(html.contains("<b>9 000/s</b>") && html.contains("45 % of append-transfers"));
        assert!(html.matches("<svg").count() >= 3, "{}", html.matches("<svg").count());
        assert_eq!(html.matches("title=\"SQLite 62 %\"").count(), 2, "a bar for each load");
        assert!(html.contains("class=\"verdict\""));
        figures[0].void_for(&["rows: 1 instead of 2".to_owned()]);
        assert!(page(&figures).contains("rows: 1 instead of 2"));
    }
}
