//! Finding faces with CenterFace: letterboxed to a long side, read at stride 4, overlapping candidates reduced to the best.

use crate::face::Face;
use crate::net::{Net, NetError, Outputs, Tensor};
use crate::pack::manifest::{Channels, Detector as Recipe};
use crate::parts::Part;
use crate::picture::{Filter, Picture, resize_into};

/// The detector of a pack.
#[derive(Debug)]
pub(crate) struct Detector {
    net: Net,
    channels: Channels,
    score: f32,
    overlap: f32,
}

/// The network halves its input five times.
const STEP: u32 = 32;
/// One cell of the network's answer in pixels of its input.
const STRIDE: f32 = 4.0;
/// A crowd has some hundred faces; a picture made to look like more costs no more than this.
const MOST_CANDIDATES: usize = 2_000;

impl Detector {
    pub(crate) fn new(net: Net, recipe: &Recipe) -> Self {
        Self { net, channels: recipe.channels, score: recipe.score, overlap: recipe.overlap }
    }

    /// All faces of a picture scaled to `long_side`, in the picture's pixels, largest first.
    pub(crate) fn run(&self, picture: &Picture, long_side: u32) -> Result<Vec<Face>, NetError> {
        Ok(largest_first(self.look(&letterbox(picture, long_side, self.channels), self.score)?))
    }

    /// As [`Detector::run`], and apart from them what might be faces: at least `least` sure, less than faces have to be.
    pub(crate) fn suspect(
        &self,
        picture: &Picture,
        long_side: u32,
        least: f32,
    ) -> Result<(Vec<Face>, Vec<Face>), NetError> {
        let all = self.look(&letterbox(picture, long_side, self.channels), least)?;
        let (sure, unsure) = all.into_iter().partition(|face| face.score > self.score);
        Ok((largest_first(sure), unsure))
    }

    /// As [`Detector::run`], but only in these parts of the scaled picture.
    pub(crate) fn run_in(
        &self,
        picture: &Picture,
        long_side: u32,
        parts: &[Part],
    ) -> Result<Vec<Face>, NetError> {
        let mut faces = Vec::new();
        for part in parts {
            faces.extend(self.look(&letterbox_of(picture, long_side, *part, self.channels), self.score)?);
        }
        Ok(largest_first(faces))
    }

    /// Faces at least this sure, the surest first.
    fn look(&self, input: &Input, least: f32) -> Result<Vec<Face>, NetError> {
        let shape = [1, 3, input.height as usize, input.width as usize];
        let outputs = self.net.run(&shape, &input.planes)?;
        let maps = Maps::of(&outputs, self.net.outputs())?;
        let mut faces = thin_out(maps.candidates(least), self.overlap);
        let [x0, y0] = input.corner.map(|at| at as f32);
        for face in &mut faces {
            let back = |[x, y]: [f32; 2]| [(x + x0) / input.scale_x, (y + y0) / input.scale_y];
            let [left, top, right, bottom] = face.bbox;
            let ([left, top], [right, bottom]) = (back([left, top]), back([right, bottom]));
            face.bbox = [left, top, right, bottom];
            face.landmarks = face.landmarks.map(back);
        }
        Ok(faces)
    }
}

fn largest_first(mut faces: Vec<Face>) -> Vec<Face> {
    faces.sort_by(|a, b| b.area().total_cmp(&a.area()));
    faces
}

/// A picture or a part of it as the network wants it, where the part begins, and how much smaller the picture became.
struct Input {
    width: u32,
    height: u32,
    planes: Vec<f32>,
    corner: [u32; 2],
    scale_x: f32,
    scale_y: f32,
}

impl Input {
    /// Pixels in rows of `inner` pixels, filled up with black at the right and at the bottom to `width` times `height`; `whole` is the
    /// size of all of the scaled picture.
    fn of(
        rgb: &[u8],
        inner: u32,
        [width, height]: [u32; 2],
        channels: Channels,
        picture: &Picture,
        whole: [u32; 2],
    ) -> Self {
        Self {
            width,
            height,
            planes: planes(rgb, inner as usize, width as usize, height as usize, channels),
            corner: [0, 0],
            scale_x: whole[0] as f32 / picture.width() as f32,
            scale_y: whole[1] as f32 / picture.height() as f32,
        }
    }
}

/// The size of a picture whose long side is scaled to `long_side`.
pub(crate) fn scaled(picture: &Picture, long_side: u32) -> [u32; 2] {
    let ratio = f64::from(long_side.max(STEP)) / f64::from(picture.width().max(picture.height()));
    [picture.width(), picture.height()]
        .map(|side| ((f64::from(side) * ratio).round_ties_even() as u32).max(1))
}

/// Scales the long side to `long_side` and fills up to a multiple of 32 with black at the right and at the bottom.
fn letterbox(picture: &Picture, long_side: u32, channels: Channels) -> Input {
    let whole = scaled(picture, long_side);
    let shrinks = long_side.max(STEP) < picture.width().max(picture.height());
    let mut rgb = vec![0; whole[0] as usize * whole[1] as usize * 3];
    resize_into(picture, whole[0], whole[1], if shrinks { Filter::Area } else { Filter::Linear }, &mut rgb);
    let size = whole.map(|side| side.next_multiple_of(STEP));
    Input::of(&rgb, whole[0], size, channels, picture, whole)
}

/// This part of what [`letterbox`] makes of a picture that it does not enlarge.
fn letterbox_of(picture: &Picture, long_side: u32, part: Part, channels: Channels) -> Input {
    let whole = scaled(picture, long_side);
    let size = [part[2] - part[0], part[3] - part[1]];
    // None where nothing but the black edge is.
    let shrunk = picture.part_shrunk(whole, part);
    let (rgb, inner) = shrunk.as_ref().map_or((&[][..], 1), |part| (part.rgb(), part.width()));
    Input { corner: [part[0], part[1]], ..Input::of(rgb, inner, size, channels, picture, whole) }
}

/// Three planes of `width` times `height` values.
fn planes(rgb: &[u8], inner: usize, width: usize, height: usize, channels: Channels) -> Vec<f32> {
    let plane = width * height;
    let mut planes = vec![0.0; 3 * plane];
    let (first, rest) = planes.split_at_mut(plane);
    let (second, third) = rest.split_at_mut(plane);
    let (red, blue) = match channels {
        Channels::Rgb => (first, third),
        Channels::Bgr => (third, first),
    };
    for (y, row) in rgb.chunks_exact(inner * 3).enumerate() {
        let start = y * width;
        let cells = start..start + inner;
        let (red, green, blue) = (&mut red[cells.clone()], &mut second[cells.clone()], &mut blue[cells]);
        for (((pixel, red), green), blue) in row.as_chunks::<3>().0.iter().zip(red).zip(green).zip(blue) {
            (*red, *green, *blue) = (f32::from(pixel[0]), f32::from(pixel[1]), f32::from(pixel[2]));
        }
    }
    planes
}

/// The network's answer: how likely a face is centred in each cell, and its size, offset and points there.
struct Maps<'o> {
    width: usize,
    cells: usize,
    heat: &'o [f32],
    size: &'o [f32],
    offset: &'o [f32],
    points: &'o [f32],
}

impl<'o> Maps<'o> {
    /// Takes the four outputs in the order of the model file and checks that they belong together.
    fn of(outputs: &'o Outputs, names: &[String]) -> Result<Self, NetError> {
        let [heat, size, offset, points, ..] = names else {
            return Err(NetError::Run("a CenterFace has four outputs".to_owned()));
        };
        let heat: &Tensor = outputs.get(heat)?;
        let &[1, 1, height, width] = heat.shape.as_slice() else {
            return Err(NetError::Run(format!("a heat map has another shape than {:?}", heat.shape)));
        };
        let cells = width * height;
        let map = |name: &str, channels: usize| {
            let tensor = outputs.get(name)?;
            if tensor.data.len() == channels * cells {
                Ok(tensor.data.as_slice())
            } else {
                Err(NetError::Run(format!(
                    "output {name} has {} values for {cells} cells",
                    tensor.data.len()
                )))
            }
        };
        let (size, offset, points) = (map(size, 2)?, map(offset, 2)?, map(points, 10)?);
        Ok(Self { width, cells, heat: &heat.data, size, offset, points })
    }

    /// Cells hotter than `least`, in pixels of the input, the surest first.
    fn candidates(&self, least: f32) -> Vec<Face> {
        let hot = self.heat.iter().enumerate().filter(|&(_, &heat)| heat > least);
        let mut faces: Vec<Face> = hot.map(|(cell, &score)| self.face(cell, score)).collect();
        faces.retain(|face| {
            face.bbox.iter().chain(face.landmarks.as_flattened()).all(|value| value.is_finite())
                && face.size() > 0.0
        });
        faces.sort_by(|a, b| b.score.total_cmp(&a.score));
        faces.truncate(MOST_CANDIDATES);
        faces
    }

    fn face(&self, cell: usize, score: f32) -> Face {
        let (x, y) = ((cell % self.width) as f32, (cell / self.width) as f32);
        let at = |map: &[f32], channel: usize| map[channel * self.cells + cell];
        let (height, width) = (at(self.size, 0).exp() * STRIDE, at(self.size, 1).exp() * STRIDE);
        let left = (x + at(self.offset, 1) + 0.5) * STRIDE - width / 2.0;
        let top = (y + at(self.offset, 0) + 0.5) * STRIDE - height / 2.0;
        // The network was trained with points measured from the visible part of the box.
        let (from_x, from_y) = (left.max(0.0), top.max(0.0));
        let point = |index: usize| {
            [at(self.points, 2 * index + 1) * width + from_x, at(self.points, 2 * index) * height + from_y]
        };
        Face { bbox: [left, top, left + width, top + height], score, landmarks: std::array::from_fn(point) }
    }
}

/// Of candidates that overlap by more than `overlap` (intersection over union) only the surest stays; they come surest first.
fn thin_out(candidates: Vec<Face>, overlap: f32) -> Vec<Face> {
    let mut kept: Vec<Face> = Vec::new();
    for face in candidates {
        if kept.iter().all(|other| intersection_over_union(other, &face) < overlap) {
            kept.push(face);
        }
    }
    kept
}

fn intersection_over_union(a: &Face, b: &Face) -> f32 {
    let width = (a.bbox[2].min(b.bbox[2]) - a.bbox[0].max(b.bbox[0])).max(0.0);
    let height = (a.bbox[3].min(b.bbox[3]) - a.bbox[1].max(b.bbox[1])).max(0.0);
    let both = width * height;
    both / (a.area() + b.area() - both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(bbox: [f32; 4], score: f32) -> Face {
        Face { bbox, score, landmarks: [[0.0; 2]; 5] }
    }

    #[test]
    fn of_overlapping_faces_the_surest_stays() {
        let faces = vec![
            boxed([0.0, 0.0, 10.0, 10.0], 0.9),
            boxed([1.0, 1.0, 11.0, 11.0], 0.8),
            boxed([30.0, 30.0, 40.0, 40.0], 0.7),
        ];
        let kept = thin_out(faces, 0.3);
        assert_eq!(kept.iter().map(|face| face.score).collect::<Vec<_>>(), [0.9, 0.7]);
    }

    #[test]
    fn a_letterbox_is_a_multiple_of_32_black_at_the_edge_and_in_the_order_of_the_channels() {
        let picture = Picture::from_rgb(200, 100, [10, 20, 30].repeat(20_000)).unwrap();
        let input = letterbox(&picture, 100, Channels::Rgb);
        assert_eq!((input.width, input.height), (128, 64));
        let plane = 128 * 64;
        assert_eq!([input.planes[0], input.planes[plane], input.planes[2 * plane]], [10.0, 20.0, 30.0]);
        assert_eq!(input.planes[100], 0.0);
        assert_eq!(input.planes[50 * 128], 0.0);
        assert_eq!(letterbox(&picture, 100, Channels::Bgr).planes[0], 30.0);
        assert!((input.scale_x - 0.5).abs() < 1e-6);
        // A picture of one pixel does not make an empty input.
        let dot = Picture::from_rgb(1, 1, vec![1, 2, 3]).unwrap();
        assert_eq!(letterbox(&dot, 64, Channels::Rgb).planes.len(), 3 * 64 * 64);
        let part = letterbox_of(&picture, 100, [32, 32, 96, 64], Channels::Rgb);
        assert_eq!((part.width, part.height, part.corner), (64, 32, [32, 32]));
        for (y, row) in part.planes[..64 * 32].chunks(64).enumerate() {
            assert_eq!(row, &input.planes[(y + 32) * 128 + 32..][..64], "a part is that part of the whole");
        }
        let line = Picture::from_rgb(3000, 1, vec![9; 9000]).unwrap();
        assert_eq!(letterbox(&line, 320, Channels::Rgb).height, 32);
    }
}
