//! Promises: what users rely on, one file each, looked at from outside.
//!
//! Always holds: nothing here can name the product's code; it runs the built binary and speaks to it over TLS as anyone
//! could. `client.rs` is used by the benchmark of `xtask` too, so that both see the product the same way.
#![cfg(test)]

mod browser;
mod certified;
mod client;
mod clients;
mod clock;
mod codes;
mod described;
mod house;
mod mailbox;
mod person;
mod port;
mod provider;
mod receiver;

mod a_contact_that_answers_is_published;
mod a_damaged_part_is_named_and_the_rest_readable;
mod a_demo_sends_lines;
mod a_full_disk_refuses_and_loses_nothing;
mod a_journal_is_uploaded_piece_by_piece;
mod a_key_opens_one_source_in_one_direction;
mod a_line_is_found_a_moment_later;
mod a_new_certificate_needs_no_restart;
mod a_refusal_reaches_whoever_still_sends;
mod a_retry_is_stored_once;
mod a_role_of_ones_own_allows_and_denies;
mod a_stop_is_clean;
mod a_template_is_answered_and_becomes_a_draft;
mod a_tenant_publishes_a_page_of_its_own;
mod a_view_is_saved_and_drawn;
mod an_acknowledged_line_survives_kill;
mod an_alert_is_told_and_recovers;
mod an_audit_trail_is_carried_as_it_grows;
mod bad_input_is_refused_by_name;
mod bodies_come_compressed_and_in_chunks;
mod catalog_files_alone_open_nothing;
mod clients_that_people_run_are_understood;
mod elasticsearch_clients_read;
mod elasticsearch_clients_send_bulk_requests;
mod every_route_wants_its_key;
mod fluent_senders_forward;
mod guessing_is_slowed_and_told;
mod keys_and_the_machine_are_shown_to_who_may;
mod loki_clients_push;
mod loki_clients_read;
mod nothing_is_stored_in_clear;
mod numbers_about_records_are_right;
mod only_tls_is_spoken;
mod otlp_is_stored_over_http_and_grpc;
mod parts_live_in_a_bucket;
mod people_look_after_their_account_in_a_browser;
mod people_sign_what_only_they_can_say;
mod somebody_signs_in_through_a_provider;
mod somebody_signs_in_with_passphrase_and_code;
mod somebody_signs_up_with_a_passkey_and_searches;
mod splunk_and_datadog_senders_are_answered;
mod sql_is_read_only;
mod staff_read_only_what_was_approved;
mod syslog_is_received_over_tls;
mod tail_follows;
mod the_api_is_as_it_is_described;
mod the_commands_do_what_the_api_does;
mod the_page_shows_what_is_broken;
mod the_setup_page_works_in_a_browser;
mod timbers_command_line_reads;
mod timbers_senders_change_nothing_but_address_and_key;
mod two_tenants_never_meet;
mod what_a_quota_allows;
mod what_a_source_refuses_is_shown_to_whoever_looks;
mod what_arrives_is_read_without_configuration;
mod what_filters_name_is_dropped;
mod what_must_not_be_kept_is_masked;
mod what_was_done_is_in_the_trail;
