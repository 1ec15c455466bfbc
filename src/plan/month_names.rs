//! Names of months in the languages that exports are written in.

/// Short and long names of the twelve months, in lower case.
#[derive(Debug, PartialEq, Eq)]
pub struct MonthNames {
    language: &'static str,
    names: [&'static [&'static str]; 12],
}

/// Short names first, then long ones, then other spellings. From the Unicode Common Locale Data Repository.
const KNOWN: &[MonthNames] = &[
    MonthNames {
        language: "de",
        names: [
            &["jan", "januar", "jän", "jänner"],
            &["feb", "februar", "feber"],
            &["mär", "märz", "mrz"],
            &["apr", "april"],
            &["mai"],
            &["jun", "juni"],
            &["jul", "juli"],
            &["aug", "august"],
            &["sep", "september", "sept"],
            &["okt", "oktober"],
            &["nov", "november"],
            &["dez", "dezember"],
        ],
    },
    MonthNames {
        language: "es",
        names: [
            &["ene", "enero"],
            &["feb", "febrero"],
            &["mar", "marzo"],
            &["abr", "abril"],
            &["may", "mayo"],
            &["jun", "junio"],
            &["jul", "julio"],
            &["ago", "agosto"],
            &["sep", "septiembre", "sept", "setiembre"],
            &["oct", "octubre"],
            &["nov", "noviembre"],
            &["dic", "diciembre"],
        ],
    },
    MonthNames {
        language: "fr",
        names: [
            &["janv", "janvier"],
            &["févr", "février", "fév"],
            &["mars"],
            &["avr", "avril"],
            &["mai"],
            &["juin"],
            &["juil", "juillet"],
            &["août"],
            &["sept", "septembre", "sep"],
            &["oct", "octobre"],
            &["nov", "novembre"],
            &["déc", "décembre"],
        ],
    },
    MonthNames {
        language: "it",
        names: [
            &["gen", "gennaio"],
            &["feb", "febbraio"],
            &["mar", "marzo"],
            &["apr", "aprile"],
            &["mag", "maggio"],
            &["giu", "giugno"],
            &["lug", "luglio"],
            &["ago", "agosto"],
            &["set", "settembre"],
            &["ott", "ottobre"],
            &["nov", "novembre"],
            &["dic", "dicembre"],
        ],
    },
    MonthNames {
        language: "nl",
        names: [
            &["jan", "januari"],
            &["feb", "februari"],
            &["mrt", "maart"],
            &["apr", "april"],
            &["mei"],
            &["jun", "juni"],
            &["jul", "juli"],
            &["aug", "augustus"],
            &["sep", "september", "sept"],
            &["okt", "oktober"],
            &["nov", "november"],
            &["dec", "december"],
        ],
    },
    MonthNames {
        language: "pl",
        names: [
            &["sty", "stycznia", "styczeń"],
            &["lut", "lutego", "luty"],
            &["mar", "marca", "marzec"],
            &["kwi", "kwietnia", "kwiecień"],
            &["maj", "maja"],
            &["cze", "czerwca", "czerwiec"],
            &["lip", "lipca", "lipiec"],
            &["sie", "sierpnia", "sierpień"],
            &["wrz", "września", "wrzesień"],
            &["paź", "października", "październik"],
            &["lis", "listopada", "listopad"],
            &["gru", "grudnia", "grudzień"],
        ],
    },
    MonthNames {
        language: "pt",
        names: [
            &["jan", "janeiro"],
            &["fev", "fevereiro"],
            &["mar", "março"],
            &["abr", "abril"],
            &["mai", "maio"],
            &["jun", "junho"],
            &["jul", "julho"],
            &["ago", "agosto"],
            &["set", "setembro"],
            &["out", "outubro"],
            &["nov", "novembro"],
            &["dez", "dezembro"],
        ],
    },
];

/// As chrono reads them for `%b` and `%B`.
const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl MonthNames {
    /// The names in a language, by its ISO 639-1 code.
    pub fn of(language: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|names| names.language == language)
    }

    /// The codes of the languages, for messages.
    pub fn languages() -> String {
        KNOWN.iter().map(|names| names.language).collect::<Vec<_>>().join(", ")
    }

    /// A text with the first name of a month replaced by the English one; a point behind a short name is dropped.
    pub fn in_english(&self, text: &str) -> String {
        let mut start = None;
        for (index, character) in text.char_indices().chain([(text.len(), ' ')]) {
            match (start, character.is_alphabetic()) {
                (None, true) => start = Some(index),
                (Some(from), false) => {
                    let word = text[from..index].to_lowercase();
                    if let Some(month) = self.names.iter().position(|names| names.contains(&word.as_str())) {
                        let rest = &text[index..];
                        let rest =
                            rest.strip_prefix('.').filter(|after| !after.starts_with(|c: char| c.is_ascii_digit()));
                        return format!("{}{}{}", &text[..from], ENGLISH[month], rest.unwrap_or(&text[index..]));
                    }
                    start = None;
                }
                _ => {}
            }
        }
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_months_become_english_ones() {
        let german = MonthNames::of("de").unwrap();
        assert_eq!(german.in_english("3. März 2026"), "3. Mar 2026");
        assert_eq!(german.in_english("Mo, 5. Okt. 2026"), "Mo, 5. Oct 2026");
        assert_eq!(german.in_english("5-DEZ-2026"), "5-Dec-2026");
        assert_eq!(german.in_english("5. Brumaire"), "5. Brumaire");
        assert_eq!(MonthNames::of("fr").unwrap().in_english("1 févr. 2026"), "1 Feb 2026");
        assert!(MonthNames::of("xx").is_none());
    }
}
