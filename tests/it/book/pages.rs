//! Pages, their headings and their links.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::project::repository;

/// A page, or another Markdown file of the repository.
pub struct Page {
    /// Its place, relative to the repository.
    pub path: PathBuf,
    pub text: String,
}

impl Page {
    pub fn read(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let text = fs::read_to_string(repository().join(&path)).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        Self { path, text }
    }

    /// Lines outside code blocks, with their number from 0.
    fn prose(&self) -> impl Iterator<Item = (usize, &str)> {
        let mut is_code = false;
        self.text.lines().enumerate().filter(move |(_, line)| {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            !is_code && !is_fence
        })
    }

    /// Headings with the number of their line and the anchor that GitHub and mdBook give them.
    pub fn headings(&self) -> Vec<(usize, String, String)> {
        let mut headings: Vec<(usize, String, String)> = Vec::new();
        for (number, line) in self.prose().filter(|(_, line)| line.starts_with('#')) {
            let heading = line.trim_start_matches('#').trim();
            let slug = slug(heading);
            let before = headings.iter().filter(|(_, earlier, _)| earlier == heading).count();
            let anchor = if before == 0 { slug } else { format!("{slug}-{before}") };
            headings.push((number, heading.to_owned(), anchor));
        }
        headings
    }

    /// Targets of links and pictures, without those to other sites.
    fn links(&self) -> Vec<String> {
        let mut links = Vec::new();
        for (_, line) in self.prose() {
            let outside_code: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
            for rest in outside_code.split("](").skip(1) {
                let target = rest.split([')', ' ']).next().unwrap();
                if !target.contains("://") {
                    links.push(target.to_owned());
                }
            }
        }
        links
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap()
    }
}

/// All pages of the book, but its summary.
pub fn pages() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = fs::read_dir(repository().join("docs/src"))
        .unwrap()
        .map(|entry| Path::new("docs/src").join(entry.unwrap().file_name()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("SUMMARY.md"))
        .collect();
    paths.sort();
    paths.into_iter().map(Page::read).collect()
}

fn slug(heading: &str) -> String {
    let is_kept = |letter: &char| letter.is_alphanumeric() || ['-', '_', ' '].contains(letter);
    heading.to_lowercase().chars().filter(is_kept).map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn the_summary_lists_every_page_once() {
    let mut listed = Page::read("docs/src/SUMMARY.md").links();
    listed.sort();
    let names: Vec<String> =
        pages().iter().map(|page| page.path.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(listed, names);
    let config = Page::read("docs/book.toml").text;
    assert!(config.contains("create-missing = false"), "mdBook would write a page that the summary misspells");
}

#[test]
fn every_page_begins_with_its_only_title() {
    for page in pages() {
        let titles: Vec<usize> =
            page.prose().filter(|(_, line)| line.starts_with("# ")).map(|(number, _)| number).collect();
        assert_eq!(titles, [0], "{}", page.path.display());
    }
}

#[test]
fn links_and_their_anchors_resolve() {
    let others = ["README.md", "CHANGELOG.md", "docs/src/SUMMARY.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md"];
    let mut count = 0;
    for page in pages().into_iter().chain(others.map(Page::read)) {
        let anchors: BTreeSet<String> = page.headings().into_iter().map(|(_, _, anchor)| anchor).collect();
        for link in page.links() {
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((link.as_str(), ""));
            let here = page.path.display();
            let target = page.folder().join(file);
            assert!(file.is_empty() || repository().join(&target).exists(), "{here} links to {link}");
            if anchor.is_empty() {
                continue;
            }
            let has_anchor = if file.is_empty() {
                anchors.contains(anchor)
            } else {
                Page::read(&target).headings().iter().any(|(_, _, other)| other == anchor)
            };
            assert!(has_anchor, "{here} links to {link}, which has no such heading");
        }
    }
    assert!(count > 50, "only {count} links were found");
}

#[test]
fn links_of_the_book_stay_in_the_book() {
    for page in pages() {
        for link in page.links() {
            assert!(
                !link.contains('/'),
                "{} links to {link}, which is not there once it is built",
                page.path.display()
            );
        }
    }
}
