//! What can go wrong, which exit code it means, where it happened and what to do about it.

use std::fmt;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The error that underlies a [`Problem`], kept for `--log-format json` and for callers, never printed twice. It is shared,
/// so that several readers of one failed input report the same cause.
pub type Cause = Arc<dyn std::error::Error + Send + Sync>;

/// A foreign error on its way to become a [`Cause`].
pub type ForeignError = Box<dyn std::error::Error + Send + Sync>;

/// Why a command did not succeed. The variant decides the exit code, and the exit code decides whether a
/// scheduler may try again. A clone has the same causes.
#[derive(Clone, Debug)]
pub enum Error {
    /// The command line, the configuration, a path or the SQL is wrong; found before any data was read.
    /// Holds every problem found, at least one.
    Invalid(Vec<Problem>),
    /// The data is bad: unreadable, not as declared, a check failed, or a value the SQL cannot compute.
    Data(Box<Problem>),
    /// Storage, memory or network failed; the same run may succeed later.
    Execution(Box<Problem>),
    /// An input is not there yet; the same run succeeds once it is.
    NotYet(Box<Problem>),
    /// Another run holds the lock of the publish location.
    Locked(Box<Problem>),
    /// The run is published, but `latest/` or `history/` does not show it yet.
    NotShown(Box<Problem>),
    /// A signal asked the process to stop; nothing was published.
    Interrupted(Signal),
}

/// The signal that ended a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `SIGINT`, Ctrl-C.
    Interrupt,
    /// `SIGTERM`.
    Terminate,
}

/// One thing that is wrong: what, where, and what to do.
#[derive(Clone, Debug)]
pub struct Problem {
    /// What is wrong: lower case, names in backticks, no full stop.
    pub message: String,
    /// Where, when it has a place in a file that a person wrote.
    pub place: Option<Box<Place>>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The foreign error behind it.
    pub cause: Option<Cause>,
}

/// A place in a text file. Lines and columns count from 1, columns in characters; line 0 means the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Path of the file as the user wrote or would write it.
    pub file: String,
    /// The whole text of the file, to show the line.
    pub text: Arc<str>,
    /// Line, from 1; 0 when only the file is known.
    pub line: usize,
    /// First column of the offending text, from 1.
    pub column: usize,
    /// Characters to underline, at least 1.
    pub length: usize,
}

impl Error {
    /// One configuration problem.
    pub fn invalid(problem: Problem) -> Self {
        Self::Invalid(vec![problem])
    }

    /// Bad data.
    pub fn data(problem: Problem) -> Self {
        Self::Data(Box::new(problem))
    }

    /// Failed storage, memory or network.
    pub fn execution(problem: Problem) -> Self {
        Self::Execution(Box::new(problem))
    }

    /// Published, but not shown.
    pub fn not_shown(problem: Problem) -> Self {
        Self::NotShown(Box::new(problem))
    }

    /// The process exit code of this error.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Execution(_) => 1,
            Self::Invalid(_) => 2,
            Self::Data(_) => 3,
            Self::NotYet(_) => 4,
            Self::Locked(_) => 5,
            Self::NotShown(_) => 6,
            Self::Interrupted(Signal::Interrupt) => 130,
            Self::Interrupted(Signal::Terminate) => 143,
        }
    }

    /// The problems this error is made of; empty for an interruption.
    pub fn problems(&self) -> Vec<&Problem> {
        match self {
            Self::Invalid(problems) => problems.iter().collect(),
            Self::Data(problem)
            | Self::Execution(problem)
            | Self::NotYet(problem)
            | Self::Locked(problem)
            | Self::NotShown(problem) => {
                vec![problem]
            }
            Self::Interrupted(_) => Vec::new(),
        }
    }

    /// The error as a person reads it on a terminal, with the lines it is about.
    pub fn render(&self, style: RenderStyle) -> String {
        let problems = self.problems();
        if problems.is_empty() {
            return format!("error: {self}");
        }
        let rendered: Vec<String> = problems.iter().map(|problem| problem.render(style)).collect();
        let mut text = rendered.join("\n\n");
        if problems.len() > 1 {
            text.push_str(&format!("\n\n{} problems found", problems.len()));
        }
        text
    }
}

/// Whether a rendered error carries terminal colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RenderStyle {
    /// ANSI colours.
    Coloured,
    /// Plain text.
    Plain,
}

impl RenderStyle {
    fn renderer(self) -> Renderer {
        match self {
            Self::Coloured => Renderer::styled(),
            Self::Plain => Renderer::plain(),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted(_) => f.write_str("interrupted; nothing was published"),
            _ => {
                for (index, problem) in self.problems().into_iter().enumerate() {
                    if index > 0 {
                        f.write_str("; ")?;
                    }
                    write!(f, "{problem}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.problems().into_iter().find_map(|problem| problem.cause.as_deref().map(|cause| cause as _))
    }
}

impl Problem {
    /// A problem with a message and nothing else yet.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, hint: None, cause: None }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(Box::new(place));
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Keeps the foreign error behind it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<ForeignError>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// The error behind it and the errors behind that one, outermost first, as one text; a text that its predecessor
    /// already contains is left out. Empty when there is no cause.
    pub fn cause_chain(&self) -> String {
        let first = self.cause.as_deref().map(|cause| cause as &(dyn std::error::Error + 'static));
        let mut texts: Vec<String> = Vec::new();
        for error in std::iter::successors(first, |error| error.source()) {
            let text = error.to_string();
            if texts.last().is_none_or(|previous| !previous.contains(&text)) {
                texts.push(text);
            }
        }
        texts.join(": ")
    }

    fn render(&self, style: RenderStyle) -> String {
        let Some(place) = self.place.as_deref().filter(|place| place.line > 0) else {
            return self.render_without_lines(style);
        };
        let snippet = Snippet::source(place.text.as_ref())
            .path(place.file.as_str())
            .annotation(AnnotationKind::Primary.span(place.byte_range()));
        let mut group = Group::with_title(Level::ERROR.primary_title(self.message.as_str())).element(snippet);
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.with_name("hint").message(hint.as_str()));
        }
        style.renderer().render(&[group])
    }

    /// There is no line to show, so the message stands without a frame.
    fn render_without_lines(&self, style: RenderStyle) -> String {
        let title = Group::with_title(Level::ERROR.primary_title(self.message.as_str()));
        let mut text = style.renderer().render(&[title]);
        if let Some(place) = &self.place {
            text.push_str(&format!("\n  in {}", place.file));
        }
        if let Some(hint) = &self.hint {
            text.push_str(&format!("\n  hint: {hint}"));
        }
        text
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, " (hint: {hint})")?;
        }
        Ok(())
    }
}

impl Place {
    /// A place in `text`, the contents of `file`.
    pub fn new(file: impl Into<String>, text: Arc<str>, line: usize, column: usize) -> Self {
        Self { file: file.into(), text, line, column, length: 1 }
    }

    /// A file as a whole.
    pub fn file(file: impl Into<String>) -> Self {
        Self::new(file, Arc::from(""), 0, 0)
    }

    /// Underlines `length` characters.
    #[must_use]
    pub fn length(mut self, length: usize) -> Self {
        self.length = length.max(1);
        self
    }

    fn byte_range(&self) -> std::ops::Range<usize> {
        let line_start: usize = self.text.split_inclusive('\n').take(self.line.saturating_sub(1)).map(str::len).sum();
        let line = self.text[line_start..].lines().next().unwrap_or_default();
        let byte_of = |characters: usize| line.char_indices().nth(characters).map_or(line.len(), |(offset, _)| offset);
        let first = self.column.saturating_sub(1);
        let (start, end) = (byte_of(first), byte_of(first + self.length));
        line_start + start..line_start + end
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        Ok(())
    }
}

/// Why the operating system refused, in plain words.
pub fn io_reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "it does not exist".to_owned(),
        other => other.to_string(),
    }
}

/// The known name nearest to what was written, when it is near enough to be a typing mistake.
pub fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    known
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written.to_lowercase(), &name.to_lowercase()), name))
        .filter(|(distance, name)| *distance <= 1 + name.len().max(written.len()) / 4)
        .min()
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_points_at_its_line_and_column() {
        let text: Arc<str> = Arc::from("name: a\nsuorces: {}\n");
        let place = Place::new("p.yml", text, 2, 1).length(7);
        let error = Error::invalid(Problem::new("unknown key `suorces`").at(place).hint("did you mean `sources`?"));
        let shown = error.render(RenderStyle::Plain);
        assert!(shown.contains("p.yml:2:1"), "{shown}");
        assert!(shown.contains("2 | suorces: {}"), "{shown}");
        assert!(shown.contains("^^^^^^^"), "{shown}");
        assert!(shown.contains("hint: did you mean `sources`?"), "{shown}");
        assert_eq!(error.exit_code(), 2);
    }

    /// An error with a cause, as foreign libraries have them.
    #[derive(Debug)]
    struct Outer(std::io::Error);

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("the request failed")
        }
    }

    impl std::error::Error for Outer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&self.0)
        }
    }

    #[test]
    fn a_clone_of_an_error_has_the_same_cause() {
        let reset = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "the peer hung up");
        let error = Error::execution(Problem::new("cannot read `a`").caused_by(Outer(reset)));
        let clone = error.clone();
        drop(error);
        let cause = std::error::Error::source(&clone).unwrap();
        assert_eq!(cause.downcast_ref::<Outer>().unwrap().0.kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(clone.to_string(), "cannot read `a`");
        assert_eq!(clone.problems()[0].cause_chain(), "the request failed: the peer hung up");
    }

    #[test]
    fn near_misses_are_suggested_and_far_ones_are_not() {
        assert_eq!(did_you_mean("suorces", ["sources", "queries"]).as_deref(), Some("did you mean `sources`?"));
        assert_eq!(did_you_mean("banana", ["sources", "queries"]), None);
    }
}
