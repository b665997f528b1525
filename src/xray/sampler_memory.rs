//! Which rule decided about requests that came before, so that asking all rules again can be spared.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};

use foldhash::fast::RandomState;

use crate::model::sampling::SamplingRequest;

/// Remembers answers; shared between threads without a lock, and never larger than at first.
///
/// A request is known by its hash alone, whose key is chosen anew in each memory: two requests of which one
/// is taken for the other differ in fewer than 2^-60 of all cases, and then a request is counted for another
/// rule. A newer request takes the place of an older one.
pub struct Memory {
    slots: Box<[AtomicU64]>,
    hashes: RandomState,
}

/// Eight kilobytes: more than the routes of a service, fewer than its paths may be.
const SLOTS: usize = 1024;
/// The low bits of a slot have the answer and one; 0 is an empty slot.
const ANSWER: u64 = (1 << 12) - 1;

impl Default for Memory {
    fn default() -> Memory {
        Memory {
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            hashes: RandomState::default(),
        }
    }
}

impl Memory {
    /// Returns what is remembered of `request`, or asks `answer` and remembers that.
    pub fn recall(&self, request: &SamplingRequest<'_>, answer: impl FnOnce() -> usize) -> usize {
        let hash = self.hash(request);
        let Some(slot) = self.slots.get(hash as usize % SLOTS) else {
            return answer();
        };
        let known = slot.load(Ordering::Relaxed);
        if known & ANSWER != 0 && (known ^ hash) & !ANSWER == 0 {
            return (known & ANSWER) as usize - 1;
        }
        let answer = answer();
        let kept = answer as u64 + 1;
        // What does not fit is asked for each time.
        if kept <= ANSWER {
            slot.store(hash & !ANSWER | kept, Ordering::Relaxed);
        }
        answer
    }

    fn hash(&self, request: &SamplingRequest<'_>) -> u64 {
        let mut hasher = self.hashes.build_hasher();
        for text in [
            request.service_name,
            request.service_type,
            request.host,
            request.http_method,
            request.url_path,
        ] {
            hasher.write(text.as_bytes());
            // So that the end of one text is not the beginning of the next; no text has this byte.
            hasher.write_u8(0xff);
        }
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(url_path: &str) -> SamplingRequest<'_> {
        SamplingRequest {
            service_name: "backend-flask",
            service_type: "",
            host: "127.0.0.1:4567",
            http_method: "GET",
            url_path,
        }
    }

    #[test]
    fn an_answer_is_asked_for_once_and_a_large_one_each_time() {
        let memory = Memory::default();
        for (path, answer, n_asked) in [("/a", 0, 1), ("/b", 4_094, 1), ("/c", 4_095, 3)] {
            let mut n = 0;
            for _ in 0..3 {
                let ask = || {
                    n += 1;
                    answer
                };
                assert_eq!(memory.recall(&request(path), ask), answer);
            }
            assert_eq!(n, n_asked, "{path}");
        }
    }

    #[test]
    fn every_field_counts_and_so_does_where_it_ends() {
        let memory = Memory::default();
        let usual = request("/a");
        let others = [
            request("/b"),
            SamplingRequest {
                service_name: "x",
                ..usual
            },
            SamplingRequest {
                service_type: "x",
                ..usual
            },
            SamplingRequest { host: "x", ..usual },
            SamplingRequest {
                http_method: "PUT",
                ..usual
            },
            SamplingRequest {
                http_method: "GET/",
                url_path: "a",
                ..usual
            },
        ];
        assert_eq!(memory.recall(&usual, || 7), 7);
        for other in others {
            assert_eq!(memory.recall(&other, || 8), 8, "{other:?}");
        }
    }

    #[test]
    fn very_many_requests_get_their_own_answers() {
        let memory = Memory::default();
        for round in 0..2 {
            for number in 0..20_000 {
                let path = number.to_string();
                let answer = number % 100;
                assert_eq!(memory.recall(&request(&path), || answer), answer, "{round}");
            }
        }
    }
}
