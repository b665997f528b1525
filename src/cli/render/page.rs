//! One page around a picture: what was asked, the picture, and the rows as a table. It loads nothing and runs nothing.

use std::fmt::Write as _;

use super::columns::Column;
use super::sheet::escaped;

/// What a page says.
pub struct Page<'a> {
    /// The heading.
    pub title: &'a str,
    /// A standalone SVG.
    pub svg: &'a str,
    /// The headings of the table.
    pub columns: &'a [Column],
    /// Its rows.
    pub rows: &'a [Vec<String>],
    /// Sentences below the table.
    pub notes: &'a [String],
    /// The question as JSON, for whoever wants to ask it again.
    pub question: &'a str,
}

/// Writes the page as HTML.
///
/// Its own policy forbids every request, so that it can be opened, sent and archived without a thought.
pub fn page(page: &Page<'_>) -> String {
    let title = escaped(page.title);
    let mut html = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n\
         </head>\n<body>\n<main>\n<figure>\n{}</figure>\n",
        page.svg
    );
    table(&mut html, page);
    for note in page.notes {
        let _ = writeln!(html, "<p>{}</p>", escaped(note));
    }
    let _ = write!(
        html,
        "<details><summary>The question</summary><pre>{}</pre></details>\n</main>\n</body>\n</html>\n",
        kept_lines(page.question)
    );
    html
}

const STYLE: &str = "\
:root{color-scheme:light;--ground:#f4f6f8;--words:#1d2733;--quiet:#5b6876;--rules:#dfe5ea}
@media (prefers-color-scheme:dark){:root{color-scheme:dark;--ground:#0a0e13;--words:#e6ebf0;--quiet:#93a0ad;--rules:#27313b}}
body{margin:0;background:var(--ground);color:var(--words);font:14px/1.5 ui-sans-serif,system-ui,-apple-system,\"Segoe UI\",\"DejaVu Sans\",sans-serif}
main{max-width:960px;margin:0 auto;padding:24px}
figure{margin:0 0 24px}
figure>svg{display:block;width:100%;height:auto}
.rows{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:6px 12px;border-bottom:1px solid var(--rules);text-align:left;white-space:nowrap}
th{color:var(--quiet);font-weight:600}
.number{text-align:right}
details{margin-top:20px}
p,summary{color:var(--quiet)}
pre{white-space:pre-wrap}
";

fn table(html: &mut String, page: &Page<'_>) {
    html.push_str("<div class=\"rows\">\n<table>\n<thead><tr>");
    for column in page.columns {
        let class = class(column);
        let _ = write!(
            html,
            "<th scope=\"col\"{class}>{}</th>",
            escaped(&column.title)
        );
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for row in page.rows {
        html.push_str("<tr>");
        for (column, words) in page.columns.iter().zip(row) {
            let _ = write!(html, "<td{}>{}</td>", class(column), escaped(words));
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n</div>\n");
}

fn class(column: &Column) -> &'static str {
    if column.is_number {
        " class=\"number\""
    } else {
        ""
    }
}

// Escaped text is one line; here the lines are to stay.
fn kept_lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_sent_is_text_and_nothing_else() {
        let rows = [vec!["<img src=x>".to_string(), "5".to_string()]];
        let html = page(&Page {
            title: "</title><script>",
            svg: "<svg></svg>\n",
            columns: &[Column::words("<b>"), Column::numbers("COUNT")],
            rows: &rows,
            notes: &["a < b".to_string()],
            question: "{\n  \"x\": \"</pre>\"\n}",
        });
        for forbidden in ["<script", "<img", "<b>", "</pre>\""] {
            assert!(!html.contains(forbidden), "{html}");
        }
        assert!(html.contains("<td class=\"number\">5</td>") && html.contains("<p>a &lt; b</p>"));
        assert!(html.contains("{\n  &quot;x&quot;"));
    }
}
