//! A key that will not print.

/// A secret text. `Debug` shows nothing of it and there is no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// Returns the text, to be put into a header and nowhere else.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Tells whether `other` is the same, in a time that does not depend on where they differ.
    pub fn is(&self, other: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), other.as_bytes());
        let differences = own.iter().zip(other).fold(0u8, |all, (a, b)| all | (a ^ b));
        own.len() == other.len() && differences == 0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_does_not_print() {
        let shown = format!("{:?}", Secret::new("hcaik_01".into()));
        assert!(!shown.contains("hcaik"), "{shown}");
    }

    #[test]
    fn a_secret_is_only_itself() {
        let secret = Secret::new("abc".into());
        assert!(secret.is("abc"));
        assert!(!secret.is("abd") && !secret.is("ab") && !secret.is("abcd") && !secret.is(""));
    }
}
