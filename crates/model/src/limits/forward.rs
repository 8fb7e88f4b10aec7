//! Of Fluent's forward protocol. Larger and later: the connection is closed, and the server's log says why.

/// Bytes of one message. Larger: `forward_message_too_large`.
pub const FORWARD_MESSAGE_BYTES_MAX: usize = super::BODY_WIRE_BYTES_MAX;
/// Bytes of the answer to the greeting, and seconds until it is complete. Later: `forward_greeting_late`.
pub const FORWARD_GREETING_BYTES_MAX: usize = 4 << 10;
pub const FORWARD_GREETING_SECONDS_MAX: u64 = 10;
/// Bytes of a tag, and of a chunk's name. Longer: `forward_invalid`.
pub const FORWARD_TAG_BYTES_MAX: usize = 1_024;
pub const FORWARD_CHUNK_BYTES_MAX: usize = 256;
/// Bytes that are read before what is there is stored, beyond what a message needs.
pub const FORWARD_READ_BYTES: usize = 64 << 10;
/// Connections on the node, and from one address. More: closed before the handshake.
pub const FORWARD_CONNECTIONS_MAX: usize = 1_024;
pub const FORWARD_CONNECTIONS_PER_ADDRESS_MAX: usize = 128;
/// Seconds without a byte: within a message, and between messages. Longer: closed.
pub const FORWARD_STALL_SECONDS_MAX: u64 = 30;
pub const FORWARD_IDLE_SECONDS_MAX: u64 = 3_600;
