//! Why a text is no filter pattern: the service's words, and ours with the place and the right form.

/// The most characters of a pattern. Source: FilterLogEvents, `filterPattern`.
pub const PATTERN_MAX_CHARS: usize = 1024;

/// What a pattern is for; the service words some refusals by it. Recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternUse {
    /// FilterLogEvents and StartLiveTail.
    Events,
    /// TestMetricFilter.
    MetricFilter,
}

/// Why a text is no pattern, and where. Its text is that of FilterLogEvents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternError {
    /// What the service refuses.
    pub refused: RefusedPattern,
    /// The first character that is wrong, counted from 0.
    pub at: usize,
    /// How many characters are wrong, at least one.
    pub length: usize,
    /// What is wrong, in our words.
    pub why: String,
    /// The right form, if it can be told.
    pub hint: Option<String>,
}

/// The refusals that the service tells apart. Texts are recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefusedPattern {
    /// Longer than [`PATTERN_MAX_CHARS`].
    TooLong,
    /// A piece that is no word of the language.
    Term(String),
    /// `IS NOT`, which the operations refuse with different texts.
    IsNot,
    /// Words in an order that means nothing.
    Form,
    /// Two fields of a space-delimited pattern have one name.
    DuplicateField(String),
    /// More than one wildcard in one selector.
    WildcardsInSelector,
    /// More than three selectors with a wildcard.
    WildcardSelectors,
    /// More than two regular expressions.
    Regexes,
    /// Its characters are allowed, but it is no regular expression.
    Regex,
}

impl PatternError {
    /// Returns the service's text.
    pub fn text(&self, purpose: PatternUse) -> String {
        let invalid = match purpose {
            PatternUse::Events => "Invalid filter pattern",
            PatternUse::MetricFilter => "Invalid metric filter pattern",
        };
        match (&self.refused, purpose) {
            (RefusedPattern::Term(term), _) => format!("Invalid character(s) in term '{term}'"),
            (RefusedPattern::IsNot, PatternUse::MetricFilter) => {
                "Invalid character(s) in term 'NOT'".to_string()
            }
            (RefusedPattern::Form | RefusedPattern::IsNot, _) => invalid.to_string(),
            (RefusedPattern::DuplicateField(name), _) => format!("Duplicate field '{name}'"),
            (RefusedPattern::WildcardsInSelector, _) => {
                "Your filter pattern has a JSON path selector that exceeds the maximum of 1 wildcard allowed per json selector.".to_string()
            }
            (RefusedPattern::WildcardSelectors, _) => {
                "Your input has exceeded the maximum of 3 JSON wildcard selectors allowed per filter pattern.".to_string()
            }
            (RefusedPattern::Regexes, _) => {
                "Your input has exceeded the maximum of 2 regular expressions per filter pattern.".to_string()
            }
            (RefusedPattern::Regex, _) => "Failed to compile regular expression.".to_string(),
            (RefusedPattern::TooLong, _) => {
                format!("{invalid}: it is longer than {PATTERN_MAX_CHARS} characters")
            }
        }
    }

    /// Adds the right form.
    pub fn with_hint(mut self, hint: impl Into<String>) -> PatternError {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for PatternError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text(PatternUse::Events))
    }
}

impl std::error::Error for PatternError {}

/// Something that a pattern may mean otherwise than its author thinks, or that AWS has not documented.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatternWarning {
    /// The first character that it is about, counted from 0.
    pub at: usize,
    /// How many characters it is about.
    pub length: usize,
    /// A sentence without a full stop.
    pub text: String,
}
