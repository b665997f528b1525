//! What is posted, and how it fails: mended, or as upstream's Python does.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::http::HeaderMap;
use serde_json::Value;

use super::exception::Exception;
use super::flask::{self, Refused, any_json, object};
use super::routes::{Backend, Compat};

/// A JSON body.
pub struct Posted {
    compat: Compat,
    body: Value,
    function: &'static str,
}

impl Posted {
    /// Reads a body for the handler that upstream calls `function`.
    ///
    /// # Errors
    /// If it is not JSON; mended, if it is not an object.
    pub fn read(
        backend: &Backend,
        headers: &HeaderMap,
        body: Result<Bytes, BytesRejection>,
        function: &'static str,
    ) -> Result<Posted, Refused> {
        let compat = backend.compat;
        let body = match compat {
            Compat::Mended => object(headers, body)?,
            Compat::Upstream => any_json(headers, body)?,
        };
        Ok(Posted {
            compat,
            body,
            function,
        })
    }

    /// Returns a field whose length is taken.
    ///
    /// # Errors
    /// Mended, if it is there and is not text. Upstream dies of that, and of a field that is missing.
    pub fn text(&self, name: &str) -> Result<Option<&str>, Refused> {
        if self.compat == Compat::Mended {
            return flask::text(&self.body, name);
        }
        match self.field(name)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            // Their length is taken too.
            Value::Array(items) if items.is_empty() => Ok(Some("")),
            Value::Object(fields) if fields.is_empty() => Ok(Some("")),
            other => Err(self.crash(
                "TypeError",
                format!("object of type '{}' has no len()", python_type(other)),
            )),
        }
    }

    /// Returns a field that is only compared, so that what is not text is like nothing upstream.
    ///
    /// # Errors
    /// As [`Posted::text`], but for upstream's length.
    pub fn word(&self, name: &str) -> Result<Option<&str>, Refused> {
        match self.compat {
            Compat::Mended => flask::text(&self.body, name),
            Compat::Upstream => Ok(self.field(name)?.as_str()),
        }
    }

    // `request.json['name']`
    fn field(&self, name: &str) -> Result<&Value, Refused> {
        match &self.body {
            Value::Object(fields) => fields
                .get(name)
                .ok_or_else(|| self.crash("KeyError", format!("'{name}'"))),
            Value::Array(_) => Err(self.crash(
                "TypeError",
                "list indices must be integers or slices, not str".to_string(),
            )),
            Value::String(_) => {
                Err(self.crash("TypeError", "string indices must be integers".to_string()))
            }
            other => Err(self.crash(
                "TypeError",
                format!("'{}' object is not subscriptable", python_type(other)),
            )),
        }
    }

    fn crash(&self, kind: &'static str, message: String) -> Refused {
        Refused::Crash(Exception {
            kind,
            message,
            place: ("app.py", self.function),
        })
    }
}

/// What upstream dies of when one activity is asked for: the class has another name.
pub fn crash_of_show() -> Exception {
    undefined("ShowActivity", ("app.py", "data_show_activity"))
}

/// What upstream dies of when a reply is refused: the handle has another name.
pub fn crash_of_reply() -> Exception {
    undefined("user_sender_handle", ("services/create_reply.py", "run"))
}

fn undefined(name: &str, place: (&'static str, &'static str)) -> Exception {
    Exception {
        kind: "NameError",
        message: format!("name '{name}' is not defined"),
        place,
    }
}

fn python_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}
