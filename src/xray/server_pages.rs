//! Lists that come in pages.
//!
//! A token names the list and the last element of its page, so it stays valid while other elements
//! come and go, and every walk ends.

use super::server_errors::XRayError;

/// A list that is given out in pages.
#[derive(Debug, Clone, Copy)]
pub struct Pages {
    /// Begins each of its tokens, so that a token of another list is refused.
    pub name: &'static str,
    /// Elements on a page, at least one.
    pub size: usize,
}

/// Some elements, and where they end if others follow.
#[derive(Debug, PartialEq)]
pub struct Page<T> {
    /// The elements of the page.
    pub items: Vec<T>,
    /// Leads to the next page; `None` on the last, as an empty text would make clients go on.
    pub next_token: Option<String>,
}

impl Pages {
    /// Returns the page that `token` leads to, or the first one.
    ///
    /// `items` is the whole list, ascending by `key`, which is unique.
    ///
    /// # Errors
    /// `NextToken` if the token is not one of this list.
    pub fn turn<T>(
        self,
        token: Option<&str>,
        mut items: Vec<T>,
        key: impl Fn(&T) -> String,
    ) -> Result<Page<T>, XRayError> {
        if let Some(token) = token {
            let rest = token.strip_prefix(self.name);
            let after = rest
                .and_then(|rest| rest.strip_prefix('.'))
                .ok_or(XRayError::NextToken)?;
            items.retain(|item| key(item).as_str() > after);
        }
        let has_more = items.len() > self.size;
        items.truncate(self.size);
        let last = items.last().filter(|_| has_more);
        let next_token = last.map(|last| format!("{}.{}", self.name, key(last)));
        Ok(Page { items, next_token })
    }
}

/// Refuses every token of a list that fits on one page, because none was given out.
///
/// # Errors
/// `NextToken` if there is one.
pub fn only_page(token: Option<&str>) -> Result<(), XRayError> {
    match token {
        Some(_) => Err(XRayError::NextToken),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Pages = Pages {
        name: "names",
        size: 3,
    };

    fn walk(mut items: Vec<String>, gone_after_one_page: &str) -> Vec<String> {
        let mut seen = Vec::new();
        let mut token = None;
        loop {
            let page = NAMES.turn(token.as_deref(), items.clone(), String::clone);
            let page = page.unwrap();
            seen.extend(page.items);
            items.retain(|item| item != gone_after_one_page);
            token = page.next_token;
            if token.is_none() {
                return seen;
            }
        }
    }

    #[test]
    fn every_walk_ends_and_sees_each_element_once() {
        for number in 0..12 {
            let items: Vec<String> = (0..number).map(|i| format!("{i:02}")).collect();
            assert_eq!(walk(items.clone(), ""), items);
            // The element that the token names may go away meanwhile.
            assert_eq!(walk(items.clone(), "02"), items);
        }
    }

    #[test]
    fn a_token_of_another_list_is_refused() {
        for token in ["", "names", "rules.a", "namesa"] {
            let page = NAMES.turn(Some(token), vec!["a".to_string()], String::clone);
            assert!(matches!(page, Err(XRayError::NextToken)), "{token}");
        }
        assert!(only_page(Some("")).is_err());
        assert!(only_page(None).is_ok());
    }
}
