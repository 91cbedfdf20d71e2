//! The power of the test for membership after so many alleles, drawn.

use std::fmt::Write as _;

use crate::outcome::{FALSE_POSITIVES, Outcome};

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 60.0;
const TOP: f64 = 20.0;
/// Right of the curves, for their names.
const NAMES: f64 = 190.0;
/// Below the curves, for the axis.
const AXIS: f64 = 50.0;
const COLOURS: [&str; 6] = ["#c0392b", "#2471a3", "#1e8449", "#b9770e", "#6c3483", "#34495e"];

/// Draws, for each posture, the strongest way at each number of alleles.
pub(crate) fn svg(outcomes: &[Outcome]) -> anyhow::Result<String> {
    let mut postures: Vec<&str> = Vec::new();
    for outcome in outcomes.iter().filter(|outcome| !outcome.curve.is_empty()) {
        if !postures.contains(&outcome.posture) {
            postures.push(outcome.posture);
        }
    }
    let most = outcomes.iter().flat_map(|outcome| &outcome.curve).map(|(alleles, _)| *alleles).max();
    let decades = (most.unwrap_or(10).max(10) as f64).log10();
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"sans-serif\" \
         font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n"
    );
    axes(&mut text, decades)?;
    for (at, posture) in postures.into_iter().enumerate() {
        let colour = COLOURS.into_iter().cycle().nth(at).unwrap_or("black");
        let points: Vec<(f64, f64)> = strongest(outcomes, posture)
            .into_iter()
            .map(|(m, power)| (x(m as f64, decades), y(power)))
            .collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        writeln!(
            text,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            path.join(" ")
        )?;
        let (from, row) = (WIDTH - NAMES + 15.0, TOP + 12.0 + 18.0 * at as f64);
        writeln!(text, "<text x=\"{from}\" y=\"{row}\" fill=\"{colour}\">{posture}</text>")?;
    }
    text.push_str("</svg>\n");
    Ok(text)
}

/// The greatest power in a posture, by number of alleles.
fn strongest(outcomes: &[Outcome], posture: &str) -> std::collections::BTreeMap<usize, f64> {
    let mut best = std::collections::BTreeMap::new();
    let of = outcomes.iter().filter(|outcome| outcome.posture == posture);
    for (alleles, power) in of.flat_map(|outcome| &outcome.curve) {
        let known = best.entry(*alleles).or_insert(0.0_f64);
        *known = known.max(*power);
    }
    best
}

fn x(alleles: f64, decades: f64) -> f64 {
    LEFT + alleles.max(1.0).log10() / decades * (WIDTH - LEFT - NAMES)
}

fn y(power: f64) -> f64 {
    TOP + (1.0 - power) * (HEIGHT - TOP - AXIS)
}

fn axes(text: &mut String, decades: f64) -> anyhow::Result<()> {
    let right = WIDTH - NAMES;
    for (power, dash) in [(0.0, ""), (0.5, "4 4"), (1.0, "4 4"), (FALSE_POSITIVES, "1 3"), (0.15, "1 3")] {
        let row = y(power);
        writeln!(
            text,
            "<line x1=\"{LEFT}\" x2=\"{right}\" y1=\"{row:.1}\" y2=\"{row:.1}\" stroke=\"#888\" \
             stroke-dasharray=\"{dash}\"/>\n<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{power}</text>",
            LEFT - 8.0,
            row + 4.0
        )?;
    }
    let mut alleles = 1.0_f64;
    while alleles.log10() <= decades {
        let column = x(alleles, decades);
        let row = HEIGHT - AXIS + 18.0;
        writeln!(text, "<text x=\"{column:.1}\" y=\"{row}\" text-anchor=\"middle\">{alleles}</text>")?;
        alleles *= 10.0;
    }
    let (middle, row) = ((LEFT + right) / 2.0, HEIGHT - 8.0);
    writeln!(
        text,
        "<text x=\"{middle}\" y=\"{row}\" text-anchor=\"middle\">alleles asked for; power at 5 % false \
         positives, strongest way</text>"
    )?;
    Ok(())
}
