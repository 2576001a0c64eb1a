//! A pack proves itself before it is used: its networks are loaded and run once on a black picture, and their answers
//! must have the shapes the manifest promises.

use std::path::PathBuf;

use super::{Pack, PackError};
use crate::net::{Net, NetError, Ort, Outputs, Threads};

/// Side of the picture the detector is tried on.
const DETECTOR_SIDE: usize = 64;

/// Distance of the cells CenterFace answers for, in pixels.
const DETECTOR_STRIDE: usize = 4;

/// What CenterFace answers per cell: score, size, offset, points.
const DETECTOR_CHANNELS: [usize; 4] = [1, 2, 2, 10];

/// Loads every network of the pack and runs it once.
///
/// # Errors
/// [`PackError::Unusable`] when the runtime does not load on this machine, or a network does not answer as promised.
pub fn try_out(pack: &Pack) -> Result<(), PackError> {
    let unusable = |why: String| PackError::Unusable { id: pack.id().to_owned(), why };
    let said = |error: NetError| unusable(error.to_string());
    let manifest = pack.manifest();
    let ort = Ort::load(&pack.path(&manifest.runtime.file)).map_err(said)?;
    let run = |path: PathBuf, side: usize| -> Result<Outputs, NetError> {
        let net = Net::load(&ort, &path, Threads::SINGLE)?;
        net.run(&[1, 3, side, side], &vec![0.0; 3 * side * side])
    };
    let cells = DETECTOR_SIDE / DETECTOR_STRIDE;
    let answer = run(pack.path(&manifest.detector.file), DETECTOR_SIDE).map_err(said)?;
    let expected = DETECTOR_CHANNELS.map(|channels| vec![1, channels, cells, cells]);
    if !answer.iter().map(|tensor| &tensor.shape).eq(&expected) {
        return Err(unusable(format!("{} does not answer like CenterFace", manifest.detector.file)));
    }
    let recogniser = &manifest.recogniser;
    let answer = run(pack.path(&recogniser.file), recogniser.input.size as usize).map_err(said)?;
    let (found, wanted) = (answer.first().map_err(said)?.data.len(), recogniser.template_length);
    if found != wanted {
        return Err(unusable(format!(
            "{} gives {found} values; template_length is {wanted}",
            recogniser.file
        )));
    }
    if let Some(attributes) = &manifest.attributes {
        let answer = run(pack.path(&attributes.file), attributes.input.size as usize).map_err(said)?;
        let (age, gender) = (answer.get("age").map_err(said)?, answer.get("gender").map_err(said)?);
        if age.data.len() != 1 || gender.data.len() != 2 {
            return Err(unusable(format!(
                "{} does not answer with one age and two genders",
                attributes.file
            )));
        }
    }
    for liveness in &manifest.liveness {
        let answer = run(pack.path(&liveness.file), liveness.size as usize).map_err(said)?;
        let classes = answer.first().map_err(said)?.data.len();
        if classes < 2 || liveness.live >= classes {
            return Err(unusable(format!(
                "{} answers {classes} classes, the living are said to be class {}",
                liveness.file, liveness.live
            )));
        }
    }
    Ok(())
}
