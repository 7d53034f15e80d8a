//! Lists and single things as OData shows them: `$select`, `$filter`, `$search`, `$orderby`,
//! `$top`, `$count`, and pages with opaque next links.

use super::call::{Call, Refusal, Reply};
use super::filter::Filter;
use super::search::Search;
use super::world::{World, base64url, random};
use serde_json::{Value, json};
use std::sync::Arc;

const DEFAULT_PAGE: usize = 100;
const LARGEST_PAGE: usize = 999;

/// What kind of things a list holds.
pub(super) struct Kind {
    /// Of the context, such as `users`.
    pub context: &'static str,
    /// Type name without its namespace, such as `user`.
    pub type_name: &'static str,
    /// Every property that can be selected.
    pub properties: &'static [&'static str],
    /// What is shown when nothing is selected.
    pub default: &'static [&'static str],
    /// What `$search` may name.
    pub searchable: &'static [&'static str],
}

/// Whether the path itself is an advanced query (a type cast).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Plain,
    Cast,
}

/// The rest of a list.
#[derive(Clone)]
pub(super) struct Page {
    path: String,
    /// Of the whole list; pages share them.
    rows: Arc<Vec<Value>>,
    from: usize,
    size: usize,
    context: String,
    /// Every page of an advanced query repeats the header.
    eventual: bool,
}

/// Query options of one request.
struct Options {
    select: Option<Vec<String>>,
    filter: Option<Filter>,
    search: Option<Search>,
    order: Option<(String, Direction)>,
    top: Option<usize>,
    count: bool,
    eventual: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

/// Answers a list: filters, searches, orders, selects and pages the rows.
pub(super) fn list(
    world: &mut World,
    call: &Call,
    kind: &Kind,
    path: Path,
    rows: Vec<Value>,
) -> Result<Reply, Refusal> {
    let options = Options::read(call, kind)?;
    options.check_advanced(path)?;
    let mut rows = rows;
    rows.retain(|row| {
        options.filter.as_ref().is_none_or(|filter| filter.matches(row))
            && options.search.as_ref().is_none_or(|search| search.matches(row))
    });
    if let Some((property, direction)) = &options.order {
        rows.sort_by_key(|row| row[property.as_str()].as_str().unwrap_or_default().to_lowercase());
        if *direction == Direction::Descending {
            rows.reverse();
        }
    }
    let total = options.count.then_some(rows.len());
    let selected = rows.iter().map(|row| select(row, options.select.as_deref(), kind)).collect();
    let page = Page {
        path: call.path.clone(),
        rows: Arc::new(selected),
        from: 0,
        size: options.top.unwrap_or(DEFAULT_PAGE),
        context: context(kind, options.select.as_deref()),
        eventual: options.eventual && options.needs_eventual(path),
    };
    answer_page(world, call, page, total)
}

/// Answers the next page that a `$skiptoken` names.
pub(super) fn next_page(world: &mut World, call: &Call) -> Option<Result<Reply, Refusal>> {
    let token = call.query("$skiptoken")?;
    let Some(page) = world.pages.get(token).filter(|page| page.path == call.path) else {
        return Some(Err(Refusal::bad_query("The specified page token value is not valid.")));
    };
    if page.eventual && !is_eventual(call) {
        return Some(Err(without_header()));
    }
    // A page may be asked for again after a lost answer, so it stays.
    let page = page.clone();
    Some(answer_page(world, call, page, None))
}

/// One thing, with `$select`; other query options are refused.
pub(super) fn single(call: &Call, kind: &Kind, thing: &Value) -> Result<Reply, Refusal> {
    let options = Options::read(call, kind)?;
    let mut shown = select(thing, options.select.as_deref(), kind);
    shown["@odata.context"] =
        json!(format!("{}/$entity", context(kind, options.select.as_deref())));
    Ok(Reply::ok(&shown))
}

fn answer_page(
    world: &mut World,
    call: &Call,
    page: Page,
    total: Option<usize>,
) -> Result<Reply, Refusal> {
    let end = page.from.saturating_add(page.size).min(page.rows.len());
    let mut body = json!({"@odata.context": page.context, "value": page.rows[page.from..end]});
    if let Some(total) = total {
        body["@odata.count"] = json!(total);
    }
    let link = |token: &str| json!(format!("{}{}?$skiptoken={token}", call.origin(), page.path));
    if end < page.rows.len() {
        let token = base64url(random::<24>()?);
        body["@odata.nextLink"] = link(&token);
        world.pages.insert(token, Page { from: end, ..page });
    } else if let Some(own) = call.query("$skiptoken").filter(|_| world.endless_lists) {
        body["@odata.nextLink"] = link(own);
    }
    Ok(Reply::ok(&body))
}

impl Options {
    fn read(call: &Call, kind: &Kind) -> Result<Self, Refusal> {
        let mut options = Self {
            select: None,
            filter: None,
            search: None,
            order: None,
            top: None,
            count: false,
            eventual: is_eventual(call),
        };
        for (name, value) in &call.query {
            match name.as_str() {
                "$select" => options.select = Some(known_properties(value, kind)?),
                "$filter" => options.filter = Some(Filter::parse(value).map_err(invalid_filter)?),
                "$search" => {
                    options.search =
                        Some(Search::parse(value, kind.searchable).map_err(Refusal::bad_query)?);
                }
                "$orderby" => options.order = Some(ordering(value, kind)?),
                "$top" => options.top = Some(page_size(value)?),
                "$count" => options.count = value == "true",
                other => {
                    let text = format!("The query parameter '{other}' is not supported.");
                    return Err(Refusal::bad_query(text));
                }
            }
        }
        Ok(options)
    }

    fn needs_eventual(&self, path: Path) -> bool {
        path == Path::Cast
            || self.count
            || self.search.is_some()
            || self.filter.as_ref().is_some_and(Filter::is_advanced)
            || (self.filter.is_some() && self.order.is_some())
    }

    fn check_advanced(&self, path: Path) -> Result<(), Refusal> {
        if !self.needs_eventual(path) {
            return Ok(());
        }
        if !self.eventual {
            return Err(without_header());
        }
        let counted = path == Path::Cast || self.filter.as_ref().is_some_and(Filter::is_advanced);
        if counted && !self.count {
            return Err(Refusal::unsupported_query(
                "The query needs the query parameter '$count=true'.",
            ));
        }
        Ok(())
    }
}

fn is_eventual(call: &Call) -> bool {
    call.header("consistencylevel").is_some_and(|level| level.eq_ignore_ascii_case("eventual"))
}

fn without_header() -> Refusal {
    Refusal::unsupported_query(
        "Request with $search, $count or advanced $filter only works with the header 'ConsistencyLevel: eventual'.",
    )
}

fn invalid_filter(reason: String) -> Refusal {
    Refusal::bad_query(format!("Invalid filter clause: {reason}"))
}

fn known_properties(value: &str, kind: &Kind) -> Result<Vec<String>, Refusal> {
    value.split(',').map(|name| known_property(name.trim(), kind)).collect()
}

fn known_property(name: &str, kind: &Kind) -> Result<String, Refusal> {
    match kind.properties.iter().find(|known| known.eq_ignore_ascii_case(name)) {
        Some(known) => Ok((*known).to_owned()),
        None => Err(Refusal::bad_query(format!(
            "Could not find a property named '{name}' on type 'microsoft.graph.{}'.",
            kind.type_name
        ))),
    }
}

fn ordering(value: &str, kind: &Kind) -> Result<(String, Direction), Refusal> {
    let (name, direction) = match value.trim().split_once(' ') {
        None => (value.trim(), Direction::Ascending),
        Some((name, "asc")) => (name, Direction::Ascending),
        Some((name, "desc")) => (name, Direction::Descending),
        Some(_) => return Err(Refusal::bad_query("Invalid $orderby clause.")),
    };
    Ok((known_property(name, kind)?, direction))
}

fn page_size(value: &str) -> Result<usize, Refusal> {
    match value.parse::<usize>() {
        Ok(size @ 1..=LARGEST_PAGE) => Ok(size),
        _ => Err(Refusal::bad_query(format!(
            "Invalid page size specified: '{value}'. Must be between 1 and 999 inclusive."
        ))),
    }
}

fn context(kind: &Kind, select: Option<&[String]>) -> String {
    let selected = select.map(|names| format!("({})", names.join(","))).unwrap_or_default();
    format!("https://graph.microsoft.com/v1.0/$metadata#{}{selected}", kind.context)
}

/// The selected properties and the type mark, which is never left out.
fn select(row: &Value, names: Option<&[String]>, kind: &Kind) -> Value {
    let mut shown = serde_json::Map::new();
    if let Some(mark) = row.get("@odata.type") {
        shown.insert("@odata.type".into(), mark.clone());
    }
    let wanted: Vec<&str> = match names {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => kind.default.to_vec(),
    };
    for name in wanted {
        if let Some(value) = row.get(name) {
            shown.insert(name.to_owned(), value.clone());
        }
    }
    Value::Object(shown)
}
