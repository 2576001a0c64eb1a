//! TensorFlow.js weights: a JSON manifest and the bytes it describes, dequantised to `f32`.

use std::collections::BTreeMap;

use ndarray::{ArrayD, IxDyn};
use serde::Deserialize;

use super::ConvertError;

/// The weights of one model, by name.
#[derive(Debug)]
pub(crate) struct Weights {
    tensors: BTreeMap<String, ArrayD<f32>>,
}

#[derive(Deserialize)]
struct Group {
    weights: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    shape: Vec<usize>,
    dtype: String,
    quantization: Option<Quantisation>,
}

#[derive(Deserialize)]
struct Quantisation {
    dtype: String,
    scale: f64,
    min: f64,
}

impl Weights {
    /// Reads the manifest and the bytes of all its shards in the manifest's order. Every byte must belong to a weight.
    ///
    /// # Errors
    /// The manifest cannot be read, or the bytes are fewer or more than it describes.
    pub(crate) fn read(manifest: &[u8], shards: &[u8]) -> Result<Self, ConvertError> {
        let groups: Vec<Group> = serde_json::from_slice(manifest)
            .map_err(|e| ConvertError::new(format!("the weights' manifest cannot be read: {e}")))?;
        let (mut tensors, mut rest) = (BTreeMap::new(), shards);
        for entry in groups.into_iter().flat_map(|g| g.weights) {
            let values = entry.values(&mut rest)?;
            tensors.insert(entry.name, values);
        }
        if !rest.is_empty() {
            return Err(ConvertError::new(format!("{} bytes of the weights belong to nothing", rest.len())));
        }
        Ok(Self { tensors })
    }

    /// Takes a weight, which must have `axes` axes.
    pub(crate) fn take(&mut self, name: &str, axes: usize) -> Result<ArrayD<f32>, ConvertError> {
        match self.tensors.remove(name) {
            Some(values) if values.ndim() == axes => Ok(values),
            Some(values) => {
                let shape = values.shape();
                Err(ConvertError::new(format!(
                    "the weight {name} has the shape {shape:?}; {axes} axes are expected"
                )))
            }
            None => Err(ConvertError::new(format!("the weight {name} is missing"))),
        }
    }

    /// Takes a list of numbers of a given length.
    pub(crate) fn take_list(&mut self, name: &str, length: usize) -> Result<Vec<f32>, ConvertError> {
        let values = self.take(name, 1)?;
        if values.len() == length {
            return Ok(values.into_iter().collect());
        }
        Err(ConvertError::new(format!(
            "the weight {name} has {} values; {length} are expected",
            values.len()
        )))
    }

    /// Takes a filter stored as height, width, input, output and returns it in ONNX's order: output, input, height,
    /// width, with its shape.
    pub(crate) fn take_filter(&mut self, name: &str) -> Result<([usize; 4], Vec<f32>), ConvertError> {
        self.take_permuted(name, [3, 2, 0, 1])
    }

    /// Takes a depthwise filter stored as height, width, channel, 1 and returns it as channel, 1, height, width.
    pub(crate) fn take_depthwise(&mut self, name: &str) -> Result<([usize; 4], Vec<f32>), ConvertError> {
        self.take_permuted(name, [2, 3, 0, 1])
    }

    fn take_permuted(
        &mut self,
        name: &str,
        order: [usize; 4],
    ) -> Result<([usize; 4], Vec<f32>), ConvertError> {
        let permuted = self.take(name, 4)?.permuted_axes(IxDyn(&order));
        let shape = [0, 1, 2, 3].map(|axis| permuted.shape()[axis]);
        Ok((shape, permuted.iter().copied().collect()))
    }
}

impl Entry {
    /// Cuts this weight's bytes off `rest`.
    fn values(&self, rest: &mut &[u8]) -> Result<ArrayD<f32>, ConvertError> {
        let stored = self.quantization.as_ref().map_or(&self.dtype, |q| &q.dtype);
        let width = match stored.as_str() {
            "uint8" => 1,
            "float32" => 4,
            other => return Err(self.wrong(&format!("is stored as {other}"))),
        };
        if self.shape.contains(&0) {
            return Err(self.wrong("has an impossible shape"));
        }
        // The length is bounded by the bytes that are there before anything is allocated.
        let length = self.shape.iter().try_fold(1usize, |n, &extent| n.checked_mul(extent));
        let bytes = length.and_then(|n| n.checked_mul(width)).and_then(|n| rest.split_at_checked(n));
        let (bytes, after) = bytes.ok_or_else(|| self.wrong("needs more bytes than there are"))?;
        *rest = after;
        let mut values: Vec<f32> = match width {
            1 => bytes.iter().map(|&b| f32::from(b)).collect(),
            _ => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        };
        if let Some(q) = &self.quantization {
            let (scale, min) = (q.scale as f32, q.min as f32);
            values.iter_mut().for_each(|v| *v = *v * scale + min);
        }
        ArrayD::from_shape_vec(IxDyn(&self.shape), values).map_err(|_| self.wrong("has an impossible shape"))
    }

    fn wrong(&self, why: &str) -> ConvertError {
        ConvertError::new(format!("the weight {:?} {why}", self.name))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn eight_bit_weights_are_dequantised_and_reordered() {
        let manifest = br#"[{"weights":[
            {"name":"f","shape":[1,2,1,2],"dtype":"float32","quantization":{"dtype":"uint8","scale":0.5,"min":-1.0}},
            {"name":"b","shape":[2],"dtype":"float32"}],"paths":["x.bin"]}]"#;
        let bytes = [&[0, 2, 4, 6][..], &1f32.to_le_bytes(), &2f32.to_le_bytes()].concat();
        let mut weights = Weights::read(manifest, &bytes).unwrap();
        assert_eq!(weights.take_filter("f").unwrap(), ([2, 1, 1, 2], vec![-1.0, 1.0, 0.0, 2.0]));
        assert_eq!(weights.take_list("b", 2).unwrap(), [1.0, 2.0]);
        assert!(weights.take("b", 1).unwrap_err().to_string().contains("missing"));
    }

    #[test]
    fn too_few_and_too_many_bytes_are_refused() {
        let manifest = br#"[{"weights":[{"name":"b","shape":[2],"dtype":"float32"}]}]"#;
        assert!(
            Weights::read(manifest, &[0; 7]).unwrap_err().to_string().contains("more bytes than there are")
        );
        assert!(Weights::read(manifest, &[0; 9]).unwrap_err().to_string().contains("belong to nothing"));
        let huge = br#"[{"weights":[{"name":"b","shape":[4294967296,4294967296,2],"dtype":"float32"}]}]"#;
        assert!(Weights::read(huge, &[0; 9]).is_err());
        let hollow = br#"[{"weights":[{"name":"b","shape":[18446744073709551615,18446744073709551615,0],"dtype":"float32"}]}]"#;
        assert!(Weights::read(hollow, &[]).is_err());
        let hollow = br#"[{"weights":[{"name":"b","shape":[0,18446744073709551615,18446744073709551615],"dtype":"float32"}]}]"#;
        assert!(Weights::read(hollow, &[]).is_err());
    }

    proptest! {
        #[test]
        fn any_manifest_is_read_without_panic(text in ".{0,200}", shards: Vec<u8>) {
            let _ = Weights::read(text.as_bytes(), &shards);
        }

        #[test]
        fn any_shape_is_read_without_panic(shape in proptest::collection::vec(any::<usize>(), 0..6), shards: Vec<u8>) {
            let manifest = format!(r#"[{{"weights":[{{"name":"b","shape":{shape:?},"dtype":"float32"}}]}}]"#);
            let _ = Weights::read(manifest.as_bytes(), &shards);
        }
    }
}
