//! What Docker Compose puts before each line of a container: its name, padded, and a bar.

/// `web-1  | text`: the name of a service with its number, and the text. The padding is two spaces at least.
pub(super) fn prefix(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once(' ')?;
    let (service, number) = name.rsplit_once(['-', '_'])?;
    let padding = rest.len() - rest.trim_start_matches(' ').len();
    let text = rest[padding..].strip_prefix("| ").filter(|_| padding > 0)?;
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    let named = service.starts_with(|c: char| c.is_ascii_alphanumeric()) && service.bytes().all(of_name);
    let numbered = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    (named && numbered).then_some((name, text))
}
