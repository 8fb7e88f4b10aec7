use super::*;

fn all() -> impl Iterator<Item = (&'static Route, bool)> {
    let mut schemas = Schemas::new();
    routes::table().map(move |route| (route, !(route.shape)(&mut schemas).answers.is_empty()))
}

#[test]
fn every_route_that_answers_programs_has_an_operation() {
    let missing: Vec<&str> = all()
        .filter(|(route, answers)| *answers && operations::find(route.handler).is_none())
        .map(|(route, _)| route.handler)
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

/// Pages, what pages load, redirects of browsers, and what is said in the words of another product.
#[test]
fn what_has_no_operation_is_for_browsers_or_in_the_words_of_another_product() {
    let whole = ["pages", "console", "datadog", "elastic", "hec", "journal", "loki", "timber"];
    let named = |route: &Route| match route.handler.split_once("::") {
        Some((module, _)) if whole.contains(&module) => module,
        _ => route.handler,
    };
    let others: BTreeSet<&str> = all().filter(|(_, answers)| !answers).map(|(route, _)| named(route)).collect();
    let alone = [
        "contact::file",
        "contact::key",
        "contact::page",
        "export::grpc::export",
        "open::authority",
        "open::root",
        "overview::badge",
        "overview::claim",
        "overview::feed",
        "overview::page",
        "overview::style",
        "sso::begin",
        "sso::callback",
    ];
    assert_eq!(others, whole.into_iter().chain(alone).collect());
}

#[test]
fn every_operation_has_a_route_and_an_id_of_its_own() {
    let routed: BTreeSet<&str> = routes::table().map(|route| route.handler).collect();
    let mut ids = BTreeSet::new();
    for Operation { handler, id, .. } in operations::OPERATIONS {
        assert!(routed.contains(handler), "{handler} handles nothing");
        assert!(ids.insert(id), "{id} is there twice");
    }
}

#[test]
fn every_part_of_a_path_and_every_handler_is_placed() {
    for route in routes::table().filter(|route| operations::find(route.handler).is_some()) {
        let module = route.handler.split("::").next().unwrap();
        assert!(TAGS.iter().any(|(_, of)| of.contains(&module)), "{module} has no tag");
        for place in places(route.path) {
            assert!(PLACES.iter().any(|(name, _)| place["name"] == *name), "{place} is not described");
        }
    }
}

#[test]
fn a_schema_that_is_named_is_there() {
    fn named(value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(object) => object.iter().for_each(|(key, value)| match (key.as_str(), value) {
                ("$ref", Value::String(to)) => drop(names.insert(to.clone())),
                (_, value) => named(value, names),
            }),
            Value::Array(all) => all.iter().for_each(|one| named(one, names)),
            _ => {}
        }
    }
    let document = document();
    let mut names = BTreeSet::new();
    named(&document, &mut names);
    assert!(names.len() > 50);
    for name in names {
        assert!(document.pointer(name.trim_start_matches('#')).is_some(), "{name}");
    }
}
