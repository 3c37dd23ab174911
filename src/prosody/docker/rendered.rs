//! A configuration of Prosody as the image renders it, and the variable behind each line.

use super::variables::{Variables, parts};
use crate::options;
use crate::origin::Origin;
use crate::prosody::fault::Refusal;
use crate::prosody::model::ProsodyConfig;
use crate::prosody::request::Request;
use crate::prosody::sandbox::apart::Evaluator;
use crate::prosody::value::Options;

/// A configuration of Prosody, and the variable that each of its lines is from.
#[derive(Default)]
pub(super) struct Rendered {
    text: String,
    origins: Vec<Origin>,
}

impl Rendered {
    pub fn line(&mut self, text: &str, origin: &Origin) {
        for line in text.split('\n') {
            self.text.push_str(line);
            self.text.push('\n');
            self.origins.push(origin.clone());
        }
    }

    /// As in the image, Lua's escapes in the value count.
    pub fn string(&mut self, option: &str, value: &str, origin: &Origin) {
        self.line(&format!("{option} = \"{value}\""), origin);
    }

    /// An option's text, where its variable is set.
    pub fn text(&mut self, variables: &Variables<'_>, option: &str) {
        if let Some(variable) = variables.of(option) {
            self.string(option, &variable.value, &variable.origin);
        }
    }

    /// An option's truth value, which is false where its variable is not set.
    pub fn truth(&mut self, variables: &Variables<'_>, option: &str) {
        let name = options::variable_of(option).unwrap_or_default();
        let value = variables.is_on(name).unwrap_or(false);
        let (_, origin) = variables.text(name, "");
        self.line(&format!("{option} = {value}"), &origin);
    }

    /// An option's list, where its variable is set.
    pub fn list(&mut self, variables: &Variables<'_>, option: &str) {
        if let Some(variable) = variables.of(option) {
            let items = parts(&variable.value, ",").join("\", \"");
            self.line(&format!("{option} = {{ \"{items}\" }}"), &variable.origin);
        }
    }

    /// Lines of Lua that a variable holds, written in one line.
    pub fn lua(&mut self, variables: &Variables<'_>, name: &str, separator: &str) {
        if let Some(variable) = variables.get(name) {
            self.line(
                &parts(&variable.value, separator).join("\n"),
                &variable.origin,
            );
        }
    }

    pub fn evaluate(
        &self,
        request: &Request,
        evaluator: &Evaluator,
    ) -> Result<ProsodyConfig, Refusal> {
        let config = evaluator.evaluate(request, Some(&self.text));
        let mut config = config.map_err(|refusal| Refusal {
            origin: self.origin(refusal.origin, request),
            ..refusal
        })?;
        self.relocate(&mut config.global, request);
        for host in config.hosts.values_mut() {
            self.relocate(&mut host.options, request);
        }
        for warning in &mut config.warnings {
            warning.origin = self.origin(warning.origin.clone(), request);
        }
        Ok(config)
    }

    fn relocate(&self, options: &mut Options, request: &Request) {
        for setting in options.values_mut() {
            setting.origin = self.origin(setting.origin.clone(), request);
        }
    }

    /// The variable behind a line of the text.
    fn origin(&self, origin: Origin, request: &Request) -> Origin {
        match origin {
            Origin::File(path, Some(line)) if path == request.path => {
                let variable = self.origins.get(line.saturating_sub(1));
                variable.cloned().unwrap_or(Origin::Default)
            }
            other => other,
        }
    }
}
