//! The rows that match the search text, the cursor, and the marks.

use std::collections::BTreeSet;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::keys::Action;
use super::{Picker, Row};

/// Longer than any search text; a paste may have any length.
const LONGEST: usize = 200;

pub(super) struct List<'a> {
    rows: &'a [Row],
    /// The text of each row that is searched.
    haystacks: Vec<String>,
    is_multiple: bool,
    query: String,
    /// The indexes of the matching rows, best first.
    matching: Vec<usize>,
    /// The cursor's index in `matching`.
    cursor: usize,
    marked: BTreeSet<usize>,
    matcher: Matcher,
}

impl<'a> List<'a> {
    pub(super) fn new(picker: &'a Picker) -> Self {
        let haystacks = picker.rows.iter().map(|row| row.columns.join(" ")).collect();
        let mut list = Self {
            rows: &picker.rows,
            haystacks,
            is_multiple: picker.is_multiple,
            query: String::new(),
            matching: (0..picker.rows.len()).collect(),
            cursor: 0,
            marked: (0..picker.rows.len()).filter(|place| picker.rows[*place].is_marked).collect(),
            matcher: Matcher::new(Config::DEFAULT),
        };
        list.apply(Action::Type(picker.query.clone()));
        if picker.is_multiple && picker.query.is_empty() {
            list.cursor = list.rows.iter().position(|row| row.is_current).unwrap_or_default();
        }
        list
    }

    pub(super) fn query(&self) -> &str {
        &self.query
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn matching(&self) -> &[usize] {
        &self.matching
    }

    pub(super) fn total(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn row(&self, place: usize) -> &'a Row {
        &self.rows[place]
    }

    pub(super) fn is_marked(&self, place: usize) -> bool {
        self.marked.contains(&place)
    }

    pub(super) fn marked(&self) -> usize {
        self.marked.len()
    }

    /// The marked rows, or the one under the cursor.
    pub(super) fn taken(&self) -> Vec<usize> {
        if self.marked.is_empty() {
            self.matching.get(self.cursor).copied().into_iter().collect()
        } else {
            self.marked.iter().copied().collect()
        }
    }

    pub(super) fn apply(&mut self, action: Action) {
        match action {
            Action::Type(text) => {
                let room = LONGEST.saturating_sub(self.query.chars().count());
                let text = text.chars().filter(|c| !c.is_control()).take(room);
                self.query.extend(text);
                self.search();
            }
            Action::Erase => {
                self.query.pop();
                self.search();
            }
            Action::EraseWord => {
                let kept = self.query.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.query.truncate(kept);
                self.search();
            }
            Action::EraseAll => {
                self.query.clear();
                self.search();
            }
            Action::Move(by) => {
                let last = self.matching.len().saturating_sub(1);
                self.cursor = self.cursor.saturating_add_signed(by).min(last);
            }
            Action::First => self.cursor = 0,
            Action::Last => self.cursor = self.matching.len().saturating_sub(1),
            Action::Mark if self.is_multiple => {
                if let Some(place) = self.matching.get(self.cursor).copied() {
                    if !self.marked.remove(&place) {
                        self.marked.insert(place);
                    }
                    self.apply(Action::Move(1));
                }
            }
            Action::MarkAll if self.is_multiple => {
                let all = self.matching.iter().copied();
                if all.clone().all(|place| self.marked.contains(&place)) {
                    all.for_each(|place| {
                        self.marked.remove(&place);
                    });
                } else {
                    self.marked.extend(all);
                }
            }
            _ => {}
        }
    }

    fn search(&mut self) {
        self.cursor = 0;
        if self.query.trim().is_empty() {
            self.matching = (0..self.rows.len()).collect();
            return;
        }
        let pattern = Pattern::parse(&self.query, CaseMatching::Smart, Normalization::Smart);
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize)> = Vec::new();
        for (place, haystack) in self.haystacks.iter().enumerate() {
            let haystack = Utf32Str::new(haystack, &mut buffer);
            if let Some(score) = pattern.score(haystack, &mut self.matcher) {
                scored.push((score, place));
            }
        }
        // Of equal ones, the first stays first.
        scored.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        self.matching = scored.into_iter().map(|(_, place)| place).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker(names: &[&str], is_multiple: bool) -> Picker {
        let row = |name: &&str| Row { columns: vec![(*name).into()], ..Row::default() };
        Picker { rows: names.iter().map(row).collect(), is_multiple, ..Picker::default() }
    }

    fn typed(list: &mut List<'_>, text: &str) -> Vec<usize> {
        list.apply(Action::EraseAll);
        list.apply(Action::Type(text.into()));
        list.matching().to_vec()
    }

    #[test]
    fn narrowing() {
        let picker = picker(&["dev", "prod-eu", "prod-us", "production readonly"], false);
        let mut list = List::new(&picker);
        assert_eq!(list.matching(), [0, 1, 2, 3]);
        // The beginning of a word counts most, then adjacent letters.
        assert_eq!(typed(&mut list, "pu"), [2, 3, 1]);
        assert_eq!(typed(&mut list, "read pro"), [3]);
        assert_eq!(typed(&mut list, "PROD"), [0; 0]);
        assert!(list.taken().is_empty());
        list.apply(Action::Type("\u{1b}\n".into()));
        assert_eq!(list.query(), "PROD");
        typed(&mut list, "prod us");
        list.apply(Action::EraseWord);
        assert_eq!(list.query(), "prod ");
        list.apply(Action::Move(9));
        list.apply(Action::Move(-1));
        assert_eq!(list.taken(), [2]);
    }

    #[test]
    fn marks() {
        let picker = picker(&["a1", "b1", "a2"], true);
        let mut list = List::new(&picker);
        typed(&mut list, "a");
        list.apply(Action::MarkAll);
        list.apply(Action::EraseAll);
        assert_eq!(list.taken(), [0, 2]);
        list.apply(Action::Mark);
        assert_eq!((list.taken(), list.cursor()), (vec![2], 1));
        list.apply(Action::MarkAll);
        list.apply(Action::MarkAll);
        assert_eq!(list.taken(), [1], "the one under the cursor");
        let mut picker = picker;
        picker.rows[2].is_marked = true;
        assert_eq!(List::new(&picker).taken(), [2]);
        picker.rows[2] = Row { is_current: true, is_marked: false, ..picker.rows[2].clone() };
        assert_eq!(List::new(&picker).taken(), [2], "the current one is under the cursor");
    }
}
