//! Says when the other side of a lens is away, when it is back, and when something is lost.

use std::time::Duration;

use super::telemetry::Console;

// How often the lenses are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// How a lens is doing.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Whether its other side takes nothing at the moment.
    pub is_away: bool,
    /// How many things its other side turned away for good.
    pub refused: u64,
    /// How many things are lost.
    pub dropped: u64,
    /// The last thing that went wrong.
    pub trouble: Option<String>,
}

/// A lens that is looked at.
pub struct Lens {
    /// What it is of, in the plural: `spans`.
    pub name: &'static str,
    /// Returns how it is doing.
    pub state: Box<dyn Fn() -> State + Send>,
}

/// Tells `note` of every change, until it is aborted.
pub async fn watch(lenses: Vec<Lens>, note: Console) {
    let mut known: Vec<State> = lenses.iter().map(|_| State::default()).collect();
    loop {
        tokio::time::sleep(EVERY).await;
        for (lens, before) in lenses.iter().zip(&mut known) {
            let now = (lens.state)();
            for line in changes(lens.name, before, &now) {
                note(&line);
            }
            *before = now;
        }
    }
}

fn changes(name: &str, before: &State, now: &State) -> Vec<String> {
    let why = now.trouble.as_deref().unwrap_or("nobody said why");
    let mut lines = Vec::new();
    if now.is_away && !before.is_away {
        lines.push(format!("{name} wait on disk: {why}"));
    }
    if before.is_away && !now.is_away {
        lines.push(format!("{name} go again, what waited first"));
    }
    if now.refused > 0 && before.refused == 0 {
        lines.push(format!("warning: some {name} are refused for good: {why}"));
    }
    if now.dropped > 0 && before.dropped == 0 {
        lines.push(format!("warning: some {name} are lost: {why}"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_told_once_and_what_goes_on_is_not() {
        let well = State::default();
        let away = State {
            is_away: true,
            trouble: Some("nobody is there".to_string()),
            ..State::default()
        };
        let lossy = State {
            is_away: true,
            refused: 1,
            dropped: 2,
            trouble: Some("full".to_string()),
        };
        assert_eq!(
            changes("spans", &well, &away),
            ["spans wait on disk: nobody is there"]
        );
        assert_eq!(changes("spans", &away, &away), Vec::<String>::new());
        assert_eq!(
            changes("spans", &away, &lossy),
            [
                "warning: some spans are refused for good: full",
                "warning: some spans are lost: full"
            ]
        );
        let more = State {
            refused: 5,
            ..lossy.clone()
        };
        assert_eq!(changes("spans", &lossy, &more), Vec::<String>::new());
        assert_eq!(
            changes("spans", &away, &well),
            ["spans go again, what waited first"]
        );
    }
}
