//! The 128-value face network of the face-api package (a ResNet with 29 convolutions), from TensorFlow.js weights.

use super::ConvertError;
use super::graph::{Attribute, Conv, Graph, Name};
use super::tfjs::Weights;

/// Width and height of the input: RGB, 0..255; the normalisation is part of the graph.
pub const INPUT: usize = 150;

/// Values in the output `embedding`, not normalised.
pub const LENGTH: usize = 128;

/// Subtracted per channel before dividing by [`DIVISOR`], as the package does.
pub(super) const MEAN: [f32; 3] = [122.782, 117.001, 104.298];

/// See [`MEAN`].
pub(super) const DIVISOR: f32 = 255.0;

/// The residual blocks: name, channels, whether it halves the picture.
const BLOCKS: [(&str, usize, bool); 14] = [
    ("conv32_1", 32, false),
    ("conv32_2", 32, false),
    ("conv32_3", 32, false),
    ("conv64_down", 64, true),
    ("conv64_1", 64, false),
    ("conv64_2", 64, false),
    ("conv64_3", 64, false),
    ("conv128_down", 128, true),
    ("conv128_1", 128, false),
    ("conv128_2", 128, false),
    ("conv256_down", 256, true),
    ("conv256_1", 256, false),
    ("conv256_2", 256, false),
    ("conv256_down_out", 256, true),
];

/// A convolution with the affine layer behind it folded in.
struct Folded {
    shape: [usize; 4],
    weights: Vec<f32>,
    bias: Vec<f32>,
}

/// Where the graph has come to.
struct Trunk {
    graph: Graph,
    at: Name,
    side: usize,
    channels: usize,
}

/// The ONNX file for the package's `face_recognition_model`: input `input` 1x3x150x150, output `embedding` 1x128.
///
/// # Errors
/// The files are not those weights.
pub fn convert(manifest: &[u8], shards: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let mut weights = Weights::read(manifest, shards)?;
    let mut trunk = Trunk::begin(Folded::take(&mut weights, "conv32_down", [32, 3, 7, 7])?);
    for (name, channels, halves) in BLOCKS {
        let from = trunk.channels;
        let first = Folded::take(&mut weights, &format!("{name}/conv1"), [channels, from, 3, 3])?;
        let second = Folded::take(&mut weights, &format!("{name}/conv2"), [channels, channels, 3, 3])?;
        if halves { trunk.halve(&first, &second) } else { trunk.keep(&first, &second) }
    }
    let fully = weights.take("fc", 2)?;
    if fully.shape() != [256, LENGTH] {
        return Err(ConvertError::new(format!("the weight fc has the shape {:?}", fully.shape())));
    }
    Ok(trunk.end(&fully.into_iter().collect::<Vec<_>>()))
}

impl Folded {
    fn take(weights: &mut Weights, name: &str, expected: [usize; 4]) -> Result<Self, ConvertError> {
        let (shape, mut filter) = weights.take_filter(&format!("{name}/conv/filters"))?;
        if shape != expected {
            return Err(ConvertError::new(format!(
                "the filter {name} has the shape {shape:?}; {expected:?} is expected"
            )));
        }
        let mut list = |part: &str| weights.take_list(&format!("{name}/{part}"), shape[0]);
        let (mut bias, factor, offset) = (list("conv/bias")?, list("scale/weights")?, list("scale/biases")?);
        for (channel, kernel) in filter.chunks_exact_mut(shape[1] * shape[2] * shape[3]).enumerate() {
            kernel.iter_mut().for_each(|w| *w *= factor[channel]);
            bias[channel] = bias[channel] * factor[channel] + offset[channel];
        }
        Ok(Self { shape, weights: filter, bias })
    }

    /// Folds `(x - mean) / divisor` into this first convolution; exact, because it has no padding.
    fn normalising(mut self) -> Self {
        let area = self.shape[2] * self.shape[3];
        for (bias, kernel) in self.bias.iter_mut().zip(self.weights.chunks_exact_mut(3 * area)) {
            for (plane, mean) in kernel.chunks_exact_mut(area).zip(MEAN) {
                plane.iter_mut().for_each(|w| *w /= DIVISOR);
                *bias -= plane.iter().sum::<f32>() * mean;
            }
        }
        self
    }

    fn conv(&self, stride: usize, pad: usize) -> Conv<'_> {
        Conv {
            shape: self.shape,
            weights: &self.weights,
            bias: Some(&self.bias),
            strides: [stride; 2],
            pads: [pad; 4],
            group: 1,
        }
    }
}

impl Trunk {
    fn begin(stem: Folded) -> Self {
        let mut graph = Graph::default();
        let at = graph.conv(&Name::of("input"), &stem.normalising().conv(2, 0));
        let at = graph.relu(&at);
        let pool = [("kernel_shape", Attribute::Ints(&[3, 3])), ("strides", Attribute::Ints(&[2, 2]))];
        let at = graph.op("MaxPool", &[&at], &pool);
        let side = ((INPUT - 7) / 2 + 1 - 3) / 2 + 1;
        Self { graph, at, side, channels: 32 }
    }

    fn keep(&mut self, first: &Folded, second: &Folded) {
        let inner = self.graph.conv(&self.at, &first.conv(1, 1));
        let inner = self.graph.relu(&inner);
        let inner = self.graph.conv(&inner, &second.conv(1, 1));
        self.join(&inner);
    }

    fn halve(&mut self, first: &Folded, second: &Folded) {
        let (inside, around) = ((self.side - 3) / 2 + 1, self.side / 2);
        let inner = self.graph.conv(&self.at, &first.conv(2, 0));
        let inner = self.graph.relu(&inner);
        let mut inner = self.graph.conv(&inner, &second.conv(1, 1));
        if around > inside {
            inner = self.pad(&inner, [0, 0, 0, 0, 0, 0, around - inside, around - inside]);
        }
        let pool = [("kernel_shape", Attribute::Ints(&[2, 2])), ("strides", Attribute::Ints(&[2, 2]))];
        self.at = self.graph.op("AveragePool", &[&self.at], &pool);
        let channels = second.shape[0];
        if channels > self.channels {
            self.at = self.pad(&self.at.clone(), [0, 0, 0, 0, 0, channels - self.channels, 0, 0]);
        }
        (self.side, self.channels) = (inside.max(around), channels);
        self.join(&inner);
    }

    /// Appends zeros; the list holds the amounts before each of the four axes, then those behind.
    fn pad(&mut self, what: &Name, amounts: [usize; 8]) -> Name {
        let amounts = self.graph.integers(&amounts);
        self.graph.op("Pad", &[what, &amounts], &[])
    }

    fn join(&mut self, inner: &Name) {
        let sum = self.graph.op("Add", &[inner, &self.at], &[]);
        self.at = self.graph.relu(&sum);
    }

    fn end(mut self, fully: &[f32]) -> Vec<u8> {
        let mean = self.graph.op("GlobalAveragePool", &[&self.at], &[]);
        let flat = self.graph.op("Flatten", &[&mean], &[("axis", Attribute::Int(1))]);
        let fully = self.graph.floats(&[256, LENGTH], fully);
        self.graph.op_to(Name::of("embedding"), "MatMul", &[&flat, &fully], &[]);
        self.graph.finish(
            "face_resnet_128",
            "@vladmandic/face-api 1.7.15 face_recognition_model (MIT)",
            ("input", &[1, 3, INPUT, INPUT]),
            &[("embedding", &[1, LENGTH])],
        )
    }
}
