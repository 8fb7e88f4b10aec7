//! Records that a source's filters drop: those whose message holds a filter's text, in whatever case.
//!
//! Always holds: a body of which something is dropped is whole JSON objects in a row; one that `store` would refuse is left to
//! it as it came, also where what is wrong with it is in a record that would be dropped.

use identity::DropFilter;
use memchr::memmem::Finder;

use crate::recognise;
use crate::records::{Unreadable, each};
use crate::sound::Sound;

/// The body without what is dropped, and how many records that were; `None` where nothing is.
pub(crate) fn filter(body: &[u8], filters: &[DropFilter]) -> Option<(Vec<u8>, u64)> {
    if filters.is_empty() {
        return None;
    }
    let folded: Vec<String> = filters.iter().map(|filter| filter.contains().to_lowercase()).collect();
    let finders: Vec<Finder<'_>> = folded.iter().map(|text| Finder::new(text.as_bytes())).collect();
    match kept(body, &finders) {
        Ok((kept, dropped)) if dropped > 0 => Some((kept, dropped)),
        Ok(_) | Err(Unreadable) => None,
    }
}

fn kept(body: &[u8], finders: &[Finder<'_>]) -> Result<(Vec<u8>, u64), Unreadable> {
    let (mut kept, mut dropped, mut sound) = (Vec::with_capacity(body.len()), 0, Sound::default());
    each(body, |record, members| {
        let message = recognise::message(body, members).and_then(|member| member.text(body));
        let is_dropped = message.is_some_and(|message| {
            let message = message.to_lowercase();
            finders.iter().any(|finder| finder.find(message.as_bytes()).is_some())
        });
        if is_dropped {
            dropped += 1;
            return sound.add(&body[record]);
        }
        kept.extend_from_slice(&body[record]);
        kept.push(b'\n');
        Ok(())
    })?;
    sound.finish()?;
    Ok((kept, dropped))
}

#[cfg(test)]
mod tests {
    use model::DisplayName;
    use proptest::prelude::*;

    use super::*;

    fn filters(texts: &[&str]) -> Vec<DropFilter> {
        let name = DisplayName::parse("noise").unwrap();
        texts.iter().map(|text| DropFilter::new(name.clone(), text).unwrap()).collect()
    }

    fn check(body: &str, texts: &[&str], expected: Option<(&str, u64)>) {
        let found = filter(body.as_bytes(), &filters(texts));
        let found = found.as_ref().map(|(kept, dropped)| (std::str::from_utf8(kept).unwrap(), *dropped));
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn a_record_is_dropped_by_its_message_in_whatever_case() {
        let lines = "{\"message\":\"GET /Health 200\",\"n\":1}\n{\"message\":\"paid\",\"path\":\"/health\"}\n{\"n\":3}";
        check(lines, &["/HEALTH"], Some(("{\"message\":\"paid\",\"path\":\"/health\"}\n{\"n\":3}\n", 1)));
        check(lines, &["/health", "PAID"], Some(("{\"n\":3}\n", 2)));
        check(lines, &["nothing of it"], None);
        check(lines, &[], None);
        check("{\"msg\":\"\\u00c4rger\"}", &["ärger"], Some(("", 1)));
        check("{\"a\":{\"message\":\"noise\"}}", &["noise"], None);
    }

    #[test]
    fn an_array_goes_on_as_objects_in_a_row() {
        check(" [{\"msg\":\"a\"}, {\"msg\":\"b\"} ,{\"msg\":\"c\"}] ", &["b"], Some(("{\"msg\":\"a\"}\n{\"msg\":\"c\"}\n", 1)));
    }

    #[test]
    fn whatever_store_takes_is_looked_at() {
        let expected = Some(("{\"msg\":\"b\"}\n", 1));
        check("[{\"msg\":\"a\"}]\n[{\"msg\":\"b\"}]", &["a"], expected);
        check("{\"msg\":\"b\"}\n[{\"msg\":\"a\"}]", &["a"], expected);
        check("[][{\"msg\":\"a\"}, {\"msg\":\"b\"}] []", &["a"], expected);
    }

    #[test]
    fn what_store_would_refuse_is_left_as_it_is() {
        for body in [
            "[{\"msg\":\"a\"},,{}]",
            "[[{\"msg\":\"a\"}]]",
            "[{\"msg\":\"a\"}",
            "{\"msg\":\"a\"},{}",
            "{\"msg\":\"a\"} x",
            "{\"msg\":\"a\"}]",
            "{\"msg\":\"a\",\"n\":tru}",
            "{\"msg\":\"a\",\"n\":[1,]}\n{\"msg\":\"b\"}",
            "{\"msg\":\"b\"}\n{\"msg\":\"a\",\"n\":01}",
        ] {
            check(body, &["a"], None);
        }
    }

    proptest! {
        #[test]
        fn kept_and_dropped_are_all_there_are(messages in prop::collection::vec("[abx]{0,4}", 0..20)) {
            let body: String = messages.iter().map(|text| format!("{{\"message\":\"{text}\"}}\n")).collect();
            let expected: Vec<&String> = messages.iter().filter(|text| !text.contains('x')).collect();
            let (kept, dropped) = filter(body.as_bytes(), &filters(&["X"])).unwrap_or((body.clone().into_bytes(), 0));
            let kept: Vec<String> = String::from_utf8(kept).unwrap().lines().map(|line| line[12..line.len() - 2].to_owned()).collect();
            prop_assert_eq!(kept.iter().collect::<Vec<_>>(), expected);
            prop_assert_eq!(dropped as usize + kept.len(), messages.len());
        }
    }
}
