//! The routes of the application: the short name of each, its method and its template.

/// One route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// What a person calls it: `home`.
    pub name: &'static str,
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its path, with its parameters in braces.
    pub template: &'static str,
    /// What stands before its parameter; all of it, if there is none.
    before: &'static str,
    /// What stands behind it; nothing is said if there is none.
    behind: Option<&'static str>,
    /// Whether it came after week 2, so that upstream's week 2 answers 404.
    pub is_later: bool,
}

impl Route {
    /// Tells whether a path is of this route. A parameter is never empty and has no slash.
    pub fn fits(&self, path: &str) -> bool {
        let Some(behind) = self.behind else {
            return path == self.template;
        };
        let rest = path.strip_prefix(self.before);
        let parameter = rest.and_then(|rest| rest.strip_suffix(behind));
        parameter.is_some_and(|it| !it.is_empty() && !it.contains('/'))
    }

    /// Returns how closely it describes a path that it fits: a route without a parameter does best, then the one
    /// with the longest text before it.
    pub fn precision(&self) -> (bool, usize) {
        (self.behind.is_none(), self.before.len())
    }
}

/// Every route. A template has one method, and the name `user` two templates.
///
/// To add a route, add it here, to `routes` and to `openapi`.
pub const ROUTES: [Route; 16] = [
    later("health", "GET", "/api/health-check"),
    week_2("home", "GET", "/api/activities/home"),
    week_2("notifications", "GET", "/api/activities/notifications"),
    week_2("search", "GET", "/api/activities/search"),
    // Without a handle nobody's feed is asked for; the general route below would show an activity
    // called "@" instead, as upstream tries to.
    later("user", "GET", "/api/activities/@"),
    week_2("user", "GET", "/api/activities/@{handle}"),
    week_2("create", "POST", "/api/activities"),
    week_2("show", "GET", "/api/activities/{activity_uuid}"),
    week_2("reply", "POST", "/api/activities/{activity_uuid}/reply"),
    week_2("message-groups", "GET", "/api/message_groups"),
    week_2("messages", "GET", "/api/messages/@{handle}"),
    later("message-group", "GET", "/api/messages/{message_group_uuid}"),
    week_2("send-message", "POST", "/api/messages"),
    later("user-short", "GET", "/api/users/@{handle}/short"),
    later("update-profile", "POST", "/api/profile/update"),
    week_2("rollbar", "GET", "/rollbar/test"),
];

const fn week_2(name: &'static str, method: &'static str, template: &'static str) -> Route {
    let (before, behind) = around_parameter(template);
    Route {
        name,
        method,
        template,
        before,
        behind,
        is_later: false,
    }
}

const fn around_parameter(template: &'static str) -> (&'static str, Option<&'static str>) {
    let bytes = template.as_bytes();
    let (mut start, mut end) = (0, 0);
    while start < bytes.len() && bytes[start] != b'{' {
        start += 1;
    }
    while end < bytes.len() && bytes[end] != b'}' {
        end += 1;
    }
    if end == bytes.len() {
        return (template, None);
    }
    let (before, rest) = template.split_at(start);
    (before, Some(rest.split_at(end + 1 - start).1))
}

const fn later(name: &'static str, method: &'static str, template: &'static str) -> Route {
    Route {
        is_later: true,
        ..week_2(name, method, template)
    }
}

/// The template that a request's path is of; an extension of the request, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Template(pub &'static str);

/// Returns the route of a template.
pub fn route_of(template: &str) -> Option<&'static Route> {
    ROUTES.iter().find(|route| route.template == template)
}

/// Returns every name once.
pub fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = ROUTES.iter().map(|route| route.name).collect();
    names.dedup();
    names
}
