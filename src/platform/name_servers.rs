//! The name servers of the system's resolver.

use std::{fs, io};

/// As many as musl uses.
const MOST: usize = 3;

/// The name servers that the built-in resolver asks: it reads only one file.
pub(crate) fn asked() -> Option<String> {
    let file = "/etc/resolv.conf";
    cfg!(target_env = "musl").then(|| match fs::read_to_string(file) {
        Ok(text) => format!("{}, from {file}", listed(&text).join(" and ")),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            format!("127.0.0.1, because there is no {file}")
        }
        Err(e) => format!("127.0.0.1, because {file} cannot be read: {e}"),
    })
}

fn listed(text: &str) -> Vec<&str> {
    let servers: Vec<_> = text.lines().filter_map(server).take(MOST).collect();
    if servers.is_empty() { vec!["127.0.0.1"] } else { servers }
}

fn server(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("nameserver")?;
    rest.starts_with([' ', '\t']).then(|| rest.trim_ascii())
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn name_servers_are_read_as_musl_does() {
        for (text, servers) in [
            ("nameserver 10.0.0.2\n", &["10.0.0.2"][..]),
            ("# none\nsearch corp.example\n", &["127.0.0.1"]),
            ("nameserver\t1.1.1.1 \nnameserver fe80::1%eth0\n", &["1.1.1.1", "fe80::1%eth0"]),
            (
                "nameserver a\noptions edns0\nnameserver b\nnameserver c\nnameserver d",
                &["a", "b", "c"],
            ),
        ] {
            assert_eq!(listed(text), servers, "{text}");
        }
    }
}
