//! Why a method has no result.

/// Why there is no result; the code stands in the field `reason` of a fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There are no complete rows.
    NoRows,
    /// There are too few rows for the number of parameters.
    TooFewRows,
    /// A column that must vary has one value only.
    Constant,
    /// An infinity or a NaN is among the values, or a result would be one.
    NotFinite,
    /// A column is a linear combination of others.
    Collinear,
    /// The method did not converge within its limit of iterations.
    NotConverged,
    /// A weight is negative, or none is positive.
    BadWeights,
    /// There are more columns than the method can handle.
    TooManyColumns,
    /// The classes can be told apart perfectly, so that the likelihood has no maximum.
    Separated,
    /// A latent variable has no path.
    Disconnected,
    /// An argument is outside its range.
    OutOfRange,
    /// The data do not determine the parameters: the likelihood is flat, or grows towards their edge.
    NotIdentified,
    /// No customer has bought again, or none was observed for any time.
    NoRepeats,
    /// No choice set offers two alternatives of which one was chosen.
    NoChoices,
    /// No weights within the bound meet the margins.
    TrimTooTight,
}

impl Failure {
    /// The code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoRows => "no_rows",
            Self::TooFewRows => "too_few_rows",
            Self::Constant => "constant",
            Self::NotFinite => "not_finite",
            Self::Collinear => "collinear",
            Self::NotConverged => "not_converged",
            Self::BadWeights => "bad_weights",
            Self::TooManyColumns => "too_many_columns",
            Self::Separated => "separated",
            Self::Disconnected => "latent_without_path",
            Self::OutOfRange => "out_of_range",
            Self::NotIdentified => "not_identified",
            Self::NoRepeats => "no_repeats",
            Self::NoChoices => "no_choices",
            Self::TrimTooTight => "trim_too_tight",
        }
    }
}
