//! Promises: what users rely on, one file each, looked at from outside.
//!
//! Always holds: nothing here can name the product's code; it runs the built binary and speaks to it over TLS as anyone
//! could. `client.rs` is used by the benchmark of `xtask` too, so that both see the product the same way.
#![cfg(test)]

mod client;
mod clock;
mod house;

mod a_full_disk_refuses_and_loses_nothing;
mod a_key_opens_one_source_in_one_direction;
mod a_line_is_found_a_moment_later;
mod a_retry_is_stored_once;
mod a_stop_is_clean;
mod an_acknowledged_line_survives_kill;
mod bad_input_is_refused_by_name;
mod nothing_is_stored_in_clear;
mod only_tls_is_spoken;
mod sql_is_read_only;
mod tail_follows;
