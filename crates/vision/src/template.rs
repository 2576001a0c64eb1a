//! A template is a unit vector that stands for a face; two of one face-pack compare by their cosine, two of different packs never.

use std::fmt;

/// An L2-normalised vector, 128 or 256 long depending on the pack.
#[derive(Clone, PartialEq)]
pub struct Template(Box<[f32]>);

/// What was handed over is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// No values, not a multiple of four bytes, or several templates of different lengths.
    #[error("a template of {0} bytes or values does not exist")]
    Length(usize),
    /// All zero, infinite or not a number: it has no direction.
    #[error("the values have no direction")]
    NoDirection,
}

impl Template {
    /// Scales `values` to length 1.
    ///
    /// # Errors
    /// [`TemplateError::Length`] for an empty vector, [`TemplateError::NoDirection`] for zeros, infinities and NaN.
    pub fn normalised(values: &[f32]) -> Result<Self, TemplateError> {
        if values.is_empty() {
            return Err(TemplateError::Length(0));
        }
        let norm = values.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt();
        if !norm.is_finite() || norm < 1e-12 {
            return Err(TemplateError::NoDirection);
        }
        Ok(Self(values.iter().map(|&value| (f64::from(value) / norm) as f32).collect()))
    }

    /// The values, of norm 1.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.0
    }

    /// How many values, 128 or 256 depending on the pack.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a template is never empty")]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The cosine of the angle between two templates, -1 to 1; templates of different length have nothing in common: -1.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f32 {
        if self.len() != other.len() {
            return -1.0;
        }
        dot(&self.0, &other.0).clamp(-1.0, 1.0)
    }

    /// One template for several photos of one person: the mean, scaled to length 1.
    ///
    /// # Errors
    /// None given, different lengths, or templates that cancel each other out.
    pub fn mean(of: &[Self]) -> Result<Self, TemplateError> {
        let Some(first) = of.first() else { return Err(TemplateError::Length(0)) };
        let mut sum = vec![0.0; first.len()];
        for template in of {
            if template.len() != sum.len() {
                return Err(TemplateError::Length(template.len()));
            }
            for (total, value) in sum.iter_mut().zip(&template.0) {
                *total += value;
            }
        }
        Self::normalised(&sum)
    }

    /// The values as little-endian f32, four bytes each.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// A length that is no multiple of four, or values without direction.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TemplateError> {
        let (values, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(TemplateError::Length(bytes.len()));
        }
        let values: Vec<f32> = values.iter().map(|&value| f32::from_le_bytes(value)).collect();
        let norm: f32 = dot(&values, &values);
        // Stored templates are already of length 1; scaling again would change the last bit at every round trip.
        if (norm - 1.0).abs() < 1e-5 { Ok(Self(values.into())) } else { Self::normalised(&values) }
    }
}

impl fmt::Debug for Template {
    /// Only the length: a template is biometric data and never reaches a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({})", self.len())
    }
}

/// The inner product, in eight independent sums so that it vectorises.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for (x, y) in a8.iter().zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalising_refuses_what_has_no_direction() {
        assert_eq!(Template::normalised(&[]), Err(TemplateError::Length(0)));
        assert_eq!(Template::normalised(&[0.0; 8]), Err(TemplateError::NoDirection));
        assert_eq!(Template::normalised(&[f32::NAN, 1.0]), Err(TemplateError::NoDirection));
        assert_eq!(Template::normalised(&[f32::INFINITY, 1.0]), Err(TemplateError::NoDirection));
        let huge = Template::normalised(&[f32::MAX, f32::MAX]).unwrap();
        assert!((huge.values()[0] - 0.5f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn cosine_of_itself_is_one_and_of_another_length_minus_one() {
        let a = Template::normalised(&[1.0, 2.0, 3.0]).unwrap();
        let b = Template::normalised(&[1.0, 2.0]).unwrap();
        assert!((a.cosine(&a) - 1.0).abs() < 1e-6);
        assert!((a.cosine(&b) + 1.0).abs() < f32::EPSILON);
    }

    #[test]
    fn mean_lies_between_and_has_length_one() {
        let a = Template::normalised(&[1.0, 0.0]).unwrap();
        let b = Template::normalised(&[0.0, 1.0]).unwrap();
        let mean = Template::mean(&[a.clone(), b]).unwrap();
        assert!((mean.cosine(&a) - 0.5f32.sqrt()).abs() < 1e-6);
        let opposite = Template::normalised(&[-1.0, 0.0]).unwrap();
        assert!(Template::mean(&[a, opposite]).is_err());
        assert!(Template::mean(&[]).is_err());
    }

    #[test]
    fn bytes_round_trip_exactly() {
        let values: Vec<f32> = (0..128u8).map(|i| (f32::from(i) * 0.37).sin()).collect();
        let template = Template::normalised(&values).unwrap();
        let back = Template::from_bytes(&template.to_bytes()).unwrap();
        assert_eq!(template, back);
        assert!(Template::from_bytes(&[1, 2, 3]).is_err());
        assert!(Template::from_bytes(&[]).is_err());
        assert!(Template::from_bytes(&[0xff; 8]).is_err());
    }
}
