//! Reads a statement, refuses what is no query of this one source, and lets fields be named as people write them.
//!
//! `user.id`, `"user.id"` and `` `user.id` `` name the same field; SQL itself would take the first for a column of a table.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use datafusion::logical_expr::sqlparser::ast::{
    Expr, FunctionArguments, Ident, ObjectName, ObjectNamePart, SelectItem, SetExpr, Statement as SqlStatement, TableFactor,
    visit_expressions, visit_expressions_mut, visit_relations, visit_relations_mut,
};
use datafusion::logical_expr::sqlparser::dialect::GenericDialect;
use datafusion::logical_expr::sqlparser::parser::Parser;
use datafusion::sql::parser::Statement as DfStatement;
use model::{SourceId, limits};

use super::{SOURCE, TABLE, names_table};

/// A statement that is not run.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SqlRefused {
    #[error("a query has at most {} bytes", limits::QUERY_BYTES_MAX)]
    TooLong,
    #[error("not a SQL query: {what}")]
    Syntax { what: String, at: Option<usize> },
    #[error("one query at a time")]
    SeveralStatements,
    #[error("only queries are allowed (select, with, union, values); records cannot be changed by SQL")]
    NotAQuery,
    #[error("a query reads one source, named logs; {0:?} is not it")]
    OtherTable(String),
}

/// A query that was read and not yet checked against the source.
#[derive(Debug)]
pub(super) struct Statement(SqlStatement);

pub(super) fn parse(text: &str) -> Result<Statement, SqlRefused> {
    if text.len() > limits::QUERY_BYTES_MAX {
        return Err(SqlRefused::TooLong);
    }
    let parsed = Parser::parse_sql(&GenericDialect {}, text);
    let mut statements = parsed.map_err(|error| syntax(text, &error.to_string()))?;
    let statement = match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => statement,
        (Some(_), false) => return Err(SqlRefused::SeveralStatements),
        (None, _) => return Err(SqlRefused::Syntax { what: "it is empty".to_owned(), at: Some(0) }),
    };
    match &statement {
        SqlStatement::Query(query) if is_reading(&query.body) => Ok(Statement(statement)),
        _ => Err(SqlRefused::NotAQuery),
    }
}

/// The parser says where by line and column, at the end of its text, unless it is the end.
fn syntax(text: &str, said: &str) -> SqlRefused {
    let said = said.replace("sql parser error: ", "");
    let (what, place) = match said.rsplit_once(" at Line: ") {
        Some((what, place)) => (what, place.split_once(", Column: ")),
        None => (said.as_str(), None),
    };
    let number = |text: &str| text.trim().parse::<usize>().ok()?.checked_sub(1);
    let at = place.and_then(|(line, column)| {
        let (line, column) = (number(line)?, number(column)?);
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = text.get(start..)?;
        Some(start + rest.char_indices().nth(column).map_or(rest.len(), |(at, _)| at))
    });
    let at = at.or_else(|| what.ends_with("EOF").then_some(text.len()));
    SqlRefused::Syntax { what: what.replace("found: EOF", "found the end"), at }
}

fn is_reading(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_none(),
        SetExpr::Values(_) => true,
        SetExpr::Query(query) => is_reading(&query.body),
        SetExpr::SetOperation { left, right, .. } => is_reading(left) && is_reading(right),
        _ => false,
    }
}

// === impl Statement ===

/// What a query names.
#[derive(Debug, Default)]
pub(super) struct Named {
    /// Every name that could be a field's.
    pub(super) names: BTreeSet<String>,
    /// `select *`: all fields.
    pub(super) everything: bool,
}

impl Statement {
    /// The sources that the query names by their tables.
    pub(super) fn sources(&self) -> BTreeSet<SourceId> {
        let mut named = BTreeSet::new();
        let _ = visit_relations(&self.0, |relation| {
            named.extend(relation_name(relation).strip_prefix(SOURCE).and_then(|id| SourceId::parse(id).ok()));
            ControlFlow::<()>::Continue(())
        });
        named
    }

    /// The names of fields that the query may mean.
    pub(super) fn fields(&self) -> Named {
        let mut named = Named::default();
        let _ = visit_expressions(&self.0, |expression| {
            match expression {
                Expr::Identifier(name) => {
                    named.names.insert(name.value.clone());
                }
                expression => {
                    if let Some(name) = spoken_name(expression) {
                        // The first part may be the table's name or an alias.
                        named.names.extend(name.split_once('.').map(|(_, field)| field.to_owned()));
                        named.names.insert(name);
                    }
                }
            }
            ControlFlow::<()>::Continue(())
        });
        named.everything = has_wildcard(&self.0);
        named
    }

    /// The statement for the planner: fields by their dotted names, the source by its table's name.
    pub(super) fn rewrite(mut self, source: SourceId, fields: &HashSet<String>) -> Result<DfStatement, SqlRefused> {
        let ctes = common_tables(&self.0);
        let _ = visit_expressions_mut(&mut self.0, |expression| {
            let Some(name) = spoken_name(expression) else { return ControlFlow::<()>::Continue(()) };
            let quoted = |name: &str| Ident::with_quote('"', name);
            if fields.contains(&name) {
                *expression = Expr::Identifier(quoted(&name));
            } else if let Some((table, field)) = name.split_once('.').filter(|(_, field)| fields.contains(*field)) {
                *expression = Expr::CompoundIdentifier(vec![Ident::new(table), quoted(field)]);
            }
            ControlFlow::<()>::Continue(())
        });
        let refused = visit_relations_mut(&mut self.0, |relation| {
            let name = relation_name(relation);
            if relation.0.len() == 1 && names_table(&name, source) {
                *relation = ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote('"', TABLE))]);
                ControlFlow::Continue(())
            } else if relation.0.len() == 1 && ctes.contains(&name) {
                ControlFlow::Continue(())
            } else {
                ControlFlow::Break(SqlRefused::OtherTable(name))
            }
        });
        match refused {
            ControlFlow::Break(refused) => Err(refused),
            ControlFlow::Continue(()) => Ok(DfStatement::Statement(Box::new(self.0))),
        }
    }
}

/// The dotted name that an expression spells. SQL takes some for other things than a name: `user` is one of its functions,
/// and `user.id` a part of that.
fn spoken_name(expression: &Expr) -> Option<String> {
    match expression {
        Expr::CompoundIdentifier(parts) => Some(parts.iter().map(|part| part.value.as_str()).collect::<Vec<_>>().join(".")),
        Expr::Function(function) if matches!(function.args, FunctionArguments::None) => Some(function.name.to_string()),
        Expr::CompoundFieldAccess { .. } => Some(expression.to_string()),
        _ => None,
    }
}

fn relation_name(relation: &ObjectName) -> String {
    let part = |part: &ObjectNamePart| part.as_ident().map_or_else(|| part.to_string(), |ident| ident.value.clone());
    relation.0.iter().map(part).collect::<Vec<_>>().join(".")
}

/// The names that `with` introduces anywhere in the statement.
fn common_tables(statement: &SqlStatement) -> HashSet<String> {
    let mut names = HashSet::new();
    let SqlStatement::Query(query) = statement else { return names };
    let mut queries = vec![&**query];
    while let Some(query) = queries.pop() {
        for table in query.with.iter().flat_map(|with| &with.cte_tables) {
            names.insert(table.alias.name.value.clone());
            queries.push(&table.query);
        }
        let mut bodies = vec![&*query.body];
        while let Some(body) = bodies.pop() {
            match body {
                SetExpr::Query(inner) => queries.push(inner),
                SetExpr::SetOperation { left, right, .. } => bodies.extend([&**left, &**right]),
                SetExpr::Select(select) => {
                    let joined = select.from.iter().flat_map(|from| from.joins.iter().map(|join| &join.relation));
                    for factor in select.from.iter().map(|from| &from.relation).chain(joined) {
                        if let TableFactor::Derived { subquery, .. } = factor {
                            queries.push(subquery);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    names
}

fn has_wildcard(statement: &SqlStatement) -> bool {
    // `count(*)` is no wildcard of columns; the projection is looked at alone.
    let SqlStatement::Query(query) = statement else { return false };
    let mut bodies = vec![&*query.body];
    let mut derived = Vec::new();
    for table in query.with.iter().flat_map(|with| &with.cte_tables) {
        bodies.push(&table.query.body);
    }
    while let Some(body) = bodies.pop() {
        match body {
            SetExpr::Query(inner) => bodies.push(&inner.body),
            SetExpr::SetOperation { left, right, .. } => bodies.extend([&**left, &**right]),
            SetExpr::Select(select) => {
                let wild = |item: &SelectItem| matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..));
                if select.projection.iter().any(wild) {
                    return true;
                }
                derived.extend(select.from.iter().map(|from| &from.relation));
            }
            _ => {}
        }
        while let Some(factor) = derived.pop() {
            if let TableFactor::Derived { subquery, .. } = factor {
                bodies.push(&subquery.body);
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> SourceId {
        SourceId::parse("0123456789abcdef").unwrap()
    }

    fn check(text: &str, expected: Result<&str, SqlRefused>) {
        let fields = ["user.id", "level", "a.b.c"].map(str::to_owned).into();
        let rewritten = parse(text).and_then(|statement| statement.rewrite(source(), &fields));
        assert_eq!(rewritten.map(|statement| statement.to_string()), expected.map(str::to_owned), "{text}");
    }

    #[test]
    fn a_field_goes_by_its_dotted_name() {
        check("select user.id from logs", Ok("SELECT \"user.id\" FROM \"logs\""));
        check("select l.user.id from logs l", Ok("SELECT l.\"user.id\" FROM \"logs\" l"));
        check("select `user.id` from Logs", Ok("SELECT `user.id` FROM \"logs\""));
        check(
            "select count(*) from source_0123456789abcdef where a.b.c > 1",
            Ok("SELECT count(*) FROM \"logs\" WHERE \"a.b.c\" > 1"),
        );
        check("with x as (select level from logs) select * from x", Ok("WITH x AS (SELECT level FROM \"logs\") SELECT * FROM x"));
    }

    #[test]
    fn the_sources_that_a_query_names_are_known_before_it_is_run() {
        let named = |text: &str| parse(text).unwrap().sources().iter().map(SourceId::to_string).collect::<Vec<_>>();
        assert_eq!(named("select 'source_fedcba9876543210' from logs"), [""; 0]);
        assert_eq!(named("select 1 from source_0123456789abcdef a, source_0123456789abcdef b"), ["0123456789abcdef"]);
        let two = "select 1 from source_0123456789abcdef where exists (select 1 from source_fedcba9876543210)";
        assert_eq!(named(two), ["0123456789abcdef", "fedcba9876543210"]);
    }

    #[test]
    fn a_syntax_error_says_where() {
        let at = |text: &str| match parse(text) {
            Err(SqlRefused::Syntax { at, .. }) => at,
            other => panic!("{other:?}"),
        };
        assert_eq!(at("select level from logs where ("), Some(30));
        assert_eq!(at("select level frm logs x"), Some(17));
        assert_eq!(at("select 'größe',\n  level frm logs x"), Some(30));
        assert_eq!(at(""), Some(0));
    }

    #[test]
    fn what_is_not_a_query_of_this_source_is_refused() {
        check("select 1; select 2", Err(SqlRefused::SeveralStatements));
        for text in [
            "delete from logs",
            "drop table logs",
            "insert into logs values (1)",
            "create table x as select 1",
            "set a = 1",
            "explain select 1",
            "copy logs to 'x'",
            "select * into x from logs",
        ] {
            let refused = parse(text).and_then(|statement| statement.rewrite(source(), &HashSet::new()).map(drop));
            assert!(matches!(refused, Err(SqlRefused::NotAQuery | SqlRefused::Syntax { .. })), "{text}: {refused:?}");
        }
        for (text, table) in [
            ("select * from source_fedcba9876543210", "source_fedcba9876543210"),
            ("select * from logs join other on true", "other"),
            ("select (select max(level) from information_schema.tables) from logs", "information_schema.tables"),
            ("select * from 'file.parquet'", "file.parquet"),
        ] {
            check(text, Err(SqlRefused::OtherTable(table.to_owned())));
        }
        assert!(matches!(parse("select level from (logs"), Err(SqlRefused::Syntax { .. })));
        assert!(matches!(parse(""), Err(SqlRefused::Syntax { .. })));
        assert!(matches!(parse(&"(".repeat(5_000)), Err(SqlRefused::Syntax { .. })));
        check("select 1", Ok("SELECT 1"));
    }
}
