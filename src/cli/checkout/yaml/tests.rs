use super::*;

fn at<'n>(node: &'n Node, path: &str) -> Option<&'n Node> {
    path.split('/')
        .try_fold(node, |node, key| match key.parse::<usize>() {
            Ok(idx) => node.items().get(idx),
            Err(_) => node.get(key),
        })
}

#[test]
fn the_forms_of_compose_files_are_read_with_their_lines() {
    let text = r#"# a comment
version: "3.8"
x-env: &env
  A: 1
  B: "two # not a comment"   # a comment
services:
  backend:
    build:
      context: ./backend-flask
    environment:
      <<: *env
      B: three
      C:
      URL: "*4567-${ID}.${HOST}*"
    command: ["xray", "-o"]
    ports:
    - "4567:4567"
    - target: 80
      published: 8080
    networks: {cruddur-net: {aliases: [a, b]}, other: }
  daemon:
    environment:
      - A=x:y
      - "B=a b"
      - C
    command:
      - "xray -o -b xray-daemon:2000"
    entrypoint: >
      one
      two
volumes: {}
"#;
    let document = read(text);
    assert!(document.unread.is_empty(), "{:?}", document.unread);
    let root = &document.root;
    for (path, value) in [
        ("version", "3.8"),
        ("services/backend/build/context", "./backend-flask"),
        ("services/backend/environment/A", "1"),
        ("services/backend/environment/B", "three"),
        ("services/backend/environment/URL", "*4567-${ID}.${HOST}*"),
        ("services/backend/command/1", "-o"),
        ("services/backend/ports/0", "4567:4567"),
        ("services/backend/ports/1/published", "8080"),
        ("services/backend/networks/cruddur-net/aliases/1", "b"),
        ("services/daemon/environment/0", "A=x:y"),
        ("services/daemon/environment/1", "B=a b"),
        ("services/daemon/environment/2", "C"),
        ("services/daemon/command/0", "xray -o -b xray-daemon:2000"),
        ("services/daemon/entrypoint", "one two"),
        ("x-env/B", "two # not a comment"),
    ] {
        let found = at(root, path).and_then(Node::text);
        assert_eq!(found, Some(value), "{path}");
    }
    assert_eq!(
        at(root, "services/backend/environment/C").map(|node| (&node.value, node.line)),
        Some((&Value::Null, 13))
    );
    assert_eq!(
        at(root, "services/backend/networks/other").map(|node| &node.value),
        Some(&Value::Null)
    );
    assert_eq!(root.get("volumes").map(Node::entries), Some(&[][..]));
}

#[test]
fn what_is_no_yaml_is_named_and_never_ends_in_a_panic() {
    assert_eq!(read("a: 1\n!!\nnonsense\nb: 2\n").unread, [2, 3]);
    assert_eq!(read("a: *nobody\n").unread, [1]);
    for text in [
        "",
        "-",
        "- - - x",
        "a:\n- b\n-",
        "{",
        "[[[[",
        "'",
        "a: 'b",
        ": x",
        "\t- x",
        "? x",
        "é: &é",
    ] {
        read(text);
    }
    let deep = "- ".repeat(500);
    read(&deep);
    let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_string();
    for i in 1..12 {
        let alias = format!("*a{}", i - 1);
        laughs += &format!("a{i}: &a{i} [{}]\n", [alias.as_str(); 10].join(", "));
    }
    assert!(!read(&laughs).unread.is_empty());
}

#[test]
fn meaning_is_the_same_whatever_the_order_and_the_place() {
    let one = read("a: 1\nb: [x, \"y\"]\n").root.meaning();
    let other = read("# moved\nb:\n  - x\n  - 'y'\na: \"1\"\n")
        .root
        .meaning();
    assert_eq!(one, other);
    assert_ne!(one, read("a: 1\n").root.meaning());
}
