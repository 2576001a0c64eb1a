//! What was found in a picture, in the picture's own pixels.

use protocol::FaceQuality;

use crate::template::Template;

/// One face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// Left, top, right, bottom in pixels; may reach beyond the picture when the face does.
    pub bbox: [f32; 4],
    /// How sure the detector is, 0 to 1.
    pub score: f32,
    /// The eye on the left of the picture, the other eye, tip of the nose, left and right corner of the mouth: x and y in pixels.
    pub landmarks: [[f32; 2]; 5],
}

/// What a face looks like; estimates, for statistics and greetings, never for decisions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attributes {
    /// Years.
    pub age: f32,
    /// Probability of a man, 0 to 1.
    pub male: f32,
}

/// Everything about one face of a frame.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Where.
    pub face: Face,
    /// How good, judged at level `low`; [`crate::Engine::grade`] judges it at another.
    pub quality: FaceQuality,
    /// Who, to be searched for in a [`crate::Gallery`].
    pub template: Template,
    /// Age and gender; None when the pack has no such network.
    pub attributes: Option<Attributes>,
}

impl Face {
    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> f32 {
        self.bbox[2] - self.bbox[0]
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> f32 {
        self.bbox[3] - self.bbox[1]
    }

    /// The shorter side in pixels: the `face_size` of the wire.
    #[must_use]
    pub fn size(&self) -> f32 {
        self.width().min(self.height())
    }

    /// Area of the box in square pixels.
    #[must_use]
    pub fn area(&self) -> f32 {
        self.width() * self.height()
    }

    /// The box in whole pixels, larger by `margin` of its sides in every direction.
    #[must_use]
    pub fn with_margin(&self, margin: f32) -> [i32; 4] {
        let (dx, dy) = (self.width() * margin, self.height() * margin);
        let [left, top, right, bottom] = self.bbox;
        [
            (left - dx).floor() as i32,
            (top - dy).floor() as i32,
            (right + dx).ceil() as i32,
            (bottom + dy).ceil() as i32,
        ]
    }

    /// The same face where the picture's origin lies `dx`, `dy` pixels further right and down.
    #[must_use]
    pub fn moved(&self, dx: f32, dy: f32) -> Self {
        let [left, top, right, bottom] = self.bbox;
        Self {
            bbox: [left - dx, top - dy, right - dx, bottom - dy],
            score: self.score,
            landmarks: self.landmarks.map(|[x, y]| [x - dx, y - dy]),
        }
    }
}
