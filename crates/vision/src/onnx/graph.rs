//! Builds an ONNX model node by node. Numbers of fields and types are those of the ONNX definition (`onnx.proto3`).

use super::wire::Writer;

/// Version of the file layout.
const IR_VERSION: u64 = 8;

/// Version of the operators' definitions.
const OPSET: u64 = 13;

/// Element types of tensors.
const FLOAT: u64 = 1;
const INT64: u64 = 7;

/// A model under construction.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Writer,
    weights: Writer,
    made: usize,
}

/// The name of a tensor in the graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

/// An attribute of a node.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Attribute<'a> {
    Int(usize),
    Ints(&'a [usize]),
    Float(f32),
}

/// A convolution: weights in the order output, input per group, height, width.
#[derive(Debug)]
pub(crate) struct Conv<'a> {
    pub(crate) shape: [usize; 4],
    pub(crate) weights: &'a [f32],
    /// One value per output channel, or none.
    pub(crate) bias: Option<&'a [f32]>,
    pub(crate) strides: [usize; 2],
    /// Top, left, bottom, right.
    pub(crate) pads: [usize; 4],
    pub(crate) group: usize,
}

/// A tensor at the edge of the model with its shape.
pub(crate) type Port<'a> = (&'a str, &'a [usize]);

impl Name {
    pub(crate) fn of(name: &str) -> Self {
        Self(name.to_owned())
    }
}

impl Graph {
    /// A constant tensor.
    pub(crate) fn floats(&mut self, shape: &[usize], values: &[f32]) -> Name {
        let raw: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(shape, FLOAT, &raw)
    }

    /// A constant list of whole numbers.
    pub(crate) fn integers(&mut self, values: &[usize]) -> Name {
        let raw: Vec<u8> = values.iter().flat_map(|&v| (v as u64).to_le_bytes()).collect();
        self.constant(&[values.len()], INT64, &raw)
    }

    /// A node with one output.
    pub(crate) fn op(&mut self, kind: &str, inputs: &[&Name], attributes: &[(&str, Attribute<'_>)]) -> Name {
        let output = self.fresh("t");
        self.op_to(output, kind, inputs, attributes)
    }

    /// A node whose output has a given name.
    pub(crate) fn op_to(
        &mut self,
        output: Name,
        kind: &str,
        inputs: &[&Name],
        attributes: &[(&str, Attribute<'_>)],
    ) -> Name {
        self.nodes.message(1, |node| {
            for input in inputs {
                node.text(1, &input.0);
            }
            node.text(2, &output.0).text(3, &format!("{kind}_{}", output.0)).text(4, kind);
            for (name, attribute) in attributes {
                node.message(5, |a| attribute.write(name, a));
            }
        });
        output
    }

    pub(crate) fn relu(&mut self, input: &Name) -> Name {
        self.op("Relu", &[input], &[])
    }

    pub(crate) fn conv(&mut self, input: &Name, conv: &Conv<'_>) -> Name {
        let weights = self.floats(&conv.shape, conv.weights);
        let bias = conv.bias.map(|bias| self.floats(&[bias.len()], bias));
        let inputs: Vec<_> = [input, &weights].into_iter().chain(&bias).collect();
        let attributes = [
            ("kernel_shape", Attribute::Ints(&conv.shape[2..])),
            ("strides", Attribute::Ints(&conv.strides)),
            ("pads", Attribute::Ints(&conv.pads)),
            ("group", Attribute::Int(conv.group)),
        ];
        self.op("Conv", &inputs, &attributes)
    }

    /// The finished file. `source` says in the file itself what it was made from.
    pub(crate) fn finish(self, name: &str, source: &str, input: Port<'_>, outputs: &[Port<'_>]) -> Vec<u8> {
        let mut model = Writer::default();
        model.varint(1, IR_VERSION).text(2, "menshen");
        model.message(7, |graph| {
            graph.copy(&self.nodes.into_bytes()).text(2, name).copy(&self.weights.into_bytes());
            graph.message(11, |port| write_port(port, input));
            for output in outputs {
                graph.message(12, |port| write_port(port, *output));
            }
        });
        model.message(8, |opset| {
            opset.text(1, "").varint(2, OPSET);
        });
        model.message(14, |note| {
            note.text(1, "source").text(2, source);
        });
        model.into_bytes()
    }

    fn constant(&mut self, shape: &[usize], kind: u64, raw: &[u8]) -> Name {
        let name = self.fresh("w");
        self.weights.message(5, |tensor| {
            for &extent in shape {
                tensor.count(1, extent);
            }
            tensor.varint(2, kind).text(8, &name.0).bytes(9, raw);
        });
        name
    }

    fn fresh(&mut self, prefix: &str) -> Name {
        self.made += 1;
        Name(format!("{prefix}{}", self.made))
    }
}

impl Attribute<'_> {
    fn write(self, name: &str, to: &mut Writer) {
        to.text(1, name);
        match self {
            Self::Float(value) => to.float(2, value).varint(20, 1),
            Self::Int(value) => to.count(3, value).varint(20, 2),
            Self::Ints(values) => {
                for &value in values {
                    to.count(8, value);
                }
                to.varint(20, 7)
            }
        };
    }
}

fn write_port(to: &mut Writer, (name, shape): Port<'_>) {
    to.text(1, name).message(2, |kind| {
        kind.message(1, |tensor| {
            tensor.varint(1, FLOAT).message(2, |extents| {
                for &extent in shape {
                    extents.message(1, |e| {
                        e.count(1, extent);
                    });
                }
            });
        });
    });
}

/// The padding that keeps `ceil(extent / stride)` outputs, split so that the odd one goes after.
pub(crate) fn same_padding(extent: usize, kernel: usize, stride: usize) -> (usize, usize) {
    let outputs = extent.div_ceil(stride);
    let total = ((outputs - 1) * stride + kernel).saturating_sub(extent);
    (total / 2, total - total / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_padding_is_that_of_tensorflow() {
        assert_eq!(same_padding(112, 3, 2), (0, 1));
        assert_eq!(same_padding(56, 3, 1), (1, 1));
        assert_eq!(same_padding(7, 3, 2), (1, 1));
        assert_eq!(same_padding(28, 1, 2), (0, 0));
    }
}
