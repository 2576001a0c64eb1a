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
    /// Share of the templates that are means of three or more photos, 0 to 1.
    pub averaged: f32,
}

impl Site {
    /// Whether so many people say something about the place they are at.
    #[must_use]
    pub const fn tells(enrolled: usize) -> bool {
        enrolled >= SITE_PEOPLE
    }
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

    /// How often two different people are this similar, 0 to 1; trustworthy below 1 in 1,000, where the rule was fitted.
    #[must_use]
    pub fn chance(&self, cosine: f32) -> f64 {
        (-f64::from(cosine - self.a) / f64::from(self.b)).exp().min(1.0)
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
                 fewer people in one box, or a short list and a person who looks, helps"
            )
        })
    }

    /// Below twenty people nothing is known about the site, so the guard is larger.
    fn kappa(&self, site: &Site) -> f64 {
        if Site::tells(site.enrolled) { 2.0 } else { 5.0 }
    }

    /// What the people of this site resemble each other more than those the constants were measured on, as cosine.
    #[must_use]
    pub fn shift(&self, site: &Site) -> f32 {
        match site.q2 {
            Some(q2) if Site::tells(site.enrolled) && q2.is_finite() => (q2 - self.q2).max(0.0),
            _ => 0.0,
        }
    }

    fn origin(&self, site: &Site) -> f32 {
        self.a + self.shift(site) + self.averaging(site)
    }

    /// What means of several photos cost. Their tail lies higher by `mean_shift`; in a gallery of both kinds the two tails add up.
    fn averaging(&self, site: &Site) -> f32 {
        let share = if site.averaged.is_finite() { site.averaged.clamp(0.0, 1.0) } else { 1.0 };
        self.b * (1.0 - share + share * (self.mean_shift / self.b).exp()).ln()
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RECOMMENDED: ThresholdRule = ThresholdRule {
        a: 0.0855,
        b: 0.0362,
        q2: 0.2039,
        mean_shift: 0.010,
        verification: 0.385,
        margin: 0.05,
        warn_above: 0.60,
    };
    const FALLBACK: ThresholdRule = ThresholdRule {
        a: 0.8849,
        b: 0.00614,
        q2: 0.9015,
        mean_shift: 0.007,
        verification: 0.931,
        margin: 0.0083,
        warn_above: 0.97,
    };

    fn site(enrolled: usize) -> Site {
        Site { enrolled, ..Site::default() }
    }

    /// The measured table has kappa 1; ours is 2 for twenty people and more, 5 below.
    fn as_in_the_table(rule: &ThresholdRule, people: usize, wanted: f64) -> f32 {
        let kappa: f32 = if people >= 20 { 2.0 } else { 5.0 };
        rule.threshold(&site(people), wanted) - rule.b * kappa.ln()
    }

    #[test]
    fn thresholds_are_those_of_the_measured_table() {
        let table = [
            (10, 0.336, 0.419),
            (50, 0.394, 0.477),
            (100, 0.419, 0.502),
            (150, 0.433, 0.517),
            (1_000, 0.502, 0.585),
            (10_000, 0.585, 0.669),
            (50_000, 0.644, 0.727),
        ];
        for (people, name, door) in table {
            assert!((as_in_the_table(&RECOMMENDED, people, 0.01) - name).abs() < 0.0011, "{people}");
            assert!((as_in_the_table(&RECOMMENDED, people, 0.001) - door).abs() < 0.0011, "{people}");
        }
        for (people, name, door) in
            [(100, 0.941, 0.956), (1_000, 0.956, 0.970), (10_000, 0.970, 0.984), (50_000, 0.980, 0.994)]
        {
            assert!((as_in_the_table(&FALLBACK, people, 0.01) - name).abs() < 0.0011, "{people}");
            assert!((as_in_the_table(&FALLBACK, people, 0.001) - door).abs() < 0.0011, "{people}");
        }
    }

    #[test]
    fn a_site_of_alike_people_and_averaged_photos_raise_the_threshold() {
        let plain = RECOMMENDED.threshold(&site(100), 0.01);
        let alike = Site { enrolled: 100, q2: Some(0.2639), averaged: 0.0 };
        assert!((RECOMMENDED.threshold(&alike, 0.01) - plain - 0.06).abs() < 1e-5);
        let unlike = Site { q2: Some(0.1), ..alike };
        assert!((RECOMMENDED.threshold(&unlike, 0.01) - plain).abs() < 1e-6);
        let averaged = Site { averaged: 1.0, ..site(100) };
        assert!((RECOMMENDED.threshold(&averaged, 0.01) - plain - 0.010).abs() < 1e-5);
        let half = RECOMMENDED.threshold(&Site { averaged: 0.5, ..site(100) }, 0.01);
        assert!(half > plain + 0.004 && half < plain + 0.006, "{half} {plain}");
        // Nineteen people say nothing about their site; the larger kappa stands in.
        let few = Site { enrolled: 19, q2: Some(0.9), averaged: 0.0 };
        assert!((RECOMMENDED.threshold(&few, 0.01) - RECOMMENDED.threshold(&site(19), 0.01)).abs() < 1e-6);
        let nonsense = Site { q2: Some(f32::NAN), ..alike };
        assert!((RECOMMENDED.threshold(&nonsense, 0.01) - plain).abs() < 1e-6);
    }

    #[test]
    fn no_name_below_the_verification_threshold_but_short_lists_may() {
        let thresholds = RECOMMENDED.thresholds(&site(1), &Policy::default());
        assert!((thresholds.name - 0.385).abs() < 1e-6);
        assert!(thresholds.door >= thresholds.name);
        assert!(thresholds.possible < thresholds.name);
        assert!(thresholds.name_rate <= 0.01);
        assert_eq!(thresholds.warning, None);
    }

    #[test]
    fn many_people_bring_a_warning_and_a_fixed_threshold_one_that_quotes_its_rate() {
        assert!(
            RECOMMENDED
                .thresholds(&site(10_000), &Policy::default())
                .warning
                .unwrap()
                .contains("fewer people")
        );
        let fixed = Policy { fixed: Some(0.385), ..Policy::default() };
        let thresholds = RECOMMENDED.thresholds(&site(800), &fixed);
        assert!((thresholds.name - 0.385).abs() < 1e-6 && (thresholds.door - 0.385).abs() < 1e-6);
        assert!(thresholds.name_rate > 0.1, "{thresholds:?}");
        let warning = thresholds.warning.unwrap();
        assert!(warning.contains("names about") && warning.contains("800 people"), "{warning}");
        let strict = Policy { fixed: Some(0.9), ..Policy::default() };
        let warning = RECOMMENDED.thresholds(&site(5), &strict).warning.unwrap();
        assert!(warning.contains("unnamed"), "{warning}");
    }

    #[test]
    fn decisions_fall_into_their_bands() {
        let thresholds = RECOMMENDED.thresholds(&site(100), &Policy::default());
        let at = |key, cosine| Hit { key, cosine };
        let named = |decision: Decision| match decision {
            Decision::Named { key, opens, ambiguous_with, .. } => (key, opens, ambiguous_with),
            other => panic!("{other:?}"),
        };
        assert_eq!(named(decide(&[at(2, 0.1), at(7, 0.8)], &thresholds)), (7, true, None));
        assert_eq!(named(decide(&[at(7, thresholds.name + 0.001)], &thresholds)), (7, false, None));
        assert_eq!(named(decide(&[at(7, 0.80), at(3, 0.79)], &thresholds)), (7, false, Some(3)));
        assert_eq!(named(decide(&[at(7, 0.80), at(3, 0.80)], &thresholds)), (3, false, Some(7)));
        let list =
            [at(1, thresholds.possible), at(2, thresholds.name - 0.01), at(3, thresholds.possible - 0.01)];
        assert_eq!(decide(&list, &thresholds), Decision::Possible(vec![list[1], list[0]]));
        assert_eq!(decide(&[at(9, 0.2)], &thresholds), Decision::Unknown { best: Some(at(9, 0.2)) });
        assert_eq!(decide(&[], &thresholds), Decision::Unknown { best: None });
        assert_eq!(decide(&[at(1, f32::NAN)], &thresholds), Decision::Unknown { best: None });
    }

    #[test]
    fn thresholds_are_outgrown_by_a_tenth_and_at_twenty_people() {
        let made = RECOMMENDED.thresholds(&site(100), &Policy::default());
        assert!(!made.outgrown(110) && made.outgrown(111) && made.outgrown(89));
        assert!(RECOMMENDED.thresholds(&site(19), &Policy::default()).outgrown(20));
        assert!(RECOMMENDED.thresholds(&site(0), &Policy::default()).outgrown(1));
    }

    proptest! {
        #[test]
        fn the_rule_rises_with_people_and_falls_with_the_rate(
            people in 1usize..100_000, more in 1usize..100_000, rate in 0.0001f64..0.1, factor in 1.1f64..50.0, q2 in -0.2f32..0.9,
        ) {
            for rule in [RECOMMENDED, FALLBACK] {
                let here = Site { enrolled: people.max(20), q2: Some(q2), averaged: 0.0 };
                let larger = Site { enrolled: here.enrolled + more, ..here };
                prop_assert!(rule.threshold(&larger, rate) >= rule.threshold(&here, rate));
                prop_assert!(rule.threshold(&here, rate) >= rule.threshold(&here, (rate * factor).min(1.0)));
                let thresholds = rule.thresholds(&here, &Policy::default());
                prop_assert!(thresholds.possible <= thresholds.name && thresholds.name <= thresholds.door);
                prop_assert!(thresholds.name >= rule.verification);
                // Read backwards, the rule gives the rate it was asked for.
                let back = rule.expected_rate(&here, rule.threshold(&here, rate));
                prop_assert!((back / rate - 1.0).abs() < 0.01, "{} {}", back, rate);
            }
        }

        #[test]
        fn deciding_never_depends_on_the_order_and_never_panics(
            mut hits in proptest::collection::vec((0u32..50, prop_oneof![Just(f32::NAN), Just(f32::INFINITY), -2.0f32..2.0]), 0..20),
            people in 0usize..1000, name_rate in -1.0f64..2.0, door_rate in -1.0f64..2.0, seed in any::<u64>(),
        ) {
            let policy = Policy { name_rate, door_rate, ..Policy::default() };
            let thresholds = RECOMMENDED.thresholds(&site(people), &policy);
            hits.sort_by_key(|hit| hit.0);
            hits.dedup_by_key(|hit| hit.0);
            let hits: Vec<Hit> = hits.into_iter().map(|(key, cosine)| Hit { key, cosine }).collect();
            let mut other = hits.clone();
            other.rotate_left(seed as usize % hits.len().max(1));
            let (one, two) = (decide(&hits, &thresholds), decide(&other, &thresholds));
            prop_assert_eq!(&one, &two);
            if let Decision::Named { cosine, opens, .. } = one {
                prop_assert!(cosine >= thresholds.name && (!opens || cosine >= thresholds.door));
            }
        }
    }
}
