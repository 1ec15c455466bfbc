//! What becomes of the rows of a source: loaded, rejected because they break the contract, or left out. Every row that was
//! read is counted under exactly one of these, file by file.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use serde::{Deserialize, Serialize};

use sha2::{Digest, Sha256};

use super::event_times::EventTimes;
use super::rejected_record::Concealment;
use crate::error::{Error, Problem, Result};
use crate::plan::contract::RejectLimit;
use crate::plan::source::SourcePlan;

/// Rejected rows of one file that are kept in memory.
const IN_MEMORY_ROWS: usize = 256;
/// Rows of a batch of rejected rows.
const BATCH_ROWS: usize = 8192;
/// Rejected rows that a message tells.
const TOLD_ROWS: usize = 3;

/// A row that broke the contract.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reject {
    /// Line or row of the file, from 1.
    pub line: u64,
    /// Column in the table; `None` when the row as a whole is broken.
    pub column: Option<String>,
    /// What it broke: a key of the pipeline file such as `required`, or `type`, `fields`, `encoding`, `quote`, `json`.
    pub rule: String,
    /// What is wrong, after the words that name the place. Holds no sensitive value.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
    /// The row as it came, as JSON: an object by column, or a list of fields when they cannot be named.
    pub record: String,
}

/// Rows of one file, by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// Rows that the file has.
    pub read: u64,
    /// Rows that broke the contract.
    pub rejected: u64,
    /// Rows that are no data by `drop_where` or `skip_last`.
    pub left_out: u64,
    /// Rows left out because another row has the same `unique` values.
    pub duplicates: u64,
}

impl RowCounts {
    /// Rows that went into the table.
    pub fn loaded(&self) -> u64 {
        self.read.saturating_sub(self.rejected + self.left_out + self.duplicates)
    }
}

/// Counts and rejected rows of one source.
pub struct Intake {
    /// Name of the source.
    source: String,
    limit: Option<RejectLimit>,
    /// How sensitive values are concealed.
    concealment: Concealment,
    files: Vec<FileIntake>,
    rejected: AtomicU64,
    /// Column -> files that have it, of columns that are not declared.
    undeclared: Mutex<BTreeMap<String, u64>>,
    notes: Mutex<Vec<String>>,
}

/// Counts and rejected rows of one file.
struct FileIntake {
    name: Arc<str>,
    /// What the numbers of rejected rows count: lines of text, or rows.
    place: &'static str,
    read: AtomicU64,
    left_out: AtomicU64,
    duplicates: AtomicU64,
    rejects: Mutex<FileRejects>,
    /// SHA-256 of the file, or of its footer.
    fingerprint: OnceLock<String>,
    /// SHA-256 of its columns.
    columns: OnceLock<String>,
    /// When the events of its rows took place.
    event_times: Mutex<EventTimes>,
    /// Whether its last line has no line break.
    is_open_ended: AtomicBool,
}

/// What identifies a file's content, so that files and runs can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileMarks {
    /// SHA-256 of the file, or of a Parquet file's footer; `None` when it was not read to its end.
    pub sha256: Option<String>,
    /// SHA-256 of the names and types of its columns; `None` when its rows name them (JSON).
    pub columns_sha256: Option<String>,
    /// When the events of its rows took place.
    pub event_times: EventTimes,
}

#[derive(Default)]
struct FileRejects {
    count: u64,
    /// The first ones in words, for messages.
    told: Vec<String>,
    recent: Vec<Reject>,
    /// Those before the recent ones.
    spilled: Option<std::fs::File>,
}

impl fmt::Debug for Intake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intake").field("source", &self.source).field("counts", &self.counts()).finish_non_exhaustive()
    }
}

impl Intake {
    /// Nothing read yet of the files with these names.
    ///
    /// # Errors
    ///
    /// The source has sensitive columns, may reject rows, and the environment has no salt.
    pub fn new(source: &SourcePlan, names: impl IntoIterator<Item = Arc<str>>) -> Result<Self> {
        let place = if source.format.has_lines() { "line" } else { "row" };
        let file = |name| FileIntake {
            name,
            place,
            read: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            duplicates: AtomicU64::new(0),
            rejects: Mutex::default(),
            fingerprint: OnceLock::new(),
            columns: OnceLock::new(),
            event_times: Mutex::default(),
            is_open_ended: AtomicBool::new(false),
        };
        Ok(Self {
            source: source.name.clone(),
            limit: source.rejects,
            concealment: Concealment::of(source)?,
            files: names.into_iter().map(file).collect(),
            rejected: AtomicU64::new(0),
            undeclared: Mutex::default(),
            notes: Mutex::default(),
        })
    }

    /// Whether rows may break the contract, so that they must be at hand as they came.
    pub fn keeps_rejects(&self) -> bool {
        self.limit.is_some()
    }

    /// How sensitive values are concealed.
    pub fn concealment(&self) -> &Concealment {
        &self.concealment
    }

    /// Counts rows that were read from a file.
    pub fn count_read(&self, file: usize, rows: u64) {
        self.files[file].read.fetch_add(rows, Ordering::Relaxed);
    }

    /// Counts rows that are no data.
    pub fn count_left_out(&self, file: usize, rows: u64) {
        self.files[file].left_out.fetch_add(rows, Ordering::Relaxed);
    }

    /// Counts rows that another row stands for.
    pub fn count_duplicates(&self, file: usize, rows: u64) {
        self.files[file].duplicates.fetch_add(rows, Ordering::Relaxed);
    }

    /// Remembers the SHA-256 of a file, or of a Parquet file's footer.
    pub fn set_fingerprint(&self, file: usize, sha256: String) {
        // A file that is read twice has the same.
        let _ = self.files[file].fingerprint.set(sha256);
    }

    /// Remembers the columns of a file, with their types where the file has types.
    pub fn set_columns<'a>(&self, file: usize, columns: impl IntoIterator<Item = (&'a str, Option<&'a DataType>)>) {
        let mut hash = Sha256::new();
        for (name, data_type) in columns {
            let data_type = data_type.map(DataType::to_string).unwrap_or_default();
            hash.update(format!("{name}\t{data_type}\n"));
        }
        let _ = self.files[file].columns.set(format!("{:x}", hash.finalize()));
    }

    /// Counts in the times of some of a file's rows.
    pub fn note_event_times(&self, file: usize, times: EventTimes) {
        let mut known = locked(&self.files[file].event_times);
        *known = known.and(times);
    }

    /// Tells something about the source in the summary.
    pub fn note(&self, note: String) {
        let mut notes = locked(&self.notes);
        if !notes.contains(&note) {
            notes.push(note);
        }
    }

    /// What identifies the content of each file.
    pub fn marks(&self) -> Vec<FileMarks> {
        let marks = |file: &FileIntake| FileMarks {
            sha256: file.fingerprint.get().cloned(),
            columns_sha256: file.columns.get().cloned(),
            event_times: *locked(&file.event_times),
        };
        self.files.iter().map(marks).collect()
    }

    /// Keeps a row that breaks the contract.
    ///
    /// # Errors
    ///
    /// No row may, or too many did.
    pub fn reject(&self, file: usize, reject: Reject) -> Result<()> {
        let at = &self.files[file];
        let Some(limit) = self.limit else { return Err(Error::data(at.problem(&reject).hint(reject.hint))) };
        let rejected = self.rejected.fetch_add(1, Ordering::Relaxed) + 1;
        let mut rejects = locked(&at.rejects);
        rejects.count += 1;
        if rejects.told.len() < TOLD_ROWS {
            rejects.told.push(at.problem(&reject).message);
        }
        rejects.recent.push(reject);
        // A share is judged at the end, when all rows are read.
        if limit.max_rows.is_some_and(|most| rejected > most) {
            drop(rejects);
            return Err(self.too_many(&limit));
        }
        if rejects.recent.len() >= IN_MEMORY_ROWS {
            rejects.spill().map_err(spill_error)?;
        }
        Ok(())
    }

    /// Remembers which of a file's columns are not declared.
    pub fn note_columns<'a>(&self, undeclared: impl IntoIterator<Item = &'a str>) {
        let mut seen = locked(&self.undeclared);
        for column in undeclared {
            *seen.entry(column.to_owned()).or_default() += 1;
        }
    }

    /// Remembers that the last line of a file has no line break. Its last value may be cut, which nothing else shows.
    pub fn note_open_end(&self, file: usize) {
        self.files[file].is_open_ended.store(true, Ordering::Relaxed);
    }

    /// The files that have the same content as an earlier one: they were delivered twice, and their rows are counted as
    /// duplicates. Files whose rows would be none are not compared.
    pub fn copies(&self) -> Vec<usize> {
        let mut first: HashMap<&str, usize> = HashMap::new();
        let mut copies = Vec::new();
        for (index, counts) in self.counts().into_iter().enumerate().filter(|(_, counts)| counts.loaded() > 0) {
            let Some(sha256) = self.files[index].fingerprint.get() else { continue };
            let earlier = *first.entry(sha256).or_insert(index);
            if earlier != index {
                self.count_duplicates(index, counts.loaded());
                locked(&self.notes).push(format!(
                    "source `{}`: `{}` has the same content as `{}` and was left out",
                    self.source, self.files[index].name, self.files[earlier].name
                ));
                copies.push(index);
            }
        }
        copies
    }

    /// Judges the source as a whole, once all of its rows were read.
    ///
    /// # Errors
    ///
    /// More rows broke the contract than may.
    pub fn finish(&self) -> Result<()> {
        let rejected = self.rejected.load(Ordering::Relaxed);
        match self.limit.filter(|limit| limit.is_exceeded(rejected, self.rows_read())) {
            Some(limit) => Err(self.too_many(&limit)),
            None => Ok(()),
        }
    }

    /// What became of the rows of each file.
    pub fn counts(&self) -> Vec<RowCounts> {
        let counts = |file: &FileIntake| RowCounts {
            read: file.read.load(Ordering::Relaxed),
            rejected: locked(&file.rejects).count,
            left_out: file.left_out.load(Ordering::Relaxed),
            duplicates: file.duplicates.load(Ordering::Relaxed),
        };
        self.files.iter().map(counts).collect()
    }

    /// What the summary tells about the source: rejected rows, columns that only some files have, and other notes.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let rejected = self.rejected.load(Ordering::Relaxed);
        if rejected > 0 {
            notes.push(format!(
                "source `{}`: {rejected} of {} rows break its contract and were rejected, such as {}",
                self.source,
                self.rows_read(),
                self.told(1)
            ));
        }
        let files = self.files.len() as u64;
        for (column, count) in locked(&self.undeclared).iter().filter(|(_, count)| **count < files) {
            notes.push(format!(
                "source `{}`: the column `{column}` is in {count} of {files} files and is not declared",
                self.source
            ));
        }
        notes.extend(self.open_ended());
        notes.extend(locked(&self.notes).iter().cloned());
        notes
    }

    /// Files that may have been cut, in words.
    fn open_ended(&self) -> Option<String> {
        let mut files = self.files.iter().filter(|file| file.is_open_ended.load(Ordering::Relaxed));
        let first = files.next()?;
        let others = match files.count() {
            0 => String::new(),
            count => format!(", as {count} other files do"),
        };
        Some(format!(
            "source `{}`: `{}` ends without a line break{others}; if a file was cut off, its last value may be wrong",
            self.source, first.name
        ))
    }

    /// The rejected rows in the order of files and lines, in batches of [`reject_fields`]. Memory does not grow with their
    /// number.
    ///
    /// # Errors
    ///
    /// The disk fails, or `take` does.
    pub fn rejects(&self, mut take: impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        let mut batch = RejectBatch::default();
        for file in &self.files {
            let mut rejects = locked(&file.rejects);
            let recent = std::mem::take(&mut rejects.recent);
            if let Some(mut spilled) = rejects.spilled.take() {
                spilled.seek(SeekFrom::Start(0)).map_err(spill_error)?;
                for line in BufReader::new(spilled).lines() {
                    let reject =
                        serde_json::from_str(&line.map_err(spill_error)?).map_err(|e| spill_error(e.into()))?;
                    batch.add(&self.source, &file.name, reject, &mut take)?;
                }
            }
            for reject in recent {
                batch.add(&self.source, &file.name, reject, &mut take)?;
            }
        }
        batch.flush(&mut take)
    }

    fn too_many(&self, limit: &RejectLimit) -> Error {
        let allowed = match (limit.max_rows, limit.max_share) {
            (Some(rows), Some(share)) => format!("{rows} rows and {} % of them", share * 100.0),
            (Some(rows), None) => format!("{rows}"),
            (None, Some(share)) => format!("{} %", share * 100.0),
            (None, None) => "any number".into(),
        };
        let rejected = self.rejected.load(Ordering::Relaxed);
        let message = format!(
            "source `{}`: {rejected} rows of the {} read so far break its contract; `rejects` allows {allowed}: {}",
            self.source,
            self.rows_read(),
            self.told(TOLD_ROWS)
        );
        Error::data(Problem::new(message).hint("correct the files, or raise the limit in the pipeline file"))
    }

    /// Rows read so far, of all files.
    fn rows_read(&self) -> u64 {
        self.files.iter().map(|file| file.read.load(Ordering::Relaxed)).sum()
    }

    /// The first rejected rows, in words.
    fn told(&self, most: usize) -> String {
        let told = self.files.iter().flat_map(|file| locked(&file.rejects).told.clone());
        told.take(most).collect::<Vec<_>>().join("; ")
    }
}

impl FileIntake {
    fn problem(&self, reject: &Reject) -> Problem {
        let column = reject.column.as_ref().map(|column| format!(", column `{column}`:")).unwrap_or_default();
        let (name, line) = (&self.name, reject.line);
        // Duplicates are found among the rows, whatever lines they came from.
        let place = if reject.rule == "unique" { "row" } else { self.place };
        Problem::new(format!("`{name}` {place} {line}{column} {}", reject.reason))
    }
}

impl FileRejects {
    fn spill(&mut self) -> std::io::Result<()> {
        let mut file = match self.spilled.take() {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        let mut text = Vec::new();
        for reject in self.recent.drain(..) {
            serde_json::to_writer(&mut text, &reject)?;
            text.push(b'\n');
        }
        file.write_all(&text)?;
        self.spilled = Some(file);
        Ok(())
    }
}

/// Columns of the table of rejected rows and what they mean.
pub fn reject_fields() -> [(&'static str, &'static str); 8] {
    [
        ("source", "Source that the row belongs to"),
        ("file", "File that the row is in"),
        ("line", "Line of the file; in Parquet, Arrow and Excel files the row, from 1"),
        ("column_name", "Column that breaks the contract; missing when the row as a whole is broken"),
        (
            "rule",
            "What it breaks, such as type, required, min, max, values, pattern, unique, fields, encoding or quote",
        ),
        ("reason", "What is wrong"),
        ("hint", "What to do about it"),
        ("record", "The row as it came, as JSON; sensitive values are hashed"),
    ]
}

/// The table of rejected rows.
pub fn reject_schema() -> SchemaRef {
    let kind = |name: &str| if name == "line" { DataType::Int64 } else { DataType::Utf8 };
    Arc::new(Schema::new(reject_fields().map(|(name, _)| Field::new(name, kind(name), true)).to_vec()))
}

#[derive(Default)]
struct RejectBatch {
    lines: Vec<u64>,
    texts: [Vec<Option<String>>; 7],
}

impl RejectBatch {
    fn add(
        &mut self,
        source: &str,
        file: &str,
        reject: Reject,
        take: &mut impl FnMut(RecordBatch) -> Result<()>,
    ) -> Result<()> {
        self.lines.push(reject.line);
        let texts = [
            Some(source.to_owned()),
            Some(file.to_owned()),
            reject.column,
            Some(reject.rule),
            Some(reject.reason),
            Some(reject.hint),
            Some(reject.record),
        ];
        for (column, text) in self.texts.iter_mut().zip(texts) {
            column.push(text);
        }
        if self.lines.len() == BATCH_ROWS { self.flush(take) } else { Ok(()) }
    }

    fn flush(&mut self, take: &mut impl FnMut(RecordBatch) -> Result<()>) -> Result<()> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let line = |line: u64| i64::try_from(line).unwrap_or(i64::MAX);
        let lines: Int64Array = std::mem::take(&mut self.lines).into_iter().map(line).collect();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(8);
        for column in &mut self.texts {
            arrays.push(Arc::new(StringArray::from(std::mem::take(column))));
        }
        arrays.insert(2, Arc::new(lines));
        take(RecordBatch::try_new(reject_schema(), arrays).map_err(batch_error)?)
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn spill_error(error: std::io::Error) -> Error {
    Error::execution(
        Problem::new(format!("cannot keep rejected rows in a temporary file: {error}"))
            .hint("free some space in the system's temporary folder")
            .caused_by(error),
    )
}

fn batch_error(error: arrow::error::ArrowError) -> Error {
    Error::execution(Problem::new(format!("cannot make a table of rejected rows: {error}")).caused_by(error))
}
