//! Names of profiles, made from names in the organisation. Those are untrusted text of any kind;
//! the result is safe in a section header, a path and a shell command.

use super::Account;

/// The longest name of a profile. It has room for the longest name of an account (50 characters), that of a role
/// (64) and an account id.
const LONGEST: usize = 128;

/// A name with fields to fill in, such as `{account_name}.{role_name}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(TemplateField),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TemplateField {
    AccountName,
    AccountId,
    RoleName,
    Session,
}

/// The values of the fields.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldValues<'a> {
    pub account: &'a Account,
    pub role_name: &'a str,
    pub session: &'a str,
}

impl TemplateField {
    const ALL: [TemplateField; 4] = [
        TemplateField::AccountName,
        TemplateField::AccountId,
        TemplateField::RoleName,
        TemplateField::Session,
    ];

    fn name(self) -> &'static str {
        match self {
            TemplateField::AccountName => "account_name",
            TemplateField::AccountId => "account_id",
            TemplateField::RoleName => "role_name",
            TemplateField::Session => "session",
        }
    }

    fn value<'a>(self, fields: &FieldValues<'a>) -> &'a str {
        match self {
            TemplateField::AccountName => fields.account.title(),
            TemplateField::AccountId => &fields.account.id,
            TemplateField::RoleName => fields.role_name,
            TemplateField::Session => fields.session,
        }
    }
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// The message for an unknown field or an unclosed brace.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((before, field)) = rest.split_once('{') {
            let Some((name, after)) = field.split_once('}') else {
                return Err("a `{` has no `}`".to_owned());
            };
            let Some(field) = TemplateField::ALL.into_iter().find(|field| field.name() == name)
            else {
                let known =
                    TemplateField::ALL.map(|field| format!("{{{}}}", field.name())).join(", ");
                return Err(format!("`{{{name}}}` is not a field; the fields are {known}"));
            };
            parts.extend([Part::Text(before.to_owned()), Part::Field(field)]);
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| *part != Part::Text(String::new()));
        Ok(Self(parts))
    }

    /// The template of profile names if no other is given.
    pub(crate) const USUAL: &str = "{account_name}.{role_name}";

    /// [`Template::USUAL`], parsed.
    pub(crate) fn usual() -> Self {
        let dot = Part::Text(".".to_owned());
        Self(vec![
            Part::Field(TemplateField::AccountName),
            dot,
            Part::Field(TemplateField::RoleName),
        ])
    }

    /// The text with the values inserted unchanged.
    pub(crate) fn fill(&self, fields: &FieldValues<'_>) -> String {
        self.render(|field| field.value(fields).to_owned())
    }

    /// The name of a profile. If nothing is left of a field, the account id replaces it.
    pub(crate) fn profile_name(&self, fields: &FieldValues<'_>) -> String {
        let id = &fields.account.id;
        let text = self.render(|field| {
            let slug = slug(field.value(fields));
            if slug.is_empty() { id.clone() } else { slug }
        });
        // No field contains `/` any more: these are the template's own.
        let name = slugs(&text);
        match name.as_str() {
            "" => id.clone(),
            // Python, and therefore the AWS CLI, treats `[DEFAULT]` specially.
            name if name.eq_ignore_ascii_case("default") => with_id(name, id),
            _ => name,
        }
    }

    fn render(&self, value: impl Fn(TemplateField) -> String) -> String {
        let parts = self.0.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Field(field) => value(*field),
        });
        parts.collect()
    }
}

/// The same name with the account id appended, for a name that is taken. Never appended twice.
pub(crate) fn with_id(name: &str, account_id: &str) -> String {
    if name.ends_with(&format!("-{account_id}")) {
        return name.to_owned();
    }
    let room = LONGEST - account_id.len() - 1;
    // A name contains only ASCII.
    let name = name[..name.len().min(room)].trim_end_matches(['-', '.', '/']);
    format!("{name}-{account_id}")
}

/// The [`slug`] of each part of `text` between `/`, without the empty ones. At most 128 characters.
pub(super) fn slugs(text: &str) -> String {
    let parts: Vec<String> = text.split('/').map(slug).filter(|part| !part.is_empty()).collect();
    let name = parts.join("/");
    name[..name.len().min(LONGEST)].trim_end_matches(['-', '.', '/']).to_owned()
}

/// `text` reduced to ASCII letters, digits, `.`, `_` and `-`; anything else becomes one `-`. At
/// most 128 characters, without `-` or `.` at the ends. May be empty.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
        if c != '-' || !slug.ends_with('-') {
            slug.push(c);
        }
    }
    let slug = slug.trim_start_matches(['-', '.']);
    slug[..slug.len().min(LONGEST)].trim_end_matches(['-', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Roles;
    use super::*;

    fn account(id: &str, name: &str) -> Account {
        Account { id: id.into(), name: Some(name.into()), email: None, roles: Roles::Unknown }
    }

    fn named(template: &str, account_name: &str, role_name: &str) -> String {
        let account = account("123456789012", account_name);
        let fields = FieldValues { account: &account, role_name, session: "corp" };
        Template::parse(template).expect("a template").profile_name(&fields)
    }

    #[test]
    fn names_of_accounts() {
        const USUAL: &str = Template::USUAL;
        assert_eq!(Template::parse(USUAL), Ok(Template::usual()));
        for (template, account, role, expected) in [
            (USUAL, "Production", "Admin", "Production.Admin"),
            (USUAL, "A & B  (EU)", "Power_User", "A-B-EU.Power_User"),
            (USUAL, "a -- b", "x", "a-b.x"),
            (USUAL, "Corp Inc.", "x", "Corp-Inc.x"),
            (USUAL, "$(rm -rf ~)", "`id`", "rm-rf.id"),
            (USUAL, "\u{1b}[2J\n", "x", "2J.x"),
            (USUAL, "日本", "x", "123456789012.x"),
            (USUAL, "", "x", "123456789012.x"),
            (USUAL, "-rf", "x", "rf.x"),
            ("{account_name}", "..", "x", "123456789012"),
            ("{account_name}", "Default", "x", "Default-123456789012"),
            ("{session}-{account_id}-{role_name}", "a", "b", "corp-123456789012-b"),
            ("aws/{account_name}", "a", "b", "aws/a"),
            ("{account_name}/{role_name}", "a/b", "../c", "a-b/c"),
            ("/a//../{account_name}/", "b", "c", "a/b"),
            ("{account_name}", &"x".repeat(200), "b", &"x".repeat(128)),
            ("", "a", "b", "123456789012"),
        ] {
            assert_eq!(named(template, account, role), expected, "{template} {account:?}");
        }
        assert_eq!(with_id("prod", "123456789012"), "prod-123456789012");
        assert_eq!(with_id(&"x".repeat(128), "123456789012").len(), 128);
    }

    #[test]
    fn templates_know_their_fields() {
        for (template, expected) in [
            (
                "{account}",
                "`{account}` is not a field; the fields are {account_name}, {account_id}, {role_name}, \
                 {session}",
            ),
            ("{account_name", "a `{` has no `}`"),
        ] {
            assert_eq!(Template::parse(template), Err(expected.to_owned()));
        }
        let account = account("123456789012", "A B");
        let fields = FieldValues { account: &account, role_name: "R", session: "s" };
        let arn = Template::parse("arn:aws:iam::{account_id}:role/{account_name}-{role_name}");
        assert_eq!(arn.expect("a template").fill(&fields), "arn:aws:iam::123456789012:role/A B-R");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn any_name_becomes_a_safe_one(account in ".{0,80}", role in ".{0,80}", text in "[^{]{0,9}") {
            let name = named(&format!("{text}{{account_name}}.{{role_name}}"), &account, &role);
            let is_safe = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
            let parts = || name.split('/');
            prop_assert!(parts().all(|part| part.chars().all(is_safe)), "{name}");
            prop_assert!(!parts().any(|part| part.is_empty() || part.starts_with(['.', '-'])), "{name}");
            prop_assert!(parts().count() == 1 || text.contains('/'), "{name}");
            prop_assert!((1..=LONGEST).contains(&name.len()), "{name}");
            prop_assert!(!name.starts_with(['-', '.']) && name != "default", "{name}");
            let longer = with_id(&name, "123456789012");
            prop_assert!(longer.len() <= LONGEST && longer.ends_with("-123456789012"), "{longer}");
        }

        #[test]
        fn a_name_that_is_one_stays(name in "[A-Za-z0-9][A-Za-z0-9_]{0,63}") {
            prop_assert_eq!(slug(&name), name);
        }
    }
}
