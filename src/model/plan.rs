//! What a set-up would change: one plan for sampling rule, group and log group alike.

/// One field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// The field in snake case: `reservoir_size`.
    pub field: &'static str,
    /// What is there now, as text; `None` if nothing is.
    pub from: Option<String>,
    /// What the set-up wants, as text; `None` to take it away.
    pub to: Option<String>,
}

/// What happens to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is missing and will be made with these fields (name, value).
    Create(Vec<(&'static str, String)>),
    /// It is there and these fields differ; never empty.
    Update(Vec<FieldChange>),
    /// It is there and is as it should be.
    Unchanged,
}

/// One resource and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What kind of thing: `X-Ray group`, `sampling rule`, `log group`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// What happens.
    pub action: Action,
}

/// Everything a set-up would do, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The resources, in the order in which they are applied.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Tells whether there is nothing to do.
    pub fn is_unchanged(&self) -> bool {
        self.steps
            .iter()
            .all(|step| step.action == Action::Unchanged)
    }

    /// Counts the steps that create and those that update: `(created, updated)`.
    pub fn changes(&self) -> (usize, usize) {
        let count = |wanted: fn(&Action) -> bool| {
            self.steps
                .iter()
                .filter(|step| wanted(&step.action))
                .count()
        };
        (
            count(|action| matches!(action, Action::Create(_))),
            count(|action| matches!(action, Action::Update(_))),
        )
    }
}
