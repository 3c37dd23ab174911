//! Writes one metric after the other, each with the labels that the table gives it.

use std::fmt;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, MetricEncoder, NoLabelSet,
};

use crate::counters::histogram::Observed;

use super::family::Family;

/// Where metrics are written.
pub(super) struct Page<'a>(DescriptorEncoder<'a>);

impl<'a> Page<'a> {
    pub(super) const fn new(encoder: DescriptorEncoder<'a>) -> Self {
        Self(encoder)
    }

    /// Counts, by the values of the labels.
    pub(super) fn counter<'l, V: EncodeCounterValue, const N: usize>(
        &mut self,
        family: &Family,
        series: impl IntoIterator<Item = ([&'l str; N], V)>,
    ) -> fmt::Result {
        self.series(family, series, |encoder, value| {
            encoder.encode_counter::<NoLabelSet, _, f64>(&value, None)
        })
    }

    /// Numbers that go up and down, by the values of the labels.
    pub(super) fn gauge<'l, const N: usize>(
        &mut self,
        family: &Family,
        series: impl IntoIterator<Item = ([&'l str; N], f64)>,
    ) -> fmt::Result {
        self.series(family, series, |encoder, value| {
            encoder.encode_gauge(&value)
        })
    }

    /// One number without labels, where there is one.
    pub(super) fn number(&mut self, family: &Family, value: impl Into<Option<f64>>) -> fmt::Result {
        self.gauge(family, value.into().map(|value| ([], value)))
    }

    /// Durations, by the values of the labels.
    pub(super) fn histogram<'l, const N: usize>(
        &mut self,
        family: &Family,
        series: impl IntoIterator<Item = ([&'l str; N], Observed)>,
    ) -> fmt::Result {
        self.series(family, series, |encoder, observed| {
            let Observed {
                sum,
                count,
                classes,
            } = observed;
            encoder.encode_histogram::<NoLabelSet>(sum, count, &classes, None)
        })
    }

    fn series<'l, V, const N: usize>(
        &mut self,
        family: &Family,
        series: impl IntoIterator<Item = ([&'l str; N], V)>,
        encode: impl Fn(&mut MetricEncoder<'_>, V) -> fmt::Result,
    ) -> fmt::Result {
        debug_assert_eq!(family.labels.len(), N, "{}", family.name);
        let unit = family.unit.named();
        let kind = family.kind.metric_type();
        let mut encoder =
            self.0
                .encode_descriptor(family.name, family.help, unit.as_ref(), kind)?;
        for (values, value) in series {
            if N == 0 {
                encode(&mut encoder, value)?;
            } else {
                let labels: Vec<(&str, &str)> = family.labels.iter().copied().zip(values).collect();
                encode(&mut encoder.encode_family(&labels)?, value)?;
            }
        }
        Ok(())
    }
}
