//! Variables that help other variables reach Windows programs from a shell.

use super::caller::Caller;
use super::variable::Variable;
use crate::variables::{MSYS2_ENV_CONV_EXCL, MSYSTEM, Name, WSL_DISTRO_NAME, WSL_INTEROP, WSLENV};

/// Git Bash (MSYS2) takes a value that begins with `/` for a path and rewrites it for Windows
/// programs, unless the variable is excluded. A secret may begin with `/`.
pub(super) fn excluded_from_msys(caller: &Caller<'_>, variables: &[Variable]) -> Option<Variable> {
    caller.text(MSYSTEM)?;
    extended(caller, MSYS2_ENV_CONV_EXCL, variables, ";", "")
}

/// WSL passes the variables named in WSLENV on to Windows programs. `/w` limits that to this direction.
pub(crate) fn handed_on_by_wsl(caller: &Caller<'_>, variables: &[Variable]) -> Option<Variable> {
    caller.text(WSL_DISTRO_NAME).or_else(|| caller.text(WSL_INTEROP))?;
    extended(caller, WSLENV, variables, ":", "/w")
}

/// The list in `name`, extended by those of `variables` that are set; none if it already has them
/// all.
fn extended(
    caller: &Caller<'_>,
    name: Name,
    variables: &[Variable],
    separator: &str,
    suffix: &str,
) -> Option<Variable> {
    let text = caller.text(name).unwrap_or_default();
    let mut list = Vec::from_iter(text.split(separator).filter(|word| !word.is_empty()));
    let length = list.len();
    let set = variables.iter().filter(|variable| variable.value.is_some());
    let words = Vec::from_iter(set.map(|variable| format!("{}{suffix}", variable.name)));
    for word in &words {
        if !list.contains(&word.as_str()) {
            list.push(word);
        }
    }
    (list.len() > length).then(|| Variable::set(name, &list.join(separator)))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "compares what is handed over")]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::context::Environment;
    use crate::variables::{AWS_ACCESS_KEY_ID, AWS_REGION, AWS_SESSION_TOKEN};

    #[test]
    fn names_are_added_once() {
        let variables = [
            Variable::set(AWS_ACCESS_KEY_ID, "A"),
            Variable::removed(AWS_SESSION_TOKEN),
            Variable::set(AWS_REGION, "r"),
        ];
        let with = |pairs: &[(&str, &str)]| {
            let environment: Environment = pairs.iter().copied().collect();
            let caller = Caller::new(&environment);
            let both =
                [excluded_from_msys(&caller, &variables), handed_on_by_wsl(&caller, &variables)];
            both.map(|v| v.map(|v| v.value.expect("a list").expose_secret().to_owned()))
        };
        assert_eq!(with(&[]), [None, None]);
        assert_eq!(
            with(&[("MSYSTEM", "MINGW64"), ("MSYS2_ENV_CONV_EXCL", "X;AWS_REGION")]),
            [Some("X;AWS_REGION;AWS_ACCESS_KEY_ID".to_owned()), None]
        );
        assert_eq!(
            with(&[("WSL_INTEROP", "/run/x"), ("WSLENV", "X/p:AWS_REGION/w")]),
            [None, Some("X/p:AWS_REGION/w:AWS_ACCESS_KEY_ID/w".to_owned())]
        );
        let list = "AWS_ACCESS_KEY_ID;AWS_REGION";
        assert_eq!(with(&[("MSYSTEM", "x"), ("MSYS2_ENV_CONV_EXCL", list)]), [None, None]);
    }
}
