//! Where the services of a graph are drawn: in layers from callers to called ones, so that lines cross
//! seldom.
//!
//! Source: K. Sugiyama, S. Tagawa and M. Toda, "Methods for visual understanding of hierarchical system
//! structures", 1981; barycentres for the order inside of a layer.

/// Between one layer and the next, and between two places of a layer.
pub const STEP: (f64, f64) = (236.0, 138.0);
/// The height that a line takes which only passes a layer.
const PASSING: f64 = 58.0;
/// How often layers are put in order after their neighbours, there and back.
const SWEEPS: usize = 12;

/// A graph laid out.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layout {
    /// The middle of each service.
    pub places: Vec<(f64, f64)>,
    /// A line for each call that goes on to a later layer.
    pub lines: Vec<Line>,
    /// Calls that go back to their own layer or an earlier one, by their place among all calls.
    pub back: Vec<usize>,
    /// Width and height that the middles need.
    pub size: (f64, f64),
}

/// The way of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its place among all calls.
    pub call: usize,
    /// Through which middles it goes, the ends included.
    pub points: Vec<(f64, f64)>,
}

/// Lays out `n` services; `calls` are pairs of caller and called.
pub fn layout(n: usize, calls: &[(usize, usize)]) -> Layout {
    let forward = forward(n, calls);
    let layers = layers(n, calls, &forward);
    let mut net = Net::new(n, &layers);
    let mut ways: Vec<(usize, Vec<usize>)> = Vec::new();
    for (call, (from, to)) in calls.iter().enumerate() {
        if forward.get(call) == Some(&true) {
            ways.push((call, net.connect(*from, *to)));
        }
    }
    net.order();
    let heights = net.heights();
    let point = |knot: usize| {
        let layer = net.layer_of.get(knot).copied().unwrap_or(0);
        let y = heights.get(knot).copied().unwrap_or(0.0);
        (layer as f64 * STEP.0, y)
    };
    let last_layer = net.layers.len().saturating_sub(1);
    Layout {
        places: (0..n).map(point).collect(),
        lines: ways
            .into_iter()
            .map(|(call, knots)| Line {
                call,
                points: knots.into_iter().map(point).collect(),
            })
            .collect(),
        back: (0..calls.len())
            .filter(|call| forward.get(*call) != Some(&true))
            .collect(),
        size: (
            last_layer as f64 * STEP.0,
            heights.iter().copied().fold(0.0, f64::max),
        ),
    }
}

/// Returns which calls do not close a circle.
fn forward(n: usize, calls: &[(usize, usize)]) -> Vec<bool> {
    let mut from: Vec<Vec<usize>> = vec![Vec::new(); n];
    let mut is_called = vec![false; n];
    for (call, (caller, called)) in calls.iter().enumerate() {
        if let (Some(of_caller), Some(is_called)) =
            (from.get_mut(*caller), is_called.get_mut(*called))
        {
            of_caller.push(call);
            *is_called |= caller != called;
        }
    }
    let mut forward = vec![true; calls.len()];
    // Not seen, on the way, done.
    let mut states = vec![0u8; n];
    let tops = (0..n).filter(|idx| is_called.get(*idx) == Some(&false));
    for top in tops.chain(0..n) {
        if states.get(top) != Some(&0) {
            continue;
        }
        let mut way = vec![(top, 0)];
        if let Some(state) = states.get_mut(top) {
            *state = 1;
        }
        while let Some((service, next)) = way.last_mut() {
            let call = from.get(*service).and_then(|calls| calls.get(*next));
            let Some(&call) = call else {
                if let Some(state) = states.get_mut(*service) {
                    *state = 2;
                }
                way.pop();
                continue;
            };
            *next += 1;
            let Some(&(_, called)) = calls.get(call) else {
                continue;
            };
            match (states.get_mut(called), forward.get_mut(call)) {
                (Some(state @ 0), _) => {
                    *state = 1;
                    way.push((called, 0));
                }
                (Some(1), Some(forward)) => *forward = false,
                _ => {}
            }
        }
    }
    forward
}

/// Returns the layer of each service: one more than its latest caller's.
fn layers(n: usize, calls: &[(usize, usize)], forward: &[bool]) -> Vec<usize> {
    let calls = || {
        let calls = calls.iter().zip(forward);
        calls
            .filter(|(_, is_forward)| **is_forward)
            .map(|(call, _)| *call)
    };
    let mut n_callers = vec![0usize; n];
    for (_, to) in calls() {
        if let Some(n_callers) = n_callers.get_mut(to) {
            *n_callers += 1;
        }
    }
    let mut layers = vec![0usize; n];
    let mut ready: Vec<usize> = (0..n)
        .filter(|idx| n_callers.get(*idx) == Some(&0))
        .collect();
    while let Some(service) = ready.pop() {
        let layer = layers.get(service).copied().unwrap_or(0);
        for (_, to) in calls().filter(|(from, _)| *from == service) {
            if let (Some(of_called), Some(left)) = (layers.get_mut(to), n_callers.get_mut(to)) {
                *of_called = (*of_called).max(layer + 1);
                *left -= 1;
                if *left == 0 {
                    ready.push(to);
                }
            }
        }
    }
    layers
}

/// Services, and knots where lines pass a layer, by layer.
struct Net {
    n_services: usize,
    layer_of: Vec<usize>,
    /// From top to bottom.
    layers: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
    after: Vec<Vec<usize>>,
}

impl Net {
    fn new(n: usize, layers: &[usize]) -> Net {
        let n_layers = layers.iter().max().map_or(0, |last| last + 1);
        let mut by_layer = vec![Vec::new(); n_layers];
        for (service, layer) in layers.iter().enumerate() {
            if let Some(layer) = by_layer.get_mut(*layer) {
                layer.push(service);
            }
        }
        Net {
            n_services: n,
            layer_of: layers.to_vec(),
            layers: by_layer,
            before: vec![Vec::new(); n],
            after: vec![Vec::new(); n],
        }
    }

    /// Returns the knots from one service to the other, both included.
    fn connect(&mut self, from: usize, to: usize) -> Vec<usize> {
        let layer = |net: &Net, knot: usize| net.layer_of.get(knot).copied().unwrap_or(0);
        let mut knots = vec![from];
        for passed in layer(self, from) + 1..layer(self, to) {
            let knot = self.layer_of.len();
            self.layer_of.push(passed);
            self.before.push(Vec::new());
            self.after.push(Vec::new());
            if let Some(layer) = self.layers.get_mut(passed) {
                layer.push(knot);
            }
            knots.push(knot);
        }
        knots.push(to);
        for pair in knots.windows(2) {
            if let [one, next] = pair {
                if let Some(after) = self.after.get_mut(*one) {
                    after.push(*next);
                }
                if let Some(before) = self.before.get_mut(*next) {
                    before.push(*one);
                }
            }
        }
        knots
    }

    fn order(&mut self) {
        let mut ranks = vec![0.0; self.layer_of.len()];
        self.note_ranks(&mut ranks);
        for sweep in 0..SWEEPS {
            let is_back = sweep % 2 == 1;
            let mut turn: Vec<usize> = (0..self.layers.len()).collect();
            if is_back {
                turn.reverse();
            }
            for layer in turn {
                let neighbours = if is_back { &self.after } else { &self.before };
                let wanted = |knot: &usize| mean(neighbours.get(*knot), &ranks);
                if let Some(knots) = self.layers.get_mut(layer) {
                    // Those without neighbours stay where they are.
                    let own = |knot: &usize| ranks.get(*knot).copied().unwrap_or(0.0);
                    let key = |knot: &usize| wanted(knot).unwrap_or_else(|| own(knot));
                    knots.sort_by(|a, b| key(a).total_cmp(&key(b)));
                }
                self.note_ranks(&mut ranks);
            }
        }
    }

    // From 0 to 1 in each layer, so that layers of different length compare.
    fn note_ranks(&self, ranks: &mut [f64]) {
        for knots in &self.layers {
            for (rank, knot) in knots.iter().enumerate() {
                if let Some(place) = ranks.get_mut(*knot) {
                    *place = (rank as f64 + 0.5) / knots.len() as f64;
                }
            }
        }
    }

    fn room(&self, knot: usize) -> f64 {
        if knot < self.n_services {
            STEP.1
        } else {
            PASSING
        }
    }

    /// Returns how far down each knot stands: near its neighbours, and clear of those above and below.
    fn heights(&self) -> Vec<f64> {
        let mut heights = vec![0.0; self.layer_of.len()];
        for knots in &self.layers {
            self.stack(knots, &vec![0.0; knots.len()], &mut heights);
        }
        for sweep in 0..SWEEPS {
            let is_back = sweep % 2 == 1;
            let mut turn: Vec<&Vec<usize>> = self.layers.iter().collect();
            if is_back {
                turn.reverse();
            }
            let neighbours = if is_back { &self.after } else { &self.before };
            for knots in turn {
                let own = |knot: &usize| heights.get(*knot).copied().unwrap_or(0.0);
                let wanted: Vec<f64> = knots
                    .iter()
                    .map(|knot| mean(neighbours.get(*knot), &heights).unwrap_or_else(|| own(knot)))
                    .collect();
                self.stack(knots, &wanted, &mut heights);
            }
        }
        let top = heights.iter().copied().fold(f64::INFINITY, f64::min);
        heights.iter().map(|height| height - top).collect()
    }

    // Puts the knots of a layer where they want to be, moved apart where they would meet, and as much up
    // as down altogether.
    fn stack(&self, knots: &[usize], wanted: &[f64], heights: &mut [f64]) {
        let mut placed: Vec<f64> = Vec::with_capacity(knots.len());
        let mut least = f64::NEG_INFINITY;
        let mut room_above = 0.0;
        for (knot, wanted) in knots.iter().zip(wanted) {
            let room = self.room(*knot);
            let height = wanted.max(least + (room_above + room) / 2.0);
            placed.push(height);
            least = height;
            room_above = room;
        }
        let moved: f64 = placed
            .iter()
            .zip(wanted)
            .map(|(is, wanted)| is - wanted)
            .sum();
        let shift = moved / knots.len().max(1) as f64;
        for (knot, height) in knots.iter().zip(placed) {
            if let Some(place) = heights.get_mut(*knot) {
                *place = height - shift;
            }
        }
    }
}

fn mean(of: Option<&Vec<usize>>, values: &[f64]) -> Option<f64> {
    let of = of.filter(|of| !of.is_empty())?;
    let sum: f64 = of.iter().filter_map(|knot| values.get(*knot)).sum();
    Some(sum / of.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn called_services_stand_to_the_right_of_their_callers_and_nothing_meets() {
        let calls = [(0, 1), (1, 2), (1, 3), (1, 4), (2, 4), (0, 4), (3, 5)];
        let found = layout(6, &calls);
        assert!(found.back.is_empty());
        for (from, to) in calls {
            assert!(found.places[from].0 < found.places[to].0);
        }
        for (idx, one) in found.places.iter().enumerate() {
            for other in &found.places[idx + 1..] {
                let is_clear = one.0 != other.0 || (one.1 - other.1).abs() >= STEP.1 - 0.01;
                assert!(is_clear, "{one:?} {other:?}");
            }
        }
        // From layer 0 to 3, past two layers.
        let long = found.lines.iter().find(|line| calls[line.call] == (0, 4));
        assert_eq!(long.map(|line| line.points.len()), Some(4));
    }

    #[test]
    fn circles_are_opened_at_one_call_and_nothing_is_lost() {
        let found = layout(3, &[(0, 1), (1, 2), (2, 0), (1, 1)]);
        assert_eq!(found.back, [2, 3]);
        assert_eq!(found.lines.len(), 2);
    }

    #[test]
    fn two_pairs_do_not_cross() {
        let found = layout(4, &[(0, 3), (1, 2)]);
        let is_first_above = found.places[0].1 < found.places[1].1;
        assert_eq!(is_first_above, found.places[3].1 < found.places[2].1);
    }

    #[test]
    fn no_services_need_no_room() {
        assert_eq!(layout(0, &[]).size, (0.0, 0.0));
    }
}
