//! A neural network that answers: ONNX Runtime behind one small door. Nothing else in the project knows `ort`.
//!
//! * The shared library is the pack's own file, given by path; it is loaded once per process. A second pack may
//!   name another file only if its bytes are the same; anything else is an error, because two runtimes cannot live
//!   in one process.
//! * Running a session needs it for oneself: ONNX Runtime's `Run` is not proven safe for several threads at once.
//!   A [`Net`] therefore holds a fixed number of sessions ([`Threads::callers`]); each [`Net::run`] borrows a free one
//!   and waits while all are busy. A `Net` is shared freely between threads.
//! * No session keeps a thread spinning while it has nothing to do.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use ort::environment::Environment;
use ort::ep::CPU;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::value::TensorRef;

use crate::pack::digest::{Digest, sha256_of_file};

/// Why a network could not be loaded or run.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    /// The shared library of ONNX Runtime cannot be loaded.
    #[error("ONNX Runtime cannot be loaded from {path}: {why}")]
    Library {
        /// The file.
        path: PathBuf,
        /// What the loader said.
        why: String,
    },
    /// Another ONNX Runtime is already loaded in this process.
    #[error(
        "ONNX Runtime is already loaded from {loaded}; {wanted} is a different file and needs a process of its own"
    )]
    OtherLibrary {
        /// The file in use.
        loaded: PathBuf,
        /// The file asked for.
        wanted: PathBuf,
    },
    /// The model file cannot be read or is not a usable network.
    #[error("the model {path} cannot be used: {why}")]
    Model {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The network refused the input or failed while running.
    #[error("running the model failed: {0}")]
    Run(String),
}

/// ONNX Runtime, loaded. Cheap to clone; all clones are the same library.
#[derive(Clone, Debug)]
pub struct Ort {
    environment: Environment,
}

/// How many threads a network uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Threads {
    /// How many callers run at the same time; each costs one more copy of the weights in memory. At least 1.
    pub callers: usize,
    /// How many threads work on one call. At least 1.
    pub per_call: usize,
}

/// A loaded network.
pub struct Net {
    path: PathBuf,
    inputs: Vec<String>,
    outputs: Vec<String>,
    sessions: Vec<Mutex<Session>>,
    idle: Mutex<Vec<usize>>,
    freed: Condvar,
}

/// One output of a network: row-major values with their shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The extent of each axis.
    pub shape: Vec<usize>,
    /// The values; as many as the product of `shape`.
    pub data: Vec<f32>,
}

/// Everything a network answered, by name and in the order of the model file.
#[derive(Clone, Debug, Default)]
pub struct Outputs(Vec<(String, Tensor)>);

struct Loaded {
    path: PathBuf,
    /// Device and inode: a file that was renamed after loading is still the same one.
    node: (u64, u64),
    digest: Option<Digest>,
    ort: Ort,
}

static LOADED: Mutex<Option<Loaded>> = Mutex::new(None);

impl Ort {
    /// Loads the shared library at `path`, or reuses the one this process has when it is the same file or an equal one.
    ///
    /// # Errors
    /// [`NetError::Library`] when the file cannot be loaded, [`NetError::OtherLibrary`] when a different one is in use.
    pub fn load(path: &Path) -> Result<Self, NetError> {
        let refuse = |why: String| NetError::Library { path: path.to_owned(), why };
        let path = path.canonicalize().map_err(|e| refuse(e.to_string()))?;
        let node = fs::metadata(&path).map(|m| (m.dev(), m.ino())).map_err(|e| refuse(e.to_string()))?;
        let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = loaded.as_mut() {
            if known.node != node && !known.equals(&path) {
                return Err(NetError::OtherLibrary { loaded: known.path.clone(), wanted: path });
            }
            return Ok(known.ort.clone());
        }
        let environment = ort::init_from(&path)
            .map_err(|e| refuse(e.to_string()))?
            .with_name("menshen")
            .with_telemetry(false)
            .build()
            .map_err(|e| refuse(e.to_string()))?;
        let ort = Self { environment };
        *loaded = Some(Loaded { path, node, digest: None, ort: ort.clone() });
        Ok(ort)
    }
}

impl Loaded {
    /// Whether the file at `other` has the bytes of the one that is loaded; no, when either cannot be read any more.
    fn equals(&mut self, other: &Path) -> bool {
        if self.digest.is_none() {
            self.digest = sha256_of_file(&self.path).ok();
        }
        self.digest.is_some() && self.digest == sha256_of_file(other).ok()
    }
}

impl Threads {
    /// One caller at a time, one thread.
    pub const SINGLE: Self = Self { callers: 1, per_call: 1 };

    /// `callers` callers at the same time, one thread each: the best throughput.
    #[must_use]
    pub fn callers(callers: usize) -> Self {
        Self { callers: callers.max(1), per_call: 1 }
    }
}

impl Net {
    /// Loads the ONNX file at `path`.
    ///
    /// # Errors
    /// [`NetError::Model`] when the file cannot be read or is not a network this runtime can run.
    pub fn load(ort: &Ort, path: &Path, threads: Threads) -> Result<Self, NetError> {
        let refuse = |why: String| NetError::Model { path: path.to_owned(), why };
        let model = fs::read(path).map_err(|e| refuse(e.to_string()))?;
        let sessions = (0..threads.callers.max(1))
            .map(|_| session(ort, &model, threads.per_call.max(1)))
            .collect::<Result<Vec<_>, _>>()
            .map_err(|e| refuse(e.to_string()))?;
        let names =
            |outlets: &[ort::value::Outlet]| outlets.iter().map(|o| o.name().to_owned()).collect::<Vec<_>>();
        let (inputs, outputs) = (names(sessions[0].inputs()), names(sessions[0].outputs()));
        if inputs.len() != 1 {
            return Err(refuse(format!("it has {} inputs where one picture is expected", inputs.len())));
        }
        Ok(Self {
            path: path.to_owned(),
            inputs,
            outputs,
            idle: Mutex::new((0..sessions.len()).collect()),
            sessions: sessions.into_iter().map(Mutex::new).collect(),
            freed: Condvar::new(),
        })
    }

    /// Runs the network on one `f32` tensor of the given shape (usually 1, channels, height, width). Blocks while all
    /// sessions are busy.
    ///
    /// # Errors
    /// [`NetError::Run`] when shape and length disagree, the network refuses the shape, or an output is not `f32`.
    pub fn run(&self, shape: &[usize], data: &[f32]) -> Result<Outputs, NetError> {
        let input = TensorRef::from_array_view((shape, data)).map_err(|e| NetError::Run(e.to_string()))?;
        let turn = self.turn();
        let mut session = turn.session();
        let answers = session.run(ort::inputs![input]).map_err(|e| NetError::Run(e.to_string()))?;
        let mut outputs = Vec::with_capacity(answers.len());
        for (name, value) in &answers {
            let (shape, data) =
                value.try_extract_tensor::<f32>().map_err(|e| NetError::Run(e.to_string()))?;
            let shape = shape.iter().map(|&d| usize::try_from(d).unwrap_or(0)).collect();
            outputs.push((name.to_owned(), Tensor { shape, data: data.to_vec() }));
        }
        Ok(Outputs(outputs))
    }

    /// The names of the outputs, in the order of the file.
    #[must_use]
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    fn turn(&self) -> Turn<'_> {
        let mut idle = self.lock();
        loop {
            if let Some(index) = idle.pop() {
                return Turn { net: self, index };
            }
            idle = self.freed.wait(idle).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<usize>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Net")
            .field("path", &self.path)
            .field("inputs", &self.inputs)
            .field("outputs", &self.outputs)
            .finish_non_exhaustive()
    }
}

impl Outputs {
    /// The output of that name.
    ///
    /// # Errors
    /// [`NetError::Run`] when the network has none.
    pub fn get(&self, name: &str) -> Result<&Tensor, NetError> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, tensor)| tensor)
            .ok_or_else(|| NetError::Run(format!("it has no output named {name:?}")))
    }

    /// All outputs, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Tensor> {
        self.0.iter().map(|(_, tensor)| tensor)
    }

    /// The first output.
    ///
    /// # Errors
    /// [`NetError::Run`] when the network answered nothing.
    pub fn first(&self) -> Result<&Tensor, NetError> {
        self.0.first().map(|(_, tensor)| tensor).ok_or_else(|| NetError::Run("it has no output".to_owned()))
    }
}

/// The right to use one session, given back when dropped.
struct Turn<'n> {
    net: &'n Net,
    index: usize,
}

impl Turn<'_> {
    /// The session; nobody else holds this lock while the turn lasts.
    fn session(&self) -> MutexGuard<'_, Session> {
        self.net.sessions[self.index].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.net.lock().push(self.index);
        self.net.freed.notify_one();
    }
}

fn session(ort: &Ort, model: &[u8], threads: usize) -> ort::Result<Session> {
    Session::builder(&ort.environment)?
        .with_log_level(LogLevel::Error)?
        .with_intra_threads(threads)?
        .with_inter_threads(1)?
        .with_intra_op_spinning(false)?
        .with_inter_op_spinning(false)?
        // The runtime's own pool and its plans keep the most that was ever needed, of each session; memory that is handed back is
        // the other sessions' too. It costs no time that can be measured.
        .with_memory_pattern(false)?
        .with_execution_providers([CPU::default().with_arena_allocator(false).build()])?
        .commit_from_memory(model)
}
