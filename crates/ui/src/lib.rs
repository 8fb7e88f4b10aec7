//! The console's files, as a build of `/ui` left them: part of the binary, or absent as a whole.
//!
//! Always holds: a file whose name carries a digest never changes under that name; the others may with each build. Knows
//! nothing of requests.

/// A file that a browser may ask for.
#[derive(Debug)]
pub struct File {
    /// Below the console's address, such as `assets/index-3f2a.js`.
    pub name: &'static str,
    pub plain: &'static [u8],
    /// The same, packed, where that is smaller.
    pub brotli: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

pub fn file(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name)
}

/// The page that every address of the console begins with; `None` where the binary was built without the console.
pub fn index() -> Option<&'static str> {
    std::str::from_utf8(file("index.html")?.plain).ok()
}

// === impl File ===

impl File {
    /// Whether its name carries a digest of what is in it.
    pub fn is_for_ever(&self) -> bool {
        self.name.starts_with("assets/")
    }

    pub fn media_type(&self) -> &'static str {
        match self.name.rsplit_once('.').map_or("", |(_, ending)| ending) {
            "html" => "text/html; charset=utf-8",
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml",
            "png" => "image/png",
            "woff2" => "font/woff2",
            "json" => "application/json",
            "txt" => "text/plain; charset=utf-8",
            _ => "application/octet-stream",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A build is there as a whole or not at all, so there is no page that asks for what is missing.
    #[test]
    fn what_the_page_asks_for_is_there() {
        let Some(index) = index() else {
            assert!(FILES.is_empty(), "files without their page");
            return;
        };
        let asked = index.split("/app/").skip(1).filter_map(|rest| rest.split('"').next());
        for name in asked {
            let found = file(name).unwrap_or_else(|| panic!("{name} is not there"));
            assert_ne!(found.media_type(), "application/octet-stream", "{name}");
        }
    }
}
