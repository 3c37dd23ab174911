//! The plot beside the tables.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use super::dimension::{Cost, Measured, grouped};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Draws a panel for each dimension.
pub fn draw(path: &Path, dimensions: &[Measured]) -> Outcome<()> {
    let area = SVGBackend::new(path, (WIDTH, HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    for (panel, measured) in area.split_evenly((ROWS, 2)).iter().zip(dimensions) {
        panel_of(panel, measured)?;
    }
    area.present()?;
    Ok(())
}

fn panel_of(area: &DrawingArea<SVGBackend<'_>, Shift>, measured: &Measured) -> Outcome<()> {
    let sizes = measured.costs.iter().map(|cost| coordinate(cost.size));
    let (least, most) = sizes.fold((f64::MAX, 0.0_f64), |(least, most), size| {
        (least.min(size), most.max(size))
    });
    let highs = measured.costs.iter().map(|cost| cost.ratio.high);
    let high = highs.fold(2.0, f64::max) * 1.15;
    let mut chart = ChartBuilder::on(area)
        .caption(measured.title, ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(42)
        .y_label_area_size(54)
        .build_cartesian_2d((least * 0.8..most * 1.25).log_scale(), 0.0..high)?;
    chart
        .configure_mesh()
        .light_line_style(TRANSPARENT)
        .x_desc(measured.unit)
        .y_desc("cost of a decision")
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&|size| label(*size))
        .y_label_formatter(&|ratio| format!("{ratio:.1}"))
        .label_style(("sans-serif", 13))
        .axis_desc_style(("sans-serif", 13))
        .draw()?;
    let mut series: Vec<&str> = measured.costs.iter().map(|cost| cost.series).collect();
    series.dedup();
    for (name, color) in series.into_iter().zip(COLORS) {
        let costs: Vec<&Cost> = measured
            .costs
            .iter()
            .filter(|cost| cost.series == name)
            .collect();
        let line = costs
            .iter()
            .map(|cost| (coordinate(cost.size), cost.ratio.median));
        let line = LineSeries::new(line, color.stroke_width(2)).point_size(3);
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color.stroke_width(2)));
        chart.draw_series(costs.iter().map(|cost| {
            let ends =
                [cost.ratio.low, cost.ratio.high].map(|ratio| (coordinate(cost.size), ratio));
            PathElement::new(ends, color.stroke_width(1))
        }))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(("sans-serif", 13))
        .background_style(WHITE.mix(0.8))
        .draw()?;
    Ok(())
}

fn label(size: f64) -> String {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, and at most some thousands"
    )]
    grouped(size.round() as usize)
}

#[expect(clippy::cast_precision_loss, reason = "at most some thousands")]
const fn coordinate(size: usize) -> f64 {
    size as f64
}

const WIDTH: u32 = 900;
const ROWS: usize = 3;
const HEIGHT: u32 = 900;
const COLORS: [RGBColor; 3] = [
    RGBColor(0x1f, 0x5f, 0xa8),
    RGBColor(0xb5, 0x47, 0x08),
    RGBColor(0x5b, 0x6b, 0x2d),
];
