//! OpenVINO intermediate representation (versions 4 to 6, whose layers carry `blobs`) to ONNX, for networks made of
//! the layer types listed in `Layer::convert`.
//!
//! Every byte of the weights file must belong to exactly one blob; so a description that does not fit its weights is
//! refused before anything is converted, and no more memory is used than the weights justify.

use std::collections::{BTreeMap, BTreeSet};

use super::ConvertError;
use super::graph::{Attribute, Conv, Graph, Name};
use super::xml::Element;

/// A converted network.
#[derive(Clone, Debug)]
pub struct Converted {
    /// The ONNX file: input `data`, output `emb` (not normalised).
    pub onnx: Vec<u8>,
    /// Shape of the input: 1, channels, height, width.
    pub input: [usize; 4],
    /// Values in the output.
    pub length: usize,
}

/// The description, before conversion.
struct Topology {
    layers: Vec<Layer>,
    /// For each layer, the layers it takes its inputs from in the order of its ports.
    sources: BTreeMap<String, Vec<String>>,
}

struct Layer {
    id: String,
    kind: String,
    half_precision: bool,
    element: Element,
}

/// Where a blob lies in the weights file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Span {
    offset: usize,
    size: usize,
}

/// Converts a network with one input and one output.
///
/// # Errors
/// The description cannot be read, uses a layer this converter does not know, or does not fit the weights.
pub fn convert(description: &[u8], weights: &[u8], source: &str) -> Result<Converted, ConvertError> {
    let topology = Topology::read(description)?;
    topology.check_coverage(weights.len())?;
    let (input, last) = topology.ends()?;
    let (shape, length) = (input.input_shape()?, last.output_length()?);
    let (mut graph, mut made) = (Graph::default(), BTreeMap::<&str, Name>::new());
    for layer in &topology.layers {
        let inputs = topology.inputs(layer, &made)?;
        let output = layer.convert(&mut graph, &inputs, weights)?;
        if made.insert(&layer.id, output).is_some() {
            return Err(layer.wrong("exists twice"));
        }
    }
    let flat = made.get(last.id.as_str()).cloned().ok_or_else(|| last.wrong("was not made"))?;
    graph.op_to(Name::of("emb"), "Flatten", &[&flat], &[("axis", Attribute::Int(1))]);
    let onnx = graph.finish("openvino", source, ("data", &shape), &[("emb", &[1, length])]);
    Ok(Converted { onnx, input: shape, length })
}

impl Topology {
    fn read(description: &[u8]) -> Result<Self, ConvertError> {
        let mut root = Element::read(description)?;
        let version = root.attribute("version").unwrap_or("none").to_owned();
        if root.name != "net" || !matches!(version.as_str(), "4" | "5" | "6") {
            return Err(ConvertError::new(format!(
                "not a network description of version 4 to 6 (version {version})"
            )));
        }
        let mut sources = BTreeMap::<String, BTreeMap<usize, String>>::new();
        for edge in &part(&root, "edges")?.children {
            let to = attribute(edge, "to-layer")?.to_owned();
            let from = attribute(edge, "from-layer")?.to_owned();
            let port = number(attribute(edge, "to-port")?)?;
            if sources.entry(to).or_default().insert(port, from).is_some() {
                return Err(ConvertError::new("two edges lead to the same port"));
            }
        }
        let layers =
            root.children.iter_mut().find(|c| c.name == "layers").map(|l| std::mem::take(&mut l.children));
        let layers = layers.ok_or_else(|| ConvertError::new("the description has no layers"))?;
        Ok(Self {
            layers: layers.into_iter().map(Layer::read).collect::<Result<_, _>>()?,
            sources: sources.into_iter().map(|(to, ports)| (to, ports.into_values().collect())).collect(),
        })
    }

    /// Checks that the blobs of all layers are ones their layer uses, and cover `length` bytes without gap and without
    /// overlap.
    fn check_coverage(&self, length: usize) -> Result<(), ConvertError> {
        let mut spans = Vec::new();
        for layer in &self.layers {
            let mut known = layer.blob_names().to_vec();
            for blob in layer.element.child("blobs").map_or(&[][..], |b| &b.children) {
                let at = known.iter().position(|&name| name == blob.name);
                known.swap_remove(at.ok_or_else(|| layer.wrong("has a blob it does not use"))?);
                spans.push(Span::of(blob)?);
            }
        }
        spans.retain(|s| s.size > 0);
        spans.sort_unstable();
        let covered =
            spans.iter().try_fold(0usize, |end, s| (s.offset == end).then(|| end.checked_add(s.size))?);
        if covered == Some(length) {
            return Ok(());
        }
        Err(ConvertError::new(format!("the description does not fit the weights of {length} bytes")))
    }

    /// The input layer and the one layer nothing takes from.
    fn ends(&self) -> Result<(&Layer, &Layer), ConvertError> {
        let used: BTreeSet<_> = self.sources.values().flatten().collect();
        let inputs: Vec<_> = self.layers.iter().filter(|l| l.kind == "Input").collect();
        let outputs: Vec<_> = self.layers.iter().filter(|l| !used.contains(&l.id)).collect();
        match (inputs.as_slice(), outputs.as_slice()) {
            (&[input], &[output]) => Ok((input, output)),
            (inputs, outputs) => {
                let (inputs, outputs) = (inputs.len(), outputs.len());
                Err(ConvertError::new(format!(
                    "the network has {inputs} inputs and {outputs} outputs; one each is expected"
                )))
            }
        }
    }

    fn inputs(&self, layer: &Layer, made: &BTreeMap<&str, Name>) -> Result<Vec<Name>, ConvertError> {
        let sources = self.sources.get(&layer.id).map_or(&[][..], Vec::as_slice);
        let known = |id: &String| made.get(id.as_str()).cloned();
        sources
            .iter()
            .map(|id| known(id).ok_or_else(|| layer.wrong("uses a layer that comes later or not at all")))
            .collect()
    }
}

impl Layer {
    fn read(element: Element) -> Result<Self, ConvertError> {
        let text = |name| attribute(&element, name).map(str::to_owned);
        let (id, kind) = (text("id")?, text("type")?);
        let half_precision = match element.attribute("precision") {
            Some("FP16") => true,
            Some("FP32") => false,
            other => return Err(ConvertError::new(format!("layer {id} has the precision {other:?}"))),
        };
        Ok(Self { id, kind, half_precision, element })
    }

    fn convert(&self, graph: &mut Graph, inputs: &[Name], weights: &[u8]) -> Result<Name, ConvertError> {
        let one =
            || inputs.first().filter(|_| inputs.len() == 1).ok_or_else(|| self.wrong("needs one input"));
        match self.kind.as_str() {
            "Input" => Ok(Name::of("data")),
            "ScaleShift" => self.scale_shift(graph, one()?, weights),
            "Convolution" => self.convolution(graph, one()?, weights),
            "PReLU" => self.prelu(graph, one()?, weights),
            "Pooling" => {
                self.check_full_average()?;
                Ok(graph.op("GlobalAveragePool", &[one()?], &[]))
            }
            "Activation" if self.data("type")? == "sigmoid" => Ok(graph.op("Sigmoid", &[one()?], &[])),
            "Eltwise" => {
                let [left, right] = inputs else { return Err(self.wrong("needs two inputs")) };
                match self.data("operation")? {
                    "mul" => Ok(graph.op("Mul", &[left, right], &[])),
                    "sum" => Ok(graph.op("Add", &[left, right], &[])),
                    other => Err(self.wrong(&format!("has the operation {other:?}"))),
                }
            }
            _ => Err(self.wrong("is of a type this converter does not know")),
        }
    }

    fn blob_names(&self) -> &'static [&'static str] {
        match self.kind.as_str() {
            "ScaleShift" | "Convolution" => &["weights", "biases"],
            "PReLU" => &["weights"],
            _ => &[],
        }
    }

    fn scale_shift(&self, graph: &mut Graph, input: &Name, weights: &[u8]) -> Result<Name, ConvertError> {
        let channels = self.input_dims()?[1];
        let factor = self.blob("weights", weights)?.filter(|f| f.len() == channels);
        let factor = factor.ok_or_else(|| self.wrong("needs one weight per channel"))?;
        let factor = graph.floats(&[1, channels, 1, 1], &factor);
        let scaled = graph.op("Mul", &[input, &factor], &[]);
        match self.blob("biases", weights)? {
            Some(shift) if shift.len() != channels => Err(self.wrong("needs one bias per channel")),
            Some(shift) if shift.iter().any(|&v| v != 0.0) => {
                let shift = graph.floats(&[1, channels, 1, 1], &shift);
                Ok(graph.op("Add", &[&scaled, &shift], &[]))
            }
            _ => Ok(scaled),
        }
    }

    fn convolution(&self, graph: &mut Graph, input: &Name, weights: &[u8]) -> Result<Name, ConvertError> {
        let (outputs, group) = (number(self.data("output")?)?, number(self.data("group")?)?);
        let [kernel, strides, dilations] = ["kernel", "strides", "dilations"].map(|name| self.pair(name));
        let ([height, width], strides) = (kernel?, strides?);
        let ([top, left], [bottom, right]) = (self.pair("pads_begin")?, self.pair("pads_end")?);
        let channels = self.input_dims()?[1];
        if dilations? != [1, 1] || group == 0 || !channels.is_multiple_of(group) || strides.contains(&0) {
            return Err(self.wrong("is a convolution this converter does not know"));
        }
        let shape = [outputs, channels / group, height, width];
        let filter = self.blob("weights", weights)?.unwrap_or_default();
        let bias = self.blob("biases", weights)?;
        let expected = shape.iter().try_fold(1usize, |n, &extent| n.checked_mul(extent));
        if expected != Some(filter.len()) || bias.as_ref().is_some_and(|b| b.len() != outputs) {
            return Err(self.wrong("has weights that do not fit its shape"));
        }
        let pads = [top, left, bottom, right];
        Ok(graph.conv(input, &Conv { shape, weights: &filter, bias: bias.as_deref(), strides, pads, group }))
    }

    /// With one shared slope this is exactly `LeakyRelu`, which runtimes fuse into the convolution before it; `PRelu`
    /// would give the same numbers in three times the time.
    fn prelu(&self, graph: &mut Graph, input: &Name, weights: &[u8]) -> Result<Name, ConvertError> {
        let channels = self.input_dims()?[1];
        match self.blob("weights", weights)?.as_deref() {
            Some(&[slope]) => Ok(graph.op("LeakyRelu", &[input], &[("alpha", Attribute::Float(slope))])),
            Some(slopes) if slopes.len() == channels => {
                let slopes = graph.floats(&[channels, 1, 1], slopes);
                Ok(graph.op("PRelu", &[input, &slopes], &[]))
            }
            _ => Err(self.wrong("needs one slope, or one per channel")),
        }
    }

    fn check_full_average(&self) -> Result<(), ConvertError> {
        let dims = self.input_dims()?;
        if self.data("pool-method")? == "avg" && self.pair("kernel")? == [dims[2], dims[3]] {
            return Ok(());
        }
        Err(self.wrong("does not average over the whole map"))
    }

    fn blob(&self, name: &str, weights: &[u8]) -> Result<Option<Vec<f32>>, ConvertError> {
        let Some(blob) = self.element.child("blobs").and_then(|b| b.child(name)) else { return Ok(None) };
        let span = Span::of(blob)?;
        let bytes = span.offset.checked_add(span.size).and_then(|end| weights.get(span.offset..end));
        let bytes = bytes.ok_or_else(|| self.wrong("has weights beyond the end of the file"))?;
        let (pairs, odd) = bytes.as_chunks::<2>();
        let (quads, rest) = bytes.as_chunks::<4>();
        if !(if self.half_precision { odd } else { rest }).is_empty() {
            return Err(self.wrong("has weights of a broken length"));
        }
        Ok(Some(match self.half_precision {
            true => pairs.iter().map(|&pair| half(u16::from_le_bytes(pair))).collect(),
            false => quads.iter().map(|&quad| f32::from_le_bytes(quad)).collect(),
        }))
    }

    fn data(&self, name: &str) -> Result<&str, ConvertError> {
        let value = self.element.child("data").and_then(|d| d.attribute(name));
        value.ok_or_else(|| self.wrong(&format!("lacks {name:?}")))
    }

    fn pair(&self, name: &str) -> Result<[usize; 2], ConvertError> {
        let text = self.data(name)?;
        let pair = text.split_once(',').map(|(a, b)| Ok([number(a)?, number(b)?]));
        pair.unwrap_or_else(
            || Err(self.wrong(&format!("has {name}={text:?} where two numbers are expected"))),
        )
    }

    fn input_dims(&self) -> Result<[usize; 4], ConvertError> {
        self.dims("input")?.try_into().map_err(|_| self.wrong("has an input that is no picture"))
    }

    fn input_shape(&self) -> Result<[usize; 4], ConvertError> {
        let dims = self.dims("output")?.try_into();
        let shape: [usize; 4] = dims.map_err(|_| self.wrong("has an output that is no picture"))?;
        let sound = shape[0] == 1 && shape[1] == 3 && shape[2..].iter().all(|s| (16..=1024).contains(s));
        if sound {
            Ok(shape)
        } else {
            Err(self.wrong(&format!("takes {shape:?} where 1x3 and a picture is expected")))
        }
    }

    fn output_length(&self) -> Result<usize, ConvertError> {
        match self.dims("output")?.as_slice() {
            [1, length] | [1, length, 1, 1] if (1..=4096).contains(length) => Ok(*length),
            dims => Err(self.wrong(&format!("gives {dims:?} where one list of values is expected"))),
        }
    }

    /// The extents of the first port on that side.
    fn dims(&self, side: &str) -> Result<Vec<usize>, ConvertError> {
        let port = self.element.child(side).and_then(|s| s.child("port"));
        let port = port.ok_or_else(|| self.wrong(&format!("has no {side}")))?;
        port.children.iter().map(|d| number(&d.text)).collect()
    }

    fn wrong(&self, why: &str) -> ConvertError {
        ConvertError::new(format!("layer {} ({}) {why}", self.id, self.kind))
    }
}

impl Span {
    fn of(blob: &Element) -> Result<Self, ConvertError> {
        Ok(Self { offset: number(attribute(blob, "offset")?)?, size: number(attribute(blob, "size")?)? })
    }
}

fn part<'e>(element: &'e Element, name: &str) -> Result<&'e Element, ConvertError> {
    element.child(name).ok_or_else(|| ConvertError::new(format!("the description has no {name}")))
}

fn attribute<'e>(element: &'e Element, name: &str) -> Result<&'e str, ConvertError> {
    let value = element.attribute(name);
    value.ok_or_else(|| ConvertError::new(format!("a {} in the description has no {name:?}", element.name)))
}

fn number(text: &str) -> Result<usize, ConvertError> {
    text.trim().parse().map_err(|_| ConvertError::new(format!("{text:?} in the description is not a number")))
}

/// A half-precision number: 1 bit sign, 5 bits exponent, 10 bits fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    };
    if bits >> 15 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A network of every kind of layer: scale, convolve, slope, average, sigmoid, multiply.
    const NET: &str = r#"<net version="6"><layers>
        <layer id="0" name="in" precision="FP16" type="Input">
            <output><port id="0"><dim>1</dim><dim>3</dim><dim>16</dim><dim>16</dim></port></output></layer>
        <layer id="1" name="scale" precision="FP16" type="ScaleShift">
            <input><port id="0"><dim>1</dim><dim>3</dim><dim>16</dim><dim>16</dim></port></input>
            <blobs><weights offset="0" size="6"/><biases offset="6" size="6"/></blobs></layer>
        <layer id="2" name="conv" precision="FP16" type="Convolution">
            <data dilations="1,1" group="1" kernel="1,1" output="2" pads_begin="0,0" pads_end="0,0" strides="1,1"/>
            <input><port id="0"><dim>1</dim><dim>3</dim><dim>16</dim><dim>16</dim></port></input>
            <blobs><weights offset="12" size="12"/><biases offset="24" size="4"/></blobs></layer>
        <layer id="3" name="slope" precision="FP16" type="PReLU">
            <data channel_shared="1"/>
            <input><port id="0"><dim>1</dim><dim>2</dim><dim>16</dim><dim>16</dim></port></input>
            <blobs><weights offset="28" size="2"/></blobs></layer>
        <layer id="4" name="mean" precision="FP16" type="Pooling">
            <data kernel="16,16" pool-method="avg"/>
            <input><port id="0"><dim>1</dim><dim>2</dim><dim>16</dim><dim>16</dim></port></input></layer>
        <layer id="5" name="gate" precision="FP16" type="Activation"><data type="sigmoid"/></layer>
        <layer id="6" name="product" precision="FP16" type="Eltwise"><data operation="mul"/>
            <output><port id="2"><dim>1</dim><dim>2</dim><dim>1</dim><dim>1</dim></port></output></layer>
        </layers><edges>
        <edge from-layer="0" from-port="0" to-layer="1" to-port="0"/>
        <edge from-layer="1" from-port="0" to-layer="2" to-port="0"/>
        <edge from-layer="2" from-port="0" to-layer="3" to-port="0"/>
        <edge from-layer="3" from-port="0" to-layer="4" to-port="0"/>
        <edge from-layer="4" from-port="0" to-layer="5" to-port="0"/>
        <edge from-layer="4" from-port="0" to-layer="6" to-port="0"/>
        <edge from-layer="5" from-port="0" to-layer="6" to-port="1"/>
        </edges></net>"#;

    const WEIGHTS: usize = 30;

    fn refusal(description: &str, weights: &[u8]) -> String {
        convert(description.as_bytes(), weights, "test").unwrap_err().to_string()
    }

    #[test]
    fn a_network_becomes_onnx_and_the_same_one_each_time() {
        let converted = convert(NET.as_bytes(), &[0x3c; WEIGHTS], "test").unwrap();
        assert_eq!((converted.input, converted.length), ([1, 3, 16, 16], 2));
        assert_eq!(convert(NET.as_bytes(), &[0x3c; WEIGHTS], "test").unwrap().onnx, converted.onnx);
        let kinds = ["Mul", "Add", "Conv", "LeakyRelu", "GlobalAveragePool", "Sigmoid", "Flatten"];
        let holds = |kind: &str| converted.onnx.windows(kind.len()).any(|w| w == kind.as_bytes());
        assert!(kinds.into_iter().all(holds));
        assert!(!holds("PRelu"));
    }

    #[test]
    fn every_byte_of_the_weights_belongs_to_exactly_one_blob() {
        for wrong in [0, WEIGHTS - 1, WEIGHTS + 1] {
            assert!(refusal(NET, &vec![0; wrong]).contains("does not fit the weights"));
        }
        let overlap = NET.replace(r#"offset="28" size="2""#, r#"offset="26" size="4""#);
        assert!(refusal(&overlap, &[0; WEIGHTS]).contains("does not fit the weights"));
        let beyond = NET.replace(r#"offset="28" size="2""#, r#"offset="28" size="18446744073709551615""#);
        assert!(refusal(&beyond, &[0; WEIGHTS]).contains("does not fit the weights"));
        let unused =
            NET.replace(r#"<weights offset="28""#, r#"<weights offset="28" size="0"/><custom offset="28""#);
        assert!(refusal(&unused, &[0; WEIGHTS]).contains("has a blob it does not use"));
    }

    #[test]
    fn what_the_converter_does_not_know_is_named() {
        let cases = [
            (
                NET.replace("Eltwise", "SoftMax"),
                "layer 6 (SoftMax) is of a type this converter does not know",
            ),
            (NET.replace(r#"operation="mul""#, r#"operation="max""#), "layer 6 (Eltwise) has the operation"),
            (
                NET.replace(r#"kernel="16,16""#, r#"kernel="2,2""#),
                "layer 4 (Pooling) does not average over the whole map",
            ),
            (
                NET.replace(r#"group="1""#, r#"group="0""#),
                "layer 2 (Convolution) is a convolution this converter",
            ),
            (
                NET.replace(r#"output="2""#, r#"output="3""#),
                "layer 2 (Convolution) has weights that do not fit",
            ),
            (NET.replace(r#"from-layer="5""#, r#"from-layer="4""#), "one each is expected"),
            (
                NET.replace(r#"from-layer="4" from-port="0" to-layer="5""#, r#"from-layer="9" to-layer="5""#),
                "layer 5 (Activation) uses a layer that comes later or not at all",
            ),
            (NET.replace(r#"version="6""#, r#"version="10""#), "not a network description of version 4 to 6"),
            (NET.replace("<dim>16</dim>", "<dim>huge</dim>"), "is not a number"),
            (NET[..NET.len() / 2].to_owned(), "the description of the network"),
            (String::new(), "breaks off"),
        ];
        for (description, expected) in cases {
            let found = refusal(&description, &[0; WEIGHTS]);
            assert!(found.contains(expected), "{found:?} lacks {expected:?}");
        }
    }

    #[test]
    fn half_precision_is_read_exactly() {
        let known = [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x3555, 0.333_251_95),
            (0x0001, 5.960_464_5e-8),
            (0x7bff, 65504.0),
        ];
        for (bits, value) in known {
            assert_eq!(half(bits), value);
        }
        assert_eq!(half(0x7c00), f32::INFINITY);
        assert!(half(0x7c01).is_nan());
        assert!(half(0x8000).is_sign_negative());
    }

    proptest! {
        #[test]
        fn a_damaged_description_never_panics(at in 0..NET.len(), byte: u8, weights in 0usize..64) {
            let mut bytes = NET.as_bytes().to_vec();
            bytes[at] = byte;
            let _ = convert(&bytes, &vec![0; weights], "test");
        }

        #[test]
        fn numbers_of_any_size_never_panic(number: u64, at in 0usize..60) {
            let place = NET.match_indices(|c: char| c.is_ascii_digit()).nth(at).map_or(0, |(place, _)| place);
            let description = format!("{}{number}{}", &NET[..place], &NET[place + 1..]);
            let _ = convert(description.as_bytes(), &[0; WEIGHTS], "test");
        }

        #[test]
        fn any_bytes_never_panic(description: Vec<u8>, weights: Vec<u8>) {
            prop_assert!(convert(&description, &weights, "test").is_err());
        }
    }
}
