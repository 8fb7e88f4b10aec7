//! SQL only reads, and only the one source: everything else is refused, and nothing has changed afterwards.

use std::net::{Shutdown, TcpStream};
use std::thread;

use serde_json::json;

use crate::clock::pause;
use crate::house::House;

#[test]
fn sql_is_read_only() {
    let (house, access) = House::open();
    let other = house.bootstrap("globex", "first");
    let mut client = house.client(&access);
    access.send(&mut client, r#"{"message":"stays","n":1}"#);
    other.send(&mut client, r#"{"message":"theirs","n":2}"#);
    let target = house.data().with_file_name("written-by-sql");
    let file = target.display();
    let refused = [
        "drop table logs".to_owned(),
        "delete from logs".to_owned(),
        "update logs set message = 'x'".to_owned(),
        "insert into logs (message) values ('x')".to_owned(),
        "create table t as select * from logs".to_owned(),
        "create view v as select * from logs".to_owned(),
        format!("create external table t stored as csv location '{file}'"),
        format!("copy logs to '{file}' stored as csv"),
        format!("copy (select * from logs) to '{file}' stored as parquet"),
        "set datafusion.execution.batch_size = 1".to_owned(),
        "select * from logs; drop table logs".to_owned(),
        "select * from information_schema.tables".to_owned(),
        "select * from '/etc/passwd'".to_owned(),
        "select * from \"/etc/passwd\"".to_owned(),
        format!("select * from \"{}\"", other.source_id),
        format!("select * from logs join \"{}\" on true", other.source_id),
        "select * from nothing".to_owned(),
        "prepare p as select 1".to_owned(),
        "begin".to_owned(),
        "with recursive x as (select 1 as n union all select n from x) select count(*) from x".to_owned(),
        "select repeat('a', 2000000000)".to_owned(),
        "select * from generate_series(0, 800000000)".to_owned(),
        "selekt 1".to_owned(),
        String::new(),
    ];
    for sql in &refused {
        let response = access.sql(&mut client, sql);
        let code = response.json()["code"].as_str().map(str::to_owned);
        assert!((400..500).contains(&response.status) && code.is_some(), "`{sql}`: {} {}", response.status, response.text());
        assert!(!response.text().contains("theirs"), "{}", response.text());
    }
    assert!(!target.exists());
    let response = access.sql(&mut client, "select message, n from logs");
    assert_eq!(response.json()["rows"], json!([["stays", 1]]), "{}", response.text());
}

#[test]
fn a_query_that_nobody_waits_for_is_stopped() {
    let (house, access) = House::open();
    let mut client = house.client(&access);
    let lines: Vec<String> = (0..20_000).map(|i| json!({ "message": format!("row {i}") }).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    // More than run at once, each of which would take its whole minute.
    let endless = "select max(reverse(concat(a.message, b.message))) from logs a, logs b";
    let endless = json!({ "sql": endless }).to_string();
    for _ in 0..10 {
        let socket = TcpStream::connect(house.address()).unwrap();
        let hanging_up = socket.try_clone().unwrap();
        thread::spawn(move || {
            pause(1_000);
            hanging_up.shutdown(Shutdown::Both)
        });
        let mut gone = client.sibling().through(socket).unwrap();
        let path = format!("/v1/sources/{}/sql", access.source_id);
        let answered = gone.post(&path, &access.read_key, "application/json", endless.as_bytes());
        assert!(answered.is_err(), "{}", answered.unwrap().text());
    }
    assert_eq!(access.sql(&mut client, "select count(*) from logs").json()["rows"], json!([[20_000]]));
}

#[test]
fn a_query_without_end_is_stopped() {
    let (mut house, access) = House::open();
    let mut client = house.client(&access);
    let lines: Vec<String> = (0..20_000).map(|i| json!({ "message": format!("row {i}"), "i": i }).to_string()).collect();
    access.send(&mut client, &lines.join("\n"));
    // Far more memory than a query may have: refused by name, and the server goes on.
    let hungry = "select a.message, b.message, count(*) from logs a, logs b group by 1, 2 order by 3";
    let response = access.sql(&mut client, hungry);
    let code = response.json()["code"].as_str().unwrap_or_default().to_owned();
    assert!(["query_memory", "query_timeout"].contains(&code.as_str()), "{} {}", response.status, response.text());
    assert!(house.is_running());
    assert_eq!(access.sql(&mut client, "select count(*) from logs").json()["rows"], json!([[20_000]]));
}
