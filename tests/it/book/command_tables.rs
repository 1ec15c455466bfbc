//! The command line as tables, from clap's own description of it.

use clap::{Arg, ArgAction, Command, CommandFactory};

use super::table::{cell, code, table};

fn program() -> Command {
    let mut program = staunch::cli::Cli::command();
    program.build();
    program
}

fn verbs(program: &Command) -> impl Iterator<Item = &Command> {
    program.get_subcommands().filter(|command| command.get_name() != "help")
}

/// The names of all commands.
pub fn names() -> Vec<String> {
    verbs(&program()).map(|command| command.get_name().to_owned()).collect()
}

/// All commands, and the flags that every one of them has.
pub fn commands() -> String {
    let program = program();
    let rows: Vec<Vec<String>> = verbs(&program)
        .map(|command| {
            let name = command.get_name();
            let mut names = format!("[`{name}`](#{name})");
            for alias in command.get_visible_aliases() {
                names += &format!(", {}", code(alias));
            }
            vec![names, cell(&command.get_about().unwrap().to_string())]
        })
        .collect();
    let flags: Vec<Vec<String>> = program.get_arguments().filter(is_shown).map(row).collect();
    format!(
        "{}\nEvery command has these flags:\n\n{}",
        table(&["command", "does"], &rows),
        table(&["flag", "variable", "default", "meaning"], &flags)
    )
}

/// Usage, arguments and flags of one command.
pub fn command(name: &str) -> String {
    let program = program();
    let command = verbs(&program)
        .find(|command| command.get_name() == name)
        .unwrap_or_else(|| panic!("there is no command `{name}`"));
    let about = command.get_long_about().or(command.get_about()).unwrap().to_string();
    let usage = command.clone().render_usage().to_string();
    let rows: Vec<Vec<String>> =
        command.get_arguments().filter(|argument| is_shown(argument) && !argument.is_global_set()).map(row).collect();
    let usage = usage.trim_start_matches("Usage: ");
    let mut text = format!("{}.\n\n```text\n{usage}\n```\n", about.trim().trim_end_matches('.'));
    if !rows.is_empty() {
        text += &format!("\n{}", table(&["argument", "variable", "default", "meaning"], &rows));
    }
    text
}

fn is_shown(argument: &&Arg) -> bool {
    !argument.is_hide_set() && !matches!(argument.get_id().as_str(), "help" | "version")
}

fn row(argument: &Arg) -> Vec<String> {
    let variable = argument.get_env().map(|name| code(&name.to_string_lossy())).unwrap_or_default();
    let help = argument.get_long_help().or(argument.get_help()).unwrap().to_string();
    // Defaults that are worked out while running stand in the help text.
    let (help, told) = help.split_once(" [default: ").unwrap_or((&help, ""));
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|value| code(&value.to_string_lossy())).collect();
    let takes_value = !matches!(argument.get_action(), ArgAction::SetTrue);
    let default = match (argument.is_required_set(), told.trim_end_matches(']')) {
        (true, _) => "**required**".to_owned(),
        (false, "") if takes_value => defaults.join(", "),
        (false, told) => told.to_owned(),
    };
    let mut meaning = help.trim().trim_end_matches('.').to_owned();
    let values = argument.get_possible_values();
    let (told, untold): (Vec<_>, Vec<_>) =
        values.iter().filter(|value| takes_value && !value.is_hide_set()).partition(|value| value.get_help().is_some());
    if !untold.is_empty() {
        let names: Vec<String> = untold.iter().map(|value| code(value.get_name())).collect();
        meaning += &format!(": {}", names.join(", "));
    }
    for value in told {
        let help = value.get_help().map(ToString::to_string).unwrap_or_default();
        meaning += &format!("<br>{}: {help}", code(value.get_name()));
    }
    vec![spelling(argument), variable, cell(&default), cell(&meaning)]
}

/// `--limit ROWS`, `-n` or `PIPELINE`.
fn spelling(argument: &Arg) -> String {
    let values: Vec<String> = argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string).collect();
    let takes_value = !matches!(argument.get_action(), ArgAction::SetTrue);
    let value = if takes_value { values.join(" ") } else { String::new() };
    let mut names: Vec<String> = Vec::new();
    if let Some(short) = argument.get_short() {
        names.push(code(&format!("-{short}")));
    }
    match argument.get_long() {
        Some(long) => names.push(code(format!("--{long} {value}").trim())),
        None => names.push(code(&value)),
    }
    names.join(", ")
}
