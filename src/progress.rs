//! What a person sees while a command works: bars on a terminal, plain lines otherwise, JSON lines for machines. All of it
//! goes to stderr.

use std::time::Duration;

use indicatif::{HumanCount, MultiProgress, ProgressBar, ProgressStyle};

/// A number of rows in words: `1 row`, `2,357 rows`.
pub fn row_count(rows: u64) -> String {
    format!("{} row{}", HumanCount(rows), if rows == 1 { "" } else { "s" })
}

/// Target of what is always said, even when quiet.
pub const ALWAYS: &str = "staunch::always";

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProgressStyleChoice {
    /// Not at all.
    Quiet,
    /// One line for each thing done.
    Lines,
    /// One JSON object for each thing done.
    Json,
    /// Bars that move.
    Bars,
}

/// Shows what is being done. A clone shows it in the same place.
#[derive(Clone)]
pub struct Progress {
    style: ProgressStyleChoice,
    bars: MultiProgress,
}

/// One stage of a run with a known number of things to do.
pub struct Stage<'a> {
    progress: &'a Progress,
    verb: &'static str,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Shows progress in this style.
    pub fn new(style: ProgressStyleChoice) -> Self {
        Self { style, bars: MultiProgress::new() }
    }

    /// Begins a stage of `total` things; `verb` says what was done to each, such as `read`.
    pub fn stage(&self, verb: &'static str, total: usize) -> Stage<'_> {
        let bar = (self.style == ProgressStyleChoice::Bars && total > 0).then(|| {
            let bar = self.bars.add(ProgressBar::new(total as u64));
            let template = "{spinner:.cyan} {prefix:<10} {wide_bar:.cyan/dim} {pos}/{len} {elapsed}  {msg:<32!}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.set_prefix(verb);
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Stage { progress: self, verb, bar }
    }

    /// Says one thing to people; nothing when quiet.
    pub fn say(&self, text: &str) {
        match self.style {
            ProgressStyleChoice::Quiet => {}
            ProgressStyleChoice::Lines | ProgressStyleChoice::Json => tracing::info!("{text}"),
            ProgressStyleChoice::Bars => self.bars.suspend(|| tracing::info!("{text}")),
        }
    }
}

impl Progress {
    /// Warns people of what must not be missed, even when quiet.
    pub fn warn(&self, text: &str) {
        self.bars.suspend(|| tracing::warn!(target: ALWAYS, "{text}"));
    }
}

impl Stage<'_> {
    /// One thing was done: its name, how many rows it has, how long it took.
    pub fn done(&self, name: &str, rows: Option<u64>, elapsed: Duration) {
        let seconds = elapsed.as_secs_f64();
        if let Some(bar) = &self.bar {
            bar.set_message(name.to_owned());
            bar.inc(1);
            return;
        }
        let verb = self.verb;
        match (self.progress.style, rows) {
            (ProgressStyleChoice::Lines, Some(rows)) => {
                tracing::info!("{verb} {name}: {} in {seconds:.2} s", row_count(rows));
            }
            (ProgressStyleChoice::Lines, None) => tracing::info!("{verb} {name} in {seconds:.2} s"),
            (ProgressStyleChoice::Json, _) => tracing::info!(name, rows, seconds, "{verb}"),
            (ProgressStyleChoice::Quiet | ProgressStyleChoice::Bars, _) => {}
        }
    }
}

impl Drop for Stage<'_> {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
