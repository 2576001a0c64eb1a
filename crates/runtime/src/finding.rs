//! What a check found, how bad it is, and what to do.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// As it should be.
    Ok,
    /// It works; something deserves a look.
    Warning,
    /// It, or a part of it, does not work.
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: a key of the configuration, a camera, a file, an address.
    pub subject: String,
    /// How bad it is.
    pub level: Level,
    /// What was found.
    pub found: String,
    /// What to do; there for everything that is not as it should be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

/// A finding with the check it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Name of the check.
    pub check: &'static str,
    /// What it found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// Everything that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many findings are problems.
    pub problems: usize,
    /// How many are warnings.
    pub warnings: usize,
    /// Every finding, in the order of the checks.
    pub findings: Vec<Line>,
}

impl Finding {
    /// As it should be.
    pub fn ok(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self { subject: subject.into(), level: Level::Ok, found: found.into(), advice: None }
    }

    /// It works; something deserves a look. [`Finding::advice`] belongs to it.
    pub fn warning(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self { level: Level::Warning, ..Self::ok(subject, found) }
    }

    /// Something does not work. [`Finding::advice`] belongs to it.
    pub fn problem(subject: impl Into<String>, found: impl Into<String>) -> Self {
        Self { level: Level::Problem, ..Self::ok(subject, found) }
    }

    /// What to do.
    pub fn advice(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }
}

impl Report {
    /// Counts the findings of all checks, each with the name of its check.
    pub fn of(found: impl Iterator<Item = (&'static str, Finding)>) -> Self {
        let findings: Vec<Line> = found.map(|(check, finding)| Line { check, finding }).collect();
        let count = |level| findings.iter().filter(|line| line.finding.level == level).count();
        Self { problems: count(Level::Problem), warnings: count(Level::Warning), findings }
    }
}
