//! What there is at Honeycomb besides events: whose key one has, datasets, columns, markers.
//!
//! Source for all names: Honeycomb's OpenAPI document.

/// Whom an API key belongs to and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// `configuration` or `ingest`.
    pub kind: String,
    /// The team's name and slug.
    pub team: (String, String),
    /// The environment's name and slug; both empty for a Classic key.
    pub environment: (String, String),
    /// Every permission with whether the key has it, by name: `queries`, `createDatasets`.
    pub permissions: Vec<(String, bool)>,
}

/// A dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    /// What people call it.
    pub name: String,
    /// What the API calls it.
    pub slug: String,
    /// What it is about; may be empty.
    pub description: String,
    /// How many columns it has, if that is known.
    pub n_columns: Option<u64>,
    /// When its newest event came, RFC 3339; `None` if none ever came.
    pub last_written: Option<String>,
}

/// A column of a dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// The name that queries use.
    pub name: String,
    /// `string`, `float`, `integer`, `boolean` or `histogram`.
    pub kind: String,
    /// What it is about; may be empty.
    pub description: String,
    /// Whether it is left out of lists of suggestions.
    pub is_hidden: bool,
    /// When an event last had it, RFC 3339; `None` if none ever had.
    pub last_written: Option<String>,
}

/// A moment or a span of time that a person wants to see on a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// What the API calls it.
    pub id: String,
    /// Its first second, since the epoch.
    pub start: i64,
    /// Its last second; `None` for a moment.
    pub end: Option<i64>,
    /// What kind of thing happened: `deploy`, `load`; may be empty.
    pub kind: String,
    /// What happened; may be empty.
    pub message: String,
    /// Where to read more; may be empty.
    pub url: String,
}
