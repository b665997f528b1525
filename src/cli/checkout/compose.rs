//! What compose files say of services, as `docker compose` puts them on top of each other.

use std::collections::BTreeMap;

use super::yaml::{self, Node, Value};

/// A variable of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// `None` if it is passed on from the shell under its name.
    pub value: Option<String>,
    /// `docker-compose.yml:12`.
    pub place: String,
}

/// A service.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Its key.
    pub name: String,
    /// Where it is said first.
    pub place: String,
    /// What it runs, if that is not built here.
    pub image: Option<String>,
    /// The folder that it is built from, as it is written.
    pub context: Option<String>,
    /// By name.
    pub environment: BTreeMap<String, Setting>,
    /// Files with more variables, as they are written.
    pub env_files: Vec<String>,
    /// Networks by their key; none is the default one.
    pub networks: Vec<String>,
    /// `host`, if it has the network of the machine.
    pub network_mode: Option<String>,
    /// Word by word, and where.
    pub command: Option<(Vec<String>, String)>,
    /// Services that are started before.
    pub depends_on: Vec<String>,
    /// Names of other machines.
    pub extra_hosts: Vec<String>,
    /// Ports as they are written.
    pub ports: Vec<String>,
}

/// Services of one file or of several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compose {
    /// In their order.
    pub services: Vec<Service>,
    /// Places that say something which is not followed or not understood, each with a word for it.
    pub unread: Vec<(String, String)>,
}

impl Compose {
    /// Puts a file on top of what is there.
    pub fn add(&mut self, file_name: &str, text: &str) {
        let document = yaml::read(text);
        for line in document.unread {
            let place = format!("{file_name}:{line}");
            self.unread
                .push((place, "a line that is not understood".to_string()));
        }
        if let Some(include) = document.root.get("include") {
            let place = format!("{file_name}:{}", include.line);
            self.unread.push((place, "include".to_string()));
        }
        let services = document.root.get("services").map(Node::entries);
        for (name, node) in services.unwrap_or_default() {
            if let Some(extends) = node.get("extends") {
                let place = format!("{file_name}:{}", extends.line);
                self.unread.push((place, "extends".to_string()));
            }
            let place = format!("{file_name}:{}", node.line.saturating_sub(1).max(1));
            let service_idx = self.services.iter().position(|known| known.name == *name);
            let service_idx = service_idx.unwrap_or_else(|| {
                self.services.push(Service {
                    name: name.clone(),
                    place,
                    ..Service::default()
                });
                self.services.len() - 1
            });
            if let Some(service) = self.services.get_mut(service_idx) {
                service.add(file_name, node);
            }
        }
    }

    /// Returns a service by its key.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.name == name)
    }

    /// Returns the service that is built from `folder`, is called so, or has the back end's port.
    pub fn back_end(&self, folder: &str) -> Option<&Service> {
        let is_built_here = |service: &&Service| {
            let context = service.context.as_deref().unwrap_or_default();
            let context = context.strip_prefix("./").unwrap_or(context);
            context.trim_end_matches('/') == folder
        };
        let has_port = |service: &&Service| {
            let mut ports = service.ports.iter();
            ports.any(|port| port.split('/').next().unwrap_or_default().ends_with("4567"))
        };
        let all = || self.services.iter();
        all()
            .find(is_built_here)
            .or_else(|| self.service(folder))
            .or_else(|| self.service("backend-flask"))
            .or_else(|| self.service("backend"))
            .or_else(|| all().find(has_port))
    }

    /// Returns the service that is X-Ray's daemon.
    pub fn daemon(&self) -> Option<&Service> {
        let is_daemon = |service: &&Service| {
            let image = service.image.as_deref().unwrap_or_default();
            image.contains("xray-daemon")
        };
        self.services
            .iter()
            .find(is_daemon)
            .or_else(|| self.service("xray-daemon"))
    }
}

impl Service {
    /// Returns the value of a variable, if there is one.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name)?.value.as_deref()
    }

    fn add(&mut self, file_name: &str, node: &Node) {
        let text = |key: &str| node.get(key).and_then(Node::text).map(str::to_string);
        if let Some(image) = text("image") {
            self.image = Some(image);
        }
        if let Some(build) = node.get("build") {
            let context = build
                .text()
                .or_else(|| build.get("context").and_then(Node::text));
            self.context = context.map(str::to_string);
        }
        if let Some(mode) = text("network_mode") {
            self.network_mode = Some(mode);
        }
        if let Some(command) = node.get("command") {
            let words = match command.text() {
                Some(text) => text.split_whitespace().map(str::to_string).collect(),
                None => texts(command),
            };
            self.command = Some((words, format!("{file_name}:{}", command.line)));
        }
        for (key, all) in [
            ("networks", &mut self.networks),
            ("depends_on", &mut self.depends_on),
            ("extra_hosts", &mut self.extra_hosts),
            ("ports", &mut self.ports),
            ("env_file", &mut self.env_files),
        ] {
            for name in node.get(key).map(texts).unwrap_or_default() {
                if !all.contains(&name) {
                    all.push(name);
                }
            }
        }
        for (name, value, line) in node.get("environment").map(variables).unwrap_or_default() {
            let place = format!("{file_name}:{line}");
            self.environment.insert(name, Setting { value, place });
        }
    }
}

/// Returns a list's texts, a map's keys, or the one text.
fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Null => Vec::new(),
        Value::Scalar(text) => vec![text.clone()],
        Value::List(items) => items
            .iter()
            .filter_map(|item| {
                let named = item.get("path").or_else(|| item.get("published"));
                item.text().or_else(|| named.and_then(Node::text))
            })
            .map(str::to_string)
            .collect(),
        // Of a host its address counts as well: `name: address`.
        Value::Map(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
    }
}

/// Returns the variables of either form, with their lines.
fn variables(node: &Node) -> Vec<(String, Option<String>, usize)> {
    let of_map = node.entries().iter().map(|(name, value)| {
        let text = value.text().map(str::to_string);
        (name.clone(), text, value.line)
    });
    let of_list = node.items().iter().filter_map(|item| {
        let text = item.text()?;
        Some(match text.split_once('=') {
            Some((name, value)) => (name.trim().to_string(), Some(value.to_string()), item.line),
            None => (text.trim().to_string(), None, item.line),
        })
    });
    of_map.chain(of_list).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compose(texts: &[&str]) -> Compose {
        let mut compose = Compose::default();
        for (file_idx, text) in texts.iter().enumerate() {
            compose.add(&format!("{file_idx}.yml"), text);
        }
        compose
    }

    #[test]
    fn both_forms_of_an_environment_are_read_and_a_later_file_wins() {
        let compose = compose(&[
            "services:\n  backend:\n    build: ./backend-flask/\n    environment:\n      - A=1\n      - B=\"x\"\n      - C\n    networks:\n      - cruddur-net\n",
            "services:\n  backend:\n    environment:\n      A: 2\n    networks: [other, cruddur-net]\n    command: a 'b\n",
        ]);
        let service = compose.back_end("backend-flask").unwrap();
        assert_eq!(service.name, "backend");
        assert_eq!(service.place, "0.yml:2");
        assert_eq!(service.variable("A"), Some("2"));
        assert_eq!(service.environment["A"].place, "1.yml:4");
        assert_eq!(service.variable("B"), Some("\"x\""));
        assert_eq!(service.environment["C"].value, None);
        assert_eq!(service.networks, ["cruddur-net", "other"]);
    }

    #[test]
    fn the_back_end_and_the_daemon_are_found_however_they_are_called() {
        for (text, back_end, daemon) in [
            (
                "services:\n  api:\n    build:\n      context: backend-flask\n",
                Some("api"),
                None,
            ),
            (
                "services:\n  backend-flask:\n    image: x\n",
                Some("backend-flask"),
                None,
            ),
            (
                "services:\n  web:\n    ports: ['4567:4567']\n",
                Some("web"),
                None,
            ),
            (
                "services:\n  db:\n    image: postgres\n  x:\n    image: public.ecr.aws/xray/aws-xray-daemon:3.x\n",
                None,
                Some("x"),
            ),
            ("services: {}\n", None, None),
            ("", None, None),
        ] {
            let compose = compose(&[text]);
            let name = |service: Option<&Service>| service.map(|it| it.name.clone());
            assert_eq!(
                name(compose.back_end("backend-flask")).as_deref(),
                back_end,
                "{text}"
            );
            assert_eq!(name(compose.daemon()).as_deref(), daemon, "{text}");
        }
    }

    #[test]
    fn what_is_not_followed_is_named() {
        let compose = compose(&[
            "include:\n  - other.yml\nservices:\n  a:\n    extends:\n      service: b\n",
        ]);
        let words: Vec<&str> = compose
            .unread
            .iter()
            .map(|(_, word)| word.as_str())
            .collect();
        assert_eq!(words, ["include", "extends"]);
    }
}
