//! The age and gender network of the face-api package (a small Xception), from TensorFlow.js weights.

use super::ConvertError;
use super::face128::{DIVISOR, MEAN};
use super::graph::{Attribute, Conv, Graph, Name, same_padding};
use super::tfjs::Weights;

/// Width and height of the input: RGB, 0..255; the normalisation is part of the graph.
pub const INPUT: usize = 112;

/// Values in front of the two outputs.
const FEATURES: usize = 512;

/// The network while it is rebuilt.
struct Xception {
    graph: Graph,
    weights: Weights,
    side: usize,
}

/// The ONNX file for the package's `age_gender_model`: input `input` 1x3x112x112, outputs `age` (years, 1x1) and
/// `gender` (1x2, the probability of male first).
///
/// # Errors
/// The files are not those weights.
pub fn convert(manifest: &[u8], shards: &[u8]) -> Result<Vec<u8>, ConvertError> {
    let mut net =
        Xception { graph: Graph::default(), weights: Weights::read(manifest, shards)?, side: INPUT };
    let at = net.normalised();
    let at = net.conv(&at, "entry_flow/conv_in", 2)?;
    net.side = net.side.div_ceil(2);
    let at = net.graph.relu(&at);
    let at = net.reduce(&at, "entry_flow/reduction_block_0", false)?;
    let mut at = net.reduce(&at, "entry_flow/reduction_block_1", true)?;
    for block in 0..2 {
        at = net.middle(&at, &format!("middle_flow/main_block_{block}"))?;
    }
    let at = net.reduce(&at, "exit_flow/reduction_block", true)?;
    let at = net.separable(&at, "exit_flow/separable_conv")?;
    let at = net.graph.relu(&at);
    let at = net.graph.op("GlobalAveragePool", &[&at], &[]);
    let features = net.graph.op("Flatten", &[&at], &[("axis", Attribute::Int(1))]);
    net.dense(&features, "fc/age", 1, Name::of("age"))?;
    let gender = net.dense(&features, "fc/gender", 2, Name::of("gender_logits"))?;
    net.graph.op_to(Name::of("gender"), "Softmax", &[&gender], &[("axis", Attribute::Int(1))]);
    Ok(net.graph.finish(
        "age_gender",
        "@vladmandic/face-api 1.7.15 age_gender_model (MIT)",
        ("input", &[1, 3, INPUT, INPUT]),
        &[("age", &[1, 1]), ("gender", &[1, 2])],
    ))
}

impl Xception {
    fn normalised(&mut self) -> Name {
        let mean = self.graph.floats(&[1, 3, 1, 1], &MEAN);
        let divisor = self.graph.floats(&[], &[DIVISOR]);
        let centred = self.graph.op("Sub", &[&Name::of("input"), &mean], &[]);
        self.graph.op("Div", &[&centred, &divisor], &[])
    }

    fn conv(&mut self, input: &Name, name: &str, stride: usize) -> Result<Name, ConvertError> {
        let (shape, weights) = self.weights.take_filter(&format!("{name}/filters"))?;
        let bias = self.weights.take_list(&format!("{name}/bias"), shape[0])?;
        let pads = self.pads(shape[2], stride);
        let conv = Conv { shape, weights: &weights, bias: Some(&bias), strides: [stride; 2], pads, group: 1 };
        Ok(self.graph.conv(input, &conv))
    }

    fn separable(&mut self, input: &Name, name: &str) -> Result<Name, ConvertError> {
        let (shape, weights) = self.weights.take_depthwise(&format!("{name}/depthwise_filter"))?;
        let pads = self.pads(shape[2], 1);
        let depthwise = Conv { shape, weights: &weights, bias: None, strides: [1; 2], pads, group: shape[0] };
        let deep = self.graph.conv(input, &depthwise);
        let (shape, weights) = self.weights.take_filter(&format!("{name}/pointwise_filter"))?;
        let bias = self.weights.take_list(&format!("{name}/bias"), shape[0])?;
        let pointwise =
            Conv { shape, weights: &weights, bias: Some(&bias), strides: [1; 2], pads: [0; 4], group: 1 };
        Ok(self.graph.conv(&deep, &pointwise))
    }

    fn reduce(&mut self, input: &Name, name: &str, activate: bool) -> Result<Name, ConvertError> {
        let first = if activate { self.graph.relu(input) } else { input.clone() };
        let at = self.separable(&first, &format!("{name}/separable_conv0"))?;
        let at = self.graph.relu(&at);
        let at = self.separable(&at, &format!("{name}/separable_conv1"))?;
        let pool = [
            ("kernel_shape", Attribute::Ints(&[3, 3])),
            ("strides", Attribute::Ints(&[2, 2])),
            ("pads", Attribute::Ints(&self.pads(3, 2))),
        ];
        let at = self.graph.op("MaxPool", &[&at], &pool);
        let beside = self.conv(input, &format!("{name}/expansion_conv"), 2)?;
        self.side = self.side.div_ceil(2);
        Ok(self.graph.op("Add", &[&at, &beside], &[]))
    }

    fn middle(&mut self, input: &Name, name: &str) -> Result<Name, ConvertError> {
        let mut at = input.clone();
        for step in 0..3 {
            at = self.graph.relu(&at);
            at = self.separable(&at, &format!("{name}/separable_conv{step}"))?;
        }
        Ok(self.graph.op("Add", &[&at, input], &[]))
    }

    fn dense(
        &mut self,
        features: &Name,
        name: &str,
        length: usize,
        output: Name,
    ) -> Result<Name, ConvertError> {
        let weights = self.weights.take(&format!("{name}/weights"), 2)?;
        if weights.shape() != [FEATURES, length] {
            return Err(ConvertError::new(format!("the weight {name} has the shape {:?}", weights.shape())));
        }
        let bias = self.weights.take_list(&format!("{name}/bias"), length)?;
        let weights = self.graph.floats(&[FEATURES, length], &weights.into_iter().collect::<Vec<_>>());
        let bias = self.graph.floats(&[length], &bias);
        let product = self.graph.op("MatMul", &[features, &weights], &[]);
        Ok(self.graph.op_to(output, "Add", &[&product, &bias], &[]))
    }

    /// Padding for the picture as large as it is at this point.
    fn pads(&self, kernel: usize, stride: usize) -> [usize; 4] {
        let (before, after) = same_padding(self.side, kernel, stride);
        [before, before, after, after]
    }
}
