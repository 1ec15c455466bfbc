//! A disk that is really full: a small file system in memory, where one can be mounted.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::Project;

/// Bytes of a page, the unit of such a file system.
const PAGE: u64 = 4096;

/// A file system in memory, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// `None` where this user may not mount one.
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=16m", "none"]).arg(at).output();
        mounted.ok().filter(|mounted| mounted.status.success())?;
        Some(Self(at.to_owned()))
    }

    fn resize(&self, pages: u64) {
        let size = format!("remount,size={}", pages * PAGE);
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.0).status().unwrap().success());
    }

    /// Pages in use.
    fn used(&self) -> u64 {
        let told = Command::new("df").args(["--output=used", "-B4096"]).arg(&self.0).output().unwrap();
        let text = String::from_utf8(told.stdout).unwrap();
        text.lines().nth(1).unwrap().trim().parse().unwrap()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

/// Runs a night; the exit code and the message.
fn night(shop: &Project, day: u64) -> (i32, String) {
    let finished = shop.run(&["run", "pipeline.yml", "-q", "--as-of-date", &format!("2026-10-{day:02}")]);
    (finished.exit_code, finished.stderr)
}

#[test]
fn a_night_on_a_full_disk_is_whole_or_not_there_and_the_next_one_needs_no_help() {
    let shop = Project::copy_of("shop");
    shop.make_folder("disk");
    let Some(disk) = SmallDisk::mount(&shop.path("disk")) else {
        eprintln!("skipped: this user may not mount a file system");
        return;
    };
    shop.replace("pipeline.yml", "{location: out}", "{location: disk/out}");
    assert_eq!(night(&shop, 1).0, 0);
    let before = disk.used();
    assert_eq!(night(&shop, 2).0, 0);
    let needed = disk.used() - before;
    assert!(needed > 8, "{needed} pages");

    let (mut published, mut refused) = (0, 0);
    for (number, free) in (0..=needed + 4).step_by(3).enumerate() {
        let day = 3 + 2 * u64::try_from(number).unwrap();
        disk.resize(disk.used() + free);
        let (exit_code, message) = night(&shop, day);
        match exit_code {
            0 => published += 1,
            1 => refused += 1,
            6 => published += 1,
            other => panic!("exit code {other} with {free} free pages: {message}"),
        }
        assert!(exit_code == 0 || message.contains("no space is left"), "{free} free pages: {message}");
        disk.resize(4096);
        assert_eq!(night(&shop, day + 1), (0, String::new()), "after {free} free pages");
        shop.succeeds(&["verify", "--all", "-p", "pipeline.yml"]);
        let log = std::fs::read_dir(shop.path("disk/out/_staunch/log")).unwrap().count();
        assert_eq!(log, 3 + number + published, "{free} free pages: a night was lost, or is there twice");
        let staging = std::fs::read_dir(shop.path("disk/out/_staunch/staging")).unwrap().count();
        assert_eq!(staging, 0, "{free} free pages");
    }
    println!("{published} nights published and {refused} refused for want of space");
    assert!(published > 0 && refused > 0, "{published} published, {refused} refused");
}
