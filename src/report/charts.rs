//! Charts: curves of shares as SVG that is part of the page.
//! This module must not know what is drawn.

use super::escape::Text;

/// Side of the square that is drawn in, in units of the SVG, and the room for names of axes.
const SIDE: f64 = 300.0;
const LEFT: f64 = 46.0;
const BELOW: f64 = 40.0;
const ABOVE: f64 = 12.0;

/// Something drawn into a chart, in shares from 0 to 1.
pub(super) enum Mark<'m> {
    /// A line from point to point.
    Curve(Vec<(f64, f64)>),
    /// The diagonal.
    Diagonal,
    /// A point with what it means, and its size from 0 to 1.
    Point(f64, f64, &'m str, f64),
}

/// A chart with two axes from 0 to 1. `told` says in words what it shows.
pub(super) fn chart(across: &str, up: &str, told: &str, marks: &[Mark<'_>]) -> String {
    let (width, height) = (LEFT + SIDE + 12.0, ABOVE + SIDE + BELOW);
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{}\">{}",
        Text(told),
        axes(across, up)
    );
    for mark in marks {
        svg.push_str(&drawn(mark));
    }
    svg + "</svg>\n"
}

fn at(x: f64, y: f64) -> (f64, f64) {
    (LEFT + SIDE * x.clamp(0.0, 1.0), ABOVE + SIDE * (1.0 - y.clamp(0.0, 1.0)))
}

fn axes(across: &str, up: &str) -> String {
    let mut text = String::new();
    for tenth in (0..=10).step_by(2) {
        let share = f64::from(tenth) / 10.0;
        let ((x, bottom), (left, y)) = (at(share, 0.0), at(0.0, share));
        let ((_, top), (right, _)) = (at(share, 1.0), at(1.0, share));
        text.push_str(&format!(
            "<path class=\"grid\" d=\"M{x:.1} {bottom:.1}V{top:.1}M{left:.1} {y:.1}H{right:.1}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{share:.1}</text>\
             <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{share:.1}</text>",
            bottom + 15.0,
            left - 5.0,
            y + 4.0
        ));
    }
    let (middle, bottom) = at(0.5, 0.0);
    let (_, centre) = at(0.0, 0.5);
    text + &format!(
        "<text x=\"{middle:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>\
         <text transform=\"translate(11 {centre:.1}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
        bottom + 33.0,
        Text(across),
        Text(up)
    )
}

fn drawn(mark: &Mark<'_>) -> String {
    match mark {
        Mark::Curve(points) => {
            let points: Vec<String> =
                points.iter().map(|&(x, y)| at(x, y)).map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
            format!("<polyline class=\"curve\" points=\"{}\"/>", points.join(" "))
        }
        Mark::Diagonal => {
            let ((x1, y1), (x2, y2)) = (at(0.0, 0.0), at(1.0, 1.0));
            format!("<path class=\"even\" d=\"M{x1} {y1}L{x2} {y2}\"/>")
        }
        Mark::Point(x, y, name, size) => {
            let (x, y) = at(*x, *y);
            let radius = 3.0 + 6.0 * size.clamp(0.0, 1.0);
            format!(
                "<circle class=\"point\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius:.1}\"><title>{}</title></circle>",
                Text(name)
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_stay_inside_and_names_are_escaped() {
        let svg = chart("a<b", "y", "told", &[Mark::Point(7.0, -1.0, "x & y", 9.0), Mark::Curve(vec![(0.0, 0.5)])]);
        assert!(svg.contains("cx=\"346.0\" cy=\"312.0\" r=\"9.0\"><title>x &amp; y"), "{svg}");
        assert!(svg.contains("a&lt;b") && svg.contains("46.0,162.0"));
    }
}
