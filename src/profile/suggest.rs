//! Did you mean ...?

use crate::error::Error;
use crate::ui::escape;

/// Adds a hint with the names nearest to `wanted`, if any is near.
pub fn names(error: Error, wanted: &str, known: Vec<&str>) -> Error {
    let near = nearest(wanted, known);
    match near.as_slice() {
        [] => error,
        near => {
            let list: Vec<String> =
                near.iter().map(|name| format!("`{}`", escape::foreign(name))).collect();
            error.hint(format!("did you mean {}?", list.join(" or ")))
        }
    }
}

/// At most three names, the nearest first; differences of case count as none.
pub fn nearest<'a>(wanted: &str, known: Vec<&'a str>) -> Vec<&'a str> {
    let folded = wanted.to_lowercase();
    let mut scored: Vec<(f64, &str)> = known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&folded, &name.to_lowercase()), name))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().take(3).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_first_and_only_near_ones() {
        assert_eq!(nearest("prdo", vec!["dev", "prod", "prod-eu"]), ["prod", "prod-eu"]);
        assert_eq!(nearest("PROD", vec!["prod"]), ["prod"]);
        assert!(nearest("x", vec!["prod"]).is_empty());
    }
}
