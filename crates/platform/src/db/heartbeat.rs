//! What heartbeats told over time, summed up: short spans while they are young, joined into hours as they grow old, removed in the
//! end. A box cannot make it grow: however often it reports, there is one row per span.

use std::collections::BTreeMap;

use protocol::{DevSno, DeviceStatus, Presence};

use super::{DbError, Row, Tx, vals};

/// The short span, in milliseconds.
pub(crate) const SHORT: i64 = 5 * 60_000;
/// The long span, in milliseconds.
pub(crate) const LONG: i64 = 3_600_000;
/// Longest version that is kept, in characters.
const VERSION: usize = 100;

const COLUMNS: &str = "dev_sno, span, begins_at, beats, cpu_beats, cpu_sum, cpu_most, memory_beats, memory_sum, memory_most, \
                       disk_least, disk_size, cameras, cameras_least, version";

/// One or more heartbeats of a box, summed up.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Beats {
    /// Begin of the span, milliseconds since 1970, UTC.
    pub(crate) begins_at: i64,
    /// How many heartbeats.
    pub(crate) beats: i64,
    /// Processor load in percent.
    pub(crate) cpu: Measured,
    /// Memory in use in percent.
    pub(crate) memory: Measured,
    /// Least free disk, in GB.
    pub(crate) disk_least: Option<f64>,
    /// Size of the disk, in GB.
    pub(crate) disk_size: Option<f64>,
    /// Cameras the last one named.
    pub(crate) cameras: i64,
    /// Fewest of them that were online.
    pub(crate) cameras_least: i64,
    /// Software version the last one named.
    pub(crate) version: String,
}

/// A value that was told some times.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Measured {
    pub(crate) times: i64,
    pub(crate) sum: f64,
    pub(crate) most: Option<f64>,
}

impl Measured {
    fn once(value: Option<f64>) -> Self {
        // A value nobody can have means that it was not measured.
        let value = value.filter(|value| value.is_finite() && (0.0..=10_000.0).contains(value));
        Self { times: value.is_some().into(), sum: value.unwrap_or(0.0), most: value }
    }

    fn and(self, other: Self) -> Self {
        let most = match (self.most, other.most) {
            (Some(one), Some(two)) => Some(one.max(two)),
            (one, two) => one.or(two),
        };
        Self { times: self.times + other.times, sum: self.sum + other.sum, most }
    }

    /// The mean; `None` when it was never told.
    pub(crate) fn mean(self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "heartbeats of one span are few")]
        let times = self.times as f64;
        (self.times > 0).then(|| self.sum / times)
    }
}

impl Beats {
    /// One heartbeat.
    pub(crate) fn of(status: &DeviceStatus, now: i64) -> Self {
        let data = &status.gateway_ext_data;
        let sane = |value: &f64| value.is_finite() && (0.0..=1e9).contains(value);
        let online = status.sub_devices.iter().filter(|camera| camera.ep_status == Presence::Online).count();
        let version =
            data.sw_version.lines().find(|line| line.contains("VERSION")).unwrap_or(&data.sw_version);
        Self {
            begins_at: now.div_euclid(SHORT) * SHORT,
            beats: 1,
            cpu: Measured::once(data.cpu_usage),
            memory: Measured::once(data.memory_percent()),
            disk_least: data.disk_free_size.filter(sane),
            disk_size: data.disk_size.filter(sane),
            cameras: i64::try_from(status.sub_devices.len()).unwrap_or(i64::MAX),
            cameras_least: i64::try_from(online).unwrap_or(i64::MAX),
            version: version.trim().chars().filter(|c| !c.is_control()).take(VERSION).collect(),
        }
    }

    /// With what followed.
    pub(crate) fn and(self, later: Self) -> Self {
        let disk_least = match (self.disk_least, later.disk_least) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Self {
            begins_at: self.begins_at.min(later.begins_at),
            beats: self.beats + later.beats,
            cpu: self.cpu.and(later.cpu),
            memory: self.memory.and(later.memory),
            disk_least,
            disk_size: later.disk_size.or(self.disk_size),
            cameras: later.cameras,
            cameras_least: self.cameras_least.min(later.cameras_least),
            version: later.version,
        }
    }
}

/// Adds what was told to a span that begins at `beats.begins_at`.
pub(crate) fn add(tx: &mut Tx<'_>, dev_sno: &DevSno, span: i64, beats: &Beats) -> Result<(), DbError> {
    let before = tx.first(
        &format!("SELECT {COLUMNS} FROM heartbeat WHERE dev_sno = $1 AND span = $2 AND begins_at = $3"),
        vals![dev_sno.as_str(), span, beats.begins_at],
    )?;
    let sum = match before {
        Some(row) => read(&row)?.and(beats.clone()),
        None => beats.clone(),
    };
    tx.exec(
        &format!(
            "INSERT INTO heartbeat({COLUMNS}) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT(dev_sno, span, begins_at) DO UPDATE SET beats = excluded.beats,
             cpu_beats = excluded.cpu_beats, cpu_sum = excluded.cpu_sum, cpu_most = excluded.cpu_most,
             memory_beats = excluded.memory_beats, memory_sum = excluded.memory_sum, memory_most = excluded.memory_most,
             disk_least = excluded.disk_least, disk_size = excluded.disk_size, cameras = excluded.cameras,
             cameras_least = excluded.cameras_least, version = excluded.version"
        ),
        vals![
            dev_sno.as_str(),
            span,
            beats.begins_at,
            sum.beats,
            sum.cpu.times,
            sum.cpu.sum,
            sum.cpu.most,
            sum.memory.times,
            sum.memory.sum,
            sum.memory.most,
            sum.disk_least,
            sum.disk_size,
            sum.cameras,
            sum.cameras_least,
            sum.version,
        ],
    )?;
    Ok(())
}

/// What a box told from `from` and before `until`, oldest first; at most `limit` rows.
pub(crate) fn between(
    tx: &mut Tx<'_>,
    dev_sno: &DevSno,
    from: i64,
    until: i64,
    limit: i64,
) -> Result<Vec<Beats>, DbError> {
    let rows = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM heartbeat WHERE dev_sno = $1 AND begins_at >= $2 AND begins_at < $3
             ORDER BY begins_at, span LIMIT $4"
        ),
        vals![dev_sno.as_str(), from, until, limit],
    )?;
    rows.iter().map(read).collect()
}

/// Joins short spans that began before `before` into long ones, at most `limit`; answers how many.
pub(crate) fn join(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<usize, DbError> {
    let rows = tx.query(
        &format!(
            "SELECT {COLUMNS} FROM heartbeat WHERE span = $1 AND begins_at < $2 ORDER BY begins_at, dev_sno LIMIT $3"
        ),
        vals![SHORT, before, limit],
    )?;
    let mut joined: BTreeMap<(String, i64), Beats> = BTreeMap::new();
    for row in &rows {
        let (dev_sno, mut beats) = (row.text("dev_sno")?, read(row)?);
        let short = vals![dev_sno.as_str(), SHORT, beats.begins_at];
        tx.exec("DELETE FROM heartbeat WHERE dev_sno = $1 AND span = $2 AND begins_at = $3", short)?;
        beats.begins_at = beats.begins_at.div_euclid(LONG) * LONG;
        let key = (dev_sno, beats.begins_at);
        let sum = match joined.remove(&key) {
            Some(sum) => sum.and(beats),
            None => beats,
        };
        joined.insert(key, sum);
    }
    for ((dev_sno, _), beats) in &joined {
        add(tx, &DevSno::new(dev_sno.as_str()), LONG, beats)?;
    }
    Ok(rows.len())
}

/// Removes what began before `before`, at most `limit` rows; answers how many.
pub(crate) fn prune(tx: &mut Tx<'_>, before: i64, limit: i64) -> Result<usize, DbError> {
    let rows = tx.query(
        "SELECT dev_sno, begins_at FROM heartbeat WHERE span = $1 AND begins_at < $2 ORDER BY begins_at, dev_sno LIMIT $3",
        vals![LONG, before, limit],
    )?;
    for row in &rows {
        let key = vals![row.text("dev_sno")?, LONG, row.int("begins_at")?];
        tx.exec("DELETE FROM heartbeat WHERE dev_sno = $1 AND span = $2 AND begins_at = $3", key)?;
    }
    Ok(rows.len())
}

fn read(row: &Row) -> Result<Beats, DbError> {
    Ok(Beats {
        begins_at: row.int("begins_at")?,
        beats: row.int("beats")?,
        cpu: Measured {
            times: row.int("cpu_beats")?,
            sum: row.opt_real("cpu_sum")?.unwrap_or(0.0),
            most: row.opt_real("cpu_most")?,
        },
        memory: Measured {
            times: row.int("memory_beats")?,
            sum: row.opt_real("memory_sum")?.unwrap_or(0.0),
            most: row.opt_real("memory_most")?,
        },
        disk_least: row.opt_real("disk_least")?,
        disk_size: row.opt_real("disk_size")?,
        cameras: row.int("cameras")?,
        cameras_least: row.int("cameras_least")?,
        version: row.text("version")?,
    })
}
