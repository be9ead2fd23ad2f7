//! Charts as SVG, drawn with the colours of the page.

use super::{
    axis::{Axis, Scale},
    escaped,
};
use std::fmt::Write;

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 300.0;
/// Room around what is drawn, for numbers and names.
const LEFT: f64 = 58.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 44.0;
/// Colours of the page that series have, in turn.
pub(super) const COLOURS: usize = 8;

/// Lines over two axes.
pub(super) struct Chart {
    pub(super) title: &'static str,
    /// What it shows and how to read it.
    pub(super) about: &'static str,
    pub(super) x: (Scale, &'static str),
    pub(super) y: (Scale, &'static str),
    /// Whether points are marked and not only joined.
    pub(super) dots: bool,
    pub(super) series: Vec<Series>,
}

/// One line.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

impl Chart {
    /// A figure of the page; nothing where there is nothing to show.
    pub(super) fn html(&self) -> String {
        if self.series.iter().all(|series| series.points.is_empty()) {
            return String::new();
        }
        let mut html = format!(
            "<figure><figcaption><b>{}</b> {}</figcaption>{}<ul class=\"legend\">",
            self.title,
            self.about,
            self.svg()
        );
        for (number, series) in self.series.iter().enumerate() {
            let _ = write!(
                html,
                "<li><i class=\"c{}\"></i>{}</li>",
                number % COLOURS,
                escaped(&series.name)
            );
        }
        html + "</ul></figure>"
    }

    fn svg(&self) -> String {
        let points = || self.series.iter().flat_map(|series| &series.points);
        let x = Axis::of(self.x.0, points().map(|point| point.0));
        let y = Axis::of(self.y.0, points().map(|point| point.1));
        let across = |place: f64| LEFT + place * (WIDTH - LEFT - RIGHT);
        let up = |place: f64| HEIGHT - BOTTOM - place * (HEIGHT - TOP - BOTTOM);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\"><g class=\"grid\">",
            self.title
        );
        // Strings take all that is written into them.
        for (place, text) in y.lines() {
            let (at, right) = (up(place), WIDTH - RIGHT);
            let _ = write!(svg, "<path d=\"M{LEFT} {at:.1}H{right}\"/>");
            let _ = write!(
                svg,
                "<text class=\"y\" x=\"{:.1}\" y=\"{:.1}\">{text}</text>",
                LEFT - 7.0,
                at + 4.0
            );
        }
        for (place, text) in x.lines() {
            let (at, foot) = (across(place), HEIGHT - BOTTOM);
            let _ = write!(svg, "<path d=\"M{at:.1} {foot}v5\"/>");
            let _ = write!(
                svg,
                "<text class=\"x\" x=\"{at:.1}\" y=\"{:.1}\">{text}</text>",
                foot + 18.0
            );
        }
        let _ = write!(
            svg,
            "</g><text class=\"name\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            across(0.5),
            HEIGHT - 6.0,
            self.x.1
        );
        let _ = write!(
            svg,
            "<text class=\"name\" transform=\"translate(13 {:.1}) rotate(-90)\">{}</text>",
            up(0.5),
            self.y.1
        );
        for (number, series) in self.series.iter().enumerate() {
            let colour = number % COLOURS;
            let placed =
                series.points.iter().map(|point| (across(x.place(point.0)), up(y.place(point.1))));
            let mut path = String::new();
            for (step, (x, y)) in placed.clone().enumerate() {
                let _ = write!(path, "{}{x:.1} {y:.1}", if step == 0 { 'M' } else { 'L' });
            }
            let _ = write!(svg, "<path class=\"line c{colour}\" d=\"{path}\"/>");
            if self.dots {
                for ((x, y), point) in placed.zip(&series.points) {
                    let _ = write!(
                        svg,
                        "<circle class=\"c{colour}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\"><title>{}: {}, {}</title></circle>",
                        escaped(&series.name),
                        super::axis::number(point.0),
                        super::axis::number(point.1)
                    );
                }
            }
        }
        svg + "</svg>"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> String {
        let series = vec![Series { name: "a <b>".to_owned(), points }];
        let (x, y) = ((Scale::Linear, "seconds"), (Scale::Log, "ms"));
        Chart { title: "T", about: "", x, y, dots: true, series }.html()
    }

    #[test]
    fn points_are_joined_and_names_escaped() {
        let html = chart(vec![(0.0, 1.0), (1.0, 10.0), (2.0, 100.0)]);
        assert_eq!(html.matches("<circle").count(), 3);
        assert!(html.contains("a &lt;b&gt;") && !html.contains("<b>a"), "{html}");
        assert!(!html.contains("NaN") && !html.contains("inf"), "{html}");
    }

    #[test]
    fn nothing_to_show_takes_no_room() {
        assert_eq!(chart(Vec::new()), "");
    }
}
