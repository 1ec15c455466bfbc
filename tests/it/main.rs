//! Drives the program, and the queries that ship, as a user would.

#[cfg(test)]
mod at_once;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bench;
#[cfg(test)]
mod book;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod clashing_names;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod definitions;
#[cfg(test)]
mod described;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod full_disk;
#[cfg(test)]
mod guards;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod interruption;
#[cfg(test)]
mod misread_values;
#[cfg(test)]
mod nights;
#[cfg(test)]
mod odd_inputs;
#[cfg(test)]
mod overrides;
#[cfg(test)]
mod project;
#[cfg(test)]
mod published;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod real_data;
#[cfg(test)]
mod reported;
#[cfg(test)]
mod same_bytes;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod tour;
#[cfg(test)]
mod unfinished;
#[cfg(test)]
mod variables;
#[cfg(test)]
mod wallet;
#[cfg(test)]
mod watched;
#[cfg(test)]
mod working_lists;
