//! The distribution of many numbers in little memory: a histogram whose buckets grow with the numbers.
//!
//! Always holds: up to `FEW` numbers are kept as they are and their percentiles are exact; beyond, a percentile is off
//! by at most 1/256 of its value, whatever the order in which numbers and other sketches were added.

/// Numbers kept as they are.
const FEW: usize = 64;
/// Bits of the mantissa that tell buckets apart: 128 buckets between a number and its double.
const MANTISSA_BITS: u32 = 7;
const BUCKETS: usize = 1 << MANTISSA_BITS;
const SHIFT: u32 = f64::MANTISSA_DIGITS - 1 - MANTISSA_BITS;

type Counts = [u32; BUCKETS];

#[derive(Debug, Clone)]
pub(crate) enum Sketch {
    Few(Vec<f64>),
    Many(Box<Histogram>),
}

#[derive(Debug, Clone)]
pub(crate) struct Histogram {
    least: f64,
    greatest: f64,
    count: u64,
    /// The octave that the first entry stands for: the numbers between a power of two and the next, of one sign.
    first: u16,
    octaves: Vec<Option<Box<Counts>>>,
}

#[derive(Debug, thiserror::Error)]
#[error("a sketch of numbers was cut short")]
pub(crate) struct Malformed;

// === impl Sketch ===

impl Sketch {
    pub(crate) fn new() -> Self {
        Self::Few(Vec::new())
    }

    /// What is not a number is left out.
    pub(crate) fn add(&mut self, value: f64) {
        match self {
            _ if value.is_nan() => {}
            Self::Many(histogram) => histogram.add(value),
            Self::Few(values) if values.len() < FEW => values.push(value),
            Self::Few(values) => {
                let mut histogram = Histogram::new();
                values.drain(..).for_each(|value| histogram.add(value));
                histogram.add(value);
                *self = Self::Many(Box::new(histogram));
            }
        }
    }

    fn merge(&mut self, other: &Histogram) {
        if let Self::Few(values) = self {
            let mut histogram = Histogram::new();
            values.drain(..).for_each(|value| histogram.add(value));
            *self = Self::Many(Box::new(histogram));
        }
        if let Self::Many(histogram) = self {
            histogram.merge(other);
        }
    }

    /// The number below which the share `rank` of all lies; between two numbers, in proportion. `None` of nothing.
    pub(crate) fn percentile(&self, rank: f64) -> Option<f64> {
        match self {
            Self::Few(values) => exact(values, rank),
            Self::Many(histogram) => Some(histogram.percentile(rank)),
        }
    }

    pub(crate) fn heap_bytes(&self) -> usize {
        match self {
            Self::Few(values) => values.capacity() * size_of::<f64>(),
            Self::Many(histogram) => {
                let counts = histogram.octaves().count() * size_of::<Counts>();
                size_of::<Histogram>() + histogram.octaves.capacity() * size_of::<Option<Box<Counts>>>() + counts
            }
        }
    }

    /// The sketch for another part of the same query: a tag, then the numbers or the histogram, little-endian.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Few(values) => std::iter::once(0).chain(values.iter().flat_map(|value| value.to_le_bytes())).collect(),
            Self::Many(histogram) => {
                let mut out = vec![1];
                out.extend(histogram.least.to_le_bytes());
                out.extend(histogram.greatest.to_le_bytes());
                for (octave, counts) in histogram.octaves() {
                    out.extend(octave.to_le_bytes());
                    out.extend(counts.iter().flat_map(|count| count.to_le_bytes()));
                }
                out
            }
        }
    }

    pub(crate) fn merge_bytes(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        let (tag, rest) = bytes.split_first().ok_or(Malformed)?;
        if *tag == 0 {
            let (values, []) = rest.as_chunks::<8>() else { return Err(Malformed) };
            values.iter().for_each(|value| self.add(f64::from_le_bytes(*value)));
            return Ok(());
        }
        self.merge(&Histogram::from_bytes(rest)?);
        Ok(())
    }
}

// === impl Histogram ===

impl Histogram {
    fn new() -> Self {
        Self { least: f64::INFINITY, greatest: f64::NEG_INFINITY, count: 0, first: 0, octaves: Vec::new() }
    }

    fn add(&mut self, value: f64) {
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
        self.count += 1;
        let (octave, bucket) = place(value);
        let counts = self.octave(octave);
        counts[bucket] = counts[bucket].saturating_add(1);
    }

    fn octave(&mut self, octave: u16) -> &mut Counts {
        let mut place = usize::from(octave.wrapping_sub(self.first));
        if place >= self.octaves.len() {
            place = self.reach(octave);
        }
        self.octaves[place].get_or_insert_with(|| Box::new([0; BUCKETS]))
    }

    /// Makes room for the octave; gives its place.
    #[cold]
    fn reach(&mut self, octave: u16) -> usize {
        if self.octaves.is_empty() {
            self.first = octave;
        }
        let before = usize::from(self.first.saturating_sub(octave));
        if before > 0 {
            self.octaves.splice(0..0, std::iter::repeat_n(None, before));
            self.first = octave;
        }
        let place = usize::from(octave - self.first);
        if place >= self.octaves.len() {
            self.octaves.resize(place + 1, None);
        }
        place
    }

    /// Those in which there are numbers, in their order.
    fn octaves(&self) -> impl Iterator<Item = (u16, &Counts)> {
        let all = self.octaves.iter().enumerate();
        all.filter_map(|(place, counts)| Some((self.first + place as u16, &**counts.as_ref()?)))
    }

    fn merge(&mut self, other: &Self) {
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
        self.count += other.count;
        for (octave, counts) in other.octaves() {
            for (mine, theirs) in self.octave(octave).iter_mut().zip(counts) {
                *mine = mine.saturating_add(*theirs);
            }
        }
    }

    fn percentile(&self, rank: f64) -> f64 {
        let target = rank * (self.count - 1) as f64;
        let mut below = 0.0;
        for (octave, counts) in self.octaves() {
            for (bucket, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let count = f64::from(*count);
                if below + count > target {
                    let (from, to) = edges(octave, bucket);
                    // Numbers are taken to lie evenly in their bucket.
                    let share = (target - below + 0.5) / count;
                    return (from + (to - from) * share.min(1.0)).clamp(self.least, self.greatest);
                }
                below += count;
            }
        }
        self.greatest
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let (least, rest) = bytes.split_first_chunk::<8>().ok_or(Malformed)?;
        let (greatest, mut rest) = rest.split_first_chunk::<8>().ok_or(Malformed)?;
        let mut histogram = Self { least: f64::from_le_bytes(*least), greatest: f64::from_le_bytes(*greatest), ..Self::new() };
        while let Some((octave, counts)) = rest.split_first_chunk::<2>() {
            let (counts, after) = counts.split_at_checked(BUCKETS * 4).ok_or(Malformed)?;
            let mut count = 0;
            for (value, bytes) in histogram.octave(u16::from_le_bytes(*octave)).iter_mut().zip(counts.as_chunks::<4>().0) {
                *value = u32::from_le_bytes(*bytes);
                count += u64::from(*value);
            }
            histogram.count += count;
            rest = after;
        }
        Ok(histogram)
    }
}

/// The number's bits, so that they are in the order of the numbers.
fn ordered(value: f64) -> u64 {
    let bits = value.to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn place(value: f64) -> (u16, usize) {
    let key = ordered(value) >> SHIFT;
    ((key >> MANTISSA_BITS) as u16, key as usize % BUCKETS)
}

fn edges(octave: u16, bucket: usize) -> (f64, f64) {
    let key = u64::from(octave) << MANTISSA_BITS | bucket as u64;
    let value = |ordered: u64| f64::from_bits(if ordered >> 63 == 1 { ordered & !(1 << 63) } else { !ordered });
    (value(key << SHIFT), value(key << SHIFT | ((1 << SHIFT) - 1)))
}

fn exact(values: &[f64], rank: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let place = rank * sorted.len().checked_sub(1)? as f64;
    let (low, high) = (*sorted.get(place.floor() as usize)?, *sorted.get(place.ceil() as usize)?);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sketch(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::new();
        values.iter().for_each(|value| sketch.add(*value));
        sketch
    }

    /// Whether `value` is near the numbers around that rank.
    fn is_near(value: f64, values: &[f64], rank: f64) -> bool {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f64::total_cmp);
        let place = rank * (sorted.len() - 1) as f64;
        let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
        let off = |number: f64| number.abs() / 128.0 + f64::MIN_POSITIVE;
        value >= low - off(low) && value <= high + off(high)
    }

    #[test]
    fn a_few_numbers_have_exact_percentiles_and_none_have_none() {
        assert_eq!(sketch(&[]).percentile(0.5), None);
        assert_eq!(sketch(&[f64::NAN]).percentile(0.5), None);
        assert_eq!(sketch(&[4.0, 1.0]).percentile(0.5), Some(2.5));
        assert_eq!(sketch(&[4.0, 1.0, 2.0]).percentile(1.0), Some(4.0));
    }

    #[test]
    fn bytes_that_are_cut_are_refused() {
        let values: Vec<f64> = (0..1_000).map(f64::from).collect();
        for bytes in [sketch(&values).to_bytes(), sketch(&values[..3]).to_bytes()] {
            assert!(Sketch::new().merge_bytes(&bytes).is_ok());
            assert!(Sketch::new().merge_bytes(&bytes[..bytes.len() - 1]).is_err());
        }
        assert!(Sketch::new().merge_bytes(&[]).is_err());
    }

    proptest! {
        #[test]
        fn percentiles_are_near_and_merging_changes_nothing(
            values in prop::collection::vec(prop_oneof![-1e6..1e6, 0.0..1.0, Just(0.0), -1e-3..1e-3], 1..400),
            cut in 0_usize..400,
            rank in 0.0..=1.0,
        ) {
            let (head, tail) = values.split_at(cut.min(values.len()));
            let whole = sketch(&values);
            let mut merged = Sketch::new();
            merged.merge_bytes(&sketch(head).to_bytes()).expect("whole");
            merged.merge_bytes(&sketch(tail).to_bytes()).expect("whole");
            let value = whole.percentile(rank).expect("of something");
            prop_assert!(is_near(value, &values, rank), "{value}");
            prop_assert_eq!(merged.percentile(rank).map(|merged| (merged - value).abs() <= value.abs() * 1e-12), Some(true));
        }
    }
}
