//! Naming a face among many is an open-set decision: the threshold follows the number of enrolled people and the wanted rate of
//! strangers that get a name, never a fixed number. Pure: numbers in, numbers out.
//!
//! The rule and its constants were measured per pack (docs/how-to/recognition.md says on what): a stranger reaches cosine `t` with one
//! template with probability `exp(-(t - A) / b)`, so with N people the share of strangers named is about N times that. `kappa` and the
//! site shift guard against a site whose people resemble each other more than the measured ones.

use crate::gallery::Hit;
use crate::pack::manifest::Rule;

/// The tail constants of one pack's recogniser; they come from its manifest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdRule {
    /// Where one comparison in one reaches: the cosine at which the exponential tail crosses probability 1.
    pub a: f32,
    /// The slope: each factor e in people or in wanted rate costs this much cosine.
    pub b: f32,
    /// The upper 2 % quantile of cosines between different people in the measured population.
    pub q2: f32,
    /// What the threshold rises by when templates are means of several photos.
    pub mean_shift: f32,
    /// One-to-one threshold at a false match rate of 1 in 1,000; no name is given below it, however few people are enrolled.
    pub verification: f32,
    /// Two people closer than this to the same face are ambiguous.
    pub margin: f32,
    /// Above this threshold many genuine faces are missed: time for more photos per person.
    pub warn_above: f32,
}

/// What the rule needs to know about the place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Site {
    /// People enrolled, one vector each.
    pub enrolled: usize,
    /// The upper 2 % quantile of cosines between the enrolled people ([`crate::Gallery::site_quantile`]); None when unknown.
    pub q2: Option<f32>,
    /// Whether templates are means of three or more photos.
    pub mean_of_many: bool,
}

/// How many strangers may get a name, by use; or one fixed threshold instead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Policy {
    /// Wanted share of strangers for whom a door opens.
    pub door_rate: f64,
    /// Wanted share of strangers who are shown with a name.
    pub name_rate: f64,
    /// Wanted share of strangers with a short list for a person to look at.
    pub possible_rate: f64,
    /// One cosine for door and name instead of the rule; [`Thresholds::warning`] quotes what it does.
    pub fixed: Option<f32>,
    /// Replaces the pack's margin for "ambiguous".
    pub margin: Option<f32>,
}

/// The thresholds in force, with the facts they came from.
#[derive(Debug, Clone, PartialEq)]
pub struct Thresholds {
    /// Cosine from which a door may open.
    pub door: f32,
    /// Cosine from which a name is shown.
    pub name: f32,
    /// Cosine from which a face is "possible".
    pub possible: f32,
    /// Closer runners-up than this make a name ambiguous.
    pub margin: f32,
    /// The number of people the thresholds were made for; make them again when it grew by a tenth ([`Thresholds::outgrown`]).
    pub enrolled: usize,
    /// Share of strangers expected at `door`, 0 to 1, under the rule.
    pub door_rate: f64,
    /// Share of strangers expected at `name`, 0 to 1, under the rule.
    pub name_rate: f64,
    /// What an operator should read beside these numbers.
    pub warning: Option<String>,
}

/// What a face turned out to be.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// One enrolled person.
    Named {
        /// Who.
        key: u32,
        /// How similar.
        cosine: f32,
        /// Similar enough for a door, and not ambiguous.
        opens: bool,
        /// Another enrolled person nearly as similar: the name is not certain.
        ambiguous_with: Option<u32>,
    },
    /// Not certain enough for a name; the few most similar, most similar first, for a person to look at.
    Possible(Vec<Hit>),
    /// Nobody enrolled, or nobody known well enough.
    Unknown {
        /// The most similar of all, for the trace only.
        best: Option<Hit>,
    },
}

/// How many people a short list holds.
const SHORT_LIST: usize = 5;
/// Two people are ambiguous when less than this many slopes apart: 0.05 for the recommended pack, 0.008 for the fallback.
const MARGIN_SLOPES: f32 = 1.35;
/// From this many people on, their own cosines say how alike people are here.
const SITE_PEOPLE: usize = 20;

impl Default for Policy {
    fn default() -> Self {
        Self { door_rate: 0.001, name_rate: 0.01, possible_rate: 0.1, fixed: None, margin: None }
    }
}

impl From<&Rule> for ThresholdRule {
    fn from(rule: &Rule) -> Self {
        Self {
            a: rule.a,
            b: rule.b,
            q2: rule.q2,
            mean_shift: rule.mean_of_many,
            verification: rule.verification,
            margin: MARGIN_SLOPES * rule.b,
            warn_above: rule.warn_above,
        }
    }
}

impl ThresholdRule {
    /// The cosine that lets the share `wanted` (0 to 1) of strangers pass at this site.
    #[must_use]
    pub fn threshold(&self, site: &Site, wanted: f64) -> f32 {
        let wanted = if wanted.is_finite() { wanted.clamp(1e-9, 1.0) } else { 1e-9 };
        let people = site.enrolled.max(1) as f64;
        let log = (self.kappa(site) * people / wanted).ln();
        self.origin(site) + self.b * log as f32
    }

    /// The share of strangers expected to reach `cosine` at this site, 0 to 1: the rule read backwards.
    #[must_use]
    pub fn expected_rate(&self, site: &Site, cosine: f32) -> f64 {
        let one = (-f64::from(cosine - self.origin(site)) / f64::from(self.b)).exp();
        (self.kappa(site) * site.enrolled as f64 * one).clamp(0.0, 1.0)
    }

    /// All thresholds of a site under a policy.
    #[must_use]
    pub fn thresholds(&self, site: &Site, policy: &Policy) -> Thresholds {
        let margin = policy.margin.unwrap_or(self.margin).max(0.0);
        let (door, name) = match policy.fixed {
            Some(fixed) => (fixed, fixed),
            None => {
                let name = self.threshold(site, policy.name_rate).max(self.verification);
                (self.threshold(site, policy.door_rate).max(name), name)
            }
        };
        let possible = self.threshold(site, policy.possible_rate).min(name);
        let door_rate = self.expected_rate(site, door);
        let name_rate = self.expected_rate(site, name);
        let warning = self.warning(site, policy, name, name_rate);
        Thresholds { door, name, possible, margin, enrolled: site.enrolled, door_rate, name_rate, warning }
    }

    fn warning(&self, site: &Site, policy: &Policy, name: f32, rate: f64) -> Option<String> {
        let people = site.enrolled;
        if policy.fixed.is_some() && rate > policy.name_rate {
            return Some(format!(
                "the fixed threshold {name:.3} names about {:.2} % of strangers among {people} people; the rule would use {:.3}",
                rate * 100.0,
                self.threshold(site, policy.name_rate).max(self.verification),
            ));
        }
        let limit = self.warn_above;
        (name > limit).then(|| {
            format!(
                "with {people} people the name threshold is {name:.3}, above {limit:.3}: many known faces will stay unnamed; \
                 enrol three or more photos per person"
            )
        })
    }

    /// Below twenty people nothing is known about the site, so the guard is larger.
    fn kappa(&self, site: &Site) -> f64 {
        if site.enrolled >= SITE_PEOPLE { 2.0 } else { 5.0 }
    }

    fn origin(&self, site: &Site) -> f32 {
        let shift = match site.q2 {
            Some(q2) if site.enrolled >= SITE_PEOPLE && q2.is_finite() => (q2 - self.q2).max(0.0),
            _ => 0.0,
        };
        self.a + shift + if site.mean_of_many { self.mean_shift } else { 0.0 }
    }
}

impl Thresholds {
    /// Whether the gallery changed by a tenth since these thresholds were made (or crossed the point where the site itself counts).
    #[must_use]
    pub fn outgrown(&self, enrolled: usize) -> bool {
        enrolled.abs_diff(self.enrolled) * 10 > self.enrolled
            || (enrolled < SITE_PEOPLE) != (self.enrolled < SITE_PEOPLE)
    }
}

/// Decides on search results (any order; the most similar counts first, the smaller key first between equals).
#[must_use]
pub fn decide(hits: &[Hit], thresholds: &Thresholds) -> Decision {
    let mut hits: Vec<Hit> = hits.iter().copied().filter(|hit| hit.cosine.is_finite()).collect();
    hits.sort_by(Hit::order);
    let Some(&best) = hits.first() else { return Decision::Unknown { best: None } };
    if best.cosine >= thresholds.name {
        let rival = hits.get(1).filter(|rival| best.cosine - rival.cosine < thresholds.margin);
        return Decision::Named {
            key: best.key,
            cosine: best.cosine,
            opens: best.cosine >= thresholds.door && rival.is_none(),
            ambiguous_with: rival.map(|rival| rival.key),
        };
    }
    if best.cosine >= thresholds.possible {
        hits.retain(|hit| hit.cosine >= thresholds.possible);
        hits.truncate(SHORT_LIST);
        return Decision::Possible(hits);
    }
    Decision::Unknown { best: Some(best) }
}
