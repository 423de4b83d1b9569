//! The processes on this system, as far as it lists them.

use rustix::process::Pid;

/// A process that has not ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Process {
    pub id: Pid,
    /// None if its parent or group has no number.
    pub parent: Option<Pid>,
    pub group: Option<Pid>,
}

impl Process {
    /// A process from the columns of `ps`; none if it has ended but its parent hasn't noticed yet.
    fn of(id: &str, parent: &str, group: &str, state: &str) -> Option<Self> {
        let number = |text: &str| text.parse().ok().and_then(Pid::from_raw);
        let process = Self { id: number(id)?, parent: number(parent), group: number(group) };
        (!state.starts_with('Z')).then_some(process)
    }
}

#[cfg(target_os = "linux")]
pub(super) fn processes() -> impl Iterator<Item = Process> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = entries.filter_map(|entry| std::fs::read(entry.path().join("stat")).ok());
    stats.filter_map(|stat| of_stat(&String::from_utf8_lossy(&stat)))
}

/// `ID (NAME) STATE PARENT GROUP ...`; the name may contain anything, even half a character.
#[cfg(target_os = "linux")]
fn of_stat(stat: &str) -> Option<Process> {
    let (id, _) = stat.split_once(' ')?;
    let mut columns = stat.rsplit_once(") ")?.1.split(' ');
    let (state, parent, group) = (columns.next()?, columns.next()?, columns.next()?);
    Process::of(id, parent, group, state)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn processes() -> impl Iterator<Item = Process> {
    let words = ["-A", "-o", "pid=", "-o", "ppid=", "-o", "pgid=", "-o", "stat="];
    let list = std::process::Command::new("/bin/ps").args(words).output();
    let list = list.map(|list| list.stdout).unwrap_or_default();
    let rows: Vec<_> = String::from_utf8_lossy(&list).lines().filter_map(of_row).collect();
    rows.into_iter()
}

#[cfg(any(test, not(target_os = "linux")))]
fn of_row(row: &str) -> Option<Process> {
    let mut columns = row.split_whitespace();
    let (id, parent, group) = (columns.next()?, columns.next()?, columns.next()?);
    Process::of(id, parent, group, columns.next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(id: i32, parent: i32, group: i32) -> Option<Process> {
        let [parent, group] = [parent, group].map(Pid::from_raw);
        Some(Process { id: Pid::from_raw(id)?, parent, group })
    }

    #[test]
    fn rows_of_ps() {
        for (row, expected) in [
            ("    0     0     0 Ss", None),
            ("    1     0     1 Ss", process(1, 0, 1)),
            ("  815  4712   814 S+", process(815, 4712, 814)),
            ("  816  4712   814 Z+", None),
            ("PID PPID PGID STAT", None),
            ("815 4712", None),
        ] {
            assert_eq!(of_row(row), expected, "{row}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn lines_of_linux() {
        for (stat, expected) in [
            ("815 (sh) S 4712 814 800 0 -1", process(815, 4712, 814)),
            ("815 (a) Z 1 2) (b) R 4712 814 800 0", process(815, 4712, 814)),
            ("815 (sh) Z 4712 814 800", None),
            ("815 (sh", None),
        ] {
            assert_eq!(of_stat(stat), expected, "{stat}");
        }
    }
}
