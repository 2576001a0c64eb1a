//! Whether a living person stands there: networks of the pack look at the face with what is around it (the edge of a screen or of
//! a sheet of paper lies outside the face), and their answers are averaged. A hint for people; nothing here decides anything.

use crate::engine::EngineError;
use crate::face::Face;
use crate::net::{Net, NetError};
use crate::pack::manifest::{Channels, Liveness as Recipe};
use crate::picture::{Filter, Picture};

/// What the networks say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Liveness {
    /// Probability of a living person, 0 to 1; 0 when it could not be checked.
    pub score: f32,
    /// Whether enough of the face's surroundings was in the picture.
    pub checked: bool,
}

/// With less than this share of the surroundings a network was made for, its answer means nothing.
const LEAST_SURROUNDINGS: f32 = 0.75;

/// The pack's networks for it; there may be none.
#[derive(Debug)]
pub(crate) struct Checker {
    nets: Vec<(Net, Recipe)>,
}

impl Checker {
    pub(crate) fn new(nets: Vec<(Net, Recipe)>) -> Self {
        Self { nets }
    }

    /// What the networks say of a face; `None` when there are none.
    pub(crate) fn check(&self, picture: &Picture, face: &Face) -> Result<Option<Liveness>, EngineError> {
        if self.nets.is_empty() {
            return Ok(None);
        }
        let mut sum = 0.0;
        for (net, recipe) in &self.nets {
            let Some(area) = surroundings(picture, face, recipe.reach) else {
                return Ok(Some(Liveness { score: 0.0, checked: false }));
            };
            let planes = planes(&picture.crop(area), recipe);
            let side = recipe.size as usize;
            let outputs = net.run(&[1, 3, side, side], &planes)?;
            sum += probability(&outputs.first()?.data, recipe.live)?;
        }
        Ok(Some(Liveness { score: sum / self.nets.len() as f32, checked: true }))
    }
}

/// The box `reach` times as large about its centre, smaller where the picture is, and shifted so that it lies inside.
/// None when too little is left of it.
fn surroundings(picture: &Picture, face: &Face, reach: f32) -> Option<[i32; 4]> {
    let (width, height) = (picture.width() as f32, picture.height() as f32);
    let fits = reach.min((width - 1.0) / face.width()).min((height - 1.0) / face.height());
    let is_box = face.width() > 0.0 && face.height() > 0.0;
    if !is_box || !fits.is_finite() || fits < reach * LEAST_SURROUNDINGS {
        return None;
    }
    let side = |low: f32, high: f32, limit: f32| {
        let (middle, half) = ((low + high) / 2.0, (high - low) * fits / 2.0);
        let start = (middle - half).clamp(0.0, (limit - 2.0 * half).max(0.0));
        (start as i32, (start + 2.0 * half).ceil().min(limit) as i32)
    };
    let [left, top, right, bottom] = face.bbox;
    let ((x1, x2), (y1, y2)) = (side(left, right, width), side(top, bottom, height));
    Some([x1, y1, x2, y2])
}

/// The part as the network wants it: a square, one plane per channel in its order, `(value - mean) * scale`.
fn planes(part: &Picture, recipe: &Recipe) -> Vec<f32> {
    let filter = if part.width() > recipe.size { Filter::Area } else { Filter::Linear };
    let square = part.resized(recipe.size, recipe.size, filter);
    let order = match recipe.channels {
        Channels::Rgb => [0, 1, 2],
        Channels::Bgr => [2, 1, 0],
    };
    let pixels = square.rgb().as_chunks::<3>().0;
    let plane = |(&channel, &mean): (&usize, &f32)| {
        pixels.iter().map(move |pixel| (f32::from(pixel[channel]) - mean) * recipe.scale).collect::<Vec<_>>()
    };
    order.iter().zip(&recipe.mean).flat_map(plane).collect()
}

/// Softmax of the class scores, at the class of living people.
fn probability(scores: &[f32], live: usize) -> Result<f32, NetError> {
    let wanted = *scores.get(live).ok_or_else(|| {
        NetError::Run(format!("it answers {} classes, the living are said to be class {live}", scores.len()))
    })?;
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - most).exp()).sum();
    let probability = (wanted - most).exp() / sum;
    if probability.is_finite() { Ok(probability) } else { Err(NetError::Run("it answers no numbers".into())) }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::net::{Ort, Threads};
    use crate::onnx::graph::{Attribute, Graph, Name};

    const SIDE: usize = 16;

    fn picture(width: u32, height: u32, pixel: [u8; 3]) -> Picture {
        let rgb = pixel.repeat(width as usize * height as usize);
        Picture::from_rgb(width, height, rgb).unwrap()
    }

    fn face(left: f32, top: f32, side: f32) -> Face {
        Face { bbox: [left, top, left + side, top + side], score: 1.0, landmarks: [[0.0; 2]; 5] }
    }

    fn recipe(reach: f32) -> Recipe {
        Recipe {
            file: "live.onnx".into(),
            size: u32::try_from(SIDE).unwrap(),
            channels: Channels::Bgr,
            mean: [0.0; 3],
            scale: 1.0 / 255.0,
            reach,
            live: 1,
        }
    }

    /// A network whose class scores are ten times the means of the first channel (blue), the second, and the third.
    fn file(folder: &Path) -> PathBuf {
        let mut graph = Graph::default();
        let mean = graph.op("GlobalAveragePool", &[&Name::of("input")], &[]);
        let flat = graph.op("Flatten", &[&mean], &[("axis", Attribute::Int(1))]);
        let ten = graph.floats(&[1], &[10.0]);
        graph.op_to(Name::of("classes"), "Mul", &[&flat, &ten], &[]);
        let model = graph.finish("live", "test", ("input", &[1, 3, SIDE, SIDE]), &[("classes", &[1, 3])]);
        let path = folder.join("live.onnx");
        std::fs::write(&path, model).unwrap();
        path
    }

    fn checker(nets: usize) -> Checker {
        let models = std::env::var_os("MENSHEN_MODELS")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models"), PathBuf::from);
        let pack = crate::pack::Pack::active(&models).expect("no model pack: run scripts/setup");
        let ort = Ort::load(&pack.path(&pack.manifest().runtime.file)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path());
        let net = || (Net::load(&ort, &path, Threads::SINGLE).unwrap(), recipe(2.0));
        Checker::new((0..nets).map(|_| net()).collect())
    }

    #[test]
    fn class_scores_become_the_probability_of_the_living() {
        let checker = checker(2);
        let green = checker.check(&picture(200, 100, [0, 255, 0]), &face(80.0, 30.0, 40.0)).unwrap().unwrap();
        assert!(green.checked && green.score > 0.99, "{green:?}");
        let red = checker.check(&picture(200, 100, [255, 0, 0]), &face(80.0, 30.0, 40.0)).unwrap().unwrap();
        assert!(red.checked && red.score < 0.01, "{red:?}");
        let gray = checker.check(&picture(200, 100, [9, 9, 9]), &face(0.0, 0.0, 40.0)).unwrap().unwrap();
        assert!((gray.score - 1.0 / 3.0).abs() < 1e-4, "{gray:?}");
    }

    #[test]
    fn without_networks_nothing_is_said_and_without_surroundings_nothing_is_claimed() {
        let frame = picture(100, 100, [0, 255, 0]);
        assert_eq!(checker(0).check(&frame, &face(10.0, 10.0, 20.0)).unwrap(), None);
        let close = checker(1).check(&frame, &face(5.0, 5.0, 90.0)).unwrap();
        assert_eq!(close, Some(Liveness { score: 0.0, checked: false }));
        let nonsense = Face { bbox: [f32::NAN; 4], ..face(0.0, 0.0, 1.0) };
        assert_eq!(checker(1).check(&frame, &nonsense).unwrap(), close);
    }

    #[test]
    fn surroundings_lie_inside_the_picture() {
        let frame = picture(200, 100, [0; 3]);
        assert_eq!(surroundings(&frame, &face(80.0, 30.0, 40.0), 2.0), Some([60, 10, 140, 90]));
        assert_eq!(surroundings(&frame, &face(0.0, 0.0, 40.0), 2.0), Some([0, 0, 80, 80]));
        assert_eq!(surroundings(&frame, &face(170.0, 70.0, 40.0), 2.0), Some([120, 20, 200, 100]));
        assert_eq!(surroundings(&frame, &face(60.0, 10.0, 80.0), 2.0), None);
    }

    #[test]
    fn an_answer_of_too_few_classes_is_refused() {
        assert!(probability(&[0.3], 1).is_err());
        assert!(probability(&[f32::NAN, 1.0], 1).is_err());
    }
}
