//! What a set-up or its undoing would change: one plan for groups, sampling rules and log groups alike.
//!
//! What cruddurctl makes, it tags with [`OWNER_KEY`]. What exists without that tag was made by
//! somebody else and is never changed or deleted, unless [`Claim`] says that it may be.

use super::wanted::Tags;

/// The key of the tag by which we know what we made.
pub const OWNER_KEY: &str = "managed-by";
/// The value of that tag.
pub const OWNER_VALUE: &str = "cruddurctl";

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An X-Ray group.
    Group,
    /// An X-Ray sampling rule.
    Rule,
    /// A CloudWatch Logs group.
    LogGroup,
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Kind::Group => "X-Ray group",
            Kind::Rule => "sampling rule",
            Kind::LogGroup => "log group",
        })
    }
}

/// Whose a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// Ours to change: it has our tag, is about to be made, or is on the user's own stack.
    Us,
    /// It lacks our tag.
    SomebodyElse,
    /// Its tags cannot be read, so it is treated as somebody else's.
    Unknown {
        /// Why they cannot be read.
        reason: String,
    },
}

impl Owner {
    /// Returns whose a resource is by its tags.
    pub fn by(tags: &Tags) -> Owner {
        match tags.get(OWNER_KEY) {
            Some(value) if value == OWNER_VALUE => Owner::Us,
            _ => Owner::SomebodyElse,
        }
    }
}

/// What may be done with resources that lack our tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// Nothing: only what is tagged is ours.
    Tagged,
    /// They are tagged, and are ours from then on.
    Adopt,
    /// Everything: the stack is the user's own.
    Everything,
}

impl Claim {
    /// Tells whether a resource of `owner` may be changed.
    pub fn covers(self, owner: &Owner) -> bool {
        *owner == Owner::Us || self != Claim::Tagged
    }
}

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

/// A field in snake case and its value as text.
pub type Field = (&'static str, String);

/// What happens to one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// It is missing and will be made with these fields.
    Create(Vec<Field>),
    /// It is there and these fields differ; never empty.
    Update(Vec<FieldChange>),
    /// It is there and will be taken away.
    Delete,
    /// It is there and is as it should be.
    Unchanged,
    /// It is somebody else's, so it is left alone, though these fields differ or it was to go.
    NotOurs(Vec<FieldChange>),
    /// It was to be taken away and is not there.
    Missing,
}

/// One resource and what happens to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What kind of thing.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub owner: Owner,
    /// What happens.
    pub action: Action,
    /// What is there now; empty if nothing is.
    pub present: Vec<Field>,
    /// What differs and cannot be changed by anybody.
    pub fixed: Vec<FieldChange>,
}

/// How a resource is, compared with how it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Ok,
    /// Something differs.
    Differs,
    /// It is not there.
    Missing,
    /// Something differs, and it is not ours to change.
    NotOurs,
}

impl State {
    /// Returns the state in a word or two.
    pub fn words(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::Differs => "differs",
            State::Missing => "missing",
            State::NotOurs => "not ours",
        }
    }
}

impl Step {
    /// Returns the step that makes what is missing.
    pub fn create(kind: Kind, name: &str, fields: Vec<Field>) -> Step {
        Step {
            kind,
            name: name.to_string(),
            owner: Owner::Us,
            action: Action::Create(fields),
            present: Vec::new(),
            fixed: Vec::new(),
        }
    }

    /// Returns the step that brings what is there to what is wanted, if `claim` allows it.
    pub fn bring(
        kind: Kind,
        name: &str,
        owner: Owner,
        claim: Claim,
        present: Vec<Field>,
        mut changes: Vec<FieldChange>,
    ) -> Step {
        // Taking over is a change of its own, even of what is just as wanted.
        if claim == Claim::Adopt && owner != Owner::Us {
            changes.push(FieldChange {
                field: "owner",
                from: None,
                to: Some(format!("{OWNER_KEY}={OWNER_VALUE}")),
            });
        }
        let action = match (changes.is_empty(), claim.covers(&owner)) {
            (true, _) => Action::Unchanged,
            (false, true) => Action::Update(changes),
            (false, false) => Action::NotOurs(changes),
        };
        Step {
            kind,
            name: name.to_string(),
            owner,
            action,
            present,
            fixed: Vec::new(),
        }
    }

    /// Returns the step that takes away what is there, if `claim` allows it; `present` is `None` if
    /// nothing is there.
    pub fn delete(
        kind: Kind,
        name: &str,
        owner: Owner,
        claim: Claim,
        present: Option<Vec<Field>>,
    ) -> Step {
        let action = match &present {
            None => Action::Missing,
            Some(_) if claim.covers(&owner) => Action::Delete,
            Some(_) => Action::NotOurs(Vec::new()),
        };
        Step {
            kind,
            name: name.to_string(),
            owner,
            action,
            present: present.unwrap_or_default(),
            fixed: Vec::new(),
        }
    }

    /// Returns how the resource is, in a plan that sets up.
    pub fn state(&self) -> State {
        match &self.action {
            Action::Create(_) | Action::Missing => State::Missing,
            Action::NotOurs(_) => State::NotOurs,
            Action::Update(_) | Action::Delete => State::Differs,
            Action::Unchanged if self.fixed.is_empty() => State::Ok,
            Action::Unchanged => State::Differs,
        }
    }
}

/// How many steps of each kind a plan has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Will be made.
    pub created: usize,
    /// Will be changed.
    pub updated: usize,
    /// Will be taken away.
    pub deleted: usize,
    /// Are somebody else's and should be otherwise.
    pub not_ours: usize,
}

/// Everything that would be done, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The resources, in the order in which they are applied.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Tells whether there is nothing to do, and nothing that somebody else would have to do.
    pub fn is_unchanged(&self) -> bool {
        self.counts() == Counts::default()
    }

    /// Counts the steps that change something, and those that would if they were ours.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for step in &self.steps {
            match &step.action {
                Action::Create(_) => counts.created += 1,
                Action::Update(_) => counts.updated += 1,
                Action::Delete => counts.deleted += 1,
                Action::NotOurs(_) => counts.not_ours += 1,
                Action::Unchanged | Action::Missing => {}
            }
        }
        counts
    }
}

/// Returns the change that brings `present` to have all of `wanted`; other tags are left alone.
pub fn tag_change(present: &Tags, wanted: &Tags) -> Option<FieldChange> {
    let differs = |(key, value): &(&String, &String)| present.get(*key) != Some(*value);
    let missing: Vec<(&String, &String)> = wanted.iter().filter(differs).collect();
    if missing.is_empty() {
        return None;
    }
    let before: Vec<String> = missing
        .iter()
        .filter_map(|(key, _)| Some(format!("{key}={}", present.get(*key)?)))
        .collect();
    let after: Vec<String> = missing
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    Some(FieldChange {
        field: "tags",
        from: Some(before.join(",")).filter(|text| !text.is_empty()),
        to: Some(after.join(",")),
    })
}

/// Returns tags as text, sorted: `a=1,b=2`.
pub fn tags_text(tags: &Tags) -> String {
    let pairs: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(",")
}

/// Returns the tags of the user together with ours.
pub fn owned(tags: &Tags) -> Tags {
    let mut tags = tags.clone();
    tags.insert(OWNER_KEY.to_string(), OWNER_VALUE.to_string());
    tags
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change() -> FieldChange {
        FieldChange {
            field: "host",
            from: Some("*".to_string()),
            to: Some("x".to_string()),
        }
    }

    fn tags(pairs: &[(&str, &str)]) -> Tags {
        let owned = |(key, value): &(&str, &str)| (key.to_string(), value.to_string());
        pairs.iter().map(owned).collect()
    }

    fn unknown() -> Owner {
        Owner::Unknown {
            reason: "denied".to_string(),
        }
    }

    fn brought(owner: Owner, claim: Claim, changes: Vec<FieldChange>) -> Action {
        Step::bring(Kind::Rule, "a", owner, claim, Vec::new(), changes).action
    }

    #[test]
    fn what_is_not_ours_is_changed_only_by_adoption_or_on_the_users_own_stack() {
        let differs = || vec![change()];
        for owner in [Owner::SomebodyElse, unknown()] {
            let action = brought(owner.clone(), Claim::Tagged, differs());
            assert_eq!(action, Action::NotOurs(differs()));
            assert_eq!(
                brought(owner.clone(), Claim::Everything, differs()),
                Action::Update(differs())
            );
            let Action::Update(changes) = brought(owner.clone(), Claim::Adopt, differs()) else {
                unreachable!()
            };
            assert_eq!(changes[1].to.as_deref(), Some("managed-by=cruddurctl"));
            assert_eq!(brought(owner, Claim::Tagged, Vec::new()), Action::Unchanged);
        }
        assert_eq!(
            brought(Owner::Us, Claim::Tagged, differs()),
            Action::Update(differs())
        );
    }

    #[test]
    fn adopting_what_is_just_as_wanted_is_a_change_and_adopting_ones_own_is_none() {
        let action = brought(Owner::SomebodyElse, Claim::Adopt, Vec::new());
        assert!(matches!(action, Action::Update(changes) if changes.len() == 1));
        let action = brought(Owner::Us, Claim::Adopt, Vec::new());
        assert_eq!(action, Action::Unchanged);
    }

    #[test]
    fn what_is_not_ours_is_not_deleted_and_what_is_missing_is_no_work() {
        let step = |owner, claim, present| Step::delete(Kind::Group, "a", owner, claim, present);
        let there = || Some(Vec::new());
        for (owner, claim, present, action) in [
            (Owner::Us, Claim::Tagged, there(), Action::Delete),
            (unknown(), Claim::Tagged, there(), Action::NotOurs(vec![])),
            (unknown(), Claim::Everything, there(), Action::Delete),
            (Owner::Us, Claim::Tagged, None, Action::Missing),
        ] {
            assert_eq!(step(owner, claim, present).action, action);
        }
    }

    #[test]
    fn only_tags_that_are_wanted_are_compared() {
        let present = tags(&[("a", "1"), ("b", "2")]);
        assert_eq!(tag_change(&present, &tags(&[("a", "1")])), None);
        let change = tag_change(&present, &tags(&[("a", "9"), ("c", "3")])).unwrap();
        assert_eq!(change.from.as_deref(), Some("a=1"));
        assert_eq!(change.to.as_deref(), Some("a=9,c=3"));
        assert_eq!(
            tag_change(&present, &tags(&[("c", "3")])).unwrap().from,
            None
        );
    }

    #[test]
    fn a_tag_of_another_tool_is_somebody_elses() {
        assert_eq!(
            Owner::by(&tags(&[("managed-by", "terraform")])),
            Owner::SomebodyElse
        );
        assert_eq!(Owner::by(&owned(&Tags::new())), Owner::Us);
    }
}
